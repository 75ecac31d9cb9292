import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  AutogradError,
  backward,
  DTypeError,
  enableGrad,
  grad,
  isGradEnabled,
  memory,
  noGrad,
  ones,
  scope,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "./mod.ts";
import { assertNear } from "./testdata/support.ts";
import { forDevices, HOST_DEVICES } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

const leaf = (values: Parameters<typeof tensor>[0], device: DeviceName) =>
  tensor(values, { device, requiresGrad: true });

/** The message of the AutogradError that a function throws. */
const refused = (fn: () => unknown): string => assertThrows(fn, AutogradError).message;

forDevices("backward() adds to the gradients of leaves, and to nothing else", async (device) => {
  const x = leaf([1, 2, 3], device), y = x.mul(x), z = y.add(1);
  z.sum().backward();
  assertEquals(await x.grad!.tolist(), [2, 4, 6]);
  assertEquals([y.grad, z.grad], [null, null]);
  x.mul(10).sum().backward();
  assertEquals(await x.grad!.tolist(), [12, 14, 16]);
  assertEquals([x.isLeaf, y.isLeaf, y.requiresGrad], [true, false, true]);
  assertEquals(y.gradFn!.name, "MulBackward0");
});

forDevices("backward() sums over every use of a tensor, once for each", async (device) => {
  const x = leaf([2, 3], device);
  const y = x.mul(x), z = y.mul(y).add(y).add(x);
  z.sum().backward();
  assertEquals(await x.grad!.tolist(), [4 * 8 + 4 + 1, 4 * 27 + 6 + 1]);
});

forDevices("backward() takes a gradient of the tensor's own shape", async (device) => {
  const x = leaf([[1, 2], [3, 4]], device);
  x.mul(3).backward(tensor([[1, 0], [0, 2]], { device }));
  assertEquals(await x.grad!.tolist(), [[3, 0], [0, 6]]);
  assertThrows(() => x.mul(3).backward(ones([2], { device })), ShapeError, "[2]");
  assertStringIncludes(refused(() => x.mul(3).backward()), "[2, 2]");
});

forDevices("a gradient given to backward() is not written to by later ones", async (device) => {
  const x = leaf([1, 2], device), given = tensor([1, 1], { device });
  x.clone().backward(given);
  x.clone().backward(given);
  assertEquals(await given.tolist(), [1, 1]);
  assertEquals(await x.grad!.tolist(), [2, 2]);
});

forDevices("two leaves with one incoming gradient do not share it", async (device) => {
  const a = leaf([1, 2], device), b = leaf([3, 4], device);
  a.add(b).sum().backward();
  noGrad(() => a.grad!.mul_(5));
  assertEquals(await b.grad!.tolist(), [1, 1]);
});

forDevices("backward() a second time says what was freed and what to pass", async (device) => {
  const x = leaf([1, 2], device), y = x.mul(x).sum();
  y.backward();
  const message = refused(() => y.backward());
  assertStringIncludes(message, "Backward");
  assertStringIncludes(message, "second time");
  assertStringIncludes(message, "retainGraph: true");
  const z = x.mul(x).sum();
  z.backward(null, { retainGraph: true });
  z.backward();
  assertEquals(await x.grad!.tolist(), [6, 12]);
});

forDevices("backward() refuses a tensor without a history", (device) => {
  assertStringIncludes(
    refused(() => tensor([1], { device }).sum().backward()),
    "does not require gradients",
  );
});

forDevices("grad() gives gradients as values and leaves .grad alone", async (device) => {
  const x = leaf([1, 2], device), y = leaf([3, 4], device);
  const [dx, dy] = grad(x.mul(y).sum(), [x, y]);
  assertEquals([await dx!.tolist(), await dy!.tolist()], [[3, 4], [1, 2]]);
  assertEquals([x.grad, y.grad], [null, null]);
  const [both] = grad([x.mul(2), x.mul(3)], x, {
    gradOutputs: [ones([2], { device }), tensor([0, 1], { device })],
  });
  assertEquals(await both!.tolist(), [2, 5]);
});

forDevices("grad() names an input that the outputs don't depend on", async (device) => {
  const x = leaf([1], device), y = leaf([1], device);
  assertStringIncludes(refused(() => grad(x.sum(), [x, y])), "input 1");
  assertEquals(grad(x.sum(), [y], { allowUnused: true }), [null]);
  assertStringIncludes(refused(() => grad(x.sum(), [tensor([1], { device })])), "input 0");
  const [self] = grad(x, [x]);
  assertEquals(await self!.tolist(), [1]);
});

