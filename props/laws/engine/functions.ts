/**
 * Functions of numbers that JavaScript lacks, in float64, each by another way than the engine's.
 *
 * @module
 */
import type { DType } from "../../../core/mod.ts";

const SLOPE_AT_0 = 2 / Math.sqrt(Math.PI);

/** The error function by its Taylor series: 1e-13 for operands up to 2. */
export function erf(x: number): number {
  let term = x, sum = x;
  for (let n = 1; n < 60; n++) {
    term *= -x * x / n;
    sum += term / (2 * n + 1);
  }
  return SLOPE_AT_0 * sum;
}

/** The inverse of the error function, by Newton's method. */
export function erfinv(y: number): number {
  let x = y / SLOPE_AT_0;
  for (let step = 0; step < 20; step++) x -= (erf(x) - y) / (SLOPE_AT_0 * Math.exp(-x * x));
  return x;
}

/** The logarithm of the gamma function of a number above 0: Stirling's series, 20 places up. */
export function lgamma(x: number): number {
  let below = 0;
  for (let i = 0; i < 20; i++) below += Math.log(x + i);
  const n = x + 20;
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5) - 1 / (1680 * n ** 7);
  return (n - 0.5) * Math.log(n) - n + Math.log(2 * Math.PI) / 2 + series - below;
}

/** The slope of {@linkcode lgamma}, by the same series. */
export function digamma(x: number): number {
  let below = 0;
  for (let i = 0; i < 20; i++) below += 1 / (x + i);
  const n = x + 20;
  const series = 1 / (12 * n ** 2) - 1 / (120 * n ** 4) + 1 / (252 * n ** 6);
  return Math.log(n) - 1 / (2 * n) - series - below;
}

/** The greatest common divisor of whole numbers that are not negative. */
export function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** The digits of each floating dtype, and the exponent of its least normal number. */
const GRIDS: Readonly<Partial<Record<DType, readonly [digits: number, least: number]>>> = {
  float64: [53, -1022],
  float32: [24, -126],
  float16: [11, -14],
  bfloat16: [8, -126],
};

/** The number of a dtype next to `a`, which is above 0, on the side of `b`. */
export function nextafter(a: number, b: number, dtype: DType): number {
  if (a === b) return b;
  const [digits, least] = GRIDS[dtype]!;
  const exponent = Math.floor(Math.log2(a));
  // Below a power of 2 the numbers are twice as dense.
  const dense = b < a && a === 2 ** exponent ? 1 : 0;
  const step = 2 ** (Math.max(exponent - dense, least) - digits + 1);
  return b > a ? a + step : a - step;
}
