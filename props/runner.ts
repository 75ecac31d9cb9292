/**
 * The one runner: `deno test`, the gate and the tests of the laws themselves all judge by it.
 *
 * @module
 */
import {
  DeviceError,
  type DeviceInfo,
  type DeviceName,
  getRngState,
  openDevice,
  setRngState,
} from "../core/mod.ts";
import { Context } from "./context.ts";
import { examine, type Examined, lacks } from "./examine.ts";
import { fc } from "./fast_check.ts";
import { hash } from "./hash.ts";
import { Evidence, IllConditioned, type Json, type Law, Refutation } from "./law.ts";
import type { Refuted, Result } from "./results.ts";
import type { Subject } from "./subject.ts";
import { TOLERANCE } from "./tolerance.ts";

/** How to judge. */
export interface JudgeOptions {
  /** Where; `"cpu"` by default. It is opened if it is not yet. */
  device?: DeviceName;
  /**
   * The other device, for laws that move modules. It is opened if it is not yet. By default it is one of
   * those that are open: WebGPU if it is, else the CPU, else the reference device.
   */
  partner?: DeviceName;
  /** How many cases; by default as many as the law says. */
  runs?: number;
  /** The master seed; 0 by default. */
  seed?: number;
  /** The time after which what was not refuted is unknown; 30 seconds by default. */
  milliseconds?: number;
  /** Cases to judge first, such as those that were refuted before. */
  examples?: readonly Json[];
  /** Judge exactly this case and no other. */
  case?: Json;
  /** Is told of cases that are drawn, in the order in which they will be judged. */
  onDrawn?: (cases: readonly unknown[]) => void;
  /** Is told of each case before it is judged. */
  onCase?: (testCase: unknown) => void;
  /** Is told of the other device when the law first asks for it. */
  onPartner?: (device: DeviceName) => void;
}

/**
 * The seed of the cases of one result: it depends on the master seed, the law, the subject and the
 * device, on nothing else.
 */
export function caseSeed(master: number, law: string, subject: string, device: DeviceName): number {
  return hash(`${master}\n${law}\n${subject}\n${device}`) | 0;
}

/** What the cases of one result add up to. */
interface Tally {
  cases: number;
  /** Which case was the first to be refuted. */
  found: number;
  evidence: Evidence;
  /** The cases that were ill-conditioned, by what they say of it. */
  unjudged: string[];
  internal: { error: unknown; case: unknown } | null;
}

/** So many cases are drawn at once: what is told of them costs little for each. */
const BATCH = 32;

/**
 * Judges a subject by a law on a device.
 *
 * Nothing is held that was not looked at: without a case, or without a comparison, the verdict is
 * unknown. So it is when time runs out before all cases are judged, when more than a fifth of them are
 * ill-conditioned, or when the law itself throws.
 * The cases depend on the master seed, the law, the subject and the device, on nothing else.
 *
 * @param law The law.
 * @param subject The subject.
 * @param options Where and how long.
 * @returns The verdict and what it rests on.
 *
 * @example
 * ```ts
 * import * as nn from "@touchstone/touchstone/nn";
 * import { judge, saveIdentity, subject } from "@touchstone/touchstone/props";
 * import { assertEquals } from "@std/assert";
 *
 * const linear = subject("Linear", () => new nn.Linear(4, 2));
 * const { verdict, runs } = await judge(saveIdentity, linear, { runs: 5 });
 * assertEquals([verdict, runs], ["held", 5]);
 * ```
 */
