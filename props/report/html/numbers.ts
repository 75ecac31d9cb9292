/**
 * The numbers of a report's page: what was exercised how often, and what took how long.
 *
 * @module
 */
import type { Report, Result } from "../../results.ts";
import { type Markup, markup } from "./markup.ts";
import { duration, grouped, sum } from "../verdicts.ts";

/** How many rows a table of the slowest has. */
const SLOWEST = 10;

/** How many values of an axis are shown. */
const VALUES = 12;

/**
 * How often each value of each axis was exercised, over all results.
 *
 * @param report The report.
 * @returns A table for each axis.
 */
export function exercised({ results }: Report): Markup {
  const axes = new Map<string, Map<string, number>>();
  for (const result of results) {
    for (const [axis, values] of Object.entries(result.exercised)) {
      const counts = axes.get(axis) ?? new Map<string, number>();
      for (const [value, count] of Object.entries(values)) {
        counts.set(value, (counts.get(value) ?? 0) + count);
      }
      axes.set(axis, counts);
    }
  }
  if (axes.size === 0) return markup`<p>No law said what it exercised.</p>`;
  return markup`<div class="axes">${
    [...axes].sort(([a], [b]) => a < b ? -1 : 1).map(([axis, counts]) => {
      const rows = [...counts].sort(([, a], [, b]) => b - a);
      const left = rows.length - VALUES;
      return bars(
        `${axis}${left > 0 ? `, the commonest ${VALUES} of ${rows.length} values` : ""}`,
        ["value", "times"],
        rows.slice(0, VALUES).map(([name, count]) => ({
          name,
          share: count,
          cells: [grouped(count)],
        })),
      );
    })
  }</div>`;
}

/**
 * The laws, the subjects and the devices that took longest.
 *
 * @param report The report.
 * @returns A table of each.
 */
export function timings({ results }: Report): Markup {
  return markup`<div class="pair">${
    (["law", "subject", "device"] as const).map((key) => slowest(results, key))
  }</div>`;
}

function slowest(results: readonly Result[], key: "law" | "subject" | "device"): Markup {
  const own = new Map<string, Result[]>();
  for (const result of results) {
    const before = own.get(result[key]);
    if (before === undefined) own.set(result[key], [result]);
    else before.push(result);
  }
  const rows = [...own].map(([name, some]) => ({ name, ms: sum(some, "ms"), some }))
    .sort((a, b) => b.ms - a.ms);
  const title = rows.length > SLOWEST
    ? `The slowest ${SLOWEST} of ${rows.length} ${key}s`
    : `By ${key}`;
  return bars(
    title,
    [key, "cases", "time"],
    rows.slice(0, SLOWEST).map(({ name, ms, some }) => ({
      name,
      share: ms,
      cells: [grouped(sum(some, "runs")), duration(ms)],
    })),
  );
}

interface Row {
  readonly name: string;
  readonly share: number;
  readonly cells: readonly string[];
}

/** A table whose rows have bars as long as their shares of the largest. */
function bars(caption: string, heads: readonly string[], rows: readonly Row[]): Markup {
  const most = Math.max(...rows.map(({ share }) => share), Number.MIN_VALUE);
  return markup`<div class="card"><table class="bars">
<caption>${caption}</caption>
<thead><tr>${
    heads.map((head) => markup`<th scope="col">${head}</th>`)
  }<td class="bar"></td></tr></thead>
<tbody>
${
    rows.map(({ name, share, cells }) =>
      markup`<tr><th scope="row">${name}</th>${
        cells.map((text) => markup`<td>${text}</td>`)
      }<td class="bar"><span style="--share:${(share / most).toFixed(3)}"></span></td></tr>
`
    )
  }</tbody>
</table></div>
`;
}
