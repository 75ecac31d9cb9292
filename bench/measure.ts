/**
 * Timing what is compared in turns, so that a machine that slows down slows all of it down.
 *
 * @module
 */
import { measure } from "npm:mitata@^1";
import type { Contender, Prepared } from "./case.ts";

/** A case made ready in this process, timed by mitata. */
export function inProcess(name: string, prepared: Prepared): Contender {
  const run = () => prepared.run();
  return {
    name,
    result: () => prepared.result(),
    async sample(budget: number): Promise<readonly number[]> {
      const { samples } = await measure(run, {
        gc: false,
        min_cpu_time: budget * 1e6,
        min_samples: 3,
        batch_samples: 16,
      });
      return samples.map((ns: number) => ns / 1e6);
    },
    dispose: () => prepared.dispose(),
  };
}

/** How long and how often to measure. */
export interface Effort {
  /** Turns of each contender. */
  readonly rounds: number;
  /** Milliseconds of one turn. */
  readonly budget: number;
  /** Milliseconds of rest before each turn: machines that are lent by the slice throttle. */
  readonly rest: number;
  /** Milliseconds and calls before the first turn, for compilers that optimise while running. */
  readonly warmUp: { readonly budget: number; readonly calls: number };
}

/** What the published table is measured with. */
export const CAREFUL: Effort = {
  rounds: 9,
  budget: 40,
  rest: 25,
  warmUp: { budget: 60, calls: 20 },
};

/** The time of one run of each contender, in milliseconds: the median of the medians of its turns. */
export async function timeInTurns(
  contenders: readonly Contender[],
  { rounds, budget, rest, warmUp }: Effort,
): Promise<number[]> {
  for (const contender of contenders) {
    let calls = 0;
    const start = performance.now();
    while (calls < warmUp.calls || performance.now() - start < warmUp.budget) {
      calls += (await contender.sample(warmUp.budget)).length;
    }
  }
  const medians: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      // Another first each round: whoever follows a heavy neighbour finds its caches cold.
      const turn = (round + i) % contenders.length;
      await idle(rest);
      medians[turn].push(median(await contenders[turn].sample(budget)));
    }
  }
  return medians.map(median);
}

function idle(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
