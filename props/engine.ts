/**
 * An engine as the laws see it: a flat record of functions on tensors. No function calls another
 * through the record, so a broken engine is `{ ...engine, add: wrong }`.
 *
 * @module
 */
import {
  cat,
  type DeviceName,
  dropout,
  type DType,
  fromStorage,
  manualSeed,
  rand,
  randint,
  randn,
  randperm,
  stack,
  Storage,
  type Tensor,
  where,
} from "../core/mod.ts";

/** Operations of one tensor that change no shape. */
export const UNARY = [
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "trunc",
  "relu",
  "sqrt",
  "exp",
  "log",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "erf",
  "gelu",
  "exp2",
  "expm1",
  "log2",
  "log10",
  "log1p",
  "rsqrt",
  "reciprocal",
  "square",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "asinh",
  "acosh",
  "atanh",
  "erfc",
  "erfinv",
  "lgamma",
  "digamma",
  "silu",
  "isnan",
  "isinf",
  "isfinite",
  "logicalNot",
] as const;

/** Operations of two tensors that broadcast. */
export const BINARY = [
  "add",
  "sub",
  "mul",
  "div",
  "maximum",
  "minimum",
  "eq",
  "lt",
  "ne",
  "le",
  "gt",
  "ge",
  "pow",
  "atan2",
  "fmod",
  "remainder",
  "fmax",
  "fmin",
  "hypot",
  "nextafter",
  "gcd",
  "lcm",
  "ldexp",
  "floatPower",
  "logicalAnd",
  "logicalOr",
  "logicalXor",
  "bitwiseAnd",
  "bitwiseOr",
  "bitwiseXor",
] as const;

/** Reductions over one dimension, which is kept. */
export const REDUCTIONS = [
  "sum",
  "mean",
  "amax",
  "amin",
  "argmax",
  "any",
  "argmin",
  "all",
  "prod",
  "logsumexp",
  "std",
  "var",
] as const;

/** The name of an operation of one tensor. */
export type UnaryName = typeof UNARY[number];
/** The name of an operation of two tensors. */
export type BinaryName = typeof BINARY[number];
/** The name of a reduction. */
export type ReductionName = typeof REDUCTIONS[number];

/** The operations of an engine on its own tensors `T`. */
export interface EngineOperations<T> {
  /** A tensor of these little-endian elements on a device. */
  tensor(bytes: Uint8Array, dtype: DType, shape: readonly number[], device: DeviceName): T;
  /** The sizes. */
  shape(x: T): readonly number[];
  /** The dtype. */
  dtype(x: T): DType;
  /** The elements in row-major order, little-endian. */
  read(x: T): Promise<Uint8Array>;
  /** Computes what is still pending, where an engine is lazy. */
  cook(x: T): void;
  /** Another dtype. */
  cast(x: T, dtype: DType): T;
  /** `a` where `mask` holds, else `b`. */
  where(mask: T, a: T, b: T): T;
  /** The product of two matrices. */
  matmul(a: T, b: T): T;
  /** exp(x) over its sum along the last dimension. */
  softmax(x: T): T;
  /** `x` plus, times or minus a number. */
  addScalar(x: T, value: number): T;
  /** `x` times a number. */
  mulScalar(x: T, value: number): T;
  /** Two dimensions exchanged: a view. */
  transpose(x: T, dim0: number, dim1: number): T;
  /** Part of a dimension: a view. */
  narrow(x: T, dim: number, start: number, length: number): T;
  /** Every second element of a dimension: a view. */
  everySecond(x: T, dim: number): T;
  /** A dimension of size 1 stretched: a view. */
  expand(x: T, shape: readonly number[]): T;
  /** Another shape: a view where there can be one. */
  reshape(x: T, shape: readonly number[]): T;
  /** A copy. */
  clone(x: T): T;
  /** Adds in place, broadcasting `y`. */
  addInPlace(x: T, y: T): void;
  /** Multiplies in place, broadcasting `y`. */
  mulInPlace(x: T, y: T): void;
  /** Copies in place, broadcasting and converting `y`. */
  copyInPlace(x: T, y: T): void;
  /** One number everywhere, in place. */
  fillInPlace(x: T, value: number): void;
  /** Subtracts in place, broadcasting `y`. */
  subInPlace(x: T, y: T): void;
  /** Divides in place, broadcasting `y`. */
  divInPlace(x: T, y: T): void;
  /** Exchanges two dimensions of the tensor itself. */
  transposeInPlace(x: T, dim0: number, dim1: number): void;
  /** Exchanges both dimensions of a matrix itself. */
  tInPlace(x: T): void;
  /** Takes a dimension of size 1 out of the tensor itself. */
  squeezeInPlace(x: T, dim: number): void;
  /** Puts a dimension of size 1 into the tensor itself. */
  unsqueezeInPlace(x: T, dim: number): void;
  /** `x`, or up to zero `x` times the weight of its place along dimension 1. */
  prelu(x: T, weight: T): T;
  /** The sums of the elements up to each. */
  cumsum(x: T, dim: number): T;
  /** The products of the elements up to each. */
  cumprod(x: T, dim: number): T;
  /** The elements in order and where they were; equal ones stay in their order. */
  sort(x: T, dim: number, descending: boolean): readonly [values: T, indices: T];
  /** The `k` largest, the largest first, and where they were. */
  topk(x: T, k: number, dim: number): readonly [values: T, indices: T];
  /** The elements in the other order along a dimension. */
  flip(x: T, dim: number): T;
  /** For each index the element there along `dim`. */
  gather(x: T, dim: number, index: T): T;
  /** `x` with each element of `source` put at its index along `dim`. */
  scatter(x: T, dim: number, index: T, source: T): T;
  /** `x` with each element of `source` added at its index along `dim`. */
  scatterAdd(x: T, dim: number, index: T, source: T): T;
  /** The slices of these numbers along `dim`. */
  indexSelect(x: T, dim: number, index: T): T;
  /** Tensors one after the other along a dimension. */
  cat(tensors: readonly T[], dim: number): T;
  /** Tensors side by side along a new dimension. */
  stack(tensors: readonly T[], dim: number): T;
  /** Starts the random numbers anew. */
  seed(seed: number): void;
  /** Random numbers from 0 to 1. */
  uniform(shape: readonly number[], dtype: DType, device: DeviceName): T;
  /** Random numbers of the standard normal distribution. */
  normal(shape: readonly number[], dtype: DType, device: DeviceName): T;
  /** Random whole numbers from `low` to below `high`. */
  integers(low: number, high: number, shape: readonly number[], device: DeviceName): T;
  /** The numbers below `n` in random order. */
  permutation(n: number, device: DeviceName): T;
  /** Zeros in place of a share `p` of the elements, and the others scaled. */
  dropout(x: T, p: number): T;
}

