/**
 * What a table of a GPU comes to: from which size on the GPU wins, and how it stands to its peers.
 *
 * @module
 */
import type { Row } from "./run.ts";
import { fastest } from "./table.ts";

/** Cases and sizes that the comparison with peers is about. */
export const COMPARED: readonly string[] = [
  "matmul 256",
  "matmul 512",
  "matmul 1024",
  "gelu 1M",
  "softmax 1024x1024",
  "layerNorm 4096x768",
  "mlpStep batch 64",
];

/** How a GPU stands to its peers. */
export interface Standing {
  /** The cases and sizes that were measured with peers. */
  readonly names: readonly string[];
  /** The geometric mean of how many times as long the faster peer takes. */
  readonly mean: number;
  /** The least of these, and where it is. */
  readonly least: { readonly ratio: number; readonly name: string };
}

/**
 * Compares with the faster of the peers, case by case.
 *
 * @param rows The rows; those in `COMPARED` count.
 * @param by Which of the times.
 * @returns The standing; null where no row counts.
 */
export function standing(
  rows: readonly Row[],
  by: "milliseconds" | "latency" | "processor" = "milliseconds",
): Standing | null {
  const ratios = rows.flatMap((row) => {
    const name = `${row.name} ${row.size}`;
    const times = row.peers.map((timing) => ({
      ...timing,
      milliseconds: timing[by] ?? timing.milliseconds,
    }));
    const best = fastest(times), ours = row.ours[by] ?? row.ours.milliseconds;
    return best === null || !COMPARED.includes(name)
      ? []
      : [{ name, ratio: best.milliseconds / ours }];
  });
  if (ratios.length === 0) return null;
  const mean = Math.exp(
    ratios.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / ratios.length,
  );
  const least = ratios.reduce((least, one) => one.ratio < least.ratio ? one : least);
  return { names: ratios.map(({ name }) => name), mean, least };
}

/**
 * From which size on the GPU is faster than the CPU, case by case.
 *
 * @param rows The rows, the smallest size of a case first.
 * @returns A sentence for each case that both can compute.
 */
export function crossings(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.map(({ name }) => name))];
  return names.flatMap((name) => {
    const sizes = rows.filter((row) => row.name === name && row.baseline !== undefined);
    if (sizes.length === 0) return [];
    const wins = sizes.map(({ ours, baseline }) => ours.milliseconds < baseline!.milliseconds);
    const first = wins.lastIndexOf(false) + 1;
    return first === sizes.length
      ? [`${name}: the CPU wins at every size`]
      : [`${name}: the GPU wins from ${sizes[first].size}`];
  });
}
