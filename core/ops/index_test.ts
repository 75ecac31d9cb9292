import { assertEquals, assertThrows } from "@std/assert";
import {
  arange,
  AutogradError,
  DeviceError,
  DTypeError,
  embedding,
  IndexError,
  noGrad,
  oneHot,
  ones,
  randn,
  ShapeError,
  tensor,
  zeros,
} from "../mod.ts";
import { gradientTest } from "../testdata/support.ts";
import { forDevices, HOST_DEVICES } from "../testdata/devices.ts";

gradientTest(
  "gather(), scatter() and their kin have gradients of two orders",
  async ({ device, dtype, check }) => {
    const d = { device, dtype } as const;
    const x = randn([3, 4], d), index = tensor([[0n, 2n], [3n, 3n]], { device });
    await check((x) => x.gather(1, index), [x]);
    // A source, and a tensor, that are larger than the index.
    await check((x, s) => x.scatterAdd(1, index, s), [x, randn([3, 3], d)]);
    const apart = tensor([[0n, 2n], [1n, 3n]], { device });
    await check((x, s) => x.scatter(1, apart, s), [x, randn([3, 3], d)]);
    await check((x) => x.scatter(1, apart, 2), [x]);
  },
);

gradientTest(
  "indexSelect(), indexAdd(), indexCopy() and indexFill() have gradients of two orders",
  async ({ device, dtype, check }) => {
    const d = { device, dtype } as const;
    const x = randn([2, 3], d), index = tensor([2n, 0n], { device });
    await check((x) => x.indexSelect(1, index), [x]);
    await check((x, s) => x.indexAdd(1, tensor([1n, 1n], { device }), s), [
      x,
      randn([2, 2], d),
    ]);
    await check((x, s) => x.indexCopy(1, index, s), [x, randn([2, 2], d)]);
    await check((x, v) => x.indexFill(1, index, v), [x, randn([], d)]);
    await check((x) => x.maskedSelect(x.detach().gt(-10)), [x]);
  },
);

forDevices(
  "gather() takes int32 and uint8 indices, and other dtypes of values",
  async (device) => {
    for (const dtype of ["int32", "uint8"] as const) {
      const index = tensor([1, 0], { device, dtype });
      assertEquals(await tensor([5n, 6n], { device }).gather(0, index).tolist(), [6, 5]);
      assertEquals(await tensor([true, false], { device }).gather(0, index).tolist(), [
        false,
        true,
      ]);
    }
    const halves = tensor([1, 2], { device, dtype: "bfloat16" });
    assertEquals(
      await halves.indexAdd(0, tensor([0n], { device }), halves.narrow(0, 1, 1)).tolist(),
      [3, 2],
    );
  },
);

forDevices("gather() and scatter() throw for an index out of bounds, at the call", (device) => {
  const x = ones([2, 3], { device });
  for (const bad of [3n, -1n]) {
    const index = tensor([[bad]], { device });
    const row = tensor([bad], { device });
    assertThrows(() => x.gather(1, index), IndexError, String(bad));
    assertThrows(() => x.scatter(1, index, 0), IndexError, String(bad));
    assertThrows(() => x.scatterAdd(1, index, x), IndexError, String(bad));
    assertThrows(() => x.indexSelect(1, row), IndexError, String(bad));
    assertThrows(() => x.indexAdd(1, row, ones([2, 1], { device })), IndexError, String(bad));
    assertThrows(() => x.indexFill_(1, row, 0), IndexError, String(bad));
    assertThrows(() => embedding(row, ones([3, 2], { device })), IndexError, String(bad));
  }
}, HOST_DEVICES);

forDevices(
  "a write in place with one bad index among good ones changes nothing",
  async (device) => {
    for (const bad of [3n, -4n]) {
      const x = ones([2, 3], { device });
      const row = tensor([0n, 1n, bad], { device });
      const grid = tensor([[0n, 1n, bad]], { device });
      const source = ones([2, 3], { device }).mul(5);
      const writes: (() => unknown)[] = [
        () => x.scatter_(1, grid, 7),
        () => x.scatter_(1, grid, source),
        () => x.scatterAdd_(1, grid, source),
        () => x.indexAdd_(1, row, source),
        () => x.indexCopy_(1, row, source),
        () => x.indexFill_(1, row, 7),
        () => x.indexPut_([":", row], 7),
        () => x.narrow(0, 1, 1).scatter_(1, grid, 7),
      ];
      for (const write of writes) {
        assertThrows(write, IndexError, "out of bounds", String(write));
        assertEquals(await x.tolist(), [[1, 1, 1], [1, 1, 1]], String(write));
      }
    }
  },
  HOST_DEVICES,
);

