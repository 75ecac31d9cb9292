/**
 * A report as lines of JSON, one for each result, which shards write and `conform merge` joins.
 *
 * @module
 */
import type { Report, Result } from "../results.ts";

/** The first line: everything but what came of it. */
export type Header =
  & { readonly kind: "header" }
  & Omit<
    Report,
    "results" | "counts" | "ok" | "stale" | "ms"
  >;
/** The lines between. */
export type ResultLine = { readonly kind: "result" } & Result;
/** The last line: without it, the run was cut off. */
export type Footer = { readonly kind: "footer" } & Pick<Report, "counts" | "ok" | "stale" | "ms">;

/** Text that is no report. */
export class ReportError extends Error {
  /** The class's name, as printed before the message. */
  override name = "ReportError";
}

/**
 * A report as lines: a header, a line for each result, a footer. `report.schema.json` describes them.
 *
 * @param report The report.
 * @returns The lines.
 *
 * @example
 * ```ts
 * import * as nn from "@touchstone/touchstone/nn";
 * import { conform, fromNdjson, saveIdentity, subject, toNdjson } from "@touchstone/touchstone/props";
 * import { assertEquals } from "@std/assert";
 *
 * const linear = subject("Linear", () => new nn.Linear(3, 2));
 * const report = await conform([linear], { laws: [saveIdentity], devices: ["cpu"], runs: 2 });
 * assertEquals(fromNdjson(toNdjson(report), "the report"), report);
 * ```
 */
export function toNdjson({ results, counts, ok, stale, ms, ...rest }: Report): string {
  const header: Header = { kind: "header", ...rest };
  const lines = results.map((result): ResultLine => ({ kind: "result", ...result }));
  const footer: Footer = { kind: "footer", counts, ok, stale, ms };
  return [header, ...lines, footer].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/**
 * The report that lines hold.
 *
 * @param text The lines.
 * @param name The file's name, for messages.
 * @returns The report.
 * @throws {ReportError} If the lines are no report, or their end is missing.
 */
export function fromNdjson(text: string, name: string): Report {
  let lines: ({ kind: string; schema?: number })[];
  try {
    lines = text.trim().split("\n").map((line) => JSON.parse(line));
  } catch (error) {
    throw new ReportError(`${name} is no report: ${(error as Error).message}`);
  }
  const [first, last] = [lines[0], lines.at(-1)!];
  if (first?.kind !== "header" || first.schema !== 1) {
    throw new ReportError(`${name} does not begin with the header of a report of schema 1`);
  }
  if (last.kind !== "footer") throw new ReportError(`${name} has no end: its run was cut off`);
  const { kind: _header, ...header } = first as Header;
  const { kind: _footer, ...footer } = last as Footer;
  const results = (lines.slice(1, -1) as ResultLine[]).map(({ kind: _, ...result }) => result);
  return { ...header, results, ...footer };
}
