/** How many kernels things take: what the engine promises instead of times. */
import { assert, assertEquals } from "@std/assert";
import {
  crossEntropy,
  dropout,
  layerNorm,
  linear,
  memory,
  noGrad,
  ones,
  randn,
  resetStats,
  scope,
  stats,
  type Tensor,
  tensor,
} from "./mod.ts";
import { forDevices, HOST_DEVICES } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

/** The kernels that computing these tensors takes. */
async function launches(fn: () => Tensor | Tensor[]): Promise<number> {
  resetStats();
  const out = fn();
  for (const x of Array.isArray(out) ? out : [out]) await x.data();
  return stats().launches;
}

const normal = (shape: number[], device: DeviceName, requiresGrad = false) =>
  randn(shape, { device }).realize().detach().requiresGrad_(requiresGrad);

forDevices("what is one expression is one kernel", async (device) => {
  const x = normal([3, 8], device), w = normal([8, 8], device), b = normal([8], device);
  const scale = normal([8], device);
  const labels = tensor([1n, 0n, 7n], { device });
  const once: Record<string, () => Tensor> = {
    softmax: () => x.softmax(-1),
    "softmax of a masked, scaled score": () =>
      x.mul(0.3).maskedFill(x.gt(1), -Infinity).softmax(-1),
    logSoftmax: () => x.logSoftmax(-1),
    layerNorm: () => layerNorm(x, [8], { weight: scale, bias: b }),
    "layerNorm of a sum": () => layerNorm(x.add(b), [8], { weight: scale, bias: b }),
    gelu: () => x.gelu(),
    silu: () => x.silu(),
    softplus: () => x.softplus(),
    mish: () => x.mish(),
    hardswish: () => x.hardswish(),
    hypot: () => x.hypot(b),
    "logaddexp with a number": () => x.logaddexp(0.5),
    "xlogy, copysign and fmax": () => x.xlogy(b).copysign(b).fmax(0),
    nanToNum: () => x.div(0).nanToNum(),
    isclose: () => x.isclose(b),
    "div with rounding": () => x.div(b, { roundingMode: "trunc" }),
    countNonzero: () => x.countNonzero(-1),
    dropout: () => dropout(x, 0.5, true),
    linear: () => linear(x, w, b),
    "linear and gelu": () => linear(x, w, b).gelu(),
    "matmul, scale and relu": () => x.matmul(w).mul(0.5).relu(),
    variance: () => x.var(-1),
    "standard deviation": () => x.std(-1),
    logsumexp: () => x.logsumexp(-1),
    norm: () => x.norm(2, -1),
    "mean of a square": () => x.sub(b).square().mean(),
    "crossEntropy of each row": () => crossEntropy(x, labels, { reduction: "none" }),
  };
  for (const [name, fn] of Object.entries(once)) {
    // On a GPU two small kernels note classes out of range, since nobody waits to see whether there are
    // any such.
    const more = name.startsWith("crossEntropy") && !HOST_DEVICES.includes(device) ? 2 : 0;
    assertEquals(await launches(fn), 1 + more, name);
  }
});

forDevices("what is written through a view is one kernel", async (device) => {
  const x = normal([4, 4], device), row = normal([4], device);
  assertEquals(await launches(() => (x.select(0, 1).copy_(row), x)), 1);
  assertEquals(await launches(() => (x.fill_(3).add_(x.mul(2)), x)), 1);
});

forDevices("views, detach() and shape changes launch nothing", (device) => {
  const x = normal([2, 3, 4], device);
  resetStats();
  x.permute([2, 0, 1]).select(0, 1).transpose(0, 1).unsqueeze(0).expand([5, 3, 2]).detach();
  x.view([6, 4]).slice(1, 0, 4, 2).diagonal();
  x.clone();
  assertEquals([stats().launches, stats().buffers], [0, 0]);
});