forDevices(
  "grad() stops at what is wanted: what lies behind it stays for another",
  async (device) => {
    const x = leaf([2], device), y = x.mul(x), z = y.mul(y).sum();
    const [dy] = grad(z, [y]);
    const [dx] = grad(y, [x], { gradOutputs: dy! });
    assertEquals([await dy!.tolist(), await dx!.tolist()], [[8], [32]]);
  },
);

forDevices("grad() runs the hooks of what it computes, and not those of other leaves", (device) => {
  const x = leaf([2], device), other = leaf([3], device);
  const seen: string[] = [];
  x.registerHook(() => void seen.push("x"));
  other.registerHook(() => void seen.push("other"));
  grad(x.mul(other).sum(), [x]);
  assertEquals(seen, ["x"]);
});

forDevices("createGraph gives derivatives of any order", async (device) => {
  const x = leaf(3, device);
  let y: Tensor = x.pow(4);
  const values: unknown[] = [];
  for (let order = 0; order < 4; order++) {
    [y] = grad(y, [x], { createGraph: true }) as Tensor[];
    values.push(await y.item());
  }
  // A power is within some units of the last place on webgpu, and exact on the others.
  assertNear(values as number[], [108, 108, 72, 24], device === "webgpu" ? 1e-6 : 0, "orders");
});

forDevices("backward() with createGraph leaves gradients with a history", async (device) => {
  const x = leaf([1, 2], device);
  x.pow(3).sum().backward(null, { createGraph: true });
  assert(x.grad!.requiresGrad);
  const [second] = grad(x.grad!.sum(), [x]);
  assertEquals(await second!.tolist(), [6, 12]);
});

forDevices(
  "registerHook() sees a gradient, may replace it, and comes off again",
  async (device) => {
    const x = leaf([1, 2], device), y = x.mul(2);
    const seen: Tensor[] = [];
    y.registerHook((g) => void seen.push(g));
    const doubling = y.registerHook((g) => g.mul(10));
    x.registerHook((g) => g.add(1));
    y.sum().backward(null, { retainGraph: true });
    assertEquals(await seen[0].tolist(), [1, 1]);
    assertEquals(await x.grad!.tolist(), [21, 21]);
    doubling.remove();
    x.grad = null;
    y.sum().backward(null, { retainGraph: true });
    assertEquals(await x.grad!.tolist(), [3, 3]);
    {
      using _ = y.registerHook((g) => g.mul(0));
      x.grad = null;
      y.sum().backward(null, { retainGraph: true });
      assertEquals(await x.grad!.tolist(), [1, 1]);
    }
    assertStringIncludes(
      refused(() => tensor([1], { device }).registerHook(() => {})),
      "does not require",
    );
  },
);

forDevices("a hook sees the whole gradient of a leaf, once", async (device) => {
  const x = leaf([1], device);
  const seen: unknown[] = [];
  x.registerHook((g) => void seen.push(g));
  x.mul(2).add(x.mul(3)).sum().backward();
  assertEquals(seen.length, 1);
  assertEquals(await (seen[0] as Tensor).tolist(), [5]);
});

forDevices("retainGrad() keeps the gradient of a tensor that is no leaf", async (device) => {
  const x = leaf([1, 2], device), y = x.mul(2);
  y.retainGrad();
  y.retainGrad();
  y.mul(y).sum().backward();
  assertEquals(await y.grad!.tolist(), [4, 8]);
  x.retainGrad();
  assertStringIncludes(refused(() => tensor([1], { device }).retainGrad()), "does not require");
});

forDevices("a saved tensor written in place is found by its version", async (device) => {
  const x = leaf([1, 2], device), y = x.mul(3), z = y.mul(y).sum();
  y.add_(1);
  const message = refused(() => z.backward());
  assertStringIncludes(message, "MulBackward0");
  assertStringIncludes(message, "[2]");
  assertStringIncludes(message, "at version 1, expected 0");
  // Also through a view of it, and through what shares its memory without a history.
  const w = x.mul(3), squared = w.mul(w).sum();
  w.select(0, 1).zero_();
  refused(() => squared.backward());
  const v = x.mul(3), cubed = v.exp().sum();
  v.detach().zero_();
  cubed.backward(); // exp needs its result, not its argument
  const u = x.exp(), total = u.sum();
  u.detach().zero_();
  refused(() => total.backward());
  assert((await x.grad!.tolist() as number[]).every(Number.isFinite));
});

