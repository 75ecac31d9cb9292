/**
 * Runs cases: compares the results of all contenders, then times them in turns.
 *
 * @module
 */
import type { DeviceName } from "../core/mod.ts";
import type { BenchCase, Contender, Peer, Size, Work } from "./case.ts";
import { type Effort, inProcess, timeInTurns } from "./measure.ts";

/** What one engine took for one run. */
export interface Timing {
  /** The engine. */
  readonly engine: string;
  /** Milliseconds. */
  readonly milliseconds: number;
  /** On a GPU: milliseconds of one run and the wait for its result. */
  readonly latency?: number;
  /** On a GPU: the least milliseconds of processor time of a run, over all threads. */
  readonly processor?: number;
}

/** A row of the table. */
export interface Row {
  /** The case. */
  readonly name: string;
  /** Its size. */
  readonly size: string;
  /** How much work one run is. */
  readonly work: Work;
  /** Ours. */
  readonly ours: Timing;
  /** Ours on the device that it is compared with, if that can compute the case. */
  readonly baseline?: Timing;
  /** The peers that can compute the case. */
  readonly peers: readonly Timing[];
}

/** What to run, and on what. */
export interface RunOptions {
  /** The device that is measured. */
  readonly device: DeviceName;
  /** Another of our devices to compare it with. */
  readonly baseline?: DeviceName;
  /** Who to compare with. */
  readonly peers: readonly Peer[];
  /** How long and how often. */
  readonly effort: Effort;
  /** Only cases whose name and size, as in `"matmul 512"`, contain one of these, with commas between. */
  readonly filter?: string;
  /** Whether to leave out sizes that are for GPUs that are no software; true unless it says so. */
  readonly small?: boolean;
}

/**
 * Measures cases, one row at a time.
 *
 * @param cases The cases.
 * @param options Devices, peers, effort, filter.
 * @returns A row for each case and size.
 * @throws {Error} If a contender's result differs from ours: then one of the two computes something
 * else, and no time means anything.
 */
export async function* run(
  cases: readonly BenchCase[],
  options: RunOptions,
): AsyncGenerator<Row> {
  const { device, filter = "", small = true } = options;
  for (const benchCase of cases) {
    if (!runsOn(benchCase, device)) continue;
    for (const size of benchCase.sizes) {
      if (!passes(`${benchCase.name} ${size.label}`, filter)) continue;
      if (small && size.hardware) continue;
      yield await row(benchCase, size, options);
    }
  }
}

/** Whether a name contains one of the texts between commas. */
export function passes(name: string, filter: string): boolean {
  return filter.split(",").some((text) => name.includes(text));
}

/** Whether a case can be computed on a device. */
export function runsOn({ devices }: BenchCase, device: DeviceName): boolean {
  return devices === undefined || devices.includes(device);
}

async function row(
  benchCase: BenchCase,
  size: Size,
  { device, baseline, peers, effort }: RunOptions,
): Promise<Row> {
  const inputs = benchCase.inputs(size);
  const contenders: Contender[] = [];
  const own = async (name: DeviceName) =>
    contenders.push(inProcess(name, await benchCase.prepare(inputs, name)));
  try {
    await own(device);
    const compared = baseline !== undefined && runsOn(benchCase, baseline);
    if (compared) await own(baseline);
    for (const peer of peers) {
      const contender = await peer.contender(benchCase.name, inputs);
      if (contender !== null) contenders.push(contender);
    }
    const expected = await contenders[0].result();
    for (const contender of contenders.slice(1)) {
      const distance = difference(expected, await contender.result());
      if (!(distance <= benchCase.tolerance)) {
        throw new Error(
          `${benchCase.name} ${size.label}: ${contender.name} differs from ours by ${distance} of ` +
            `the largest element, where ${benchCase.tolerance} is allowed`,
        );
      }
    }
    const timings = await time(contenders, effort);
    return {
      name: benchCase.name,
      size: size.label,
      work: benchCase.work(size),
      ours: timings[0],
      ...(compared ? { baseline: timings[1] } : {}),
      peers: timings.slice(compared ? 2 : 1),
    };
  } finally {
    for (const contender of contenders) await contender.dispose();
  }
}

async function time(contenders: readonly Contender[], effort: Effort): Promise<Timing[]> {
  const times = await timeInTurns(
    contenders.map((contender) => (budget) => contender.sample(budget)),
    effort,
  );
  const waiting = contenders.filter(({ latency }) => latency !== undefined);
  const latencies = await timeInTurns(
    waiting.map((contender) => (budget) => contender.latency!(budget)),
    { ...effort, budget: effort.budget / 3, warmUp: { budget: 0, calls: 1 } },
  );
  return contenders.map((contender, i) => {
    const at = waiting.indexOf(contender);
    const processor = contender.processor?.() ?? null;
    return {
      engine: contender.name,
      milliseconds: times[i],
      ...(at < 0 ? {} : { latency: latencies[at] }),
      ...(processor === null ? {} : { processor }),
    };
  });
}

/** The largest difference of two results, relative to the largest element; NaN where one has NaN. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let furthest = 0, largest = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    if (!(distance <= furthest)) furthest = distance;
    if (Number.isNaN(distance)) return NaN;
    largest = Math.max(largest, Math.abs(a[i]));
  }
  return furthest === 0 ? 0 : furthest / largest;
}
