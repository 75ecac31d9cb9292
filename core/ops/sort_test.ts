import { assertEquals, assertThrows } from "@std/assert";
import { IndexError, ones, randn, tensor, zeros } from "../mod.ts";
import { gradientTest } from "../testdata/support.ts";
import { forDevices, HOST_DEVICES } from "../testdata/devices.ts";

gradientTest(
  "sort(), topk(), max() and median() have gradients of two orders",
  async ({ device, dtype, check }) => {
    const x = randn([3, 4], { device, dtype });
    for (const dim of [0, 1]) {
      await check((x) => x.sort(dim).values, [x]);
      await check((x) => x.topk(2, dim, { largest: false }).values, [x]);
      await check((x) => x.kthvalue(2, dim).values, [x]);
      await check((x) => x.max(dim, true).values, [x]);
      await check((x) => x.min(dim).values, [x]);
      await check((x) => x.median(dim).values, [x]);
    }
    await check((x) => x.median(), [x]);
    await check((x) => x.max(), [x]);
  },
);

forDevices("sort() keeps the order of equal elements, either way round", async (device) => {
  const x = tensor([1, 0, 1, 0, 1], { device });
  assertEquals(await x.sort().indices.tolist(), [1, 3, 0, 2, 4]);
  assertEquals(await x.argsort(0, { descending: true }).tolist(), [0, 2, 4, 1, 3]);
});

forDevices("sort() of every dtype that has an order", async (device) => {
  for (
    const dtype of ["float64", "float16", "bfloat16", "int64", "int32", "int16", "int8"] as const
  ) {
    if (dtype === "float64" && !HOST_DEVICES.includes(device)) continue;
    const x = tensor([[3, -1, 2], [0, 5, -4]], { device, dtype });
    assertEquals(await x.sort().values.tolist(), [[-1, 2, 3], [-4, 0, 5]], dtype);
    assertEquals(await x.max(1).values.tolist(), [3, 5], dtype);
  }
  const big = tensor([2n ** 62n + 1n, 2n ** 62n], { device });
  assertEquals(await big.sort().indices.tolist(), [1, 0]);
});

forDevices("sort() of a view sorts what the view shows, and changes nothing", async (device) => {
  const x = tensor([[3, 1], [2, 0]], { device });
  const view = x.transpose(0, 1);
  assertEquals(await view.sort(0).values.tolist(), [[1, 0], [3, 2]]);
  assertEquals(await view.narrow(0, 1, 1).sort().values.tolist(), [[0, 1]]);
  assertEquals(await x.tolist(), [[3, 1], [2, 0]]);
});

forDevices("sort() and topk() of nothing are empty", async (device) => {
  const x = zeros([2, 0], { device });
  assertEquals(x.sort().indices.shape, [2, 0]);
  assertEquals(await x.sort(0).values.tolist(), [[], []]);
  assertEquals(x.topk(0).values.shape, [2, 0]);
});

forDevices(
  "max() without a dimension is a tensor, with one it is values and indices",
  async (device) => {
    const x = tensor([[1, 7], [7, 2]], { device });
    assertEquals(await x.max().item(), 7);
    assertEquals(await x.min().item(), 1);
    const { values, indices } = x.max(0);
    assertEquals([await values.tolist(), await indices.tolist()], [[7, 7], [1, 0]]);
  },
);

Deno.test("sort(), topk(), kthvalue(), max() and median() say what is out of range", () => {
  const x = ones([2, 3]);
  assertThrows(() => x.sort(2), IndexError, "got 2");
  assertThrows(() => x.topk(4), IndexError, "between 0 and 3, the size of dimension 1, got 4");
  assertThrows(() => x.kthvalue(0), IndexError, "between 1 and 3");
  assertThrows(() => zeros([2, 0]).max(1), IndexError, "dimension 1 of [2, 0] has no elements");
  assertThrows(() => zeros([0]).max(), IndexError, "at least one");
  assertThrows(() => zeros([0]).median(), IndexError, "[0]");
});
