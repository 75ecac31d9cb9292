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

const time = (milliseconds: number | undefined) => milliseconds?.toPrecision(3) ?? "-";
const ratio = (other: number | undefined, ours: number | undefined) =>
  other === undefined || ours === undefined ? "-" : `${(other / ours).toFixed(2)}x`;

const timingOf = (row: Row, engine: string): Timing | undefined =>
  [row.ours, ...row.baseline === undefined ? [] : [row.baseline], ...row.peers]
    .find((timing) => timing.engine === engine);

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
        ...engines.map((engine) => time(timingOf(row, engine)?.milliseconds)),
        ratio(best?.milliseconds, row.ours.milliseconds),
        rate(row),
      ];
    }),
  ];
}

/**
 * The cells of a table of rows measured on a GPU, its head first: case, size, the CPU, the GPU, how
 * many times as long the CPU takes, the GPU's rate, and then each peer on the GPU and how many times
 * as long the faster of them takes.
 *
 * @param rows The rows.
 * @param peers The peers' names.
 * @returns Text, row by row.
 */
export function deviceCells(rows: readonly Row[], peers: readonly string[]): string[][] {
  const others = peers.length === 0 ? [] : [...peers.map((name) => `${name} ms`), "peers/GPU"];
  return [
    ["case", "size", "CPU ms", "GPU ms", "CPU/GPU", "GPU rate", ...others],
    ...rows.map((row) => {
      const { milliseconds } = row.ours;
      return [
        row.name,
        row.size,
        time(row.baseline?.milliseconds),
        time(milliseconds),
        ratio(row.baseline?.milliseconds, milliseconds),
        rate(row),
        ...peers.map((name) => time(timingOf(row, name)?.milliseconds)),
        ...peers.length === 0 ? [] : [ratio(fastest(row.peers)?.milliseconds, milliseconds)],
      ];
    }),
  ];
}

/** The same of one run and the wait for its result, where there is one. */
export function latencyCells(rows: readonly Row[], engines: readonly string[]): string[][] {
  return [
    ["case", "size", ...engines.map((name) => `${name} ms`)],
    ...rows.filter(({ ours }) => ours.latency !== undefined).map((row) => [
      row.name,
      row.size,
      ...engines.map((engine) => {
        const timing = timingOf(row, engine);
        return time(timing?.latency ?? timing?.milliseconds);
      }),
    ]),
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
