/**
 * An engine as the laws see it: a flat record of functions on tensors. No function calls another
 * through the record, so a broken engine is `{ ...engine, add: wrong }`.
 *
 * @module
 */
import {
  type DeviceName,
  dropout,
  type DType,
  fromStorage,
  manualSeed,
  rand,
  randint,
  randn,
  randperm,
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
] as const;

/** Operations of two tensors that broadcast. */
export const BINARY = ["add", "sub", "mul", "div", "maximum", "minimum", "eq", "lt"] as const;

/** Reductions over one dimension, which is kept. */
export const REDUCTIONS = ["sum", "mean", "amax", "amin", "argmax", "any"] as const;

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
  add: (a, b) => a.add(b),
  sub: (a, b) => a.sub(b),
  mul: (a, b) => a.mul(b),
  div: (a, b) => a.div(b),
  maximum: (a, b) => a.maximum(b),
  minimum: (a, b) => a.minimum(b),
  eq: (a, b) => a.eq(b),
  lt: (a, b) => a.lt(b),
  sum: (x, dim) => x.sum(dim, true),
  mean: (x, dim) => x.mean(dim, true),
  amax: (x, dim) => x.amax(dim, true),
  amin: (x, dim) => x.amin(dim, true),
  argmax: (x, dim) => x.argmax(dim, true),
  any: (x, dim) => x.any(dim, true),
};
