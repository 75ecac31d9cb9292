/**
 * Class N of the policy in `tolerance.ts`: results that are as near to float64 as roundings allow.
 *
 * @module
 */
import { indexText, sameList, type Snapshot, typeText } from "./compare.ts";
import { decodeNumbers } from "./fill.ts";
import { type Evidence, IllConditioned, Refutation } from "./law.ts";
import { LEAST, ROUNDING, sameNumber, TOLERANCE } from "./tolerance.ts";

/** What was computed, by name. */
export type Results = ReadonlyMap<string, Snapshot>;

/** One computation, done three times. */
export interface Sample {
  /** What is judged. */
  readonly actual: Results;
  /** In float64, from the same numbers. */
  readonly exact: Results;
  /** The yardstick: with the roundings that are granted. */
  readonly rounded: Results;
}

/** How far some results are from float64. */
export interface Noise {
  /** The root mean square of the distances. */
  readonly rms: number;
  /** The largest distance. */
  readonly most: number;
}

/** Results against float64, with all that class N asks of them. */
interface Measured {
  /** How many elements there are. */
  readonly count: number;
  /** The noise of what is judged, and of the yardstick. */
  readonly actual: Noise;
  readonly rounded: Noise;
  /** The size of the results. */
  readonly size: Noise;
  /** How much noise roundings explain, and how much is granted. */
  readonly least: Noise;
  readonly granted: Noise;
  /** The element that is the farthest off: in which sample, with its value and what it should be. */
  readonly index: number;
  readonly where: string;
  readonly value: number;
  readonly wanted: number;
}

/**
 * Measures the noise of some results, pooled over samples of one computation.
 *
 * Infinities and NaN have to be where they are in float64, else the noise is infinite. Where the
 * yardstick itself has others than float64 has, the dtype's range is left, and nothing is compared.
 *
 * @param name The name of the results.
 * @param samples The samples.
 * @returns What was measured.
 */
export function measure(name: string, samples: readonly Sample[]): Measured {
  const sums = { actual: new Total(), rounded: new Total(), size: new Total() };
  let worst = -1, at = { index: 0, where: name, value: NaN, wanted: NaN };
  for (const [index, { actual, exact, rounded }] of samples.entries()) {
    const [y, e, r] = [actual, exact, rounded].map((results) => results.get(name));
    if (y === undefined || e === undefined || r === undefined) continue;
    const values = decodeNumbers(y.bytes, y.dtype), granted = decodeNumbers(r.bytes, r.dtype);
    decodeNumbers(e.bytes, e.dtype).forEach((wanted, i) => {
      const finite = Number.isFinite(wanted) && Number.isFinite(granted[i]);
      if (!finite && !sameNumber(wanted, granted[i])) return;
      const off = distance(values[i], wanted);
      sums.actual.add(off);
      sums.rounded.add(distance(granted[i], wanted));
      sums.size.add(finite ? Math.abs(wanted) : 0);
      if (off <= worst) return;
      worst = off;
      at = { index, where: `${name}${indexText(i, e.shape)}`, value: values[i], wanted };
    });
  }
  const dtype = samples[0].actual.get(name)?.dtype ?? "float64";
  const u = ROUNDING[dtype] ?? 0, s = LEAST[dtype] ?? 0;
  const [actual, rounded, size] = [sums.actual, sums.rounded, sums.size].map((sum) => sum.noise());
  const least = {
    rms: TOLERANCE.roundings.rms * (u * size.rms + s),
    most: TOLERANCE.roundings.most * (u * size.most + s),
  };
  const granted = {
    rms: TOLERANCE.noise.rms * rounded.rms + least.rms,
    most: TOLERANCE.noise.most * rounded.most + least.most,
  };
  return { count: sums.actual.count, actual, rounded, size, least, granted, ...at };
}

/** A sum of squares, and the largest of all. */
class Total {
  count = 0;
  #squares = 0;
  #most = 0;

  add(size: number): void {
    this.count++;
    this.#squares += size * size;
    this.#most = Math.max(this.#most, size);
  }

