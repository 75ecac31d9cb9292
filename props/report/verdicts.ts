/**
 * What every report needs to know of a result: how it stands, where it stands, and how numbers are
 * written.
 *
 * @module
 */
import type { DeviceName } from "../../core/mod.ts";
import type { Law } from "../law.ts";
import type { Report, Result, SubjectInfo, Verdict } from "../results.ts";

/** A verdict, where a refutation that an expectation foresees is its own. */
export type Standing = Verdict | "expected";

/** From what matters least to what matters most. */
export const STANDINGS: readonly Standing[] = [
  "not-applicable",
  "held",
  "expected",
  "unknown",
  "refuted",
];

/** A sign for each. */
export const SIGNS: Readonly<Record<Standing, string>> = {
  "not-applicable": "·",
  held: "✓",
  expected: "~",
  unknown: "?",
  refuted: "✗",
};

/** How a result stands. */
export function standing({ verdict, expectation }: Result): Standing {
  return verdict === "refuted" && expectation !== undefined ? "expected" : verdict;
}

/** The worst of some results. */
export function worst(results: readonly Result[]): Standing {
  const all = results.map((result) => STANDINGS.indexOf(standing(result)));
  return STANDINGS[Math.max(0, ...all)];
}

/**
 * The devices on which the worst came, where others that were judged on came to something better; none
 * where all agree.
 */
export function worstDevices(results: readonly Result[]): DeviceName[] {
  const judged = results.filter(({ verdict }) => verdict !== "not-applicable");
  const most = worst(judged);
  const where = judged.filter((result) => standing(result) === most);
  return where.length === judged.length ? [] : where.map(({ device }) => device);
}

/** The results of each law and subject, found at once. */
export function cells({ results }: Report): (law: string, subject: string) => readonly Result[] {
  const found = new Map<string, Result[]>();
  for (const result of results) {
    const key = `${result.law}\n${result.subject}`;
    const cell = found.get(key);
    if (cell === undefined) found.set(key, [result]);
    else cell.push(result);
  }
  return (law, subject) => found.get(`${law}\n${subject}`) ?? [];
}

/** What a report says of a law. */
export function lawOf(report: Report, id: string): Pick<Law, "id" | "claim" | "source"> {
  return report.laws.find((each) => each.id === id) ?? { id, claim: "", source: "" };
}

/** Where a subject stands, as far as the report knows. */
export function infoOf({ subjects }: Report, subject: string): SubjectInfo {
  return subjects.find(({ name }) => name === subject) ?? { name: subject };
}

/** The results of one standing, those with the same key together. */
export function groups(
  { results }: Report,
  of: Standing,
  key: (result: Result) => string,
): Result[][] {
  const found = new Map<string, Result[]>();
  for (const result of results) {
    if (standing(result) !== of) continue;
    const group = found.get(key(result));
    if (group === undefined) found.set(key(result), [result]);
    else group.push(result);
  }
  return [...found.values()];
}

/** `N passed, N failed, N skipped`, as common CI readers parse it. */
export function countLine({ counts }: Pick<Report, "counts">): string {
  const { held, expected, refuted, unknown, notApplicable } = counts;
  return `${held + expected} passed, ${refuted + unknown} failed, ${notApplicable} skipped`;
}

/** A number with its digits in groups of three. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** A time with its unit. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Math.ceil(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A count and its noun. */
export function some(value: number, word: string): string {
  return `${grouped(value)} ${word}${value === 1 ? "" : "s"}`;
}

/** The sum of one of the numbers of some results. */
export function sum(results: readonly Result[], key: "runs" | "comparisons" | "ms"): number {
  return results.reduce((total, each) => total + each[key], 0);
}

/** The path of a subject's file from a folder, which the working directory is by default. */
export function pathOf(file: string, folder: string = Deno.cwd()): string {
  if (!file.startsWith("file:")) return file;
  const path = decodeURIComponent(new URL(file).pathname);
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