forDevices("what the gradient does not need may be written", async (device) => {
  const x = leaf([1, 2], device), y = x.add(3), z = y.add(1).sum();
  y.zero_();
  z.backward();
  assertEquals(await x.grad!.tolist(), [1, 1]);
});

forDevices("a leaf that requires grad can't be written while recording", async (device) => {
  const x = leaf([1, 2], device);
  assertStringIncludes(refused(() => x.add_(1)), "noGrad");
  assertStringIncludes(refused(() => x.select(0, 0).zero_()), "view");
  assertStringIncludes(refused(() => x.view([2, 1]).copy_(ones([2, 1], { device }))), "leaf");
  noGrad(() => x.add_(1));
  noGrad(() => x.select(0, 0).fill_(7));
  assertEquals(await x.tolist(), [7, 3]);
  assert(x.isLeaf && x.requiresGrad);
});

forDevices("in-place operations give the values that PyTorch's history keeps", async (device) => {
  // torch: x = [1., 2.]; w = [3., 5.]; y = x * 1; y.mul_(w); y.sum().backward()
  const x = leaf([1, 2], device), w = leaf([3, 5], device), y = x.mul(1);
  const same = y.mul_(w);
  assert(same === y);
  y.sum().backward();
  assertEquals([await x.grad!.tolist(), await w.grad!.tolist()], [[3, 5], [1, 2]]);
  // torch: y = x * 2; y.pow_(3); the argument is kept as it was
  x.grad = null;
  const z = x.mul(2);
  z.pow_(3);
  z.sum().backward();
  assertEquals(await x.grad!.tolist(), [24, 96]);
  // torch: y = x * 2; y.mul_(y)
  x.grad = null;
  const q = x.mul(2);
  q.mul_(q.clone());
  q.sum().backward();
  assertEquals(await x.grad!.tolist(), [8, 16]);
});

forDevices(
  "writing into a view changes the history of its base and of other views",
  async (device) => {
    // torch: y = x * 2; v = y[0]; y[0] *= 3; (y.sum() + v.sum()).backward() -> [[12, 12], [2, 2]]
    const x = leaf([[1, 2], [3, 4]], device), y = x.mul(2);
    const v = y.select(0, 0), other = y.select(1, 0);
    v.mul_(3);
    assertEquals(y.gradFn!.name, "CopySlices");
    assertEquals(await other.tolist(), [6, 6]);
    y.sum().add(v.sum()).backward();
    assertEquals(await x.grad!.tolist(), [[12, 12], [2, 2]]);
  },
);

forDevices("writing into a base changes the history of its views", async (device) => {
  // torch: y = x * 2; v = y[1]; y.mul_(5); v.sum().backward() -> [[0, 0], [10, 10]]
  const x = leaf([[1, 2], [3, 4]], device), y = x.mul(2), v = y.select(0, 1);
  y.mul_(5);
  assertEquals(noGrad(() => v.requiresGrad), true); // asking while not recording loses nothing
  v.sum().backward();
  assertEquals(await x.grad!.tolist(), [[0, 0], [10, 10]]);
  assertEquals(await v.tolist(), [30, 40]);
});

forDevices("writing a tensor with a history into one without gives it one", async (device) => {
  // torch: b = zeros(2, 3); b[1] = w; b[:, 0] = 7; (b * b).sum().backward()
  const w = leaf([1, 2, 3], device), b = zeros([2, 3], { device });
  const before = b.select(0, 1);
  b.select(0, 1).copy_(w);
  b.select(1, 0).fill_(7);
  assert(before.requiresGrad && b.requiresGrad);
  b.mul(b).sum().backward();
  assertEquals(await w.grad!.tolist(), [0, 4, 6]);
  assertEquals(await b.tolist(), [[7, 0, 0], [7, 2, 3]]);
});

