/**
 * A report as a table to read.
 *
 * @module
 */
import type { Law } from "./law.ts";
import type { Report, Result, Verdict } from "./results.ts";
import { type Paint, painter, wrap } from "./paint.ts";

/** How to print. */
export interface PrintOptions {
  /** Columns of the terminal; 100 by default. */
  width?: number;
  /** Whether to use colours; not by default. */
  colours?: boolean;
  /** How the gate is called, for the command that replays a case. */
  command?: string;
}

const SYMBOLS: Readonly<Record<Verdict, string>> = {
  held: "✓",
  refuted: "✗",
  unknown: "?",
  "not-applicable": "·",
};

/** How refutations are printed. */
interface Style {
  readonly width: number;
  readonly paint: Paint;
  readonly command: string;
}

/** From what matters least to what matters most: a cell shows the worst of its devices. */
const WEIGHT: readonly Verdict[] = ["not-applicable", "held", "unknown", "refuted"];

/** The width of a law's name, and of the counts on the right. */
const LEFT = 40;
const RIGHT = 27;

/**
 * A report as text: a row for each law, a column for each subject, then what was refuted and what is
 * unknown, then how many there are of each.
 *
 * @param report The report.
 * @param options Width and colours.
 * @returns Lines, the last of which is `N passed, N failed` (and `, N skipped`).
 */
export function printReport(report: Report, options: PrintOptions = {}): string {
  const { width = 100, colours = false, command = "deno task conform" } = options;
  const paint = painter(colours);
  const lines = ["", ...heading(report, paint), "", ...table(report, Math.max(72, width), paint)];
  lines.push(...refutations(report, { width, paint, command }), ...unknowns(report, paint));
  lines.push("", ...summary(report, paint), countLine(report));
  return lines.join("\n");
}

/** What was judged on, and what could not be. */
function heading({ devices, absent }: Report, paint: Paint): string[] {
  return [
    ...devices.map(({ name, description, software }) =>
      `${name.padEnd(9)} ${paint.dim(`${description}${software ? ", software" : ""}`)}`
    ),
    ...absent.map(({ name, reason, required }) =>
      required
        ? paint.red(`${name}: required, and not there: ${reason}`)
        : paint.yellow(`${name}: not judged: ${reason}`)
    ),
  ];
}

/** Every refutation; one that was met on several devices, or means the same as another, once. */
function refutations(report: Report, style: Style): string[] {
  const { paint } = style;
  const lines: string[] = [];
  const thrown = new Map<string, string>();
  const refuted = report.results.filter(({ verdict }) => verdict === "refuted");
  for (const result of refuted) {
    const { law: id, subject, refutation } = result;
    const together = refuted.filter((each) => each.law === id && each.subject === subject);
    if (together[0] !== result) continue;
    const devices = together.map(({ device }) => device).join(" and ");
    const { kind, what, actual } = refutation!;
    const before = thrown.get(`${subject} ${what} ${actual}`);
    if (kind === "totality" && before !== undefined) {
      const title = `${paint.red("✗")} ${paint.bold(id)}  ${subject} on ${devices}`;
      lines.push("", `${title}: ${what}, as in ${before}`);
      continue;
    }
    if (kind === "totality") thrown.set(`${subject} ${what} ${actual}`, id);
    const law = report.laws.find((each) => each.id === id)!;
    lines.push("", ...refutationLines(law, result, style, devices));
  }
  return lines;
}

/** What is unknown, and why; one reason for several laws once. */
function unknowns(report: Report, paint: Paint): string[] {
  const groups = new Map<string, Result[]>();
  for (const result of report.results) {
    if (result.verdict !== "unknown") continue;
    const key = `${result.subject}\n${result.reason}`;
    groups.set(key, [...groups.get(key) ?? [], result]);
  }
  return [...groups.values()].flatMap((group) => {
    const laws = [...new Set(group.map(({ law }) => law))];
    const devices = [...new Set(group.map(({ device }) => device))];
    const [{ subject, reason }] = group;
    return [
      "",
      `${paint.yellow("?")} ${paint.bold(laws.join(", "))}  ${subject} on ${devices.join(" and ")}`,
      `    ${paint.dim("unknown".padEnd(9))} ${reason}`,
    ];
  });
}

/** `N passed, N failed`, as common CI readers parse it. */
export function countLine({ counts }: Report): string {
  const { held, refuted, unknown, notApplicable } = counts;
  const skipped = notApplicable > 0 ? `, ${notApplicable} skipped` : "";
  return `${held} passed, ${refuted + unknown} failed${skipped}`;
}

function table(report: Report, width: number, paint: Paint): string[] {
  // Two columns to a subject; when there are too many, another block follows.
  const fit = Math.max(1, Math.floor((width - LEFT - RIGHT) / 2));
  const lines: string[] = [];
  const names = report.subjects.map(({ name }) => name);
  for (let first = 0; first < names.length; first += fit) {
    if (first > 0) lines.push("");
    lines.push(...block(report, names.slice(first, first + fit), paint));
  }
  return lines;
}

