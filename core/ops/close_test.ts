import { assertEquals, assertRejects } from "@std/assert";
import { DTypeError, empty, memory, tensor } from "../mod.ts";
import { forDevices } from "../testdata/devices.ts";

forDevices("allclose() answers whether all are near", async (device) => {
  const x = tensor([[1, 100], [-3, Infinity]], { device });
  const near = tensor([[1.000001, 100.0005], [-3, Infinity]], { device });
  assertEquals(await x.allclose(near), true);
  assertEquals(await x.allclose(near, { rtol: 1e-7 }), false);
  assertEquals(await x.allclose(near, { rtol: 0, atol: 0.001 }), true);
  // The other's size counts: torch.allclose(tensor(1.), tensor(1.1), rtol=0.095) -> True
  const [a, b] = [tensor(1, { device }), tensor(1.1, { device })];
  assertEquals([await a.allclose(b, { rtol: 0.095 }), await b.allclose(a, { rtol: 0.095 })], [
    true,
    false,
  ]);
  const nan = tensor([NaN], { device });
  assertEquals([await nan.allclose(nan), await nan.allclose(nan, { equalNan: true })], [
    false,
    true,
  ]);
  assertEquals(await tensor([1, 1], { device }).allclose(a), true);
  await assertRejects(() => a.allclose(b.half()), DTypeError, "allclose");
});

forDevices("equal() answers whether shapes and values are the same", async (device) => {
  const x = tensor([1, 2, -0], { device });
  assertEquals(await x.equal(tensor([1, 2, 0], { device })), true);
  assertEquals(await x.equal(tensor([1, 2, 1], { device })), false);
  assertEquals(await x.equal(tensor([[1, 2, 0]], { device })), false);
  assertEquals(await x.equal(tensor([1n, 2n, 0n], { device })), true);
  const nan = tensor([NaN], { device });
  assertEquals(await nan.equal(nan), false);
  assertEquals(await empty([0, 2], { device }).equal(empty([0, 2], { device })), true);
  const big = tensor([2n ** 53n], { device });
  assertEquals(await big.equal(big.add(1n)), false);
});

forDevices("allclose() and equal() leave no memory behind", async (device) => {
  const x = tensor([1, 2], { device }), y = tensor([1, 2], { device });
  const before = memory()[device].live;
  assertEquals([await x.allclose(y), await x.equal(y)], [true, true]);
  assertEquals(memory()[device].live, before);
});
