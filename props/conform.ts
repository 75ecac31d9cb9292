/**
 * The gate: judges modules by the laws, prints a table, and tells CI by its exit code.
 *
 * ```sh
 * deno task conform                  # this package itself, and a checkpoint made by PyTorch
 * deno task conform my_models.ts     # your modules
 * deno task conform --help
 * ```
 *
 * It judges each file in processes of its own, to which it passes on the permissions that it has
 * (`deno run --allow-read --allow-run` is enough), or in its own if it may start none. It judges on every
 * device that there is, and says which WebGPU adapter that was, or that there is none.
 *
 * @module
 */
import { choose, type CliOptions, HELP, parseArgs, UsageError } from "./cli_options.ts";
import { DEVICES, openDevices } from "./devices.ts";
import { exitCode } from "./gate.ts";
import {
  type CaseFile,
  CaseFileError,
  caseOf,
  readCase,
  readCases,
  regressionsOf,
  writeCase,
} from "./gate/case_file.ts";
import { ExpectationError, parseExpectations } from "./gate/expectations.ts";
import { inProcess } from "./gate/in_process.ts";
import { merge } from "./gate/merge.ts";
import { fromNdjson, ReportError, toNdjson } from "./gate/ndjson.ts";
import { mayStart } from "./gate/permissions.ts";
import { pool } from "./gate/pool.ts";
import { Death } from "./gate/process.ts";
import { run } from "./gate/run.ts";
import { VERSION } from "./gate/version.ts";
import type { Law } from "./law.ts";
import { allLaws } from "./laws/mod.ts";
import { findSubjects, type FoundSubject, SubjectFileError } from "./load_subjects.ts";
import { painter, wrap } from "./paint.ts";
import { printReport, quote } from "./report/mod.ts";
import { showProgress } from "./report/progress.ts";
import type { Report } from "./results.ts";

/** This package's own modules and engine. */
const BUILTIN = import.meta.resolve("./subjects/builtin.ts");
/** What is wrong with the command line, or with a file that it names. */
const USAGE = [UsageError, SubjectFileError, CaseFileError, ExpectationError, ReportError];

/**
 * Runs the gate.
 *
 * @param args The words of the command line.
 * @returns The exit code: 0 held, 1 refuted, 2 usage, 3 unknown, 5 nothing to judge.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return args[0] === "merge"
      ? await join(parseArgs(args.slice(1)))
      : await judgeAll(parseArgs(args));
  } catch (error) {
    if (!USAGE.some((each) => error instanceof each)) throw error;
    const paint = painter(!Deno.noColor && Deno.stderr.isTerminal());
    console.error(`${paint.red("error")}: ${(error as Error).message}`);
    return 2;
  }
}

/** `conform merge`: one report of those of the shards. */
async function join(options: CliOptions): Promise<number> {
  const reports = await Promise.all(
    options.places.map(async (file) => fromNdjson(await text(file), file)),
  );
  const { report, gap } = merge(reports);
  await show(report, options, "deno task conform");
  if (gap !== null) console.error(`error: ${gap}`);
  const code = exitCode(report);
  return gap !== null && code !== 1 ? 3 : code;
}

async function judgeAll(options: CliOptions): Promise<number> {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const replayed = options.replay === undefined ? null : await readCase(options.replay);
  const expectations = options.expect === undefined
    ? []
    : parseExpectations(await text(options.expect), options.expect);
  const places = placesOf(options, replayed);
  const milliseconds = (options.seconds ?? 30) * 1000;
  const opening = openAll(options, replayed);
  const isolated = mayStart();
  const judging = isolated
    ? pool({
      // The process itself stops between two cases; one case more may take as long as a law.
      milliseconds: milliseconds + 2000,
      memory: (options.memory ?? 2048) * 2 ** 20,
      jobs: options.jobs ?? navigator.hardwareConcurrency,
      devices: async () => (await opening).devices.map(({ name }) => name),
    })
    : inProcess();
  const found = await findSubjects(places ?? await defaults(), (file) => list(judging.list, file));
  const names = found.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new SubjectFileError(`Two subjects are named "${twice}"`);
  const laws = pick("law", allLaws, ({ id }) => id, replayed ? [replayed.law] : options.laws);
  const subjects = pick(
    "subject",
    found,
    ({ name }) => name,
    replayed ? [replayed.subject] : options.subjects,
  );
  if (options.list) {
    printList(laws, subjects);
    return 0;
  }
  const testCase = replayed?.case ?? options.case;
  if (testCase !== undefined && (laws.length !== 1 || subjects.length !== 1)) {
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
    seed: options.seed ?? replayed?.seed ?? 0,
    milliseconds,
    expectations,
    regressions: testCase === undefined ? await regressions(options, found) : [],
    failFast: options.failFast,
    signal: interruption.signal,
    onStart: ({ law, subject, device }, done, all) =>
      progress.show(done, all, `${law} ${subject} on ${device}`),
    ...(options.runs === undefined ? {} : { runs: options.runs }),
    ...(options.shard === undefined ? {} : { shard: options.shard }),
    ...(testCase === undefined ? {} : { case: testCase }),
  });
  progress.clear();
  signals.stop();
  await show(report, options, [commandName(), ...(places ?? []).map(quote)].join(" "));
  if (options.record) await record(report, options, found);
  const code = exitCode(report);
  return signals.code() ?? (code === 5 && options.allowEmpty ? 0 : code);
}

