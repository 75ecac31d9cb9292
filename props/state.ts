/**
 * What several laws ask of state: who shares memory with whom, and in which order it is.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";

/** The names that share memory, as texts: `a = b` for each group of two or more, in order. */
export function tieGroups(state: Iterable<readonly [string, Tensor]>): string[] {
  const groups = new Map<unknown, string[]>();
  for (const [name, { storage }] of state) {
    groups.set(storage, [...groups.get(storage) ?? [], name]);
  }
  return [...groups.values()].filter((names) => names.length > 1).map((names) => names.join(" = "));
}
