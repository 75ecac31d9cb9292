import { assertEquals, assertThrows } from "@std/assert";
import { DTypeError, full, IndexError, ones, randn, tensor, zeros } from "../mod.ts";
import { gradientTest } from "../testdata/support.ts";
import { forDevices } from "../testdata/devices.ts";

gradientTest(
  "cumsum() and cumprod() have gradients of two orders",
  async ({ device, dtype, check }) => {
    const x = randn([2, 5], { device, dtype });
    for (const dim of [0, 1]) {
      await check((x) => x.cumsum(dim), [x]);
      await check((x) => x.cumprod(dim), [x]);
    }
  },
);

gradientTest(
  "cumprod() has the right gradients of two orders where there are zeros",
  async ({ device, dtype, check }) => {
    for (const row of [[2, 0, 3, 4], [0, 2, 3, 4], [1, 0, 2, 0], [0, 0, 0, 0], [5, 4, 3, 0]]) {
      const x = tensor(row, { device, dtype });
      await check((x) => x.cumprod(0), [x]);
      await check((x) => x.prod(), [x]);
    }
  },
);

forDevices("cumsum() of half types adds in float32 and rounds once", async (device) => {
  const x = full([3000], 1, { device, dtype: "float16" });
  // Adding up in float16 itself would stay at 2048.
  assertEquals(await x.cumsum(0).select(0, 2999).item(), 3000);
});

forDevices("cumsum() goes through strides, and takes no elements", async (device) => {
  const x = tensor([[1, 2], [3, 4]], { device });
  assertEquals(await x.transpose(0, 1).cumsum(1).tolist(), [[1, 4], [2, 6]]);
  assertEquals(zeros([0, 2], { device }).cumsum(0).shape, [0, 2]);
  assertEquals(await tensor(true, { device }).cumsum(0).item(), 1);
});

Deno.test("cumsum() refuses storage dtypes and dimensions that are not there", () => {
  assertThrows(() => ones([2]).cumsum(1), IndexError, "got 1");
  assertThrows(() => zeros([2], { dtype: "uint16" }).cumprod(0), DTypeError, "uint16");
});
