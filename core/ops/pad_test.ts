import { assertEquals, assertThrows } from "@std/assert";
import { ones, randn, ShapeError, tensor, zeros } from "../mod.ts";
import { gradientTest } from "../testdata/support.ts";
import { forDevices } from "../testdata/devices.ts";

gradientTest(
  "pad() has gradients of two orders in every mode",
  async ({ device, dtype, check }) => {
    const x = randn([2, 3], { device, dtype });
    await check((x) => x.pad([1, 2, 0, 1], { value: 4 }), [x]);
    await check((x) => x.pad([-1, 2]), [x]);
    for (const mode of ["reflect", "replicate", "circular"] as const) {
      await check((x) => x.pad([1, 2, 1, 0], { mode }), [x]);
    }
  },
);

forDevices("pad() keeps the dtype, and gives a tensor of its own", async (device) => {
  const x = tensor([true], { device });
  assertEquals(await x.pad([1, 1], { value: true }).tolist(), [true, true, true]);
  const y = ones([2], { device });
  y.pad([0, 0]).fill_(0);
  y.pad([0, 0], { mode: "reflect" }).fill_(0);
  assertEquals(await y.tolist(), [1, 1]);
  assertEquals(await zeros([0], { device }).pad([1, 1], { value: 2 }).tolist(), [2, 2]);
});

Deno.test("pad() refuses borders that do not fit", () => {
  const x = ones([2, 3]);
  assertThrows(() => x.pad([1]), ShapeError, "got [1]");
  assertThrows(() => x.pad([0, 0, 0, 0, 1, 1]), ShapeError, "at most 2 dimensions");
  assertThrows(() => x.pad([-2, -2]), ShapeError, "leave -1 of dimension 1");
  assertThrows(() => x.pad([3, 0], { mode: "reflect" }), ShapeError, "dimension 1 of size 3");
  assertThrows(() => x.pad([4, 0], { mode: "circular" }), ShapeError, "too wide");
  assertThrows(() => zeros([0]).pad([1, 0], { mode: "replicate" }), ShapeError, "size 0");
});