/** What to judge, if not this package itself. */
function placesOf(options: CliOptions, replayed: CaseFile | null): string[] | null {
  if (options.places.length > 0) return options.places;
  return replayed?.file === undefined ? null : [replayed.file];
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

function pick<T>(
  kind: string,
  all: readonly T[],
  nameOf: (item: T) => string,
  patterns: readonly string[],
): T[] {
  const chosen = new Set(choose(kind, all.map(nameOf), patterns));
  return all.filter((item) => chosen.has(nameOf(item)));
}

async function text(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${(error as Error).message}`);
  }
}

function folderOf(options: CliOptions, file: string): URL | null {
  if (options.regressions === undefined) return regressionsOf(file);
  return new URL(`${options.regressions.replace(/\/$/, "")}/`, `file://${Deno.cwd()}/`);
}

/** The cases to judge first; one of another version of its law means nothing to this one. */
async function regressions(
  options: CliOptions,
  found: readonly FoundSubject[],
): Promise<CaseFile[]> {
  const folders = new Set(found.map(({ file }) => folderOf(options, file)?.href ?? ""));
  const all = await Promise.all(
    [...folders].filter((folder) => folder !== "").map((folder) => readCases(new URL(folder))),
  );
  return all.flat().filter(({ law, lawVersion }) =>
    allLaws.some(({ id, version }) => id === law && version === lawVersion)
  );
}

/** Writes every case that was refuted, or that the subject did not survive. */
async function record(
  report: Report,
  options: CliOptions,
  found: readonly FoundSubject[],
): Promise<void> {
  for (const result of report.results) {
    const testCase = caseOf(result);
    const { file } = found.find(({ name }) => name === result.subject)!;
    const folder = folderOf(options, file);
    if (testCase === null || folder === null) continue;
    await writeCase(folder, {
      schema: 1,
      law: result.law,
      lawVersion: report.laws.find(({ id }) => id === result.law)!.version,
      subject: result.subject,
      ...(file === BUILTIN ? {} : { file: shortened(file) }),
      device: result.device,
      seed: report.seed,
      case: testCase,
      touchstone: VERSION,
    });
  }
}

/** A local file as a path from the working directory, where it is below it. */
function shortened(file: string): string {
  const here = new URL(`file://${Deno.cwd()}/`).href;
  return file.startsWith(here) ? decodeURI(file.slice(here.length)) : file;
}

async function show(report: Report, options: CliOptions, command: string): Promise<void> {
  const terminal = Deno.stdout.isTerminal();
  console.log(printReport(report, {
    width: terminal ? consoleWidth() : 100,
    colours: terminal && !Deno.noColor,
    command,
  }));
  if (options.json !== undefined) await Deno.writeTextFile(options.json, toNdjson(report));
}

/** Ends a run when the process is told to end: what was judged is reported, and it never passes. */
function interruptedBy(run: AbortController): { code: () => number | null; stop: () => void } {
  let code: number | null = null;
  const listeners = ([["SIGINT", 130], ["SIGTERM", 143]] as const)
    .filter(([signal]) => signal === "SIGINT" || Deno.build.os !== "windows")
    .map(([signal, number]) => {
      const listener = () => {
        code = number;
        run.abort();
      };
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
  return { code: () => code, stop: () => listeners.forEach((remove) => remove()) };
}

/** The command that a reader types to get here. */
function commandName(): string {
  const published = !import.meta.url.startsWith("file:");
  return published ? `deno run --allow-read ${import.meta.url}` : "deno task conform";
}

/** This package's own modules, and the classifier of the examples where it is there. */
async function defaults(): Promise<string[]> {
  const digits = new URL("../examples/digits/subject.ts", import.meta.url);
  const there = digits.protocol === "file:" &&
    await Deno.stat(digits).then(() => true, () => false);
  return there ? [BUILTIN, digits.href] : [BUILTIN];
}

function printList(laws: readonly Law[], subjects: readonly FoundSubject[]): void {
  const paint = painter(Deno.stdout.isTerminal() && !Deno.noColor);
  for (const { id, claim, needs } of laws) {
    console.log(`${paint.bold(id)}  ${paint.dim(`needs ${needs.join(", ")}`)}`);
    for (const line of wrap(claim, 92)) console.log(`    ${line}`);
  }
  console.log(`\n${paint.bold("subjects")}  ${subjects.map(({ name }) => name).join(", ")}`);
}

function consoleWidth(): number {
  try {
    return Deno.consoleSize().columns || 100;
  } catch {
    return 100;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
