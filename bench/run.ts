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
  /** The peers that can compute the case. */
  readonly peers: readonly Timing[];
}

/** What to run, and on what. */
export interface RunOptions {
  /** The device that is measured. */
  readonly device: DeviceName;
  /** Who to compare with. */
  readonly peers: readonly Peer[];
  /** How long and how often. */
  readonly effort: Effort;
  /** Only cases whose name and size, as in `"matmul 512"`, contain this. */
  readonly filter?: string;
}

/**
 * Measures cases, one row at a time.
 *
 * @param cases The cases.
 * @param options Device, peers, effort, filter.
 * @returns A row for each case and size.
 * @throws {Error} If a peer's result differs from ours: then one of the two computes something else,
 * and no time means anything.
 */
export async function* run(
  cases: readonly BenchCase[],
  { device, peers, effort, filter = "" }: RunOptions,
): AsyncGenerator<Row> {
  for (const benchCase of cases) {
    for (const size of benchCase.sizes) {
      if (!`${benchCase.name} ${size.label}`.includes(filter)) continue;
      yield await row(benchCase, size, device, peers, effort);
    }
  }
}

async function row(
  benchCase: BenchCase,
  size: Size,
  device: DeviceName,
  peers: readonly Peer[],
  effort: Effort,
): Promise<Row> {
  const inputs = benchCase.inputs(size);
  const ours = inProcess(device, await benchCase.prepare(inputs, device));
  const contenders: Contender[] = [ours];
  try {
    for (const peer of peers) {
      const contender = await peer.contender(benchCase.name, inputs);
      if (contender !== null) contenders.push(contender);
    }
    const expected = await ours.result();
    for (const contender of contenders.slice(1)) {
      const distance = difference(expected, await contender.result());
      if (!(distance <= benchCase.tolerance)) {
        throw new Error(
          `${benchCase.name} ${size.label}: ${contender.name} differs from ours by ${distance} of ` +
            `the largest element, where ${benchCase.tolerance} is allowed`,
        );
      }
    }
    const times = await timeInTurns(contenders, effort);
    const timings = contenders.map(({ name }, i) => ({ engine: name, milliseconds: times[i] }));
    return {
      name: benchCase.name,
      size: size.label,
      work: benchCase.work(size),
      ours: timings[0],
      peers: timings.slice(1),
    };
  } finally {
    for (const contender of contenders) await contender.dispose();
  }
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
