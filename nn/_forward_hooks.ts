/**
 * Hooks around `forward`. While there are any, the module has a `forward` of its own, which is no
 * enumerable property; without any, calls cost nothing.
 *
 * @module
 */
import type { HookHandle } from "../core/mod.ts";
import { callWithBackwardHooks } from "./_backward_hooks.ts";
import { addHook, type BackwardHook, type ForwardHook, type ForwardPreHook } from "./hooks.ts";
import type { Module } from "./module.ts";

interface HookKinds {
  before: ForwardPreHook;
  after: ForwardHook;
  backward: BackwardHook;
}

type Forward = (...args: unknown[]) => unknown;

/** The hooks around one module's `forward`. */
export class ForwardHooks {
  readonly #module: Module;
  readonly #hooks: { [K in keyof HookKinds]: Set<{ hook: HookKinds[K] }> } = {
    before: new Set(),
    after: new Set(),
    backward: new Set(),
  };

  constructor(module: Module) {
    this.#module = module;
  }

  /** Adds a hook; the handle takes it off, and the last one takes the wrapping off. */
  add<K extends keyof HookKinds>(kind: K, hook: HookKinds[K]): HookHandle {
    const none = this.#count === 0;
    const handle = addHook(this.#hooks[kind], hook, () => {
      if (this.#count === 0) this.#unwrap();
    });
    if (none) this.#wrap();
    return handle;
  }

  get #count(): number {
    const { before, after, backward } = this.#hooks;
    return before.size + after.size + backward.size;
  }

  /** The `forward` that the instance had, or was given since; undefined for its class's. */
  #own: PropertyDescriptor | undefined;

  #wrap(): void {
    const module = this.#module;
    this.#own = Object.getOwnPropertyDescriptor(module, "forward");
    const wrapped: Forward = (...args) => {
      const forward: Forward = this.#own?.value ?? Object.getPrototypeOf(module).forward;
      return this.#call((inputs) => forward.apply(module, inputs), args);
    };
    Object.defineProperty(module, "forward", {
      configurable: true,
      enumerable: false,
      get: () => wrapped,
      set: (value: Forward) => {
        this.#own = { value, configurable: true, enumerable: true, writable: true };
      },
    });
  }

  #unwrap(): void {
    if (this.#own === undefined) Reflect.deleteProperty(this.#module, "forward");
    else Object.defineProperty(this.#module, "forward", this.#own);
  }

  #call(forward: (args: unknown[]) => unknown, given: unknown[]): unknown {
    const module = this.#module;
    const { before, after, backward } = this.#hooks;
    let args = given;
    for (const { hook } of before) {
      const replaced = hook(module, args);
      if (replaced !== undefined && !Array.isArray(replaced)) {
        throw new TypeError(
          `A forward pre-hook returns an array of arguments or nothing, got ${typeof replaced}`,
        );
      }
      args = replaced ?? args;
    }
    const finish = (result: unknown): unknown => {
      let output = result;
      for (const { hook } of after) output = hook(module, args, output) ?? output;
      return output;
    };
    const run = (inputs: unknown[]): unknown => {
      const output = forward(inputs);
      return output instanceof Promise ? output.then(finish) : finish(output);
    };
    if (backward.size === 0) return run(args);
    const hooks = [...backward].map(({ hook }) => hook.bind(null, module));
    return callWithBackwardHooks(hooks, args, run);
  }
}
