import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type HookHandle, ones, type Tensor, tensor, zeros } from "../core/mod.ts";
import { Identity, Linear, Module, Sequential } from "./mod.ts";

class Double extends Module {
  override forward(x: Tensor): Tensor {
    return x.mul(2);
  }
}

Deno.test("registerForwardPreHook() sees and replaces the arguments, in order of registration", async () => {
  const model = new Double();
  const seen: unknown[] = [];
  model.registerForwardPreHook((module, args) => {
    assertStrictEquals(module, model);
    seen.push(args);
  });
  model.registerForwardPreHook((_module, [x]) => [(x as Tensor).add(1)]);
  const x = ones([1]);
  assertEquals(await model.forward(x).tolist(), [4]);
  assertEquals(seen, [[x]]);
  model.registerForwardPreHook(() => 3 as unknown as unknown[]);
  assertThrows(() => model.forward(x), TypeError, "returns an array of arguments");
});

Deno.test("registerForwardHook() sees and replaces the result, also inside of a Sequential", async () => {
  const model = new Sequential(new Double(), new Double());
  model[0].registerForwardHook((_module, _args, output) => (output as Tensor).add(10));
  model[0].registerForwardHook(() => {});
  assertEquals(await model.forward(ones([1])).tolist(), [24]);
});

Deno.test("register*Hook() leaves no trace on the module once the last is removed", async () => {
  const model = new Double();
  const keys = Object.keys(model);
  const handles: HookHandle[] = [
    model.registerForwardHook((_m, _a, y) => (y as Tensor).add(1)),
    model.registerForwardPreHook(() => {}),
  ];
  assertEquals(Object.keys(model), keys);
  assertEquals(Object.hasOwn(model, "forward"), true);
  handles[0].remove();
  handles[0].remove();
  assertEquals(Object.hasOwn(model, "forward"), true);
  handles[1].remove();
  assertEquals(Object.hasOwn(model, "forward"), false);
  assertEquals(await model.forward(ones([1])).tolist(), [2]);
  {
    using _hook = model.registerForwardHook((_m, _a, y) => (y as Tensor).add(1));
    assertEquals(await model.forward(ones([1])).tolist(), [3]);
  }
  assertEquals(await model.forward(ones([1])).tolist(), [2]);
});

Deno.test("register*Hook() honours a forward that is assigned to the instance", async () => {
  const model = new Double();
  model.forward = (x) => x.mul(3);
  const handle = model.registerForwardHook((_m, _a, y) => (y as Tensor).add(1));
  assertEquals(await model.forward(ones([1])).tolist(), [4]);
  model.forward = (x) => x.mul(5);
  assertEquals(await model.forward(ones([1])).tolist(), [6]);
  handle.remove();
  assertEquals(await model.forward(ones([1])).tolist(), [5]);
});

Deno.test("registerForwardHook() waits for an async forward", async () => {
  class Later extends Module {
    override async forward(x: Tensor): Promise<number> {
      return await x.item() as number;
    }
  }
  const model = new Later();
  model.registerForwardHook((_m, _a, output) => (output as number) + 1);
  assertEquals(await model.forward(ones([1])), 2);
});

Deno.test("register*Hook() refuses what is no function", () => {
  const model = new Identity();
  assertThrows(
    () => model.registerForwardHook(3 as unknown as () => void),
    TypeError,
    "a function",
  );
  assertEquals(Object.hasOwn(model, "forward"), false);
});

Deno.test("registerFullBackwardHook() sees both gradients and may replace the one of the input", async () => {
  const model = new Double();
  const seen: unknown[] = [];
  const handle = model.registerFullBackwardHook((module, gradInput, gradOutput) => {
    assertStrictEquals(module, model);
    seen.push([gradInput.length, gradOutput.length]);
    return [gradInput[0]!.mul(10)];
  });
  const x = tensor([1, 2], { requiresGrad: true });
  const y = model.forward(x.mul(1));
  y.backward(tensor([1, 3]));
  assertEquals(await x.grad!.tolist(), [20, 60]);
  assertEquals(seen, [[1, 1]]);
  handle.remove();
  x.grad = null;
  model.forward(x).sum().backward();
  assertEquals(await x.grad!.tolist(), [2, 2]);
});

Deno.test("registerFullBackwardHook() sees null where no gradient is needed", async () => {
  const model = new Linear(2, 1);
  const seen: [(Tensor | null)[], (Tensor | null)[]][] = [];
  model.registerFullBackwardHook((_module, gradInput, gradOutput) => {
    seen.push([gradInput, gradOutput]);
  });
  model.forward(ones([1, 2])).sum().backward();
  assertEquals(seen[0][0], [null]);
  assertEquals(await seen[0][1][0]!.tolist(), [[1]]);
  assertEquals(await model.weight.grad!.tolist(), [[1, 1]]);
});

Deno.test("registerFullBackwardHook() sees every argument and result, and can't replace several", async () => {
  class Pair extends Module {
    override forward(x: Tensor, y: Tensor): { sum: Tensor; product: Tensor } {
      return { sum: x.add(y), product: x.mul(y) };
    }
  }
  const model = new Pair();
  const seen: unknown[] = [];
  const handle = model.registerFullBackwardHook((_module, gradInput, gradOutput) => {
    seen.push(gradInput, gradOutput);
  });
  const x = tensor([2], { requiresGrad: true }), y = tensor([5], { requiresGrad: true });
  const { sum, product } = model.forward(x, y);
  sum.add(product.mul(3)).sum().backward();
  const read = (list: unknown) => Promise.all((list as Tensor[]).map((grad) => grad.tolist()));
  assertEquals(await read(seen[0]), [[16], [7]]);
  assertEquals(await read(seen[1]), [[1], [3]]);
  handle.remove();
  model.registerFullBackwardHook(() => [zeros([1]), zeros([1])]);
  const again = model.forward(x, y);
  assertThrows(() => again.sum.add(again.product).sum().backward(), Error, "one argument");
});