function block(report: Report, subjects: readonly string[], paint: Paint): string[] {
  const lines = stairs(subjects, paint);
  const heads = `${"runs".padStart(8)}${"compared".padStart(11)}${"time".padStart(8)}`;
  const bars = subjects.map(() => "│").join(" ").padEnd(2 * subjects.length);
  lines.push(`${" ".repeat(LEFT)}${paint.dim(bars)}${paint.dim(heads)}`);
  let family = "";
  const idle = idleFamilies(report, subjects);
  for (const { id } of report.laws) {
    if (idle.has(id.split("/")[0])) continue;
    const own = report.results.filter(({ law, subject }) =>
      law === id && subjects.includes(subject)
    );
    const [group, name] = id.split("/");
    if (group !== family) {
      if (family !== "") lines.push("");
      lines.push(paint.bold(group));
      family = group;
    }
    const cells = subjects.map((subject) =>
      cell(own.filter((each) => each.subject === subject), paint)
    );
    const numbers = judged(own)
      ? count(sum(own, "runs"), 8) + count(sum(own, "comparisons"), 11) +
        time(sum(own, "ms"))
      : "";
    lines.push(`  ${name.padEnd(LEFT - 2)}${cells.join(" ")} ${paint.dim(numbers)}`.trimEnd());
  }
  if (idle.size > 0) {
    lines.push("", paint.dim(`nothing to say here: ${[...idle].join(", ")}`));
  }
  return lines;
}

/** Families none of whose laws applies to any of the subjects. */
function idleFamilies(report: Report, subjects: readonly string[]): Set<string> {
  const idle = new Set(report.laws.map(({ id }) => id.split("/")[0]));
  for (const { law, subject, verdict } of report.results) {
    if (verdict !== "not-applicable" && subjects.includes(subject)) idle.delete(law.split("/")[0]);
  }
  return idle;
}

/** The names of the columns, one to a line, with a bar down to each. */
function stairs(subjects: readonly string[], paint: Paint): string[] {
  return subjects.map((name, i) => {
    const bars = "│ ".repeat(i);
    return `${" ".repeat(LEFT)}${paint.dim(`${bars}┌`)} ${name}`;
  });
}

function cell(results: readonly Result[], paint: Paint): string {
  const worst = Math.max(...results.map(({ verdict }) => WEIGHT.indexOf(verdict)), 0);
  const verdict = WEIGHT[worst];
  const colour = {
    held: paint.green,
    refuted: (text: string) => paint.bold(paint.red(text)),
    unknown: paint.yellow,
    "not-applicable": paint.dim,
  }[verdict];
  return colour(SYMBOLS[verdict]);
}

const judged = (some: readonly Result[]): boolean =>
  some.some(({ verdict }) => verdict !== "not-applicable");

function sum(some: readonly Result[], key: "runs" | "comparisons" | "ms"): number {
  return some.reduce((total, each) => total + each[key], 0);
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}

function count(value: number, width: number): string {
  return grouped(value).padStart(width);
}

function time(milliseconds: number): string {
  const text = milliseconds < 1000
    ? `${Math.ceil(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
  return text.padStart(8);
}

/** What a test fails with: the refutation, or why the verdict is unknown. */
export function refutationText(
  law: Pick<Law, "claim" | "source">,
  result: Result,
  command = "deno task conform",
): string {
  if (result.refutation === undefined) {
    return `${result.law}: ${result.subject} on ${result.device} is unknown: ${result.reason}`;
  }
  const options = { width: 100, paint: painter(false), command };
  return refutationLines(law, result, options).join("\n");
}

/** A refutation in at most 40 lines. */
function refutationLines(
  { claim, source }: Pick<Law, "claim" | "source">,
  { law: id, subject, device, refutation }: Result,
  { width, paint, command }: Style,
  devices: string = device,
): string[] {
  const found = refutation!;
  const testCase = JSON.stringify(found.case);
  const lines = [`${paint.red("✗")} ${paint.bold(id)}  ${subject} on ${devices}`];
  const field = (name: string, text: string, colour = (line: string) => line) => {
    const [first, ...rest] = wrap(text, Math.max(40, width - 14)).slice(0, 6);
    lines.push(`    ${paint.dim(name.padEnd(9))} ${colour(first)}`);
    for (const line of rest) lines.push(`${" ".repeat(14)}${colour(line)}`);
  };
  field("claim", claim);
  field("but", found.what, paint.red);
  field("at", found.where, paint.bold);
  field("expected", found.expected, paint.green);
  field("actual", found.actual, paint.red);
  const smaller = found.shrinks > 0 ? `, made smaller ${times(found.shrinks)}` : "";
  field("found", `in case ${found.found}${smaller}`);
  if (found.nondeterministic) {
    field(
      "mark",
      "nondeterministic: the same case, judged again, had another outcome",
      paint.yellow,
    );
  }
  lines.push(`    ${paint.dim("case".padEnd(9))} ${testCase}`);
  field("source", source, paint.cyan);
  const replay = [`--law ${quote(id)}`, `--subject ${quote(subject)}`, `--device ${device}`];
  lines.push(
    `    ${paint.dim("replay".padEnd(9))} ${command} ${replay.join(" ")} --case ${quote(testCase)}`,
  );
  return lines;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** A word for a POSIX shell. */
export function quote(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function summary(report: Report, paint: Paint): string[] {
  const { counts, results, devices, seed } = report;
  const parts = [
    counts.held > 0 ? paint.green(`${counts.held} held`) : "",
    counts.refuted > 0 ? paint.red(`${counts.refuted} refuted`) : "",
    counts.unknown > 0 ? paint.yellow(`${counts.unknown} unknown`) : "",
    counts.notApplicable > 0 ? paint.dim(`${counts.notApplicable} not applicable`) : "",
  ].filter((part) => part !== "");
  const some = (value: number, word: string) =>
    `${grouped(value)} ${word}${value === 1 ? "" : "s"}`;
  const cases = some(sum(results, "runs"), "case");
  const comparisons = some(sum(results, "comparisons"), "comparison");
  const names = devices.map(({ name }) => name);
  const seconds = (report.ms / 1000).toFixed(1);
  return [
    parts.join(paint.dim(", ")) || "nothing to judge",
    paint.dim(
      `${cases} and ${comparisons} on ${names.join(" and ")} in ${seconds} s, seed ${seed}`,
    ),
  ];
}
