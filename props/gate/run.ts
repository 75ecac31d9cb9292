/**
 * One run of the gate: finds subjects, plans, judges, confirms what was refuted, and reports.
 *
 * @module
 */
import type { openDevices } from "../devices.ts";
import { makeReport } from "../gate.ts";
import type { DeviceName } from "../../core/mod.ts";
import type { Json, Law } from "../law.ts";
import type { FoundSubject } from "../load_subjects.ts";
import type { Expectation, Report, Result, Shard, SubjectInfo } from "../results.ts";
import { caseSeed } from "../runner.ts";
import { replayCommand } from "../report/mod.ts";
import { type CaseFile, caseOf } from "./case_file.ts";
import { isAbout, meetExpectations } from "./expectations.ts";
import type { Item, Judging } from "./judging.ts";
import { inShard, type PlannedUnit, planOf, planUnits, unitId } from "./plan.ts";
import { VERSION } from "./version.ts";

/** What a run judges, and how. */
export interface RunOptions {
  /** Every subject of the files, chosen or not. */
  readonly found: readonly FoundSubject[];
  /** The chosen subjects. */
  readonly subjects: readonly FoundSubject[];
  /** Every law. */
  readonly allLaws: readonly Law[];
  /** The chosen laws. */
  readonly laws: readonly Law[];
  /** The opened devices. */
  readonly opened: Awaited<ReturnType<typeof openDevices>>;
  /** The other device, for laws that move modules. */
  readonly partner?: DeviceName;
  /** How the gate was called, for the commands that replay. */
  readonly command: string;
  /** The master seed. */
  readonly seed: number;
  /** The time for one unit. */
  readonly milliseconds: number;
  /** How many cases. */
  readonly runs?: number;
  /** The part of the plan to judge. */
  readonly shard?: Shard;
  /** Judge exactly this case. */
  readonly case?: Json;
  /** Refutations that are known. */
  readonly expectations: readonly Expectation[];
  /** Cases to judge first. */
  readonly regressions: readonly CaseFile[];
  /** Whether to stop at the first refutation. */
  readonly failFast: boolean;
  /** Stops the run. */
  readonly signal: AbortSignal;
  /** Is told of each unit before it begins. */
  readonly onStart: (unit: PlannedUnit, done: number, all: number) => void;
}

/**
 * Judges a plan.
 *
 * @param judging In processes or in this one.
 * @param options What, and how.
 * @returns The report.
 */
export async function run(judging: Judging, options: RunOptions): Promise<Report> {
  const started = performance.now();
  const { laws, subjects, opened, seed, shard, signal, expectations } = options;
  const devices = opened.devices.map(({ name }) => name);
  const plan = planUnits(laws, subjects, devices);
  const units = plan.filter((unit) => inShard(unit, shard));
  const items = units.map((unit) => ({ unit, order: orderFor(unit, options) }));
  const results = new Map<string, Result>();
  const stop = new AbortController();
  await judging.judge(items, {
    signal: AbortSignal.any([signal, stop.signal]),
    onStart: (unit) => options.onStart(unit, results.size, units.length),
    onEnd: (unit, result) => {
      results.set(unitId(unit), result);
      const expected = expectations.some((each) => isAbout(each, unit));
      if (options.failFast && result.verdict === "refuted" && !expected) stop.abort();
    },
  });
  if (judging.isolated) await confirm(judging, items, results, signal);
  const why = signal.aborted ? "the run was interrupted" : "the run stopped at a refutation";
  const judged = units.map((unit) => results.get(unitId(unit)) ?? notJudged(unit, seed, why))
    .map((result) => caseOf(result) === null ? result : withReplay(result, options.command));
  const today = new Date().toISOString().slice(0, 10);
  const everything = planUnits(options.allLaws, options.found, devices);
  return makeReport({
    seed,
    plan: await planOf(plan, laws, seed),
    ...(shard === undefined ? {} : { shard }),
    versions: { touchstone: VERSION, deno: Deno.version.deno },
    laws: laws.map(({ id, version, claim, source }) => ({ id, version, claim, source })),
    subjects: await Promise.all(subjects.map(infoOf)),
    ...opened,
    ...meetExpectations(judged, expectations, everything, today),
    ms: performance.now() - started,
  });
}

function orderFor(unit: PlannedUnit, options: RunOptions): Item["order"] {
  const { law, subject, device, index } = unit;
  const { seed, milliseconds, runs, partner, opened } = options;
  const expected = options.expectations.filter((each) => isAbout(each, unit));
  const regressions = options.regressions.filter((each) =>
    each.law === law && each.subject === subject
  );
  const examples = [...expected, ...regressions].map((each) => each.case)
    .filter((each) => each !== undefined);
  return {
    index,
    subject,
    law,
    devices: opened.devices.map(({ name }) => name),
    device,
    seed,
    milliseconds,
    examples,
    ...(partner === undefined ? {} : { partner }),
    ...(runs === undefined ? {} : { runs }),
    ...(options.case === undefined ? {} : { case: options.case }),
  };
}

/** Judges each refuted case twice more in fresh processes; one that comes out otherwise is marked. */
async function confirm(
  judging: Judging,
  items: readonly Item[],
  results: Map<string, Result>,
  signal: AbortSignal,
): Promise<void> {
  const again: Item[] = [];
  for (const { unit, order } of items) {
    const refutation = results.get(unitId(unit))?.refutation;
    if (refutation !== undefined) again.push({ unit, order: { ...order, case: refutation.case } });
  }
  await judging.judge(again, {
    signal,
    onStart: () => {},
    onEnd: (unit, { refutation }) => {
      const first = results.get(unitId(unit))!;
      // The judgement of one case judges it twice.
      const same = refutation?.what === first.refutation!.what && !refutation.nondeterministic;
      const nondeterministic = first.refutation!.nondeterministic || !same;
      const marked = { ...first, refutation: { ...first.refutation!, nondeterministic } };
      results.set(unitId(unit), marked);
    },
  });
}

function withReplay(result: Result, command: string): Result {
  return { ...result, replay: replayCommand(result, command) };
}

function notJudged({ law, subject, device }: PlannedUnit, seed: number, why: string): Result {
  return {
    law,
    subject,
    device,
    verdict: "unknown",
    reason: `not judged: ${why}`,
    cause: "interrupted",
    runs: 0,
    comparisons: 0,
    exercised: {},
    seed: caseSeed(seed, law, subject, device),
    ms: 0,
  };
}

/** Where a subject stands: the line of its class or of its name, where the file can be read. */
async function infoOf({ name, file }: FoundSubject): Promise<SubjectInfo> {
  if (!file.startsWith("file:")) return { name, file };
  const text = await Deno.readTextFile(new URL(file)).catch(() => "");
  const bare = name.replace(/ \([^()]*\)$/, "");
  const lines = text.split("\n");
  const at = lines.findIndex((line) =>
    new RegExp(`\\bclass ${RegExp.escape(bare)}\\b`).test(line) || line.includes(`"${bare}"`)
  );
  return { name, file, ...(at < 0 ? {} : { line: at + 1 }) };
}
