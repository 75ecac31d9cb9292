/**
 * How near is near enough: one policy for all laws.
 *
 * Each comparison is of one class. `u` is half the distance of neighbours at 1 in the result's dtype
 * ({@linkcode ROUNDING}); the numbers are those of {@linkcode TOLERANCE}, and how they were found is in
 * `docs/tolerances.md`.
 *
 * | class | of | accepted | by |
 * |---|---|---|---|
 * | X, bits | what is copied, saved, moved, viewed | the same bits, with NaN payloads and signs of zero | `sameBits` |
 * | V, values | comparisons, maxima, whole numbers | equal numbers; 0 is -0 and NaN is NaN | {@linkcode sameNumber} |
 * | U, one operation | `add`, `exp`, ... | within the engine's table of ulps | {@linkcode apart} |
 * | N, noise | sums, products, layers, gradients | not much farther from float64 than a plain float32 interpreter is | `withinNoise` |
 * | S, statistics | what is drawn | more likely than 1e-12 | `isImprobable` |
 *
 * The noise `E(x)` of a computation is the root mean square of its distance from the same computation in
 * float64, `M(x)` the largest distance; with `y` what is judged, `r` the yardstick, `R` the root mean
 * square and `A` the largest size of the float64 results, and `s` the least size that the dtype resolves:
 *
 *     E(y) <= 4 E(r) + 8 (u R + s)    and    M(y) <= 8 M(r) + 16 (u A + s)
 *
 * So no law has a tolerance of its own: how long a sum is, how deep a module is and how much cancels in
 * it all arrive through `r`. More precision than the yardstick's always passes.
 *
 * @module
 */
import { type DeviceName, type DType, tolerance } from "../core/mod.ts";

/** The constants of the policy. */
export const TOLERANCE = {
  /** Class N: how many times the yardstick's noise is granted, as a root mean square and at most. */
  noise: { rms: 4, most: 8 },
  /** Class N: how many roundings of the results' size are granted on top. */
  roundings: { rms: 8, most: 16 },
  /** Class N: fewer elements than these are pooled with those of other inputs before they refute. */
  pool: 64,
  /** Class N: where the yardstick's noise is more of the results' size than this, nothing is judged. */
  noisy: 0.05,
  /** Class N: a jump is looked for within so many roundings of all that the computation starts from. */
  shakes: [1, 2, 4, 8],
  /** Class S: the chance of a false alarm in one comparison. */
  falseAlarm: 1e-12,
  /** All: a verdict is unknown if a larger share of its cases could not be judged. */
  unjudged: 0.2,
} as const;

/** Half the distance of neighbours at 1. */
export const ROUNDING: Readonly<Partial<Record<DType, number>>> = {
  float64: 2 ** -53,
  float32: 2 ** -24,
  float16: 2 ** -11,
  bfloat16: 2 ** -8,
};

/** Half the smallest subnormal, or what a device may flush to zero: smaller errors are none. */
export const LEAST: Readonly<Partial<Record<DType, number>>> = {
  float64: 0,
  float32: 2 ** -126,
  float16: 2 ** -25,
  bfloat16: 2 ** -126,
};

/** Class V: equal numbers, or both NaN. */
export function sameNumber(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** Whether a device rounds all of these operations correctly: then its bits are everybody's. */
export function roundsCorrectly(device: DeviceName, ops: readonly string[]): boolean {
  return ops.every((op) => tolerance(device, op).ulps <= 0.5);
}

/**
 * Class U: how far the results of one operation on two devices may be apart, as a share of the result:
 * each device's own error, and where the result is narrower than float32 the rounding to it once more.
 */
export function apart(devices: readonly DeviceName[], op: string, dtype: DType): number {
  const u = ROUNDING[dtype] ?? 0, single = ROUNDING.float32!;
  const ulps = devices.reduce((sum, device) => sum + tolerance(device, op).ulps, 0);
  // An ulp is at most twice the unit roundoff times the value.
  return u > single ? 2 * u + ulps * 2 * single : ulps * 2 * u;
}
