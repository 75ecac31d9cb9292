/** Every differentiable operation against central differences in float64, twice over. */
import { crossEntropy, dropout, layerNorm, linear, manualSeed, mseLoss, nllLoss } from "./mod.ts";
import { type Tensor, tensor, where } from "./mod.ts";
import { type GradientCheck, gradientTest } from "./testdata/support.ts";
import type { DeviceName } from "./mod.ts";

/** Numbers of both signs, none near 0, a half or each other. */
function numbersOf(
  shape: readonly number[],
  { device, dtype }: GradientCheck,
  seed: number,
): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: n }, (_, i) => {
    const u = ((i + 1) * 0.6180339887498949 + seed * 0.3819) % 1;
    return (u < 0.5 ? -1 : 1) * (0.2 + 1.55 * ((u * 7.31) % 1));
  });
  return tensor(values, { device, dtype }).reshape(shape);
}

interface Check {
  fn: (...inputs: Tensor[]) => Tensor | Tensor[];
  shapes: number[][];
  /** Where the function is defined: applied to the numbers first. */
  domain?: (x: Tensor) => Tensor;
}

const positive = (x: Tensor) => x.abs().add(0.3);
const inside = (x: Tensor) => x.mul(0.5);
const share = (x: Tensor) => x.abs().mul(0.4).add(0.1);
const above1 = (x: Tensor) => x.abs().add(1.1);
const one = (fn: Check["fn"], domain?: Check["domain"]): Check => ({ fn, shapes: [[4]], domain });
const two = (fn: Check["fn"], domain?: Check["domain"]): Check => ({
  fn,
  shapes: [[2, 2], [2]],
  domain,
});
const on = (shape: number[], fn: Check["fn"], domain?: Check["domain"]): Check => ({
  fn,
  shapes: [shape],
  domain,
});

const like = (x: Tensor, values: bigint[]) => tensor(values, { device: x.device as DeviceName });
const weight = (x: Tensor, n: number) =>
  tensor(Float64Array.from({ length: n }, (_, i) => 0.5 + i * 0.75), {
    device: x.device as DeviceName,
    dtype: x.dtype,
  });

