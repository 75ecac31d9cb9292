/**
 * Results as a table.
 *
 * @module
 */
import type { Row, Timing } from "./run.ts";

/** The fastest of some timings, or null of none. */
export function fastest(timings: readonly Timing[]): Timing | null {
  return timings.reduce<Timing | null>(
    (best, timing) => best === null || timing.milliseconds < best.milliseconds ? timing : best,
    null,
  );
}

/** The rate of a row: `"58.1 GFLOP/s"` or `"10.7 GB/s"`. */
export function rate({ work, ours }: Row): string {
  const perSecond = (amount: number) => (amount / ours.milliseconds / 1e6).toPrecision(3);
  if (work.flops !== undefined) return `${perSecond(work.flops)} GFLOP/s`;
  if (work.bytes !== undefined) return `${perSecond(work.bytes)} GB/s`;
  return "";
}

const time = (milliseconds: number) => milliseconds.toPrecision(3);

/**
 * The cells of a table of rows, its head first: case, size, ours, each peer, how many times as long
 * the faster of the peers named in `against` takes, and our rate.
 *
 * @param rows The rows.
 * @param engines The columns, ours first.
 * @param against The peers that the ratio is taken to.
 * @returns Text, row by row.
 */
export function cells(
  rows: readonly Row[],
  engines: readonly string[],
  against: readonly string[],
): string[][] {
  const head = ["case", "size", ...engines.map((name) => `${name} ms`), "ratio", "rate"];
  return [
    head,
    ...rows.map((row) => {
      const best = fastest(row.peers.filter(({ engine }) => against.includes(engine)));
      return [
        row.name,
        row.size,
        ...engines.map((engine) => {
          const timing = [row.ours, ...row.peers].find((timing) => timing.engine === engine);
          return timing === undefined ? "-" : time(timing.milliseconds);
        }),
        best === null ? "-" : `${(best.milliseconds / row.ours.milliseconds).toFixed(2)}x`,
        rate(row),
      ];
    }),
  ];
}

/** Cells in columns as wide as their widest, as Markdown that also reads well as plain text. */
export function markdown(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    `| ${
      row.map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(" | ")
    } |`;
  const rule = widths.map((width, i) => i < 2 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [line(cells[0]), line(rule), ...cells.slice(1).map(line)];
}