forDevices(
  "writing into views of views, reshaped and strided, keeps the history right",
  async (device) => {
    // torch: y = x * 1; y.view(3, 2).t()[1].mul_(2); y.as_strided((2,), (4,), 1).mul_(10); backward
    // of a gradient that is itself a transpose -> [[1, 20, 1], [2, 1, 20]]
    const x = leaf([[1, 2, 3], [4, 5, 6]], device), y = x.mul(1);
    y.view([3, 2]).transpose(0, 1).select(0, 1).mul_(2);
    y.asStrided([2], [4], 1).mul_(10);
    assertEquals(await y.tolist(), [[1, 40, 3], [8, 5, 120]]);
    y.backward(ones([3, 2], { device }).transpose(0, 1));
    assertEquals(await x.grad!.tolist(), [[1, 20, 1], [2, 1, 20]]);
    x.grad = null;
    const z = x.mul(1);
    z.view([6]).narrow(0, 1, 3).mul_(2);
    z.sum().backward(); // the gradient is one element, expanded
    assertEquals(await x.grad!.tolist(), [[1, 2, 2], [2, 1, 1]]);
  },
);

forDevices("zero_() and fill_() stop the gradient of what they replace", async (device) => {
  const x = leaf([1, 2, 3], device), y = x.mul(2);
  y.slice(0, 0, 2).zero_();
  y.sum().backward();
  assertEquals(await x.grad!.tolist(), [0, 0, 2]);
  x.grad = null;
  const z = x.mul(2);
  z.fill_(4);
  assert(z.requiresGrad);
  z.sum().backward();
  assertEquals(await x.grad!.tolist(), [0, 0, 0]);
});

forDevices("detach() shares the memory and forgets the history", async (device) => {
  const x = leaf([1, 2], device), y = x.mul(2), d = y.detach();
  assertEquals([d.requiresGrad, d.isLeaf, d.gradFn], [false, true, null]);
  assert(d.storage === y.storage);
  d.select(0, 0).fill_(9);
  assertEquals(await y.tolist(), [9, 4]);
  const stopped = y.mul(d).sum();
  stopped.backward();
  assertEquals(await x.grad!.tolist(), [18, 8]);
});

forDevices("noGrad() and enableGrad() nest, and end with what they began with", (device) => {
  const x = leaf([1], device);
  noGrad(() => {
    assertEquals([isGradEnabled(), x.mul(2).requiresGrad], [false, false]);
    enableGrad(() => assertEquals([isGradEnabled(), x.mul(2).requiresGrad], [true, true]));
    assertEquals(isGradEnabled(), false);
  });
  assertThrows(
    () =>
      noGrad(() => {
        throw new Error("from inside");
      }),
    Error,
    "from inside",
  );
  assertEquals(isGradEnabled(), true);
});

Deno.test("noGrad(), enableGrad() and scope() refuse functions that return promises", () => {
  for (const [name, run] of Object.entries({ noGrad, enableGrad, scope })) {
    const message = refused(() => run(() => Promise.resolve()));
    assertStringIncludes(message, name);
    assertStringIncludes(message, "synchronous");
  }
  assertEquals(isGradEnabled(), true);
});

forDevices("only floating tensors require gradients, and only leaves stop", (device) => {
  assertThrows(() => tensor([1n], { device, requiresGrad: true }), DTypeError, "int64");
  const x = leaf([1], device);
  assertStringIncludes(refused(() => x.mul(2).requiresGrad_(false)), "detach");
  assertEquals(x.requiresGrad_(false).requiresGrad, false);
  assertEquals(x.gt(0).requiresGrad, false);
  assertEquals(x.requiresGrad_().argmax().requiresGrad, false);
});

forDevices("gradients have the dtype of what they are for", async (device) => {
  const x = tensor([1, 2], { device, dtype: "float16", requiresGrad: true });
  const y = tensor([0.5, 0.25], { device, dtype: "float64", requiresGrad: true });
  x.mul(y).sum().backward();
  assertEquals([x.grad!.dtype, y.grad!.dtype], ["float16", "float64"]);
  assertEquals([await x.grad!.tolist(), await y.grad!.tolist()], [[0.5, 0.25], [1, 2]]);
}, HOST_DEVICES);

forDevices("a graph of ten thousand operations does not overflow the stack", async (device) => {
  const x = leaf([1], device);
  let y: Tensor = x;
  for (let i = 0; i < (device === "cpu" ? 10000 : 3000); i++) y = y.add(1);
  y.sum().backward();
  assertEquals(await x.grad!.tolist(), [1]);
});

