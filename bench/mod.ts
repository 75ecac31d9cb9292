/**
 * The benchmark harness: cases that are written once, compared with peers, and timed in turns.
 *
 * @example Time a case of your own on the CPU
 * ```ts
 * import { cases, run } from "@touchstone/touchstone/bench";
 * import { assertEquals } from "@std/assert";
 *
 * const effort = { rounds: 1, budget: 1, rest: 0, warmUp: { budget: 1, calls: 1 } };
 * for await (const row of run(cases, { device: "cpu", peers: [], effort, filter: "matmul 64" })) {
 *   assertEquals(row.ours.milliseconds > 0, true);
 * }
 * ```
 *
 * @module
 */
export type { DeviceName } from "../core/mod.ts";
export type {
  BenchCase,
  Contender,
  HostArray,
  Inputs,
  Peer,
  Prepared,
  Size,
  Work,
} from "./case.ts";
export { cases } from "./cases/mod.ts";
export { CAREFUL, type Effort, inProcess } from "./measure.ts";
export { type Row, run, type RunOptions, type Timing } from "./run.ts";
export { cells, markdown } from "./table.ts";
