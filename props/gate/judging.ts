/**
 * The two ways to judge, as the gate sees them: in processes of their own, or in its own.
 *
 * @module
 */
import type { Result } from "../results.ts";
import type { PlannedUnit } from "./plan.ts";
import type { Order } from "./protocol.ts";

/** A unit, and how to judge it. */
export interface Item {
  /** The unit. */
  readonly unit: PlannedUnit;
  /** What its process is told. */
  readonly order: Order;
}

/** What is told while items are judged, and when to stop. */
export interface Hooks {
  /** Stops judging; what is being judged then ends without a result. */
  readonly signal: AbortSignal;
  /** A unit begins. */
  readonly onStart: (unit: PlannedUnit) => void;
  /** A unit has its result. */
  readonly onEnd: (unit: PlannedUnit, result: Result) => void;
}

/** A way to judge; disposing of it ends the processes that it keeps. */
export interface Judging extends AsyncDisposable {
  /** Whether a subject that hangs or crashes leaves the others alone. */
  readonly isolated: boolean;
  /**
   * The names of a file's subjects.
   *
   * @throws {SubjectFileError} If it can't be loaded.
   * @throws {Death} If the process that loads it dies.
   */
  list(file: string): Promise<readonly string[]>;
  /** Judges items in any order. */
  judge(items: readonly Item[], hooks: Hooks): Promise<void>;
}
