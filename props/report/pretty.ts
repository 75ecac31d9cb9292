/**
 * A report as text to read.
 *
 * @module
 */
import { type Paint, painter, wrap } from "../paint.ts";
import type { Report, Result, Stale } from "../results.ts";
import { refutationLines, type Style } from "./refutation.ts";
import { table } from "./table.ts";
import { countLine, duration, groups, infoOf, lawOf, some, sum } from "./verdicts.ts";

/** How to print. */
export interface PrintOptions {
  /** Columns of the terminal; 100 by default. */
  width?: number;
  /** Whether to use colours; not by default. */
  colours?: boolean;
  /** How the gate is called, for the command that replays a case. */
  command?: string;
}

/**
 * A report as text: a row for each law, a column for each subject, then what was refuted, what is
 * unknown and what was expected, then how many there are of each.
 *
 * @param report The report.
 * @param options Width and colours.
 * @returns Lines, the last of which is `N passed, N failed, N skipped`.
 */
export function printReport(report: Report, options: PrintOptions = {}): string {
  const { width = 100, colours = false, command = "deno task conform" } = options;
  const paint = painter(colours);
  const lines = ["", ...heading(report, paint, width), "", ...table(report, width, paint)];
  lines.push(...refutations(report, { width, paint, command }), ...unknowns(report, paint, width));
  lines.push(...expectations(report, paint, width));
  lines.push("", ...summary(report, paint, width), countLine(report));
  return lines.join("\n");
}

/** What was judged on, and what could not be. */
function heading({ devices, absent }: Report, paint: Paint, width: number): string[] {
  return [
    ...devices.flatMap(({ name, description, software }) =>
      wrap(`${description}${software ? ", software" : ""}`, width - 10)
        .map((line, i) => `${(i === 0 ? name : "").padEnd(9)} ${paint.dim(line)}`)
    ),
    ...absent.flatMap(({ name, reason, required }) => {
      const text = `${name}: ${required ? "required, and not there" : "not judged"}: ${reason}`;
      return wrap(text, width).map(required ? paint.red : paint.yellow);
    }),
  ];
}

/** Every refutation; one that was met on several devices, or means the same as another, once. */
function refutations(report: Report, style: Style): string[] {
  const { paint } = style;
  const lines: string[] = [];
  const thrown = new Map<string, string>();
  for (const together of groups(report, "refuted", ({ law, subject }) => `${law}\n${subject}`)) {
    const [{ law: id, subject, refutation }] = together;
    const devices = together.map(({ device }) => device).join(" and ");
    const { kind, what, actual } = refutation!;
    const before = thrown.get(`${subject} ${what} ${actual}`);
    if (kind === "totality" && before !== undefined) {
      const title = `${paint.red("✗")} ${paint.bold(id)}  ${subject} on ${devices}`;
      lines.push("", `${title}: ${what}, as in ${before}`);
      continue;
    }
    if (kind === "totality") thrown.set(`${subject} ${what} ${actual}`, id);
    const info = infoOf(report, subject);
    lines.push("", ...refutationLines(lawOf(report, id), together[0], info, style, devices));
  }
  return lines;
}

/** What is unknown, and why; one reason for several laws once. */
function unknowns(report: Report, paint: Paint, width: number): string[] {
  const key = (each: Result) => `${each.subject}\n${each.reason}\n${JSON.stringify(each.case)}`;
  return groups(report, "unknown", key).flatMap((group) => {
    const laws = [...new Set(group.map(({ law }) => law))];
    const devices = [...new Set(group.map(({ device }) => device))];
    const [{ subject, reason, case: last, replay }] = group;
    const why = wrap(reason ?? "", width - 14);
    return [
      "",
      ...wrap(`? ${laws.join(", ")}  ${subject} on ${devices.join(" and ")}`, width)
        .map(paint.yellow),
      ...why.map((line, i) => `    ${paint.dim((i === 0 ? "unknown" : "").padEnd(9))} ${line}`),
      ...(last === undefined ? [] : [`    ${paint.dim("case".padEnd(9))} ${JSON.stringify(last)}`]),
      ...(replay === undefined ? [] : [`    ${paint.dim("replay".padEnd(9))} ${replay}`]),
    ];
  });
}

/** The refutations that were expected, and the expectations to remove. */
function expectations(report: Report, paint: Paint, width: number): string[] {
  const key = ({ law, subject }: Result) => `${law}\n${subject}`;
  const expected = groups(report, "expected", key).flatMap((group) => {
    const [{ law, subject, expectation }] = group;
    const { reason, link, expires } = expectation!;
    const devices = group.map(({ device }) => device).join(" and ");
    const until = expires === undefined ? "" : ` (until ${expires})`;
    return [
      "",
      `${paint.yellow("~")} ${paint.bold(law)}  ${subject} on ${devices}: expected${until}`,
      ...wrap(reason, width - 4).map((line) => `    ${line}`),
      ...(link === undefined ? [] : [`    ${paint.cyan(link)}`]),
    ];
  });
  const stale = report.stale.flatMap(({ expectation: { law, subject }, why }: Stale) => [
    "",
    `${paint.red("!")} ${paint.bold(law)}  ${subject}: remove this expectation`,
    ...wrap(why, width - 4).map((line) => `    ${line}`),
  ]);
  return [...expected, ...stale];
}

function summary(report: Report, paint: Paint, width: number): string[] {
  const { counts, results, devices, stale, seed } = report;
  const parts = [
    counts.held > 0 ? paint.green(`${counts.held} held`) : "",
    counts.expected > 0 ? paint.yellow(`${counts.expected} refuted as expected`) : "",
    counts.refuted > 0 ? paint.red(`${counts.refuted} refuted`) : "",
    counts.unknown > 0 ? paint.yellow(`${counts.unknown} unknown`) : "",
    counts.notApplicable > 0 ? paint.dim(`${counts.notApplicable} not applicable`) : "",
    stale.length > 0 ? paint.red(`${some(stale.length, "expectation")} to remove`) : "",
  ].filter((part) => part !== "");
  const cases = some(sum(results, "runs"), "case");
  const comparisons = some(sum(results, "comparisons"), "comparison");
  const names = devices.map(({ name }) => name).join(" and ");
  const time = duration(report.ms);
  return [
    parts.join(paint.dim(", ")) || "nothing to judge",
    ...wrap(`${cases} and ${comparisons} on ${names} in ${time}, seed ${seed}`, width)
      .map(paint.dim),
  ];
}
