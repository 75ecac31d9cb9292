/**
 * What roundings allow: between two devices, and between two orders of one sum.
 *
 * @module
 */
import { type DeviceName, type DType, tolerance } from "../core/mod.ts";
import { indexText, sameList, type Snapshot } from "./compare.ts";
import { decodeNumbers } from "./fill.ts";
import { type Evidence, Refutation } from "./law.ts";

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

/**
 * Demands the same numbers of two computations that differ in nothing but the order of sums, within 32
 * roundings of the largest number of all: terms of that size may cancel to a small one, as those of a
 * gradient through a softmax do.
 *
 * @param evidence Where comparisons are counted.
 * @param what What it means if they differ, in one sentence.
 * @param actual What there is, by name.
 * @param expected What there should be, under the same names.
 * @throws {Refutation} At the first difference.
 */
export function sameWithinRoundings(
  evidence: Evidence,
  what: string,
  actual: ReadonlyMap<string, Snapshot>,
  expected: ReadonlyMap<string, Snapshot>,
): void {
  const texts = (of: ReadonlyMap<string, Snapshot>) =>
    [...of].map(([name, { dtype, shape }]) => `${name}: ${dtype}[${shape.join(", ")}]`);
  sameList(evidence, what, "results", texts(actual), texts(expected));
  const numbers = [...expected].map(([, { bytes, dtype }]) => decodeNumbers(bytes, dtype));
  const size = numbers.flat().filter(Number.isFinite)
    .reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  for (const [i, [name, wanted]] of [...expected].entries()) {
    const found = actual.get(name)!;
    const allowed = 32 * (ROUNDING[wanted.dtype] ?? 0) * size;
    evidence.compared(numbers[i].length);
    decodeNumbers(found.bytes, found.dtype).forEach((number, at) => {
      const near = Math.abs(number - numbers[i][at]) <= allowed;
      if (near || Object.is(number, numbers[i][at])) return;
      throw new Refutation({
        what,
        where: `${name}${indexText(at, wanted.shape)}`,
        expected: `${numbers[i][at]} within ${allowed.toExponential(1)}`,
        actual: String(number),
      });
    });
  }
}
