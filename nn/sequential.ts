/**
 * Modules one after the other.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { entriesOf } from "./_containers.ts";
import { Module } from "./module.ts";

/**
 * Calls its modules one after the other, each with the result of the one before. They are named
 * `0`, `1`, ... in order, or as the keys of an object or map say.
 *
 * PyTorch: `torch.nn.Sequential`.
 *
 * @example
 * ```ts
 * import { randn } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * assertEquals(model.forward(randn([3, 4])).shape, [3, 2]);
 * assertEquals([...model.stateDict().keys()], ["0.weight", "0.bias", "2.weight", "2.bias"]);
 * ```
 */
export class Sequential extends Module implements Iterable<Module> {
  /** The module at a position. */
  [index: number]: Module;

  /**
   * Makes the chain.
   *
   * @param modules The modules in order, or one object or map of names to modules.
   */
  constructor(
    ...modules: Module[] | [ReadonlyMap<string, Module> | Readonly<Record<string, Module>>]
  ) {
    super();
    const [first] = modules;
    if (modules.length === 1 && !(first instanceof Module)) {
      for (const [name, module] of entriesOf(first)) this.registerModule(name, module);
    } else {
      for (const module of modules) this.append(module as Module);
    }
  }

  /** How many modules there are. */
  get length(): number {
    return this.#modules().length;
  }

  /** The module at a position; negative ones count from the end. */
  at(position: number): Module | undefined {
    return this.#modules().at(position);
  }

  /** Puts a module at the end. */
  append(module: Module): this {
    this.registerModule(String(this.length), module);
    return this;
  }

  /** The modules in order. */
  [Symbol.iterator](): IterableIterator<Module> {
    return this.#modules().values();
  }

  /** What the last module makes of what the others make of `x`. */
  override forward(x: Tensor): Tensor {
    let y: unknown = x;
    for (const module of this.#modules()) y = module.forward(y);
    return y as Tensor;
  }

  #modules(): Module[] {
    return this.namedChildren({ removeDuplicate: false }).map(([, module]) => module);
  }
}
