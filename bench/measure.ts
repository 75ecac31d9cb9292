/**
 * Timing what is compared in turns, so that a machine that slows down slows all of it down.
 *
 * @module
 */
import { measure } from "npm:mitata@^1";
import type { Contender, Prepared } from "./case.ts";
import { processorTime } from "./processor.ts";

/** Runs that are handed over at most before one wait. */
const MOST_TOGETHER = 100;

/** A case made ready in this process, timed by mitata. */
export function inProcess(name: string, prepared: Prepared): Contender {
  const { finish } = prepared;
  const rest = { name, result: () => prepared.result(), dispose: () => prepared.dispose() };
  if (finish === undefined) {
    const run = () => prepared.run();
    return { ...rest, sample: (budget) => timesOf(run, budget) };
  }
  const once = async () => {
    await prepared.run();
    await prepared.finish!();
  };
  let each = Infinity, processor = Infinity;
  return {
    ...rest,
    async sample(budget: number): Promise<readonly number[]> {
      // Many runs and one wait: engines that poll for the end pay for it once.
      const runs = Math.min(Math.max(Math.ceil(budget / each), 1), MOST_TOGETHER);
      let done = 0;
      const before = processorTime();
      const times = await timesOf(
        async () => {
          done += runs;
          for (let i = 0; i < runs; i++) {
            const running = prepared.run();
            if (running !== undefined) await running;
          }
          await prepared.finish!();
        },
        budget,
        1,
      );
      const after = processorTime();
      if (before !== null && after !== null) {
        processor = Math.min(processor, (after - before) / done);
      }
      each = Math.min(each, ...times.map((milliseconds) => milliseconds / runs));
      return times.map((milliseconds) => milliseconds / runs);
    },
    latency: (budget) => timesOf(once, budget, 1),
    processor: () => Number.isFinite(processor) ? processor : null,
  };
}

async function timesOf(
  run: () => void | Promise<void>,
  budget: number,
  atLeast = 3,
): Promise<readonly number[]> {
  const { samples } = await measure(run, {
    gc: false,
    min_cpu_time: budget * 1e6,
    min_samples: atLeast,
    batch_samples: 16,
  });
  return samples.map((ns: number) => ns / 1e6);
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

/** What the published table of GPUs is measured with: one wait for much work, however peers poll. */
export const CAREFUL_GPU: Effort = {
  rounds: 7,
  budget: 120,
  rest: 20,
  warmUp: { budget: 300, calls: 2 },
};

/** One of those that are timed in turns: the time of one run, many times. */
export type Sampler = (budget: number) => Promise<readonly number[]>;

/**
 * The time of one run of each, in milliseconds: the median of each turn, and of these the lower
 * quartile, because what disturbs a turn, on a machine that others use, only ever adds.
 */
export async function timeInTurns(
  samplers: readonly Sampler[],
  { rounds, budget, rest, warmUp }: Effort,
): Promise<number[]> {
  for (const sample of samplers) {
    let calls = 0;
    const start = performance.now();
    while (calls < warmUp.calls || performance.now() - start < warmUp.budget) {
      calls += (await sample(warmUp.budget)).length;
    }
  }
  const medians: number[][] = samplers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < samplers.length; i++) {
      // Another first each round: whoever follows a heavy neighbour finds its caches cold.
      const turn = (round + i) % samplers.length;
      await idle(rest);
      medians[turn].push(quantile(await samplers[turn](budget), 0.5));
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