Deno.test("to() carries gradients from one device back to the other", async () => {
  const x = tensor([1, 2], { device: "reference", requiresGrad: true });
  const y = (await x.to("cpu")).mul(3);
  y.sum().backward();
  assertEquals(x.grad!.device, "reference");
  assertEquals(await x.grad!.tolist(), [3, 3]);
});

forDevices(
  "a view whose base was written comes before the operations that use it",
  async (device) => {
    // torch: y = x * 1; v = y[0]; y[:, 1] = 0.5; ((x - v).sum() + (v * 3).sum()).backward()
    const x = leaf([[1, 2], [3, 4]], device), y = x.mul(1), v = y.select(0, 0);
    y.select(1, 1).fill_(0.5);
    x.sub(v).sum().add(v.mul(3).sum()).backward();
    assertEquals(await x.grad!.tolist(), [[2, 1], [1, 1]]);
  },
);

/** Bytes that are live on a device. */
const live = (device: DeviceName) => memory()[device].live;

forDevices("backward() frees at once what came in between", async (device) => {
  const w = leaf([[1, 2], [3, 4]], device), x = tensor([[5, 6], [7, 8]], { device });
  const loss = w.matmul(x).exp().matmul(x).sum().realize();
  const before = live(device);
  loss.backward();
  w.peekGrad()!.realize();
  assertEquals(live(device) - before, 16);
  assert(Number.isFinite(await w.grad!.sum().item()));
});

forDevices("a gradient that goes two ways is there until both have read it", async (device) => {
  const x = tensor([0], { device, dtype: "float32", requiresGrad: true });
  x.exp().add(x.sin()).backward();
  assertEquals(await x.grad!.tolist(), [2]);
});

forDevices("a gradient that nobody has seen is freed when it is replaced", async (device) => {
  const x = leaf([1, 2], device);
  const backward = () => {
    x.mul(x).sum().backward();
    x.peekGrad()!.realize();
  };
  backward();
  const before = live(device);
  for (let i = 0; i < 3; i++) {
    x.grad = null;
    backward();
  }
  assertEquals(live(device), before);

  const seen = x.grad!;
  x.grad = null;
  backward();
  assertEquals(await seen.tolist(), [2, 4]);
  assertEquals(await x.grad!.tolist(), [2, 4]);
});

forDevices("leaves that get one gradient do not share it", async (device) => {
  const a = leaf([1, 2], device), b = leaf([3, 4], device);
  a.add(b).mul(a.detach()).sum().backward();
  a.grad!.mul_(10);
  a.grad = null;
  assertEquals(await b.grad!.tolist(), [1, 2]);
  assertEquals(a.grad, null);
});

forDevices("what a hook keeps outlives backward(), and what it makes", async (device) => {
  const x = leaf([1, 2], device), kept: Tensor[] = [];
  const y = x.mul(3);
  for (const tensor of [x, y]) tensor.registerHook((g) => void kept.push(g, g.mul(2)));
  y.retainGrad();
  y.mul(y).sum().backward();
  x.grad = null;
  assertEquals(await y.grad!.tolist(), [6, 12]);
  assertEquals(await Promise.all(kept.map((g) => g.tolist())), [
    [6, 12],
    [12, 24],
    [18, 36],
    [36, 72],
  ]);
});

forDevices("backward() of several tensors adds the sum of their gradients", async (device) => {
  const of = (...values: number[]) => tensor(values, { device });
  const x = leaf([1, 2, 3], device), y = x.mul(x), z = y.mul(x);
  const step = (retainGraph: boolean) =>
    backward([z, y, x], [of(1, 2, 3), of(4, 5, 6), of(7, 8, 9)], { retainGraph });
  step(true);
  const once = [3 + 8 + 7, 24 + 20 + 8, 81 + 36 + 9];
  assertEquals(await x.grad!.tolist(), once);
  step(false);
  assertEquals(await x.grad!.tolist(), once.map((value) => 2 * value));
  assertStringIncludes(refused(() => backward([y], [of(1, 1, 1)])), "a second time");
  assertStringIncludes(refused(() => backward([x.sum(), x])), "needs a gradient of its own");
  assertStringIncludes(refused(() => backward([of(1)])), "does not require gradients");
  assertStringIncludes(refused(() => backward([x], [of(1, 1, 1), null])), "2 gradients for 1 ");
  assertThrows(() => backward([x.mul(2)], [of(1)]), ShapeError);
});
