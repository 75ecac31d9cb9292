/**
 * What several laws ask of state: who shares memory with whom, what counts, and what keeps statistics.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { BatchNorm1d, type Module } from "../nn/mod.ts";

/** The names that share memory, as texts: `a = b` for each group of two or more, in order. */
export function tieGroups(state: Iterable<readonly [string, Tensor]>): string[] {
  const groups = new Map<unknown, string[]>();
  for (const [name, { storage }] of state) {
    groups.set(storage, [...groups.get(storage) ?? [], name]);
  }
  return [...groups.values()].filter((names) => names.length > 1).map((names) => names.join(" = "));
}

/** The buffers that count batches: scalars that are named as PyTorch names them. */
export function counters(module: Module): [string, Tensor][] {
  return module.namedBuffers().filter(([name, { shape }]) => isCounter({ name, shape }));
}

/** Whether a buffer counts batches, by its name and its shape. */
export function isCounter({ name, shape }: { name: string; shape: readonly number[] }): boolean {
  return shape.every((size) => size === 1) && /(^|\.)num_\w+_tracked$/.test(name);
}

/** A normalisation whose running values are not null. */
export type Tracking = BatchNorm1d & { running_mean: Tensor; running_var: Tensor };

/** Whether a module is a normalisation that keeps running values. */
export function tracksStatistics(module: Module): module is Tracking {
  return module instanceof BatchNorm1d && module.running_mean !== null &&
    module.running_var !== null;
}
