/**
 * The gate: judges modules by the laws, prints a table, and tells CI by its exit code.
 *
 * ```sh
 * deno task conform                  # this package itself, and a checkpoint made by PyTorch
 * deno task conform my_models.ts     # your modules
 * deno task conform --help
 * ```
 *
 * It reads files and nothing else (`deno run --allow-read`), and writes one with `--json`. It judges on
 * every device that there is, and says which WebGPU adapter that was, or that there is none.
 *
 * @module
 */
import { choose, type CliOptions, HELP, parseArgs, UsageError } from "./cli_options.ts";
import { conform, type ConformOptions, exitCode } from "./gate.ts";
import type { Law } from "./law.ts";
import { allLaws } from "./laws/mod.ts";
import { loadSubjects, SubjectFileError } from "./load_subjects.ts";
import { painter, wrap } from "./paint.ts";
import { printReport, quote } from "./report/mod.ts";
import type { Subject } from "./subject.ts";
import { builtinSubjects } from "./subjects/builtin.ts";

/**
 * Runs the gate.
 *
 * @param args The words of the command line.
 * @returns The exit code: 0 held, 1 refuted, 2 usage, 3 unknown, 5 nothing to judge.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(parseArgs(args));
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof SubjectFileError)) throw error;
    console.error(
      `${painter(!Deno.noColor && Deno.stderr.isTerminal()).red("error")}: ${error.message}`,
    );
    return 2;
  }
}

async function run(options: CliOptions): Promise<number> {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const found = options.places.length > 0 ? await loadSubjects(options.places) : await defaults();
  const pick = <T>(
    kind: string,
    all: readonly T[],
    nameOf: (item: T) => string,
    patterns: string[],
  ) => {
    const chosen = new Set(choose(kind, all.map(nameOf), patterns));
    return all.filter((item) => chosen.has(nameOf(item)));
  };
  const laws = pick("law", allLaws, ({ id }) => id, options.laws);
  const subjects = pick("subject", found, ({ name }) => name, options.subjects);
  if (options.list) {
    list(laws, subjects);
    return 0;
  }
  if (options.case !== undefined && (laws.length !== 1 || subjects.length !== 1)) {
    throw new UsageError(
      `--case needs --law and --subject to choose one of each, not ${laws.length} laws and ${subjects.length} subjects`,
    );
  }

  const progress = progressLine();
  const report = await conform(subjects, {
    laws,
    requireDevices: options.requireDevices,
    onStart: progress.show,
    ...(options.devices.length === 0 ? {} : { devices: options.devices }),
    ...(options.runs === undefined ? {} : { runs: options.runs }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.seconds === undefined ? {} : { milliseconds: options.seconds * 1000 }),
    ...(options.case === undefined ? {} : { case: options.case }),
  });
  progress.clear();
  const terminal = Deno.stdout.isTerminal();
  console.log(printReport(report, {
    width: terminal ? consoleWidth() : 100,
    colours: terminal && !Deno.noColor,
    command: [commandName(), ...options.places.map(quote)].join(" "),
  }));
  if (options.json !== undefined) {
    await Deno.writeTextFile(options.json, JSON.stringify(report, null, 2) + "\n");
  }
  return exitCode(report);
}

/** The command that a reader types to get here. */
function commandName(): string {
  const published = !import.meta.url.startsWith("file:");
  return published ? `deno run --allow-read ${import.meta.url}` : "deno task conform";
}

/** This package's own modules, and the classifier of the examples where they are there. */
async function defaults(): Promise<Subject[]> {
  const digits = new URL("../examples/digits/subject.ts", import.meta.url);
  const there = digits.protocol === "file:" &&
    await Deno.stat(digits).then(() => true, () => false);
  return [...builtinSubjects, ...(there ? await loadSubjects([digits.href]) : [])];
}

function list(laws: readonly Law[], subjects: readonly Subject[]): void {
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

/** A line that says what is being judged, where a person is watching. */
function progressLine(): { show: NonNullable<ConformOptions["onStart"]>; clear: () => void } {
  if (!Deno.stderr.isTerminal()) return { show: () => {}, clear: () => {} };
  const paint = painter(!Deno.noColor);
  const write = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  let last = 0;
  return {
    show: ({ law, subject, device, done, all }) => {
      const now = performance.now();
      if (now - last < 50) return;
      last = now;
      const full = Math.round(20 * done / all);
      const bar = `${paint.green("━".repeat(full))}${paint.dim("━".repeat(20 - full))}`;
      write(`\r\x1b[K${bar} ${paint.bold(law.id)} ${paint.dim(`${subject.name} on ${device}`)}`);
    },
    clear: () => void write("\r\x1b[K"),
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
