import { assertEquals, assertThrows } from "@std/assert";
import { manualSeed, randn, ShapeError, zeros } from "../core/mod.ts";
import { forDevices } from "../core/testdata/devices.ts";
import { RotaryPositionalEmbeddings } from "./mod.ts";
import { assertClose } from "./testdata/close.ts";

for (const interleaved of [true, false]) {
  forDevices(
    `RotaryPositionalEmbeddings turns pairs, interleaved: ${interleaved}`,
    async (device) => {
      manualSeed(0);
      const [dim, seqLen, offset] = [6, 5, 3];
      const rope = new RotaryPositionalEmbeddings(dim, { maxLen: 8, interleaved, device });
      const x = randn([seqLen, dim], { device });
      const rows = await x.tolist() as number[][];
      const expected = rows.map((row, at) => {
        const out = [...row];
        for (let i = 0; i < dim / 2; i++) {
          const [j, k] = interleaved ? [2 * i, 2 * i + 1] : [i, i + dim / 2];
          const angle = (at + offset) / 10000 ** (2 * i / dim);
          out[j] = row[j] * Math.cos(angle) - row[k] * Math.sin(angle);
          out[k] = row[k] * Math.cos(angle) + row[j] * Math.sin(angle);
        }
        return out;
      });
      await assertClose(rope.forward(x, offset), expected, "turned", 1e-6);
      assertEquals(rope.forward(x.half()).dtype, "float16");
    },
  );
}

Deno.test("RotaryPositionalEmbeddings saves nothing, and refuses what it has no angles for", () => {
  const rope = new RotaryPositionalEmbeddings(4, { maxLen: 3 });
  assertEquals([rope.stateDict().size, rope.buffers().length, rope.parameters().length], [0, 2, 0]);
  assertEquals(rope.forward(zeros([2, 5, 3, 4])).shape, [2, 5, 3, 4]);
  const long = "a sequence of 2 at offset 2 ends past the table of 3 positions";
  assertThrows(() => rope.forward(zeros([2, 4]), 2), ShapeError, long);
  assertThrows(() => rope.forward(zeros([4, 4])), ShapeError, "a sequence of 4 at offset 0");
  assertThrows(() => rope.forward(zeros([2, 6])), ShapeError, "got shape [2, 6]");
  assertThrows(() => rope.forward(zeros([2, 4]), -1), ShapeError, "offset");
  assertThrows(() => new RotaryPositionalEmbeddings(5), ShapeError, "even, got 5");
});