export async function judge(
  law: Law,
  subject: Subject,
  options: JudgeOptions = {},
): Promise<Result> {
  const { device = "cpu", seed: master = 0, milliseconds = 30_000 } = options;
  const runs = options.runs ?? law.runsOn?.[device] ?? law.runs;
  const started = performance.now();
  const about = examine(subject);
  const seed = caseSeed(master, law.id, subject.name, device);
  const evidence = new Evidence();
  const tally: Tally = { cases: 0, found: 0, evidence, unjudged: [], internal: null };
  let context: Context | null = null;
  const finish = (rest: Pick<Result, "verdict"> & Partial<Result>): Result => ({
    law: law.id,
    subject: subject.name,
    device,
    runs: tally.cases,
    comparisons: evidence.comparisons,
    exercised: plain(evidence),
    seed,
    ...(context?.partner ? { partner: context.partner } : {}),
    ms: performance.now() - started,
    ...rest,
  });

  let info: DeviceInfo;
  try {
    info = await openDevice(device);
    if (options.partner !== undefined) await openDevice(options.partner);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return finish({ verdict: "unknown", reason: error.message });
  }
  const missing = lacks(law, about, info);
  if (about.unguessed && (missing === "inputs" || missing === "gradients")) {
    const reason = "no arguments for forward were given, and none of those tried work: " +
      "give subject() its inputs";
    return finish({ verdict: "unknown", reason });
  }
  if (missing !== null) {
    return finish({ verdict: "not-applicable", lacks: missing, reason: `no ${missing}` });
  }
  context = new Context(subject, info, options.partner, options.onPartner);
  const rng = getRngState();
  // What threw is deep in the engine; the subject's own line is further up.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 40;
  // A case that never ends is left when time is up.
  const up = Promise.withResolvers<"interrupted">();
  const deadline = started + milliseconds;
  const timer = setTimeout(() => up.resolve("interrupted"), deadline - performance.now());
  try {
    const looked = look(law, context, about, tally, {
      runs,
      seed,
      deadline,
      examples: options.case === undefined ? options.examples ?? [] : [options.case],
      only: options.case !== undefined,
      onDrawn: options.onDrawn ?? (() => {}),
      onCase: options.onCase ?? (() => {}),
    });
    const refuted = await Promise.race([looked, up.promise]);
    if (refuted === "interrupted") {
      const reason = `stopped after ${tally.cases} cases: the time of ${milliseconds} ms was up`;
      return finish({ verdict: "unknown", reason });
    }
    if (refuted !== null) return finish({ verdict: "refuted", refutation: refuted });
    if (tally.internal !== null) {
      return finish({ verdict: "unknown", reason: internalReason(tally.internal) });
    }
    const { cases, unjudged } = tally, all = cases + unjudged.length;
    if (unjudged.length > TOLERANCE.unjudged * all) {
      const reason = `ill-conditioned in ${unjudged.length} of ${all} cases: ${unjudged[0]}`;
      return finish({ verdict: "unknown", cause: "ill-conditioned", reason });
    }
    if (cases === 0) return finish({ verdict: "unknown", reason: "no case was judged" });
    if (evidence.comparisons === 0) {
      return finish({ verdict: "unknown", reason: "nothing was compared in any case" });
    }
    return finish({ verdict: "held" });
  } finally {
    clearTimeout(timer);
    setRngState(rng);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

interface Plan {
  runs: number;
  seed: number;
  deadline: number;
  examples: readonly Json[];
  only: boolean;
  onDrawn: (cases: readonly unknown[]) => void;
  onCase: (testCase: unknown) => void;
}

/** Judges the examples, then as many drawn cases for each value of the enumerated axes. */
async function look(
  law: Law,
  context: Context,
  about: Examined,
  tally: Tally,
  plan: Plan,
): Promise<Refuted | "interrupted" | null> {
  const once = async (testCase: unknown): Promise<Refutation | null> => {
    plan.onCase(testCase);
    try {
      tally.evidence.add(await law.check(context, testCase));
      tally.cases++;
    } catch (error) {
      if (error instanceof Refutation) {
        tally.cases++;
        tally.found ||= tally.cases;
        return error;
      }
      if (error instanceof IllConditioned) tally.unjudged.push(error.message);
      else tally.internal ??= { error, case: testCase };
    } finally {
      await context.release();
    }
    return null;
  };
  const confirmed = (refutation: Refutation, testCase: unknown, shrinks = 0): Promise<Refuted> => {
    plan.onDrawn([testCase]);
    plan.onCase(testCase);
    return confirm(law, context, refutation, testCase as Json, { found: tally.found, shrinks });
  };
  plan.onDrawn(plan.examples);
  for (const example of plan.examples) {
    const refutation = await once(example);
    if (refutation !== null) return await confirmed(refutation, example);
  }
  if (plan.only || tally.internal !== null) return null;

  const arbitrary = law.cases(about);
  const combinations = crossProduct(law.axes(about));
  const total = combinations.length * Math.ceil(plan.runs / combinations.length);
  for (let first = 0; first < total; first += BATCH) {
    const seed = (plan.seed + Math.imul(first, 0x9e3779b1)) | 0;
    // Combinations take turns: each has been tried once before any is tried again.
    const whole = (drawn: unknown, k: number) => ({
      ...drawn as Record<string, Json>,
      ...combinations[(first + k) % combinations.length],
    });
    const cases = fc.sample(arbitrary, { seed, numRuns: Math.min(BATCH, total - first) }).map(
      whole,
    );
    plan.onDrawn(cases);
    for (const [k, testCase] of cases.entries()) {
      const remaining = plan.deadline - performance.now();
      if (remaining <= 0) return "interrupted";
      const refutation = await once(testCase);
      if (tally.internal !== null) return null;
      if (refutation === null) continue;
      // The same case again, and then smaller ones: an error of the law is no smaller refutation.
      const property = fc.asyncProperty(arbitrary, async (drawn) => {
        const smaller = whole(drawn, k);
        plan.onDrawn([smaller]);
        const refutation = await once(smaller);
        if (refutation !== null) throw refutation;
      });
      const { counterexample, errorInstance, numShrinks } = await fc.check(property, {
        seed,
        path: String(k),
        numRuns: 1,
        interruptAfterTimeLimit: Math.ceil(remaining),
      });
      return counterexample !== null && errorInstance instanceof Refutation
        ? await confirmed(errorInstance, whole(counterexample[0], k), numShrinks)
        : await confirmed(refutation, testCase);
    }
  }
  return null;
}

/** Judges a refuted case once more: a different outcome is a finding of its own. */
async function confirm(
  law: Law,
  context: Context,
  refutation: Refutation,
  testCase: Json,
  counts: Pick<Refuted, "found" | "shrinks">,
): Promise<Refuted> {
  let again: unknown = null;
  try {
    await law.check(context, testCase);
  } catch (error) {
    again = error;
  } finally {
    await context.release();
  }
  const { what, expected, actual, where, kind } = refutation;
  const nondeterministic = !(again instanceof Refutation) || again.what !== what;
  return {
    what,
    expected,
    actual,
    where,
    kind,
    case: testCase,
    ...counts,
    nondeterministic,
  };
}

function crossProduct(axes: Readonly<Record<string, readonly Json[]>>): Record<string, Json>[] {
  let combinations: Record<string, Json>[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    combinations = combinations.flatMap((combination) =>
      values.map((value) => ({ ...combination, [name]: value }))
    );
  }
  return combinations;
}

function internalReason({ error, case: testCase }: { error: unknown; case: unknown }): string {
  const text = error instanceof Error ? error.stack ?? String(error) : String(error);
  const lines = text.split("\n").slice(0, 4).map((line) => line.trim()).join(" ");
  return `the law itself failed: ${lines}; case ${JSON.stringify(testCase)}`;
}

function plain({ exercised }: Evidence): Record<string, Record<string, number>> {
  return Object.fromEntries(
    [...exercised].map(([axis, values]) => [axis, Object.fromEntries(values)]),
  );
}
