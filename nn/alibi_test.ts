import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError, zeros } from "../core/mod.ts";
import { forDevices } from "../core/testdata/devices.ts";
import { AlibiPositionalBias } from "./mod.ts";
import { assertClose } from "./testdata/close.ts";

/** The paper's reference code, `get_slopes`. */
function getSlopes(n: number): number[] {
  if (Number.isInteger(Math.log2(n))) {
    const start = 2 ** -(2 ** -(Math.log2(n) - 3));
    return Array.from({ length: n }, (_, i) => start * start ** i);
  }
  const closest = 2 ** Math.floor(Math.log2(n));
  const more = getSlopes(2 * closest).filter((_, i) => i % 2 === 0);
  return [...getSlopes(closest), ...more.slice(0, n - closest)];
}

for (const heads of [1, 2, 8, 3, 6, 12]) {
  forDevices(`AlibiPositionalBias of ${heads} heads is linear in the distance`, async (device) => {
    const alibi = new AlibiPositionalBias(heads, { device });
    const expected = getSlopes(heads).map((slope) =>
      [2, 3, 4].map((q) => [0, 1, 2, 3, 4].map((k) => -slope * Math.abs(q - k)))
    );
    const scores = zeros([2, heads, 3, 5], { device });
    await assertClose(alibi.forward(scores), [expected, expected], "bias", 1e-6);
  });
}

Deno.test("AlibiPositionalBias saves nothing, keeps the dtype, and refuses other scores", () => {
  const alibi = new AlibiPositionalBias(4);
  assertEquals([alibi.stateDict().size, alibi.buffers().length], [0, 1]);
  assertEquals(alibi.forward(zeros([4, 2, 2], { dtype: "float16" })).dtype, "float16");
  assertThrows(() => alibi.forward(zeros([3, 2, 2])), ShapeError, "got shape [3, 2, 2]");
  assertThrows(() => alibi.forward(zeros([4, 3, 2])), ShapeError, "no more queries than keys");
  assertThrows(() => alibi.forward(zeros([4, 2])), ShapeError, "got shape [4, 2]");
});
