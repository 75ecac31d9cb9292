/**
 * What the table of tolerances means for a comparison of two devices.
 *
 * @module
 */
import { type DeviceName, type DType, tolerance } from "../core/mod.ts";

/** Half the distance of neighbours at 1. */
export const ROUNDING: Readonly<Partial<Record<DType, number>>> = {
  float64: 2 ** -53,
  float32: 2 ** -24,
  float16: 2 ** -11,
  bfloat16: 2 ** -8,
};

/** Whether a device rounds all of these operations correctly: then its bits are everybody's. */
export function roundsCorrectly(device: DeviceName, ops: readonly string[]): boolean {
  return ops.every((op) => tolerance(device, op).ulps <= 0.5);
}

/**
 * How far the results of one operation on two devices may be apart, as a share of the result: each
 * device's own error, and where the result is narrower than float32 the rounding to it once more.
 */
export function apart(devices: readonly DeviceName[], op: string, dtype: DType): number {
  const u = ROUNDING[dtype] ?? 0, single = ROUNDING.float32!;
  const ulps = devices.reduce((sum, device) => sum + tolerance(device, op).ulps, 0);
  // An ulp is at most twice the unit roundoff times the value.
  return u > single ? 2 * u + ulps * 2 * single : ulps * 2 * u;
}
