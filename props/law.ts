/**
 * What a law is: a claim about modules or engines that can be refuted, and the words for what comes
 * of judging by it.
 *
 * @module
 */
import type { DeviceName } from "../core/mod.ts";
import type { Context } from "./context.ts";
import type { Examined } from "./examine.ts";
import type { fc } from "./fast_check.ts";

/** What a case may be made of: a case is printed, stored and replayed as JSON. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * What a subject must have for a law to say anything about it. It is found by looking at the
 * subject, never declared; where one is lacking the law is not applicable.
 *
 * - `instance`: it makes instances, here or in another library (an engine does not).
 * - `module`: those are modules of this package.
 * - `inputs`: forward arguments are given, or could be guessed.
 * - `state`, `parameters`, `buffers`, `children`: a fresh instance has some.
 * - `gradients`: a parameter that requires them, or a floating argument.
 * - `dropout`, `runningStatistics`: a `Dropout` or a `BatchNorm1d` that tracks is inside.
 * - `counters`: a buffer that counts batches is inside, by its name.
 * - `observable`: state or inputs, so that two instances can be told apart.
 * - `positional`, `rotary`, `alibi`, `batchIndependent`, `paddingIndependent`, `incremental`,
 *   `expected`, `engine`, `constructOn`, `optimizer`: the claim of that name.
 * - `float64`: the device computes in it.
 * - `stateDict`, `files`, `optimizers`, `casts`, `random`, `layouts`, `persistence`,
 *   `lookups`, `float16`: its library has a state dict that shows the live values and is loaded by
 *   name; files; SGD, Adam and AdamW; casts to another dtype; a random state that can be set and read;
 *   strided arguments; buffers that files do not hold; ways to look up a name; and layers that compute
 *   in float16. This package has them all.
 * - `process`: it can be made in another process too, as its file is known and may be run.
 * - `device`: its library computes on what the judged device stands for.
 */
export type Capability =
  | "instance"
  | "module"
  | "stateDict"
  | "files"
  | "optimizers"
  | "casts"
  | "random"
  | "layouts"
  | "persistence"
  | "lookups"
  | "float16"
  | "process"
  | "device"
  | "inputs"
  | "state"
  | "parameters"
  | "buffers"
  | "children"
  | "gradients"
  | "dropout"
  | "runningStatistics"
  | "counters"
  | "observable"
  | "positional"
  | "batchIndependent"
  | "paddingIndependent"
  | "incremental"
  | "rotary"
  | "alibi"
  | "expected"
  | "engine"
  | "constructOn"
  | "optimizer"
  | "float64";

/** What a check found out: proof that it looked at something. */
export class Evidence {
  /** How many comparisons were made, each of which could have refuted the law. */
  comparisons = 0;
  /** What was exercised: per axis (dtype, mode, operation, ...) how often each value. */
  readonly exercised: Map<string, Map<string, number>> = new Map();

  /**
   * Counts comparisons.
   *
   * @param count How many were made.
   * @returns This evidence.
   */
  compared(count = 1): this {
    this.comparisons += count;
    return this;
  }

  /**
   * Notes that a value of an axis was exercised.
   *
   * @param axis The name of the axis, such as `"dtype"`.
   * @param value Its value in this case.
   * @param count How often.
   * @returns This evidence.
   */
  note(axis: string, value: string | number | boolean, count = 1): this {
    const values = this.exercised.get(axis) ?? new Map<string, number>();
    values.set(String(value), (values.get(String(value)) ?? 0) + count);
    this.exercised.set(axis, values);
    return this;
  }

  /** Adds what another check found out. */
  add(other: Evidence): this {
    this.comparisons += other.comparisons;
    for (const [axis, values] of other.exercised) {
      for (const [value, count] of values) this.note(axis, value, count);
    }
    return this;
  }
}

/** What speaks against a law. */
export interface Findings {
  /** What went wrong, in one sentence. */
  what: string;
  /** What the law demands. */
  expected: string;
  /** What there was. */
  actual: string;
  /** The first name and index where they differ, such as `fc.weight[3, 0]`. */
  where: string;
}

/** Thrown by a check: the subject breaks the law. */
export class Refutation extends Error implements Findings {
  /** The class's name, as printed before the message. */
  override name = "Refutation";
  /** What went wrong, in one sentence. */
  readonly what: string;
  /** What the law demands. */
  readonly expected: string;
  /** What there was. */
  readonly actual: string;
  /** The first name and index where they differ. */
  readonly where: string;
  /**
   * `claim`: the law's own claim is broken. `totality`: the subject threw where it should have
   * worked.
   */
  readonly kind: "claim" | "totality";

