/**
 * The library of WGSL functions that generated kernels call.
 *
 * @module
 */
import { FLOAT_FUNCTIONS } from "./float_functions.ts";
import { INT_FUNCTIONS } from "./int_functions.ts";
import type { WgslFunction } from "./wgsl.ts";

const FUNCTIONS: Readonly<Record<string, WgslFunction>> = { ...FLOAT_FUNCTIONS, ...INT_FUNCTIONS };

/** The text of these functions and all that they use, each once, callees first. */
export function wgslFunctions(names: Iterable<string>): string {
  const seen = new Set<string>();
  let text = "";
  const add = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    if (!Object.hasOwn(FUNCTIONS, name)) throw new TypeError(`There is no WGSL function ${name}`);
    const { source, uses } = FUNCTIONS[name];
    for (const used of uses) add(used);
    text += source;
  };
  // In order, so that one kernel has one text: drivers keep compiled kernels by it.
  for (const name of [...names].sort()) add(name);
  return text;
}
