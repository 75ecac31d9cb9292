/**
 * A report for GitHub Actions: annotations in the subject's file, and a summary of the job.
 *
 * @module
 */
import { painter } from "../paint.ts";
import type { Report, Result } from "../results.ts";
import { refutationLines } from "./refutation.ts";
import {
  cells,
  countLine,
  infoOf,
  lawOf,
  pathOf,
  type Standing,
  standing,
  worst,
  worstDevices,
} from "./verdicts.ts";

/** GitHub shows ten annotations of a kind for a step: nine, and one that counts the rest. */
const MOST_ANNOTATIONS = 9;

/** GitHub refuses a summary above a mebibyte. */
const MOST_BYTES = 900_000;

const EMOJI: Readonly<Record<Standing, string>> = {
  "not-applicable": "·",
  held: "✅",
  expected: "🟡",
  unknown: "❓",
  refuted: "❌",
};

/**
 * Workflow commands that annotate the files of the subjects that fail: nine at most, then one with how
 * many more there are. Print them on lines of their own.
 *
 * @param report The report.
 * @returns The lines; none where nothing failed.
 */
export function githubAnnotations(report: Report): string {
  const lines = [
    ...failures(report).map((result) => annotation(report, result)),
    ...report.stale.map(({ expectation: { law, subject }, why }) =>
      command({ title: `${law}: ${subject}` }, `Remove this expectation: ${why}`)
    ),
    ...report.absent.filter(({ required }) => required).map(({ name, reason }) =>
      command({ title: name }, `Required, and not there: ${reason}`)
    ),
  ];
  const rest = lines.length - MOST_ANNOTATIONS;
  const shown = lines.slice(0, MOST_ANNOTATIONS);
  if (rest > 0) shown.push(command({ title: "touchstone" }, `And ${rest} more: see the summary`));
  return shown.join("\n");
}

/**
 * A report as Markdown for the file that `GITHUB_STEP_SUMMARY` names: the table, then what fails. It stays
 * below GitHub's limit, and says so where something had to go.
 *
 * @param report The report.
 * @returns The Markdown.
 */
export function githubSummary(report: Report): string {
  const size = (text: string) => new TextEncoder().encode(text).length;
  const devices = report.devices.map(({ name }) => name).join(", ");
  const head = `## ${report.ok ? "✅" : "❌"} ${countLine(report)}\n\n` +
    `Seed ${report.seed}, on ${markdown(devices)}.\n\n`;
  let text = head;
  let bytes = size(head);
  let omitted = 0;
  const details = failures(report).map((result) => detail(report, result));
  const stale = report.stale.map(({ expectation: { law, subject }, why }) =>
    `- Remove the expectation ${markdown(`${law}, ${subject}`)}: ${markdown(why)}\n`
  );
  for (const part of [...matrix(report), ...stale, "\n", ...details]) {
    bytes += size(part);
    if (bytes > MOST_BYTES) omitted++;
    else text += part;
  }
  return omitted === 0 ? text : `${text}\n\n${omitted} more parts were left out: too long.\n`;
}

function matrix(report: Report): string[] {
  const cell = cells(report);
  const names = report.subjects.map(({ name }) => markdown(name));
  return [
    `| law | ${names.join(" | ")} |\n|---|${names.map(() => ":-:|").join("")}\n`,
    ...report.laws.map(({ id }) =>
      `| ${markdown(id)} | ${
        report.subjects.map(({ name }) => {
          const results = cell(id, name);
          return `${EMOJI[worst(results)]} ${worstDevices(results).join(" ")}`.trim();
        }).join(" | ")
      } |\n`
    ),
  ];
}

function detail(report: Report, result: Result): string {
  const title = `${EMOJI[standing(result)]} ${result.law}: ${result.subject} on ${result.device}`;
  const body = textOf(report, result);
  // A fence longer than any in the text.
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `<details><summary>${
    markdown(title)
  }</summary>\n\n${fence}\n${body}\n${fence}\n\n</details>\n\n`;
}

function failures({ results }: Report): Result[] {
  return results.filter((result) => ["refuted", "unknown"].includes(standing(result)));
}

function textOf(report: Report, result: Result): string {
  if (result.refutation === undefined) {
    const last = result.case === undefined ? "" : `\ncase ${JSON.stringify(result.case)}`;
    return `unknown: ${result.reason}${last}`;
  }
  const style = { width: 100, paint: painter(false), command: "deno task conform" };
  return refutationLines(lawOf(report, result.law), result, infoOf(report, result.subject), style)
    .join("\n");
}

function annotation(report: Report, result: Result): string {
  const { file, line = 1 } = infoOf(report, result.subject);
  const title = `${result.law}: ${result.subject} on ${result.device}`;
  const place: Record<string, string> = file === undefined
    ? {}
    : { file: pathOf(file), line: String(line) };
  return command({ ...place, title }, textOf(report, result));
}

/** A workflow command, escaped as GitHub's runner reads it. */
function command(properties: Readonly<Record<string, string>>, message: string): string {
  const data = (text: string) =>
    text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const words = Object.entries(properties).map(([key, value]) =>
    `${key}=${data(value).replaceAll(":", "%3A").replaceAll(",", "%2C")}`
  );
  return `::error ${words.join(",")}::${data(message)}`;
}

/** Text that Markdown and HTML leave as it is, on one line. */
function markdown(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replace(/[\\`*_|[\]~]/g, "\\$&");
}
