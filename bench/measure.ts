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
  /**
   * Milliseconds and calls before the first turn, for compilers that optimise while running: a
   * training step of any engine was seen to get faster for a thousand calls.
   */
  readonly warmUp: { readonly budget: number; readonly calls: number };
}

/** What the published table is measured with. */
export const CAREFUL: Effort = {
  rounds: 11,
  budget: 60,
  rest: 20,
  warmUp: { budget: 2000, calls: 20 },
};

/**
 * The time of one run of each contender, in milliseconds: the median of each turn, and of these the
 * lower quartile, because what disturbs a turn, on a machine that others use, only ever adds.
 */
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
      medians[turn].push(quantile(await contenders[turn].sample(budget), 0.5));
    }
  }
  return medians.map((turns) => quantile(turns, 0.25));
}

function idle(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The number that a fraction of all is not above, between two neighbours in proportion. */
export function quantile(numbers: readonly number[], fraction: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * fraction;
  const below = Math.floor(place), above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}
