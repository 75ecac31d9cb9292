/**
 * What the command line asks the gate to do: to judge, or to merge reports.
 *
 * @module
 */
import { choose, type CliOptions, UsageError } from "../cli_options.ts";
import { DEVICES, openDevices } from "../devices.ts";
import { exitCode } from "../gate.ts";
import type { Law } from "../law.ts";
import { allLaws } from "../laws/mod.ts";
import { checkNames, findSubjects, type FoundSubject } from "../load_subjects.ts";
import { quote } from "../report/mod.ts";
import { showProgress } from "../report/progress.ts";
import { type CaseFile, readCase } from "./case_file.ts";
import { parseExpectations } from "./expectations.ts";
import { inProcess } from "./in_process.ts";
import { interruptedBy } from "./interruption.ts";
import { merge } from "./merge.ts";
import { fromNdjson } from "./ndjson.ts";
import { mayStart } from "./permissions.ts";
import { pool } from "./pool.ts";
import { Death } from "./process.ts";
import { readRegressions, record } from "./regressions.ts";
import { run } from "./run.ts";
import { show, showList } from "./show.ts";

/** This package's own modules and engine. */
const BUILTIN = import.meta.resolve("../subjects/builtin.ts");

/**
 * Joins the reports of shards, and shows the whole.
 *
 * @param options What the command line says.
 * @returns The exit code.
 */
export async function mergeCommand(options: CliOptions): Promise<number> {
  const reports = await Promise.all(
    options.places.map(async (file) => fromNdjson(await text(file), file)),
  );
  const { report, gap } = merge(reports);
  await show(report, options);
  if (gap !== null) console.error(`error: ${gap}`);
  const code = exitCode(report);
  return gap !== null && code !== 1 ? 3 : code;
}

/**
 * Judges, and shows the report.
 *
 * @param options What the command line says.
 * @returns The exit code.
 */
export async function judgeCommand(options: CliOptions): Promise<number> {
  const replayed = await replayedBy(options);
  const expectations = options.expect === undefined
    ? []
    : parseExpectations(await text(options.expect), options.expect);
  const milliseconds = (options.seconds ?? 30) * 1000;
  const opening = openAll(options, replayed);
  const isolated = mayStart();
  await using judging = isolated
    ? pool({
      // The process itself stops between two cases; one case more may take as long as a law.
      milliseconds: milliseconds + 2000,
      memory: (options.memory ?? 2048) * 2 ** 20,
      jobs: options.jobs ?? navigator.hardwareConcurrency,
    })
    : inProcess();
  const places = await placesOf(options);
  const found = await findSubjects(places, (file) => list(judging.list, file));
  const { laws, subjects } = chosen(options, replayed, found);
  if (options.list) {
    showList(laws, subjects);
    return 0;
  }
  const testCase = replayed?.case ?? options.case;
  const partner = replayed?.partner ?? options.partner;
  if (!isolated) console.log("judged in this process: without --allow-run nothing is isolated");

  const interruption = new AbortController();
  // In this process a subject that hangs could not be interrupted if the gate listened.
  const signals = isolated ? interruptedBy(interruption) : { code: () => null, stop: () => {} };
  const progress = showProgress();
  const report = await run(judging, {
    found,
    subjects,
    allLaws,
    laws,
    opened: await opening,
    command: commandOf(options, replayed),
    seed: options.seed ?? replayed?.seed ?? 0,
    milliseconds,
    expectations,
    regressions: testCase === undefined ? await readRegressions(options, found) : [],
    failFast: options.failFast,
    signal: interruption.signal,
    onStart: ({ law, subject, device }, done, all) =>
      progress.show(done, all, `${law} ${subject} on ${device}`),
    ...(partner === undefined ? {} : { partner }),
    ...(options.runs === undefined ? {} : { runs: options.runs }),
    ...(options.shard === undefined ? {} : { shard: options.shard }),
    ...(testCase === undefined ? {} : { case: testCase }),
  });
  progress.clear();
  signals.stop();
  await show(report, options);
  if (options.record) {
    const files = new Map(found.map(({ name, file }) => [name, file]));
    await record(report, options, files, BUILTIN);
  }
  const code = exitCode(report);
  return signals.code() ?? (code === 5 && options.allowEmpty ? 0 : code);
}