  noise(): Noise {
    return { rms: Math.sqrt(this.#squares / Math.max(1, this.count)), most: this.#most };
  }
}

function distance(a: number, b: number): number {
  if (sameNumber(a, b)) return 0;
  const off = Math.abs(a - b);
  return Number.isNaN(off) ? Infinity : off;
}

const within = (a: Noise, b: Noise) => a.rms <= b.rms && a.most <= b.most;

/** What class N says. */
type Judged = "held" | "refuted" | "unjudged";

function judge({ actual, rounded, size, least, granted }: Measured): Judged {
  if (within(actual, least)) return "held";
  if (rounded.rms > TOLERANCE.noisy * size.rms) return "unjudged";
  return within(actual, granted) ? "held" : "refuted";
}

/** Where the results come from. */
export interface Computation {
  /** The sample of a case for 0, and for other indices of the case with other numbers in its place. */
  sample(index: number): Promise<Sample>;
  /**
   * The float64 results when all that the computation starts from is off by up to so many roundings; not
   * needed for what cannot jump.
   */
  shaken?(index: number, roundings: number): Promise<Results>;
}

/**
 * Class N: demands of a computation that its results are no farther from float64 than roundings explain.
 *
 * What a few elements show may be luck, so before they refute they are pooled with those of other
 * inputs. And where a function jumps, as a comparison does, two correct computations may land on
 * either side: if float64 jumps as far within some roundings of the same numbers, nothing is judged.
 *
 * @param evidence Where comparisons are counted.
 * @param what What it means if they are, in one sentence.
 * @param computation Where the results come from.
 * @returns The names of the results that could not be judged: they are ill-conditioned.
 * @throws {Refutation} At the first that is.
 */
export async function withinNoise(
  evidence: Evidence,
  what: string,
  computation: Computation,
): Promise<string[]> {
  const samples = [await computation.sample(0)];
  const unjudged: string[] = [];
  for (const [name, wanted] of samples[0].exact) {
    sameShape(evidence, what, name, samples[0].actual.get(name), wanted);
    let found = measure(name, samples.slice(0, 1)), judged = judge(found);
    if (judged === "refuted" && found.count < TOLERANCE.pool) {
      const size = Math.ceil(TOLERANCE.pool / found.count);
      while (samples.length < size) samples.push(await computation.sample(samples.length));
      found = measure(name, samples.slice(0, size));
      judged = judge(found);
    }
    if (judged === "refuted" && await jumps(name, found.index, samples, computation)) {
      judged = "unjudged";
    }
    if (judged === "refuted") throw noisier(what, found);
    if (judged === "unjudged") unjudged.push(name);
    else evidence.compared(found.count);
    evidence.note("noise", judged === "held" ? "judged" : "ill-conditioned", found.count);
  }
  return unjudged;
}

/** Whether float64 is as far off in a sample, from numbers that are off by some roundings. */
async function jumps(
  name: string,
  index: number,
  samples: readonly Sample[],
  { shaken }: Computation,
): Promise<boolean> {
  if (shaken === undefined) return false;
  for (const roundings of TOLERANCE.shakes) {
    const shake = { ...samples[index], rounded: await shaken(index, roundings) };
    if (judge(measure(name, [shake])) !== "refuted") return true;
  }
  return false;
}

function sameShape(
  evidence: Evidence,
  what: string,
  where: string,
  actual: Snapshot | undefined,
  expected: Snapshot,
): void {
  evidence.compared();
  const text = (of?: Snapshot) => of === undefined ? "nothing" : `[${of.shape.join(", ")}]`;
  if (text(actual) === text(expected)) return;
  throw new Refutation({ what, where, expected: text(expected), actual: text(actual) });
}

function noisier(what: string, { actual, granted, where, value, wanted }: Measured): Refutation {
  const text = ({ rms, most }: Noise) =>
    `${rms.toExponential(1)}, ${most.toExponential(1)} at most`;
  return new Refutation({
    what,
    where,
    expected: `${wanted}, and a root mean square of errors within ${text(granted)}`,
    actual: `${value}, and one of ${text(actual)}`,
  });
}

/**
 * Class N without float64: demands the same numbers of two computations of one subject on one device that
 * differ in the order of sums alone. Each may be off by the roundings of the largest number of all: terms of
 * that size may cancel to a small one, as those of a gradient through a softmax do. Longer sums have more
 * noise than that; then float64 decides, where there is one.
 *
 * @param evidence Where comparisons are counted.
 * @param what What it means if they differ, in one sentence.
 * @param actual What there is.
 * @param expected What there should be, under the same names.
 * @param exact Computes in float64 what there should be; null where nothing can.
 * @throws {Refutation} At the first difference.
 * @throws {IllConditioned} If float64 does not decide either.
 */
export async function sameWithinRoundings(
  evidence: Evidence,
  what: string,
  actual: Results,
  expected: Results,
  exact?: () => Promise<Results | null>,
): Promise<void> {
  const texts = (of: Results) => [...of].map(([name, value]) => `${name}: ${typeText(value)}`);
  sameList(evidence, what, "results", texts(actual), texts(expected));
  const wanted = new Map(
    [...expected].map(([name, { bytes, dtype }]) => [name, decodeNumbers(bytes, dtype)]),
  );
  const size = [...wanted.values()].flat().filter(Number.isFinite)
    .reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  for (const [name, { bytes, dtype, shape }] of actual) {
    const allowed = 2 * TOLERANCE.roundings.most * (ROUNDING[dtype] ?? 0) * size;
    const values = decodeNumbers(bytes, dtype), numbers = wanted.get(name)!;
    evidence.compared(values.length);
    const at = values.findIndex((value, i) => !(distance(value, numbers[i]) <= allowed));
    if (at < 0) continue;
    const doubles = await exact?.() ?? null;
    if (doubles !== null) {
      const judged = judge(measure(name, [{ actual, exact: doubles, rounded: expected }]));
      if (judged === "unjudged") throw new IllConditioned(name);
      if (judged === "held") continue;
    }
    throw new Refutation({
      what,
      where: `${name}${indexText(at, shape)}`,
      expected: `${numbers[at]} within ${allowed.toExponential(1)}`,
      actual: String(values[at]),
    });
  }
}
