import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { arange, AutogradError, ones, ShapeError, type Tensor, tensor } from "../mod.ts";
import { forDevices } from "../testdata/devices.ts";
import { elements } from "../testdata/elements.ts";

const CASES: [string, number[], (x: Tensor) => Tensor, (x: Tensor) => Tensor][] = [
  ["transpose_", [2, 3, 4], (x) => x.transpose_(0, -1), (x) => x.transpose(0, -1)],
  ["t_", [2, 3], (x) => x.t_(), (x) => x.t()],
  ["t_ of a vector", [3], (x) => x.t_(), (x) => x.t()],
  ["squeeze_", [1, 3, 1], (x) => x.squeeze_(), (x) => x.squeeze()],
  ["squeeze_ of one", [1, 3, 1], (x) => x.squeeze_(0), (x) => x.squeeze(0)],
  ["squeeze_ of none", [2, 3], (x) => x.squeeze_(0), (x) => x.squeeze(0)],
  ["unsqueeze_", [2, 3], (x) => x.unsqueeze_(1), (x) => x.unsqueeze(1)],
];

forDevices(
  "a shape in place is that of the form out of place, of the same object",
  async (device) => {
    for (const [name, shape, inPlace, outOfPlace] of CASES) {
      const numel = shape.reduce((a, b) => a * b, 1);
      const made = () => arange(0, numel, 1, { device }).float();
      // Of memory, of what is still to be computed, and of a view.
      const sources: (() => Tensor)[] = [
        () => made().reshape(shape).clone().realize(),
        () => made().reshape(shape).add(1),
        () => ones([2, ...shape], { device }).at(1).copy_(made().reshape(shape)),
      ];
      for (const source of sources) {
        const x = source(), expected = outOfPlace(source()), { version } = x.storage;
        assertStrictEquals(inPlace(x), x, name);
        assertEquals([x.shape, x.strides], [expected.shape, expected.strides], name);
        // PyTorch counts it as a change.
        assertEquals(x.storage.version, version + 1, name);
        assertEquals(await elements(x), await elements(expected), name);
        assertEquals(await elements(x.mul(2).add(x)), await elements(expected.mul(3)), name);
      }
    }
  },
);

forDevices("a shape in place leaves views and the memory as they are", async (device) => {
  const x = tensor([[1, 2, 3], [4, 5, 6]], { device }), row = x.at(0);
  x.t_().add_(10);
  assertEquals(await row.tolist(), [11, 12, 13]);
  row.zero_();
  assertEquals(await x.tolist(), [[0, 14], [0, 15], [0, 16]]);
});

forDevices("a view with another shape in place has its history in the base", async (device) => {
  const w = tensor([[1, 2, 3], [4, 5, 6]], { device, requiresGrad: true });
  const x = ones([2, 3], { device }), view = x.at(":", "1:").t_();
  x.copy_(w);
  // torch: w.grad is [[0, 1, 3], [0, 2, 4]]
  view.mul(tensor([[1, 2], [3, 4]], { device })).sum().backward();
  assertEquals(await w.grad!.tolist(), [[0, 1, 3], [0, 2, 4]]);
});

Deno.test("a tensor that requires grad keeps its shape", () => {
  const w = ones([2, 3], { requiresGrad: true });
  assertThrows(() => w.t_(), AutogradError, "use t()");
  assertThrows(() => w.mul(2).unsqueeze_(0), AutogradError, "unsqueeze_: a tensor of shape [2, 3]");
  assertThrows(() => ones([2, 2, 2]).t_(), ShapeError, "t: expected at most two dimensions");
});

Deno.test("a gradient that needs what changed its shape in place says so", () => {
  const w = ones([2, 3], { requiresGrad: true }), x = ones([2, 3]);
  const y = w.mul(x).sum();
  x.t_();
  assertThrows(() => y.backward(), AutogradError, "changed in place");
});

Deno.test("a gradient passes by an operand that changed its shape in place", async () => {
  const w = ones([2, 3], { requiresGrad: true }), x = ones([2, 1]);
  const y = w.add(x).sum();
  x.squeeze_();
  y.backward();
  assertEquals(await w.grad!.tolist(), [[1, 1, 1], [1, 1, 1]]);
});

Deno.test("a view whose base changed its shape in place gets no history from it", () => {
  const w = ones([3, 2], { requiresGrad: true });
  const x = ones([2, 3]), row = x.at(0);
  x.t_().copy_(w);
  assertThrows(() => row.sum(), AutogradError, "from [2, 3] to [3, 2]");
});