/**
 * What to judge: what the command line names, else the file of the case that is replayed, else this
 * package's own modules, and the classifier of the examples where it is there.
 *
 * @param options What the command line says.
 * @returns Files, folders and URLs.
 */
export async function placesOf(options: CliOptions): Promise<string[]> {
  const given = givenBy(options, await replayedBy(options));
  if (given.length > 0) return given;
  const digits = new URL("../../examples/digits/subject.ts", import.meta.url);
  const there = digits.protocol === "file:" &&
    await Deno.stat(digits).then(() => true, () => false);
  return there ? [BUILTIN, digits.href] : [BUILTIN];
}

function givenBy({ places }: CliOptions, replayed: CaseFile | null): string[] {
  return places.length > 0 || replayed?.file === undefined ? places : [replayed.file];
}

async function replayedBy({ replay }: CliOptions): Promise<CaseFile | null> {
  return replay === undefined ? null : await readCase(replay);
}

async function openAll(options: CliOptions, replayed: CaseFile | null) {
  const replayOn = replayed !== null && options.devices.length === 0 ? [replayed.device] : [];
  const wanted = replayOn.length > 0 ? replayOn : options.devices;
  const required = [...options.requireDevices, ...replayOn];
  const all = wanted.length > 0 ? wanted : DEVICES;
  return await openDevices([...new Set([...all, ...required])], required);
}

/** The names of a file's subjects; a file whose process dies when it is imported has none to judge. */
async function list(
  names: (file: string) => Promise<readonly string[]>,
  file: string,
): Promise<readonly string[]> {
  try {
    return await names(file);
  } catch (error) {
    if (!(error instanceof Death)) throw error;
    // It stands for its subjects: each of its units is unknown, for the same reason.
    return [file.split("/").at(-1)!];
  }
}

/** The laws and subjects that are asked for: one of each, where a case is. */
function chosen(
  options: CliOptions,
  replayed: CaseFile | null,
  found: readonly FoundSubject[],
): { laws: Law[]; subjects: FoundSubject[] } {
  checkNames(found);
  const wanted = replayed === null
    ? options
    : { laws: [replayed.law], subjects: [replayed.subject] };
  const laws = pick("law", allLaws, ({ id }) => id, wanted.laws);
  const subjects = pick("subject", found, ({ name }) => name, wanted.subjects);
  const one = replayed !== null || options.case !== undefined;
  if (one && !options.list && (laws.length !== 1 || subjects.length !== 1)) {
    throw new UsageError(
      `--case needs --law and --subject to choose one of each, not ${laws.length} laws and ${subjects.length} subjects`,
    );
  }
  if (replayed !== null && replayed.lawVersion !== laws[0].version) {
    throw new UsageError(
      `${options.replay} is a case of version ${replayed.lawVersion} of ${replayed.law}, which is at version ${
        laws[0].version
      }`,
    );
  }
  return { laws, subjects };
}

function pick<T>(
  kind: string,
  all: readonly T[],
  nameOf: (item: T) => string,
  patterns: readonly string[],
): T[] {
  const names = new Set(choose(kind, all.map(nameOf), patterns));
  return all.filter((item) => names.has(nameOf(item)));
}

async function text(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${(error as Error).message}`);
  }
}

/** The command that a reader types to judge the same files. */
function commandOf(options: CliOptions, replayed: CaseFile | null): string {
  const gate = import.meta.resolve("../conform.ts");
  const name = gate.startsWith("file:")
    ? "deno task conform"
    : `deno run --allow-read --allow-run ${gate}`;
  return [name, ...givenBy(options, replayed).map(quote)].join(" ");
}
