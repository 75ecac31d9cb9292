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
import { serverCommand } from "./adapters/server_command.ts";
import { type CliOptions, HELP, parseArgs, UsageError } from "./cli_options.ts";
import { CaseFileError } from "./gate/case_file.ts";
import { judgeCommand, mergeCommand, placesOf } from "./gate/command.ts";
import { ExpectationError } from "./gate/expectations.ts";
import { ReportError } from "./gate/ndjson.ts";
import { watch } from "./gate/watch.ts";
import { FileExistsError, init } from "./init.ts";
import { SubjectFileError } from "./load_subjects.ts";
import { painter } from "./paint.ts";

/** What is wrong with the command line, or with a file that it names. */
const USAGE = [
  FileExistsError,
  UsageError,
  SubjectFileError,
  CaseFileError,
  ExpectationError,
  ReportError,
];

/** What else than judging there is to do. */
const COMMANDS = ["init", "merge"] as const;

/**
 * Runs the gate.
 *
 * @param args The words of the command line.
 * @returns The exit code: 0 held, 1 refuted, 2 usage, 3 unknown, 5 nothing to judge.
 */
export async function main(args: readonly string[]): Promise<number> {
  return await withUsage(async () => {
    if (args[0] === "server") return await serverCommand(args.slice(1));
    const command = COMMANDS.find((name) => name === args[0]) ?? "judge";
    const options = parseArgs(command === "judge" ? args : args.slice(1));
    if (options.help) {
      console.log(HELP);
      return 0;
    }
    if (command === "init") return await initCommand(options);
    if (command === "merge") return await mergeCommand(options);
    return options.watch ? await judgeOnChange(options) : await judgeCommand(options);
  });
}

/** `conform init`: a first file of subjects and a workflow, in a folder that is this one by default. */
async function initCommand({ places }: CliOptions): Promise<number> {
  if (places.length > 1) throw new UsageError(`init takes one folder, got ${places.join(" and ")}`);
  for (const path of await init(places[0] ?? ".")) console.log(`wrote ${path}`);
  return 0;
}

/** A mistake in a file ends a run, not the watch: the next change may put it right. */
function judgeOnChange(options: CliOptions): Promise<number> {
  return watch(() => placesOf(options), () => withUsage(() => judgeCommand(options)));
}

async function withUsage(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!USAGE.some((each) => error instanceof each)) throw error;
    const paint = painter(!Deno.noColor && Deno.stderr.isTerminal());
    console.error(`${paint.red("error")}: ${(error as Error).message}`);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
