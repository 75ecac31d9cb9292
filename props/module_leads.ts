/**
 * Where the names of a module of this package lead to.
 *
 * @module
 */
import type { Module } from "../nn/mod.ts";
import { numberOf } from "./held_tensors.ts";
import type { Lead } from "./instance.ts";

/**
 * Looks up every registered name, and follows the properties that it spells.
 *
 * @param module The module.
 * @returns What was found. Names that containers keep spell no properties.
 */
export function leadsOf(module: Module): Lead[] {
  const all = { removeDuplicate: false };
  const ways = [
    ["getParameter", module.namedParameters(all), (name: string) => module.getParameter(name)],
    ["getBuffer", module.namedBuffers(all), (name: string) => module.getBuffer(name)],
    ["getSubmodule", module.namedModules(all), (name: string) => module.getSubmodule(name)],
  ] as const;
  return ways.flatMap(([call, named, get]) =>
    named.flatMap(([name, value]): Lead[] => {
      const listed = numberOf(value);
      const found = numberOrText(attempt(() => get(name)));
      const lookup: Lead = { name, by: "lookup", way: `${call}("${name}")`, listed, found };
      const held = follow(module, name);
      if (held === undefined || typeof held === "function") return [lookup];
      const way = name === "" ? "this" : `this.${name}`;
      return [lookup, { name, by: "property", way, listed, found: numberOrText(held) }];
    })
  );
}

/** What the properties that a name spells lead to: undefined, or a method, for what containers keep. */
function follow(module: Module, name: string): unknown {
  if (name === "") return module;
  return name.split(".").reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | null | undefined)?.[key],
    module,
  );
}

function attempt(get: () => unknown): unknown {
  try {
    return get();
  } catch (error) {
    return error;
  }
}

function numberOrText(value: unknown): number | string {
  if (value instanceof Error) return `${value.name}: ${value.message.split("\n")[0]}`;
  return typeof value === "object" && value !== null ? numberOf(value) : String(value);
}
