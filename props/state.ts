/**
 * What several laws ask of state: who shares memory with whom, what counts, and what keeps statistics.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { BatchNorm1d, type Module } from "../nn/mod.ts";
import { tiesIn } from "./instance.ts";

/** The names that share memory, as texts: `a = b` for each group of two or more, in order. */
export function tieGroups(state: Iterable<readonly [string, Tensor]>): string[] {
  return tiesIn(Array.from(state, ([name, { storage }]) => ({ name, memory: storage })));
}

/** Whether a buffer counts batches: a scalar that is named as PyTorch names it. */
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
