/**
 * Judging in processes of their own: a pool of them, each of which knows the subjects of one file.
 *
 * @module
 */
import type { Result } from "../results.ts";
import { caseSeed } from "../runner.ts";
import type { Hooks, Item, Judging } from "./judging.ts";
import { begunCase, NO_CASE } from "./last_case.ts";
import { Death, JudgingProcess, type Limits } from "./process.ts";

/** How to judge in processes. */
export interface PoolOptions extends Limits {
  /** How many processes may run at once. */
  readonly jobs: number;
}

/** After so many deaths the rest of a subject is not judged. */
const DEATHS = 3;

/** What of a file is left to judge, and by how many processes it is. */
interface Queue {
  readonly file: string;
  readonly items: Item[];
  processes: number;
}

/**
 * Judges in a pool of processes. A subject that hangs, crashes or takes too much memory ends its
 * process; another goes on with the next unit.
 *
 * @param options How many, and their limits.
 * @returns How to judge.
 */
export function pool(options: PoolOptions): Judging {
  const turns = limiter(options.jobs);
  /** Processes that have listed their file: each is the first to judge it. */
  const kept = new Map<string, JudgingProcess>();
  const start = (file: string) => {
    const process = kept.get(file);
    kept.delete(file);
    return process ?? new JudgingProcess(file, options);
  };
  return {
    isolated: true,
    list: (file) =>
      turns(async () => {
        const process = new JudgingProcess(file, options);
        let keep = false;
        try {
          const names = await process.ready();
          keep = kept.size < options.jobs;
          if (keep) kept.set(file, process);
          return names;
        } finally {
          if (!keep) await process.end();
        }
      }),
    judge: (items, hooks) => judgeAll(items, hooks, options.jobs, start),
    async [Symbol.asyncDispose]() {
      await Promise.all([...kept.values()].map((process) => process.end()));
    },
  };
}

async function judgeAll(
  items: readonly Item[],
  hooks: Hooks,
  jobs: number,
  start: (file: string) => JudgingProcess,
): Promise<void> {
  const queues = [...Map.groupBy(items, ({ unit }) => unit.file)]
    .map(([file, items]): Queue => ({ file, items: [...items], processes: 0 }));
  const deaths = new Map<string, number>();

  /** Judges with one process until it has died or its queue is empty. */
  const work = async (queue: Queue): Promise<void> => {
    const process = start(queue.file);
    const stop = () => process.kill();
    hooks.signal.addEventListener("abort", stop);
    let item: Item | undefined;
    try {
      let imported = false;
      while (!hooks.signal.aborted && !process.large && (item = queue.items.shift())) {
        const { unit, order } = item;
        if ((deaths.get(unit.subject) ?? 0) >= DEATHS) {
          hooks.onEnd(unit, gone(item, `not judged: it hung or crashed ${DEATHS} times before`));
          continue;
        }
        hooks.onStart(unit);
        if (!imported) await process.ready();
        imported = true;
        hooks.onEnd(unit, await process.judge(order));
        item = undefined;
      }
    } catch (error) {
      if (hooks.signal.aborted) return;
      const { unit } = item!;
      deaths.set(unit.subject, (deaths.get(unit.subject) ?? 0) + 1);
      hooks.onEnd(unit, gone(item!, (error as Error).message, error));
    } finally {
      hooks.signal.removeEventListener("abort", stop);
      await process.end();
    }
  };
  const worker = async (): Promise<void> => {
    while (!hooks.signal.aborted) {
      const [queue] = queues.filter(({ items }) => items.length > 0)
        .sort((a, b) => a.processes - b.processes);
      if (queue === undefined) return;
      queue.processes++;
      await work(queue);
      queue.processes--;
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

/** The result of a unit whose process died of it, or was not begun because it would. */
function gone({ order }: Item, reason: string, error: unknown = null): Result {
  const { law, subject, device, seed } = order;
  const death = error instanceof Death ? error : null;
  const last = death?.last ?? NO_CASE, { cases, partner } = last;
  const testCase = begunCase(last);
  return {
    law,
    subject,
    device,
    ...(partner === null ? {} : { partner }),
    verdict: "unknown",
    reason,
    ...(death === null ? {} : { cause: death.of }),
    ...(testCase === null ? {} : { case: testCase }),
    runs: Math.max(0, cases - 1),
    comparisons: 0,
    exercised: {},
    seed: caseSeed(seed, law, subject, device),
    ms: 0,
  };
}

/** Runs functions, so many at once and the others when it is their turn. */
function limiter(count: number): <T>(fn: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (fn) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await fn();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
