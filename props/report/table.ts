/**
 * The table of a report: a row for each law, a column for each subject.
 *
 * @module
 */
import type { DeviceName } from "../../core/mod.ts";
import type { Paint } from "../paint.ts";
import type { Report, Result } from "../results.ts";
import {
  cells,
  duration,
  grouped,
  SIGNS,
  type Standing,
  sum,
  worst,
  worstDevices,
} from "./verdicts.ts";

/** The most columns of a law's name, and those of the counts on the right. */
const LEFT = 44;
const RIGHT = 28;

/** The room that the last subject's name needs. */
const NAME = 14;

/** What follows a sign where it is not that of every device. */
const MARKS: Readonly<Record<DeviceName, string>> = { cpu: "c", reference: "r", webgpu: "w" };

/**
 * The table. A cell has the sign of the worst device, and where the others came to something better,
 * that device's letter, or `+` for several. Subjects that don't fit beside each other follow in a
 * block below; the counts on the right go where there is no room for them.
 *
 * @param report The report.
 * @param width Columns of the terminal.
 * @param paint Colours, or none.
 * @returns Its lines.
 */
export function table(report: Report, width: number, paint: Paint): string[] {
  const right = width >= 72 ? RIGHT : 0;
  const longest = Math.max(0, ...report.laws.map(({ id }) => id.length - id.indexOf("/")));
  const left = Math.max(16, Math.min(LEFT, longest + 3, width - right - 16));
  // The last name of a block stands where the counts are, or needs as much room as a short one.
  const fit = Math.max(1, Math.floor((width - left - Math.max(right, NAME)) / 2));
  const names = report.subjects.map(({ name }) => name);
  const lines: string[] = [];
  for (let first = 0; first < names.length; first += fit) {
    if (first > 0) lines.push("");
    lines.push(
      ...block(report, names.slice(first, first + fit), { left, right, width, paint }),
    );
  }
  return [...lines, ...legend(report, width, paint)];
}

interface Layout {
  readonly left: number;
  readonly right: number;
  readonly width: number;
  readonly paint: Paint;
}

function block(report: Report, subjects: readonly string[], layout: Layout): string[] {
  const { left, right, width, paint } = layout;
  const lines = subjects.map((name, i) =>
    `${" ".repeat(left)}${paint.dim(`${"│ ".repeat(i)}┌`)} ${cut(name, width - left - 2 * i - 2)}`
  );
  const heads = `${"cases".padStart(8)}${"compared".padStart(11)}${"time".padStart(9)}`;
  const bars = `${" ".repeat(left)}${paint.dim("│ ".repeat(subjects.length))}`;
  lines.push(right > 0 ? bars + paint.dim(heads) : bars.trimEnd());
  const cell = cells(report);
  const idle = idleFamilies(report, subjects);
  let family = "";
  for (const { id } of report.laws) {
    const [group, name] = id.split("/");
    if (idle.has(group)) continue;
    if (group !== family) {
      if (family !== "") lines.push("");
      lines.push(paint.bold(group));
      family = group;
    }
    const row = subjects.map((subject) => cell(id, subject));
    const signs = row.map((results) => sign(results, paint)).join("");
    const numbers = right > 0 ? paint.dim(amounts(row.flat())) : "";
    lines.push(`  ${cut(name, left - 3).padEnd(left - 2)}${signs}${numbers}`.trimEnd());
  }
  if (idle.size > 0) lines.push("", paint.dim(`nothing to say here: ${[...idle].join(", ")}`));
  return lines;
}

/** What the letters behind the signs mean, where there are any. */
function legend(report: Report, width: number, paint: Paint): string[] {
  const cell = cells(report);
  const met = new Set<string>();
  for (const { id } of report.laws) {
    for (const { name } of report.subjects) met.add(mark(worstDevices(cell(id, name))));
  }
  const words = report.devices.filter(({ name }) => met.has(MARKS[name]))
    .map(({ name }) => `${MARKS[name]} on ${name} alone`);
  if (met.has("+")) words.push("+ on some devices");
  return words.length === 0 ? [] : ["", paint.dim(cut(words.join(", "), width))];
}

/** Families none of whose laws applies to any of the subjects. */
function idleFamilies(report: Report, subjects: readonly string[]): Set<string> {
  const idle = new Set(report.laws.map(({ id }) => id.split("/")[0]));
  for (const { law, subject, verdict } of report.results) {
    if (verdict !== "not-applicable" && subjects.includes(subject)) idle.delete(law.split("/")[0]);
  }
  return idle;
}

function sign(results: readonly Result[], paint: Paint): string {
  const most = worst(results);
  return colour(most, paint)(`${SIGNS[most]}${mark(worstDevices(results))}`);
}

function mark(devices: readonly DeviceName[]): string {
  if (devices.length === 0) return " ";
  return devices.length === 1 ? MARKS[devices[0]] : "+";
}

/** The colour of a standing. */
function colour(most: Standing, paint: Paint): (text: string) => string {
  switch (most) {
    case "held":
      return paint.green;
    case "refuted":
      return (text) => paint.bold(paint.red(text));
    case "not-applicable":
      return paint.dim;
    default:
      return paint.yellow;
  }
}

function amounts(row: readonly Result[]): string {
  if (row.every(({ verdict }) => verdict === "not-applicable")) return "";
  return grouped(sum(row, "runs")).padStart(8) + grouped(sum(row, "comparisons")).padStart(11) +
    duration(sum(row, "ms")).padStart(9);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}