Deno.test("gather() and scatter() refuse dtypes and shapes that do not fit", () => {
  const x = ones([2, 3]);
  const index = tensor([[0n], [1n]]);
  assertThrows(() => x.gather(1, ones([2, 1])), DTypeError, "float32");
  assertThrows(
    () => x.gather(1, tensor([0n])),
    ShapeError,
    "[1] does not fit a tensor of shape [2, 3]",
  );
  assertThrows(() => x.gather(1, tensor([[0n], [0n], [0n]])), ShapeError, "[3, 1]");
  assertThrows(() => x.gather(2, index), IndexError, "got 2");
  assertThrows(() => x.scatter(1, index, ones([1, 1])), ShapeError, "a source of shape [1, 1]");
  assertThrows(
    () => x.scatter(1, index, ones([2, 1], { dtype: "float64" })),
    DTypeError,
    "float64",
  );
  assertThrows(() => x.indexSelect(0, index), ShapeError, "[2, 1]");
  assertThrows(() => x.indexAdd(0, tensor([0n]), ones([2, 3])), ShapeError, "[1, 3]");
  assertThrows(
    () => x.gather(1, tensor([[0n]], { device: "reference" })),
    DeviceError,
    "reference",
  );
  assertThrows(() => x.indexFill(0, tensor([0n]), ones([2])), ShapeError, "one value");
});

forDevices("scatter_() writes through views, and next to them nothing", async (device) => {
  const x = zeros([3, 4], { device });
  const view = x.narrow(1, 1, 2).transpose(0, 1);
  view.scatter_(0, tensor([[1n, 0n, 1n]], { device }), 7);
  assertEquals(await x.tolist(), [[0, 0, 7, 0], [0, 7, 0, 0], [0, 0, 7, 0]]);
  view.indexAdd_(1, tensor([2n, 2n], { device }), ones([2, 2], { device }));
  x.indexCopy_(0, tensor([1n], { device }), ones([1, 4], { device }));
  x.indexFill_(1, tensor([0n], { device }), -1);
  assertEquals(await x.tolist(), [[-1, 0, 7, 0], [-1, 1, 1, 1], [-1, 2, 9, 0]]);
  x.scatterAdd_(0, tensor([[2n, 2n]], { device }), ones([1, 2], { device }));
  assertEquals(await x.select(0, 2).tolist(), [0, 3, 9, 0]);
});

forDevices("scatterAdd_() leaves clones and earlier results alone", async (device) => {
  const x = ones([3], { device });
  const before = x.clone(), doubled = x.mul(2);
  x.scatterAdd_(0, tensor([0n, 0n], { device }), tensor([10, 20], { device }));
  assertEquals(await before.tolist(), [1, 1, 1]);
  assertEquals(await doubled.tolist(), [2, 2, 2]);
  assertEquals(await x.tolist(), [31, 1, 1]);
});

forDevices("indexAdd_() takes itself as its source", async (device) => {
  const x = tensor([1, 2, 3], { device });
  x.indexAdd_(0, tensor([2n, 1n, 0n], { device }), x);
  assertEquals(await x.tolist(), [4, 4, 4]);
});

forDevices(
  "indexAdd_() records itself, and refuses a leaf that requires grad",
  async (device) => {
    const w = tensor([1, 2, 3], { device, requiresGrad: true });
    const s = tensor([10], { device, requiresGrad: true });
    const index = tensor([1n], { device });
    assertThrows(() => w.indexAdd_(0, index, s), AutogradError, "leaf");
    const x = w.mul(2);
    x.indexAdd_(0, index, s);
    x.mul(x).sum().backward();
    assertEquals(await w.grad!.tolist(), [8, 56, 24]);
    assertEquals(await s.grad!.tolist(), [28]);
    noGrad(() => w.indexFill_(0, index, 0));
    assertEquals(await w.tolist(), [1, 0, 3]);
  },
);

gradientTest(
  "embedding() gives the padding row no gradient, whatever flows there",
  async ({ device, dtype, check }) => {
    const w = randn([4, 2], { device, dtype });
    const index = tensor([[0n, 3n], [3n, 1n]], { device });
    await check((w) => embedding(index, w), [w]);
    const leaf = w.clone().requiresGrad_();
    embedding(index, leaf, { paddingIdx: 3 }).mul(Infinity).sum().backward();
    assertEquals(await leaf.grad!.tolist(), [[Infinity, Infinity], [Infinity, Infinity], [0, 0], [
      0,
      0,
    ]]);
    assertThrows(() => embedding(index, w, { paddingIdx: 4 }), IndexError, "paddingIdx 4");
    assertThrows(() => embedding(index, w.select(0, 0)), ShapeError, "[2]");
  },
);

forDevices("embedding() of no indices is empty", async (device) => {
  const out = embedding(zeros([0, 2], { device, dtype: "int64" }), ones([3, 4], { device }));
  assertEquals(out.shape, [0, 2, 4]);
  assertEquals(await out.tolist(), []);
});

forDevices("oneHot() refuses classes that are not there", (device) => {
  assertThrows(() => oneHot(tensor([0n, 5n], { device }), 5), IndexError, "index 5");
  assertThrows(() => oneHot(tensor([-1n], { device })), IndexError, "index -1");
});

forDevices(
  "nonzero() and maskedSelect() take no elements, and masks that broadcast",
  async (device) => {
    assertEquals(zeros([0, 2], { device }).nonzero().shape, [0, 2]);
    assertEquals(tensor(0, { device }).nonzero().shape, [0, 0]);
    const x = arange(0, 6, 1, { device }).reshape([2, 3]);
    const mask = tensor([[true], [false]], { device });
    assertEquals(await x.maskedSelect(mask).tolist(), [0, 1, 2]);
    assertThrows(() => x.maskedSelect(x), DTypeError, "int64");
  },
);
