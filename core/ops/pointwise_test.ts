import { assertEquals, assertThrows } from "@std/assert";
import { AutogradError, grad, ones, tensor } from "../mod.ts";
import { elements } from "../testdata/elements.ts";
import { forDevices } from "../testdata/devices.ts";

forDevices("tensor() makes float32 of numbers, int64 of bigints, bool of booleans", (device) => {
  // PyTorch makes int64 of whole Python numbers; JavaScript can't tell 1 from 1.0.
  assertEquals(tensor([1, 2], { device }).dtype, "float32");
  assertEquals(tensor([1n, 2n], { device }).dtype, "int64");
  assertEquals(tensor([true, 1], { device }).dtype, "float32");
  assertEquals(tensor([true, 1n], { device }).dtype, "int64");
  assertEquals(tensor([true, false], { device }).dtype, "bool");
});

forDevices("whole numbers are integers as operands, others are floats", async (device) => {
  const x = tensor([1n, 2n], { device });
  assertEquals([x.add(1).dtype, x.add(1n).dtype, x.add(1.5).dtype], ["int64", "int64", "float32"]);
  assertEquals(x.div(2).dtype, "float32");
  const byte = tensor([250, 5], { device, dtype: "uint8" });
  assertEquals(byte.add(10).dtype, "uint8");
  assertEquals(await byte.add(10).tolist(), [4, 15]);
  assertEquals(byte.add(0.5).dtype, "float32");
  const big = tensor([2n ** 53n + 1n], { device });
  assertEquals(await elements(big.add(2n ** 60n)), [2n ** 53n + 1n + 2n ** 60n]);
});

forDevices("operations with a number have gradients like those with a tensor", async (device) => {
  const x = tensor([-2, 0.5, 3], { device, requiresGrad: true });
  for (
    const fn of [
      (v: typeof x | number) => x.maximum(v),
      (v: typeof x | number) => x.minimum(v),
      (v: typeof x | number) => x.atan2(v),
      (v: typeof x | number) => x.remainder(v),
      (v: typeof x | number) => x.fmod(v),
      (v: typeof x | number) => x.clamp(v),
    ]
  ) {
    const [a] = grad(fn(0.5).sum(), [x]), [b] = grad(fn(tensor(0.5, { device })).sum(), [x]);
    assertEquals(await a!.tolist(), await b!.tolist());
  }
  // torch.maximum of equals: each side has a half.
  const [tie] = grad(x.maximum(0.5).sum(), [x]);
  assertEquals(await tie!.tolist(), [0, 0.5, 1]);
});

forDevices("pow() of a number has a gradient where the number is 0", async (device) => {
  // torch.pow(0., torch.tensor([0., 1., 2.])).sum().backward() -> zeros
  const x = tensor([0, 1, 2], { device, requiresGrad: true });
  const zero = tensor(0, { device });
  zero.pow(x).sum().backward();
  assertEquals(await x.grad!.tolist(), [0, 0, 0]);
});

forDevices("flat functions have the gradient 0, also of what is infinite", async (device) => {
  const x = tensor([Infinity, -1.5, 2], { device, requiresGrad: true });
  const y = x.floor().add(x.sign()).mul(ones([3], { device }).mul(Infinity));
  y.sum().backward();
  assertEquals(await x.grad!.tolist(), [0, 0, 0]);
});

forDevices("comparisons of int64 with numbers see all 64 bits", async (device) => {
  const x = tensor([2n ** 53n + 1n, 2n ** 53n], { device });
  assertEquals(await x.eq(2n ** 53n).tolist(), [false, true]);
  assertEquals(await x.gt(2 ** 53).tolist(), [true, false]);
});

forDevices(
  "shifts by more than the bits, or by less than none, shift everything out",
  async (device) => {
    for (const dtype of ["int64", "int32", "int8"] as const) {
      const x = tensor([5, -5, 5, -5, 5, -5], { device, dtype });
      const n = tensor([1, 1, 70, 70, -1, -1], { device, dtype });
      assertEquals(await x.bitwiseLeftShift(n).tolist(), [10, -10, 0, 0, 0, 0], dtype);
      assertEquals(await x.bitwiseRightShift(n).tolist(), [2, -3, 0, -1, 0, -1], dtype);
    }
  },
);

Deno.test("digamma() says that it is differentiated once", () => {
  const x = tensor(2, { requiresGrad: true });
  const [slope] = grad(x.digamma(), [x], { createGraph: true });
  assertThrows(() => slope!.backward(), AutogradError, "digamma: it is differentiated once");
});