forDevices("an SGD step is one kernel a parameter", async (device) => {
  const p = normal([16], device, true), g = normal([16], device);
  const velocity = normal([16], device);
  assertEquals(await launches(() => noGrad(() => p.sub_(g.mul(0.1)))), 1);
  const step = () => {
    noGrad(() => {
      velocity.mul_(0.9).add_(g);
      p.sub_(velocity.mul(0.1));
    });
    return [p, velocity];
  };
  assertEquals(await launches(step), 1, "with momentum");
});

forDevices("an Adam step writes the parameter and both moments in one kernel", async (device) => {
  const p = normal([16], device, true), g = normal([16], device);
  const m = normal([16], device), v = normal([16], device).square().realize();
  const step = (t: number) =>
    noGrad(() => {
      m.mul_(0.9).add_(g.mul(0.1));
      v.mul_(0.999).addcmul_(g, g, { value: 0.001 });
      const size = v.div(1 - 0.999 ** t).sqrt().add(1e-8);
      p.addcdiv_(m, size, { value: -0.001 / (1 - 0.9 ** t) });
    });
  for (const t of [1, 2, 3]) {
    const count = await launches(() => {
      step(t);
      p.realize();
      return [p, m, v];
    });
    assertEquals(count, 1, `step ${t}`);
  }
  // In a scope, which frees what came in between, the new values go over the old ones.
  await p.data();
  const { live } = memory()[device];
  resetStats();
  for (const t of [4, 5, 6]) {
    scope(() => step(t));
    p.realize();
  }
  assertEquals([memory()[device].live, stats().buffers], [live, 0]);
});

forDevices("the gradients of a fused layer are few kernels", async (device) => {
  const x = normal([4, 8], device, true),
    w = normal([8], device, true),
    b = normal([8], device, true);
  const count = async (fn: () => Tensor, leaves: Tensor[]) => {
    const out = fn();
    await out.data();
    for (const leaf of leaves) leaf.grad = null;
    const seed = ones(out.shape, { device }).realize();
    return await launches(() => {
      out.backward(seed);
      return leaves.map((leaf) => leaf.grad!);
    });
  };
  assert(await count(() => x.softmax(-1), [x]) <= 1);
  assert(await count(() => x.gelu(), [x]) <= 1);
  const norm = await count(() => layerNorm(x, [8], { weight: w, bias: b }), [x, w, b]);
  assert(norm <= 4, `layerNorm: ${norm}`);
  const labels = tensor([1n, 0n, 7n, 2n], { device });
  const loss = await count(() => crossEntropy(x, labels), [x]);
  const most = HOST_DEVICES.includes(device) ? 2 : 4;
  assert(loss <= most, `crossEntropy: ${loss}`);
});

Deno.test("a layer takes no memory but its result's, and its gradients none but theirs", () => {
  const x = normal([16, 12], "cpu"), hidden = normal([20, 12], "cpu", true);
  const out = normal([4, 20], "cpu", true);
  const biases = [20, 4].map((size) => normal([size], "cpu"));
  const seed = ones([16, 4]).realize();
  const step = () => {
    resetStats();
    const y = linear(x, hidden, biases[0]).realize();
    const forward = stats().buffers;
    const z = linear(y.relu(), out, biases[1]).realize();
    resetStats();
    z.backward(seed);
    for (const leaf of [hidden, out]) leaf.grad!.realize();
    return [forward, stats().buffers];
  };
  step(); // packed panels have memory that stays
  for (const leaf of [hidden, out]) leaf.grad = null;
  // The gradient that reaches the hidden layer is written once: masked.
  assertEquals(step(), [1, 3]);
});

forDevices("stats() counts, and resetStats() starts again", async (device) => {
  resetStats();
  const x = tensor([1, 2, 3, 4], { device });
  // A GPU may have memory of that size to use again.
  const buffers = HOST_DEVICES.includes(device) ? 1 : stats().buffers;
  assertEquals([stats().bytesMoved, stats().buffers, stats().launches], [16, buffers, 0]);
  await x.add(1).data();
  assertEquals([stats().bytesMoved, stats().cooks, stats().launches], [32, 1, 1]);
  const copy = stats();
  resetStats();
  assertEquals([copy.launches, stats().launches], [1, 0]);
});
