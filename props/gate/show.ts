/**
 * Where the report goes: to the terminal, to files and to GitHub.
 *
 * @module
 */
import type { CliOptions } from "../cli_options.ts";
import type { Law } from "../law.ts";
import type { FoundSubject } from "../load_subjects.ts";
import { painter, wrap } from "../paint.ts";
import { githubAnnotations, githubSummary, html, junit, printReport } from "../report/mod.ts";
import type { Report } from "../results.ts";
import { toNdjson } from "./ndjson.ts";

/** The formats that are written to a file, by the option that names it. */
const FILES = { json: toNdjson, junit, html } as const;

/**
 * Prints a report, and writes it in the forms that are asked for.
 *
 * @param report The report.
 * @param options What the command line says.
 */
export async function show(report: Report, options: CliOptions): Promise<void> {
  const terminal = Deno.stdout.isTerminal();
  const lines = printReport(report, {
    width: terminal ? consoleWidth() : 100,
    colours: terminal && !Deno.noColor,
  }).split("\n");
  // The last line is what readers of the output look for.
  const annotations = options.github ? githubAnnotations(report) : "";
  if (annotations !== "") lines.splice(-1, 0, annotations);
  console.log(lines.join("\n"));
  for (const format of ["json", "junit", "html"] as const) {
    const file = options[format];
    if (file !== undefined) await Deno.writeTextFile(file, FILES[format](report));
  }
  if (options.github) await summarize(report);
}

/** Adds a report to the summary of GitHub's job, where this is one. */
async function summarize(report: Report): Promise<void> {
  const variable = "GITHUB_STEP_SUMMARY";
  const { state } = await Deno.permissions.query({ name: "env", variable });
  const file = state === "granted" ? Deno.env.get(variable) : undefined;
  if (file !== undefined) await Deno.writeTextFile(file, githubSummary(report), { append: true });
}

/**
 * Prints what would be judged, and by what.
 *
 * @param laws The laws.
 * @param subjects The subjects.
 */
export function showList(laws: readonly Law[], subjects: readonly FoundSubject[]): void {
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
