/**
 * Exact tails, so that a law about chance raises a false alarm about never.
 *
 * @module
 */
import { TOLERANCE } from "./tolerance.ts";

/**
 * How likely it is that a count of independent events is as far out as this one, on its side: the
 * smaller of P(X <= k) and P(X >= k) for X ~ Binomial(n, p). Summed term by term, not approximated.
 *
 * @param k How many events there were.
 * @param n Of how many.
 * @param p How likely each was.
 * @returns The tail, 1 at most.
 *
 * @example
 * ```ts
 * import { binomialTail } from "@touchstone/touchstone/props";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(binomialTail(0, 3, 0.5), 0.125); // three times tails
 * ```
 */
export function binomialTail(k: number, n: number, p: number): number {
  if (p <= 0 || p >= 1) return k === (p <= 0 ? 0 : n) ? 1 : 0;
  const upward = k > n * p;
  const [from, step, end] = upward ? [k, 1, n] : [k, -1, 0];
  // From the count outwards each term is its neighbour's times a ratio below 1.
  const odds = p / (1 - p);
  let relative = 1, sum = 1;
  for (let i = from; i !== end && relative > sum * 1e-17; i += step) {
    relative *= upward ? (n - i) / (i + 1) * odds : i / (n - i + 1) / odds;
    sum += relative;
  }
  return Math.min(1, sum * Math.exp(logProbability(k, n, p)));
}

/**
 * Class S: whether a count is too far out to be chance, on either side. At a thousand runs a day of fifty
 * thousand comparisons each, one false alarm in twenty thousand days.
 */
export function isImprobable(k: number, n: number, p: number): boolean {
  return binomialTail(k, n, p) < TOLERANCE.falseAlarm / 2;
}

/** How likely a count of independent events is to be one of these: P(low <= X <= high). */
export function binomialBetween(low: number, high: number, n: number, p: number): number {
  if (p <= 0 || p >= 1) return low <= n * p && n * p <= high ? 1 : 0;
  let sum = 0;
  for (let k = Math.max(0, low); k <= Math.min(n, high); k++) {
    sum += Math.exp(logProbability(k, n, p));
  }
  return sum;
}

function logProbability(k: number, n: number, p: number): number {
  const choices = logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  return choices + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

/** log n!. Source: Stirling's series, whose next term is below 1e-13 from 64 on. */
function logFactorial(n: number): number {
  let small = 0;
  if (n < 64) {
    for (let i = 2; i <= n; i++) small += Math.log(i);
    return small;
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
}
