/**
 * Scalar functions in float64 that JavaScript's `Math` lacks. The reference interpreter and the
 * rarer WebAssembly kernels share them.
 *
 * @module
 */

import { digamma, lgamma, trigamma } from "./gamma_functions.ts";
import type { DType } from "./dtype.ts";
import type { BinaryOp, UnaryOp } from "./node.ts";

const TWO_OVER_SQRT_PI = 1.1283791670955126;

/**
 * The error function, to about 1 ulp of float64.
 *
 * Source: Abramowitz and Stegun 7.1.6 (the series with positive terms) below 2, and 1 - erfc above.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a < 2)) return Number.isNaN(x) ? NaN : Math.sign(x) * (1 - erfc(a));
  if (a < 1e-8) return x * TWO_OVER_SQRT_PI;
  let term = a, sum = a;
  for (let n = 1; n < 80; n++) {
    term *= 2 * a * a / (2 * n + 1);
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return Math.sign(x) * TWO_OVER_SQRT_PI * expMinusSquare(a) * sum;
}

/**
 * The complementary error function, with small relative error also where it is tiny.
 *
 * Source: Abramowitz and Stegun 7.1.14, the continued fraction, evaluated from its tail.
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 2) return x > 0.5 ? erfcMiddle(x) : 1 - erf(x);
  if (x > 27.3) return 0;
  let tail = 0;
  for (let n = 80; n > 0; n--) tail = n / 2 / (x + tail);
  return expMinusSquare(x) / ((x + tail) * 1.7724538509055159);
}

/** erfc between 0.5 and 2, where 1 - erf cancels: the same fraction, more terms. */
function erfcMiddle(x: number): number {
  let tail = 0;
  for (let n = 600; n > 0; n--) tail = n / 2 / (x + tail);
  return expMinusSquare(x) / ((x + tail) * 1.7724538509055159);
}

/**
 * The inverse of the error function. PyTorch: `torch.erfinv`.
 *
 * Source: Winitzki's approximation (2008), and two steps of Halley's method, each of which triples the
 * digits.
 */
export function erfinv(y: number): number {
  const a = Math.abs(y);
  if (!(a < 1)) return a === 1 ? y * Infinity : NaN;
  if (a < 1e-8) return y / TWO_OVER_SQRT_PI;
  const log = Math.log1p(-a * a), half = 2 / (Math.PI * 0.147) + log / 2;
  let x = Math.sqrt(Math.sqrt(half * half - log / 0.147) - half);
  for (let step = 0; step < 2; step++) {
    const error = a > 0.5 ? 1 - a - erfc(x) : erf(x) - a;
    const ratio = error / (TWO_OVER_SQRT_PI * expMinusSquare(x));
    x -= ratio / (1 + x * ratio);
  }
  return Math.sign(y) * x;
}

/** exp(-x^2) with the square's rounding error made good. */
function expMinusSquare(x: number): number {
  const high = Math.round(x * 64) / 64;
  const low = x - high;
  return Math.exp(-high * high) * Math.exp(-low * (high + x));
}

/** The standard normal's distribution function. */
function normalCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

/** x times the normal distribution function. */
export function gelu(x: number): number {
  return x === -Infinity ? 0 : x * normalCdf(x);
}