/** An engine: its operations by name. */
export interface Engine<T = Tensor>
  extends
    EngineOperations<T>,
    Record<UnaryName, (x: T) => T>,
    Record<BinaryName, (a: T, b: T) => T>,
    Record<ReductionName, (x: T, dim: number) => T> {
  /** The name in reports. */
  readonly name: string;
}

/** This package's engine. */
export const touchstone: Engine = {
  name: "Engine",
  tensor: (bytes, dtype, shape, device) =>
    fromStorage(Storage.fromBytes(dtype, bytes, device), { shape }),
  shape: (x) => x.shape,
  dtype: (x) => x.dtype,
  async read(x) {
    const data = await x.data();
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  },
  cook: (x) => void x.realize(),
  cast: (x, dtype) => x.type(dtype),
  where: (mask, a, b) => where(mask, a, b),
  matmul: (a, b) => a.matmul(b),
  softmax: (x) => x.softmax(-1),
  addScalar: (x, value) => x.add(value),
  mulScalar: (x, value) => x.mul(value),
  transpose: (x, dim0, dim1) => x.transpose(dim0, dim1),
  narrow: (x, dim, start, length) => x.narrow(dim, start, length),
  everySecond: (x, dim) => x.slice(dim, 0, Infinity, 2),
  expand: (x, shape) => x.expand(shape),
  reshape: (x, shape) => x.reshape(shape),
  clone: (x) => x.clone(),
  addInPlace: (x, y) => void x.add_(y),
  mulInPlace: (x, y) => void x.mul_(y),
  copyInPlace: (x, y) => void x.copy_(y),
  fillInPlace: (x, value) => void x.fill_(value),
  subInPlace: (x, y) => void x.sub_(y),
  divInPlace: (x, y) => void x.div_(y),
  transposeInPlace: (x, dim0, dim1) => void x.transpose_(dim0, dim1),
  tInPlace: (x) => void x.t_(),
  squeezeInPlace: (x, dim) => void x.squeeze_(dim),
  unsqueezeInPlace: (x, dim) => void x.unsqueeze_(dim),
  prelu: (x, weight) => x.prelu(weight),
  cumsum: (x, dim) => x.cumsum(dim),
  cumprod: (x, dim) => x.cumprod(dim),
  sort(x, dim, descending) {
    const { values, indices } = x.sort(dim, { descending, stable: true });
    return [values, indices];
  },
  topk(x, k, dim) {
    const { values, indices } = x.topk(k, dim);
    return [values, indices];
  },
  flip: (x, dim) => x.flip([dim]),
  gather: (x, dim, index) => x.gather(dim, index),
  scatter: (x, dim, index, source) => x.scatter(dim, index, source),
  scatterAdd: (x, dim, index, source) => x.scatterAdd(dim, index, source),
  indexSelect: (x, dim, index) => x.indexSelect(dim, index),
  cat: (tensors, dim) => cat(tensors, dim),
  stack: (tensors, dim) => stack(tensors, dim),
  seed: (seed) => manualSeed(seed),
  uniform: (shape, dtype, device) => rand(shape, { dtype, device }),
  normal: (shape, dtype, device) => randn(shape, { dtype, device }),
  integers: (low, high, shape, device) => randint(low, high, shape, { device }),
  permutation: (n, device) => randperm(n, { device }),
  dropout: (x, p) => dropout(x, p, true),
  neg: (x) => x.neg(),
  abs: (x) => x.abs(),
  sign: (x) => x.sign(),
  floor: (x) => x.floor(),
  ceil: (x) => x.ceil(),
  round: (x) => x.round(),
  trunc: (x) => x.trunc(),
  relu: (x) => x.relu(),
  sqrt: (x) => x.sqrt(),
  exp: (x) => x.exp(),
  log: (x) => x.log(),
  sin: (x) => x.sin(),
  cos: (x) => x.cos(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  erf: (x) => x.erf(),
  gelu: (x) => x.gelu(),
  exp2: (x) => x.exp2(),
  expm1: (x) => x.expm1(),
  log2: (x) => x.log2(),
  log10: (x) => x.log10(),
  log1p: (x) => x.log1p(),
  rsqrt: (x) => x.rsqrt(),
  reciprocal: (x) => x.reciprocal(),
  square: (x) => x.square(),
  tan: (x) => x.tan(),
  asin: (x) => x.asin(),
  acos: (x) => x.acos(),
  atan: (x) => x.atan(),
  sinh: (x) => x.sinh(),
  cosh: (x) => x.cosh(),
  asinh: (x) => x.asinh(),
  acosh: (x) => x.acosh(),
  atanh: (x) => x.atanh(),
  erfc: (x) => x.erfc(),
  erfinv: (x) => x.erfinv(),
  lgamma: (x) => x.lgamma(),
  digamma: (x) => x.digamma(),
  silu: (x) => x.silu(),
  isnan: (x) => x.isnan(),
  isinf: (x) => x.isinf(),
  isfinite: (x) => x.isfinite(),
  logicalNot: (x) => x.logicalNot(),
  add: (a, b) => a.add(b),
  sub: (a, b) => a.sub(b),
  mul: (a, b) => a.mul(b),
  div: (a, b) => a.div(b),
  maximum: (a, b) => a.maximum(b),
  minimum: (a, b) => a.minimum(b),
  eq: (a, b) => a.eq(b),
  lt: (a, b) => a.lt(b),
  ne: (a, b) => a.ne(b),
  le: (a, b) => a.le(b),
  gt: (a, b) => a.gt(b),
  ge: (a, b) => a.ge(b),
  pow: (a, b) => a.pow(b),
  atan2: (a, b) => a.atan2(b),
  fmod: (a, b) => a.fmod(b),
  remainder: (a, b) => a.remainder(b),
  fmax: (a, b) => a.fmax(b),
  fmin: (a, b) => a.fmin(b),
  hypot: (a, b) => a.hypot(b),
  nextafter: (a, b) => a.nextafter(b),
  gcd: (a, b) => a.gcd(b),
  lcm: (a, b) => a.lcm(b),
  ldexp: (a, b) => a.ldexp(b),
  floatPower: (a, b) => a.floatPower(b),
  logicalAnd: (a, b) => a.logicalAnd(b),
  logicalOr: (a, b) => a.logicalOr(b),
  logicalXor: (a, b) => a.logicalXor(b),
  bitwiseAnd: (a, b) => a.bitwiseAnd(b),
  bitwiseOr: (a, b) => a.bitwiseOr(b),
  bitwiseXor: (a, b) => a.bitwiseXor(b),
  sum: (x, dim) => x.sum(dim, true),
  mean: (x, dim) => x.mean(dim, true),
  amax: (x, dim) => x.amax(dim, true),
  amin: (x, dim) => x.amin(dim, true),
  argmax: (x, dim) => x.argmax(dim, true),
  any: (x, dim) => x.any(dim, true),
  argmin: (x, dim) => x.argmin(dim, true),
  all: (x, dim) => x.all(dim, true),
  prod: (x, dim) => x.prod(dim, true),
  logsumexp: (x, dim) => x.logsumexp(dim, true),
  std: (x, dim) => x.std(dim, { keepdim: true }),
  var: (x, dim) => x.var(dim, { keepdim: true }),
};