  /**
   * Makes the refutation.
   *
   * @param findings What speaks against the law.
   * @param kind Whether the claim itself is broken, or the subject threw.
   */
  constructor(findings: Findings, kind: "claim" | "totality" = "claim") {
    super(
      `${findings.what}: expected ${findings.expected}, got ${findings.actual} at ${findings.where}`,
    );
    this.what = findings.what;
    this.expected = findings.expected;
    this.actual = findings.actual;
    this.where = findings.where;
    this.kind = kind;
  }
}

/**
 * Thrown by a check: the case says nothing, because what it compares is ill-conditioned. Such a case is not
 * counted as judged, and with many of them the verdict is unknown.
 */
export class IllConditioned extends Error {
  /** The class's name, as printed before the message. */
  override name = "IllConditioned";

  /**
   * Says what could not be judged.
   *
   * @param where Its name, such as `output[0]`.
   */
  constructor(where: string) {
    super(`roundings change ${where} by a large part of its size`);
  }
}

/** A claim that every subject with the needed capabilities has to keep. */
export interface Law<Case = unknown> {
  /** Family and name, such as `"save/identity"`. */
  readonly id: string;
  /** Grows when the claim or its cases change, so that an old verdict is not taken for a new one. */
  readonly version: number;
  /** What it says, in one sentence. */
  readonly claim: string;
  /** Where that is written: PyTorch's documentation, a paper, the thread of a bug. */
  readonly source: string;
  /** What a subject must have for the law to apply. */
  readonly needs: readonly Capability[];
  /** How many cases are judged by default. */
  readonly runs: number;
  /** How many on one device, where each case has kernels of its own that are slow to compile. */
  readonly runsOn?: Readonly<Partial<Record<DeviceName, number>>>;
  /** The ids of the mutants that this law catches. */
  readonly detects: readonly string[];
  /**
   * The finite axes, each value of which is tried: their values join the drawn case under the axis's
   * name.
   */
  axes(about: Examined): Readonly<Record<string, readonly Json[]>>;
  /** What else a case is made of. Plain data: tensors are built inside of the check, from seeds. */
  cases(about: Examined): fc.Arbitrary<object>;
  /**
   * Judges one case.
   *
   * @throws {Refutation} If the subject breaks the law.
   * @throws {IllConditioned} If the case says nothing.
   */
  check(context: Context, testCase: Case): Promise<Evidence>;
}

/**
 * Makes a law: version 1, 20 runs and no enumerated axes unless it says otherwise.
 *
 * @param definition The law.
 * @returns It, complete.
 * @throws {TypeError} If the id is not of the form `family/name`, or it names no mutant.
 *
 * @example
 * ```ts
 * import { Evidence, fc, law, type Law, Refutation } from "@touchstone/touchstone/props";
 * import { assertEquals } from "@std/assert";
 *
 * const finite: Law<{ seed: number }> = law({
 *   id: "house/weights-are-finite",
 *   claim: "A fresh instance has finite weights.",
 *   source: "https://example.org/our-rules",
 *   needs: ["module", "parameters"],
 *   detects: ["infinite-weight"],
 *   cases: () => fc.record({ seed: fc.integer() }),
 *   async check(context, { seed }) {
 *     const evidence = new Evidence();
 *     const module = await context.make(seed);
 *     for (const [name, parameter] of module.namedParameters()) {
 *       if (await parameter.isfinite().all().item() !== true) {
 *         const [expected, actual] = ["finite numbers", "others"];
 *         throw new Refutation({ what: "A weight is not finite", expected, actual, where: name });
 *       }
 *       evidence.compared(parameter.numel);
 *     }
 *     return evidence;
 *   },
 * });
 * assertEquals([finite.version, finite.runs], [1, 20]);
 * ```
 */
export function law<Case>(
  definition:
    & Omit<Law<Case>, "version" | "runs" | "axes">
    & Partial<Pick<Law<Case>, "version" | "runs" | "axes">>,
): Law<Case> {
  const { id, detects } = definition;
  if (!/^[a-z0-9-]+\/[a-z0-9-]+$/.test(id)) {
    throw new TypeError(`A law's id is family/name in lower case with dashes, got "${id}"`);
  }
  if (detects.length === 0) {
    throw new TypeError(`The law ${id} names no mutant: nothing shows that it can fail`);
  }
  return { version: 1, runs: 20, axes: () => ({}), ...definition };
}