/** The tanh form of GELU, written with a sigmoid so that its left tail keeps its digits. */
export function geluTanh(x: number): number {
  if (x === -Infinity) return 0;
  const u = 0.7978845608028654 * (x + 0.044715 * x * x * x);
  return x / (1 + Math.exp(-2 * u));
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** Rounds half to even. */
export function roundEven(x: number): number {
  if (!(Math.abs(x) < 4503599627370496)) return x;
  const floor = Math.floor(x);
  const diff = x - floor;
  const up = diff > 0.5 || (diff === 0.5 && floor % 2 !== 0);
  const rounded = up ? floor + 1 : floor;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}

/** The remainder with the divisor's sign. PyTorch: `torch.remainder`. */
export function remainder(a: number, b: number): number {
  const r = a % b;
  return r !== 0 && (r < 0) !== (b < 0) ? r + b : r;
}

/** The quotient toward minus infinity, by the remainder, as PyTorch computes `floor_divide`. */
export function floorDivide(a: number, b: number): number {
  if (b === 0) return a / b;
  const mod = a % b;
  let quotient = (a - mod) / b;
  if (mod !== 0 && (b < 0) !== (mod < 0)) quotient -= 1;
  if (quotient === 0) return Object.is(a / b, -0) || a / b < 0 ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** `pow` as C has it: 1 to any power is 1, and -1 to an infinite one. */
export function pow(a: number, b: number): number {
  if (a === 1) return 1;
  if (a === -1 && (b === Infinity || b === -Infinity)) return 1;
  return Math.pow(a, b);
}

/** The least positive number of each floating dtype. */
const LEAST: Readonly<Partial<Record<DType, number>>> = {
  float64: 2 ** -1074,
  float32: 2 ** -149,
  float16: 2 ** -24,
  bfloat16: 2 ** -133,
};

/** The next number of a dtype after `a` toward `b`, by its bits. PyTorch: `torch.nextafter`. */
export function nextafter(a: number, b: number, dtype: DType): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  if (a === b) return b;
  if (a === 0) return b > 0 ? LEAST[dtype]! : -LEAST[dtype]!;
  const step = b > a === a > 0 ? 1 : -1;
  switch (dtype) {
    case "float64":
      SCRATCH_F64[0] = a;
      SCRATCH_I64[0] += BigInt(step);
      return SCRATCH_F64[0];
    case "float16":
      SCRATCH_F16[0] = a;
      SCRATCH_U16[0] += step;
      return SCRATCH_F16[0];
    default:
      SCRATCH_F32[0] = a;
      SCRATCH_U32[0] += dtype === "bfloat16" ? step * 0x10000 : step;
      return SCRATCH_F32[0];
  }
}

/** What the functions of one float do to a float64. */
export const FLOAT_UNARY: Readonly<Partial<Record<UnaryOp, (x: number) => number>>> = {
  sign: (x) => x > 0 ? 1 : x < 0 ? -1 : 0, // PyTorch: the sign of NaN is 0
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf,
  erfc,
  erfinv,
  lgamma,
  digamma,
  trigamma,
  sigmoid,
  gelu,
  geluTanh,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundEven,
  trunc: Math.trunc,
};

/** What the operations on two floats do to float64. */
export const FLOAT_BINARY: Readonly<Partial<Record<BinaryOp, (a: number, b: number) => number>>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  fmod: (a, b) => a % b,
  remainder,
  floorDivide,
  pow,
  atan2: Math.atan2,
};

/** Rounds to bfloat16's grid, half to even, keeping NaN. */
export function roundBfloat16(x: number): number {
  SCRATCH_F32[0] = x;
  const bits = SCRATCH_U32[0];
  if ((bits & 0x7fffffff) > 0x7f800000) return NaN;
  SCRATCH_U32[0] = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
  return SCRATCH_F32[0];
}

/** The bfloat16 bits of a number that is on its grid. */
export function bfloat16Bits(x: number): number {
  SCRATCH_F32[0] = x;
  const bits = SCRATCH_U32[0];
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** The number of bfloat16 bits. */
export function bfloat16Value(bits: number): number {
  SCRATCH_U32[0] = bits << 16;
  return SCRATCH_F32[0];
}

const SCRATCH_F32 = new Float32Array(1);
const SCRATCH_U32 = new Uint32Array(SCRATCH_F32.buffer);
const SCRATCH_F64 = new Float64Array(1);
const SCRATCH_I64 = new BigInt64Array(SCRATCH_F64.buffer);
const SCRATCH_F16 = new Float16Array(1);
const SCRATCH_U16 = new Uint16Array(SCRATCH_F16.buffer);
