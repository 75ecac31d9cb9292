/**
 * Hooks: functions that see what a module does, and may change it.
 *
 * @module
 */
import type { HookHandle, Tensor } from "../core/mod.ts";
import type { Module } from "./module.ts";
import type { IncompatibleKeys } from "./module_options.ts";
import type { StateDict } from "./state_dict.ts";

/** Runs before `forward`; what it returns, if anything, replaces the arguments. */
export type ForwardPreHook = (module: Module, args: unknown[]) => unknown[] | void;
/** Runs after `forward`; what it returns, if anything, replaces the result. */
export type ForwardHook = (module: Module, args: unknown[], output: unknown) => unknown;
/** Runs when gradients have gone back through; what it returns, if anything, replaces `gradInput`. */
export type BackwardHook = (
  module: Module,
  gradInput: (Tensor | null)[],
  gradOutput: (Tensor | null)[],
) => (Tensor | null)[] | void;
/** Runs before a module writes its part of a state dict. */
export type StateDictPreHook = (module: Module, prefix: string, keepVars: boolean) => void;
/** Runs after a module and its children wrote their part; may change or replace the state dict. */
export type StateDictHook = (
  module: Module,
  state: StateDict,
  prefix: string,
  metadata: Map<string, unknown>,
) => StateDict | void;
/** Runs before a module's part of a state dict is checked; may change `state`, a copy of the map. */
export type LoadStateDictPreHook = (
  module: Module,
  state: Map<string, unknown>,
  prefix: string,
  metadata: Map<string, unknown>,
) => void;
/** Runs after everything is loaded. */
export type LoadStateDictPostHook = (module: Module, keys: IncompatibleKeys) => void;

/** Adds a hook to a set, in order of registration; the same function may be added twice. */
export function addHook<H>(hooks: Set<{ hook: H }>, hook: H, removed?: () => void): HookHandle {
  if (typeof hook !== "function") {
    throw new TypeError(`A hook is a function, got ${typeof hook}`);
  }
  const held = { hook };
  hooks.add(held);
  const remove = (): void => {
    if (hooks.delete(held)) removed?.();
  };
  return { remove, [Symbol.dispose]: remove };
}
