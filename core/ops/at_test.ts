import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { arange, DTypeError, IndexError, ones, randn, ShapeError, tensor, zeros } from "../mod.ts";
import { gradientTest } from "../testdata/support.ts";
import { forDevices, HOST_DEVICES } from "../testdata/devices.ts";

forDevices("at() with integers, slices and null is a view", async (device) => {
  const x = arange(0, 12, 1, { device, dtype: "float32" }).reshape([3, 4]);
  const view = x.at("1:", null, "::2");
  assertStrictEquals(view.storage, x.storage);
  assertEquals(view.shape, [2, 1, 2]);
  view.fill_(-1);
  assertEquals(await x.tolist(), [[0, 1, 2, 3], [-1, 5, -1, 7], [-1, 9, -1, 11]]);
  x.at(-1, 0).fill_(8);
  assertEquals(await x.at(2, 0).item(), 8);
  assertStrictEquals(x.at().storage, x.storage);
  assertStrictEquals(x.at(":", "...").storage, x.storage);
});

forDevices("at() with tensors, arrays or masks copies", async (device) => {
  const x = arange(0, 12, 1, { device, dtype: "float32" }).reshape([3, 4]);
  x.at([0]).fill_(-1);
  x.at(x.gt(3)).fill_(-1);
  assertEquals(await x.select(0, 0).tolist(), [0, 1, 2, 3]);
  assertEquals(await x.at([true, false, true], 0).tolist(), [0, 8]);
  assertEquals(await x.at([[0, 2], [1, 1]], [[3], [0]]).tolist(), [[3, 11], [4, 4]]);
});

forDevices("at() takes a tensor of one integer as an integer: a view", async (device) => {
  const x = arange(0, 6, 1, { device }).reshape([2, 3]);
  const row = x.at(tensor(1n, { device }));
  assertEquals([row.shape, row.storage === x.storage], [[3], true]);
  assertEquals(await row.tolist(), [3, 4, 5]);
});

forDevices("at() names the index that is out of bounds, and its dimension", (device) => {
  const x = ones([2, 3], { device });
  assertThrows(() => x.at(2), IndexError, "index 2 is out of bounds for dimension 0 of size 2");
  assertThrows(
    () => x.at(":", [0, -4]),
    IndexError,
    "index -4 is out of bounds for dimension 1 of size 3",
  );
  // Together the two would be a position that exists.
  assertThrows(() => x.at([0], [3]), IndexError, "index 3 is out of bounds for dimension 1");
  assertThrows(() => x.indexPut_([[2]], 0), IndexError, "index 2 is out of bounds for dimension 0");
  assertThrows(
    () => x.at(0, 0, 0),
    IndexError,
    "3 indices are too many for a tensor of shape [2, 3]",
  );
}, HOST_DEVICES);

Deno.test("at() refuses items that mean nothing", () => {
  const x = ones([2, 3]);
  assertThrows(() => x.at("1"), IndexError, '"1" is no slice');
  assertThrows(() => x.at("::0"), IndexError, "got 0");
  assertThrows(() => x.at("::-1"), IndexError, "got -1");
  assertThrows(() => x.at("...", "..."), IndexError, "only once");
  assertThrows(
    () => x.at([true, false, true]),
    IndexError,
    "a mask of shape [3] does not match [2]",
  );
  assertThrows(() => x.at(tensor([0, 1], { dtype: "uint8" })), DTypeError, "uint8");
  assertThrows(() => x.at(ones([1])), DTypeError, "float32");
  assertThrows(() => x.at([0, 1], [0, 1, 2]), ShapeError, "[2] and [3]");
  assertThrows(() => x.at(true as unknown as number), IndexError, "boolean");
  assertThrows(() => x.at(0.5), IndexError, "0.5");
});

gradientTest(
  "at() has gradients of two orders, repeated indices included",
  async ({ device, dtype, check }) => {
    const d = { device, dtype } as const;
    const x = randn([2, 3, 2], d);
    const index = tensor([1n, 1n, 0n], { device });
    await check((x) => x.at("...", null, "1:"), [x]);
    await check((x) => x.at(":", index), [x]);
    await check((x) => x.at([0, 1], ":", [1, 1]), [x]);
    await check((x) => x.at(x.detach().gt(-9)), [x]);
  },
);

gradientTest(
  "indexPut_() has gradients for what is written and what stays",
  async ({ device, dtype, check }) => {
    const d = { device, dtype } as const;
    const x = randn([2, 3, 2], d);
    await check((x, v) => x.mul(1).indexPut_([":", [2, 0]], v), [x, randn([2, 1, 2], d)]);
    await check((x, v) => x.mul(1).indexPut_([[0, 1], ":", [1, 1]], v), [x, randn([3], d)]);
    await check(
      (x, v) => x.mul(1).indexPut_([[0, 0]], v, { accumulate: true }),
      [x, randn([2, 3, 2], d)],
    );
    await check((x, v) => x.mul(1).indexPut_([0, "1:"], v), [x, randn([], d)]);
  },
);

forDevices(
  "indexPut_() writes through a view into its base, and returns the tensor",
  async (device) => {
    const x = zeros([3, 4], { device });
    const view = x.transpose(0, 1);
    assertStrictEquals(view.indexPut_([[1, 1], [0, 2]], 5), view);
    x.indexPut_([[0, 0], [3, 3]], tensor([1, 1], { device }), { accumulate: true });
    assertEquals(await x.tolist(), [[0, 5, 0, 2], [0, 0, 0, 0], [0, 5, 0, 0]]);
    assertThrows(
      () => x.indexPut_([0], ones([4], { device, dtype: "float64" })),
      DTypeError,
      "float64",
    );
    assertThrows(() => x.indexPut_([[0]], ones([3], { device })), ShapeError, "[3]");
  },
);

forDevices("at() counts every dimension of a mask that other items follow", async (device) => {
  const x = arange(0, 12, 1, { device }).reshape([2, 2, 3]);
  const mask = tensor([[true, false], [false, true]], { device });
  assertEquals(await x.at(mask, -1).tolist(), [2, 11]);
  assertEquals(await x.at(mask, "1:").tolist(), [[1, 2], [10, 11]]);
});