const CHECKS: Record<string, Check> = {
  neg: one((x) => x.neg()),
  abs: one((x) => x.abs()),
  sign: one((x) => x.sign().mul(x)),
  exp: one((x) => x.exp()),
  exp2: one((x) => x.exp2()),
  expm1: one((x) => x.expm1()),
  log: one((x) => x.log(), positive),
  log2: one((x) => x.log2(), positive),
  log10: one((x) => x.log10(), positive),
  log1p: one((x) => x.log1p(), positive),
  sqrt: one((x) => x.sqrt(), positive),
  rsqrt: one((x) => x.rsqrt(), positive),
  sin: one((x) => x.sin()),
  cos: one((x) => x.cos()),
  tan: one((x) => x.tan(), inside),
  asin: one((x) => x.asin(), inside),
  acos: one((x) => x.acos(), inside),
  atan: one((x) => x.atan()),
  sinh: one((x) => x.sinh()),
  cosh: one((x) => x.cosh()),
  tanh: one((x) => x.tanh()),
  asinh: one((x) => x.asinh()),
  acosh: one((x) => x.acosh(), above1),
  atanh: one((x) => x.atanh(), inside),
  erf: one((x) => x.erf()),
  erfc: one((x) => x.erfc()),
  erfinv: one((x) => x.erfinv(), inside),
  lgamma: one((x) => x.lgamma()),
  sigmoid: one((x) => x.sigmoid()),
  gelu: one((x) => x.gelu()),
  "gelu in its tanh form": one((x) => x.gelu({ approximate: "tanh" })),
  relu: one((x) => x.relu()),
  silu: one((x) => x.silu()),
  softplus: one((x) => x.softplus(2, 1.5)),
  leakyRelu: one((x) => x.leakyRelu(0.3)),
  elu: one((x) => x.elu(0.7)),
  celu: one((x) => x.celu(0.7)),
  selu: one((x) => x.selu()),
  softsign: one((x) => x.softsign()),
  hardtanh: one((x) => x.hardtanh(-0.61, 0.83).mul(x)),
  hardsigmoid: one((x) => x.mul(3).hardsigmoid().mul(x)),
  hardswish: one((x) => x.mul(3).hardswish()),
  logsigmoid: one((x) => x.logsigmoid()),
  mish: one((x) => x.mish()),
  logit: one((x) => x.logit(), share),
  "logit between bounds": one((x) => x.logit(0.31), share),
  sinc: one((x) => x.sinc()),
  "deg2rad and rad2deg": one((x) => [x.deg2rad().exp(), x.rad2deg().sin()]),
  nanToNum: one((x) => x.nanToNum().exp()),
  hypot: two((x, y) => x.hypot(y)),
  "hypot with a number": one((x) => x.hypot(0.7)),
  logaddexp: two((x, y) => x.logaddexp(y)),
  logaddexp2: two((x, y) => x.logaddexp2(y)),
  xlogy: two((x, y) => x.xlogy(y.abs())),
  copysign: two((x, y) => x.copysign(y).exp()),
  fmax: two((x, y) => x.fmax(y).exp()),
  fmin: two((x, y) => x.fmin(y).exp()),
  reciprocal: one((x) => x.reciprocal()),
  square: one((x) => x.square()),
  frac: one((x) => x.frac()),
  floor: one((x) => x.floor().mul(x)),
  add: two((x, y) => x.add(y)),
  sub: two((x, y) => x.sub(y)),
  mul: two((x, y) => x.mul(y)),
  "mul with itself": one((x) => x.mul(x)),
  div: two((x, y) => x.div(y)),
  "div by a number": one((x) => x.div(-3)),
  pow: two((x, y) => x.pow(y), positive),
  "pow to a number": one((x) => x.pow(3)),
  "pow to a fraction": one((x) => x.pow(-1.5), positive),
  "pow to the power 2": one((x) => x.pow(2)),
  atan2: two((x, y) => x.atan2(y)),
  "atan2 with a number": one((x) => x.atan2(0.7)),
  maximum: two((x, y) => x.maximum(y)),
  "maximum with a number": one((x) => x.maximum(0.1)),
  minimum: two((x, y) => x.minimum(y)),
  remainder: two((x, y) => x.remainder(y.mul(0.37))),
  fmod: two((x, y) => x.fmod(y.mul(0.37))),
  lerp: two((x, y) => x.lerp(y, 0.3)),
  "lerp past the middle": two((x, y) => x.lerp(y, 0.8)),
  "lerp with a tensor": {
    fn: (x, y, w) => x.lerp(y, w.sigmoid()),
    shapes: [[2, 2], [2], [2, 1]],
  },
  addcdiv: { fn: (x, a, b) => x.addcdiv(a, b, { value: 0.4 }), shapes: [[2, 2], [2], [2, 1]] },
  addcmul: { fn: (x, a, b) => x.addcmul(a, b, { value: 0.4 }), shapes: [[2, 2], [2], [2, 1]] },
  clamp: one((x) => x.clamp(-0.61, 0.83)),
  "clamp between tensors": {
    fn: (x, low, high) => x.clamp(low.sub(1), high.add(1)),
    shapes: [[2, 3], [3], [2, 1]],
  },
  where: two((x, y) => where(x.gt(0), x.mul(y), y)),
  maskedFill: one((x) => x.maskedFill(x.gt(0.4), 3).mul(x)),
  "conversions": one((x) => x.mul(2).type(x.dtype).mul(x)),
  clone: one((x) => x.clone().mul(x)),
  sum: on([2, 3], (x) => [x.sum(), x.sum(0), x.sum(1, true).mul(x)]),
  mean: on([2, 3], (x) => [x.mean(), x.mean(0), x.mean(1, true).mul(x)]),
  prod: on([2, 3], (x) => [x.prod(), x.prod(0), x.prod(1, true)]),
  amax: on([2, 3], (x) => [x.amax(), x.amax(0), x.amax([0, 1], true).mul(x)]),
  amin: on([2, 3], (x) => [x.amin(), x.amin(-1)]),
  var: on([2, 3], (x) => [x.var(), x.var(0, { correction: 0 }), x.var(1, { keepdim: true })]),
  std: on([2, 3], (x) => [x.std(), x.std(1, { correction: 0 })]),
  logsumexp: on([2, 3], (x) => [x.logsumexp(), x.logsumexp(0), x.logsumexp(1, true).mul(x)]),
  norm: on([2, 3], (x) => [x.norm(), x.norm(2, 0), x.norm(1, 1), x.norm(3), x.norm(0.5, 1)]),
  "norm of infinite order": on([2, 3], (x) => [x.norm(Infinity), x.norm(-Infinity, 1)]),
  softmax: on([2, 3], (x) => [x.softmax(-1), x.softmax(0)]),
  logSoftmax: on([2, 3], (x) => [x.logSoftmax(-1), x.logSoftmax(0)]),
  layerNorm: {
    fn: (x, weight, bias) => layerNorm(x, [3], { weight, bias }),
    shapes: [[2, 3], [3], [3]],
  },
  "layerNorm over two dimensions": on([2, 3], (x) => layerNorm(x, [2, 3], { eps: 0.1 })),
  matmul: { fn: (a, b) => a.matmul(b), shapes: [[2, 3], [3, 2]] },
  "matmul of vectors": { fn: (a, b) => a.matmul(b), shapes: [[3], [3]] },
  "matmul of a batch by one matrix": { fn: (a, b) => a.matmul(b), shapes: [[2, 1, 2], [2, 2]] },
  "matmul of a matrix by a batch": { fn: (a, b) => a.matmul(b), shapes: [[1, 2], [2, 2, 1]] },
  "matmul with batches broadcast": { fn: (a, b) => a.matmul(b), shapes: [[2, 1, 1, 2], [2, 2, 1]] },
  linear: { fn: (x, w, b) => linear(x, w, b), shapes: [[2, 3], [2, 3], [2]] },
  "linear without bias": { fn: (x, w) => linear(x, w, null), shapes: [[2, 2], [1, 2]] },
  "crossEntropy of classes": on([3, 4], (x) => [
    crossEntropy(x, like(x, [1n, -100n, 3n]), { weight: weight(x, 4), labelSmoothing: 0.1 }),
    crossEntropy(x, like(x, [0n, 1n, 2n]), { reduction: "none" }),
  ]),
  "crossEntropy of probabilities": {
    fn: (x, y) => crossEntropy(x, y.softmax(-1), { weight: weight(x, 3) }),
    shapes: [[2, 3], [2, 3]],
  },
  "crossEntropy of rows of places": on(
    [2, 3, 2],
    (x) => crossEntropy(x, like(x, [0n, 2n, 1n, 1n]).reshape([2, 2])),
  ),
  nllLoss: on([2, 3], (x) => nllLoss(x, like(x, [2n, 0n]), { weight: weight(x, 3) })),
  mseLoss: {
    fn: (x, y) => [mseLoss(x, y), mseLoss(x, y, "sum"), mseLoss(x, y, "none")],
    shapes: [[2, 2], [2, 2]],
  },
  dropout: one((x) => {
    manualSeed(11);
    return dropout(x, 0.4, true).mul(x);
  }),
  view: on([2, 3], (x) => x.view([3, 2]).matmul(x.view([2, 3]))),
  permute: on([2, 3, 1], (x) => x.permute([2, 1, 0]).softmax(1)),
  transpose: on([2, 3], (x) => x.transpose(0, 1).mul(x.reshape([3, 2]))),
  expand: on([2, 1], (x) => x.expand([3, 2, 2]).mul(x)),
  narrow: on([2, 3], (x) => x.narrow(1, 1, 2).mul(x.narrow(1, 0, 2))),
  slice: on([5], (x) => x.slice(0, 1, 5, 2).exp()),
  select: on([2, 3], (x) => x.select(1, 2).mul(x.select(0, 1).sum())),
  diagonal: on([2, 3], (x) => [x.diagonal(), x.diagonal(1).exp(), x.diagonal(-1)]),
  squeeze: on([1, 3], (x) => x.squeeze().mul(x.unsqueeze(0).squeeze(0))),
  flatten: on([2, 2], (x) => x.flatten().exp()),
  "asStrided with elements seen twice": on([4], (x) => x.asStrided([3, 2], [1, 1]).exp()),
  "asStrided of a view": on([2, 3], (x) => x.slice(1, 1).asStrided([2, 2], [1, 3], 1).exp()),
  "copy_ into a part": {
    fn: (x, y) => {
      const base = x.mul(2);
      base.select(0, 1).copy_(y.exp());
      return base.mul(x);
    },
    shapes: [[2, 2], [2]],
  },
  "mul_ by another": {
    fn: (x, y) => {
      const base = x.mul(2);
      base.mul_(y);
      base.select(1, 0).mul_(base.select(1, 1).clone()).sin_();
      return base;
    },
    shapes: [[2, 2], [2]],
  },
};

for (const [name, { fn, shapes, domain = (x: Tensor) => x }] of Object.entries(CHECKS)) {
  gradientTest(`${name}: gradients are what differences say, once and twice`, async (on) => {
    await on.check(fn, shapes.map((shape, i) => domain(numbersOf(shape, on, i + 1))));
  });
}

gradientTest("prod() has its gradient where elements are 0", async ({ device, dtype, check }) => {
  for (const zeros of [[1], [1, 4]]) {
    const values = Float64Array.of(0.5, -1.5, 2, 0.7, -0.3, 1.1);
    for (const i of zeros) values[i] = 0;
    const x = tensor(values, { device, dtype }).reshape([2, 3]);
    await check((x) => [x.prod(1), x.prod(0), x.prod()], [x]);
  }
});
