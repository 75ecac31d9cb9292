/**
 * What a benchmark case is: a computation, its inputs as plain numbers, and how much work it is.
 *
 * @module
 */
import type { DeviceName } from "../core/mod.ts";

/** Numbers in row-major order, of a shape. */
export interface HostArray {
  /** The sizes. */
  readonly shape: readonly number[];
  /** The elements: float32 values, or int32 class indices. */
  readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/** The inputs of a case, by name. */
export type Inputs = Readonly<Record<string, HostArray>>;

/** One size of a case: how it is printed, and its numbers by name. */
export interface Size {
  /** As it stands in the table. */
  readonly label: string;
  /** What the case makes of it. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Whether it is so large that only a GPU that is no software should be asked. */
  readonly hardware?: boolean;
}

/** How much work one run is; the table shows the rate of one of the two. */
export interface Work {
  /** Floating-point operations. */
  readonly flops?: number;
  /** Bytes that must be read and written at least. */
  readonly bytes?: number;
}

/** A case made ready on one engine: inputs are in its memory. */
export interface Prepared {
  /**
   * Computes once and lets go of what it made. When it returns, or its promise resolves, the result
   * lies in the engine's memory (or, where a case says so, a scalar of it on the host); where there is
   * `finish`, the work has only been handed over.
   */
  run(): void | Promise<void>;
  /** Waits until all that was run is computed, by the means that a program has. */
  finish?(): void | Promise<void>;
  /** Computes once from the inputs as they were given, and copies the result to the host. */
  result(): Promise<ArrayLike<number>>;
  /** Frees what the case holds. */
  dispose(): void;
}

/** A computation that is timed on any device and beside peers; written once, with plain inputs. */
export interface BenchCase {
  /** Its name: `"matmul"`. */
  readonly name: string;
  /** What is computed, in a sentence. */
  readonly about: string;
  /** Where it can be computed; everywhere unless it says so. */
  readonly devices?: readonly DeviceName[];
  /** The sizes that it is timed at, the smallest first. */
  readonly sizes: readonly Size[];
  /** The largest difference between two engines' results, relative to the largest element. */
  readonly tolerance: number;
  /** The inputs of a size; always the same ones. */
  inputs(size: Size): Inputs;
  /** The work of a size. */
  work(size: Size): Work;
  /** Makes the case ready on one of our devices. */
  prepare(inputs: Inputs, device: DeviceName): Promise<Prepared>;
}

/** Another library that some cases are timed on. */
export interface Peer {
  /** As it stands in the table. */
  readonly name: string;
  /** The version that is measured. */
  readonly version: string;
  /** Makes a case ready, or null where this peer can't compute it. */
  contender(name: string, inputs: Inputs): Promise<Contender | null>;
  /** Ends what runs for it. */
  close(): void | Promise<void>;
}

/** One engine at one case and size, as the runner sees it. */
export interface Contender {
  /** The engine's name. */
  readonly name: string;
  /** The result on the host, to be compared. */
  result(): Promise<ArrayLike<number>>;
  /** Runs for about this long, in milliseconds, and gives the time of one run, many times. */
  sample(budget: number): Promise<readonly number[]>;
  /**
   * The same for one run and the wait for its result, where `sample` times many runs and one wait, as
   * it does on GPUs.
   */
  latency?(budget: number): Promise<readonly number[]>;
  /**
   * The least processor time of a run among the samples so far, in milliseconds, over all threads, where
   * the system tells and `sample` times many runs and one wait.
   */
  processor?(): number | null;
  /** Frees what it holds. */
  dispose(): void | Promise<void>;
}
