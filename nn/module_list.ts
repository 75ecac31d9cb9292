/**
 * Modules in a list.
 *
 * @module
 */
import { Module } from "./module.ts";

/**
 * A list of modules which are children, as those in a plain array are not. `list[i]` reads and
 * replaces one; `forward` is the owner's affair.
 *
 * PyTorch: `torch.nn.ModuleList`.
 *
 * @example
 * ```ts
 * import { randn, type Tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * class Deep extends nn.Module {
 *   layers = new nn.ModuleList(Array.from({ length: 3 }, () => new nn.Linear(4, 4)));
 *   override forward(x: Tensor): Tensor {
 *     for (const layer of this.layers) x = layer.forward(x);
 *     return x;
 *   }
 * }
 * assertEquals(new Deep().parameters().length, 6);
 * assertEquals(new Deep().forward(randn([2, 4])).shape, [2, 4]);
 * ```
 */
export class ModuleList<M extends Module = Module> extends Module implements Iterable<M> {
  /** The module at a position. */
  [index: number]: M;

  /**
   * Makes the list.
   *
   * @param modules What is in it; nothing by default.
   */
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** How many modules there are. */
  get length(): number {
    return this.#modules().length;
  }

  /** The module at a position; negative ones count from the end. */
  at(position: number): M | undefined {
    return this.#modules().at(position);
  }

  /** Puts a module at the end. */
  append(module: M): this {
    this.registerModule(String(this.length), module);
    return this;
  }

  /** Puts modules at the end. */
  extend(modules: Iterable<M>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  /** Puts a module at a position; those from there on move up. */
  insert(position: number, module: M): this {
    const rest = this.#modules().slice(position);
    [module, ...rest].forEach((item, i) => {
      this.registerModule(String(this.length - rest.length + i), item);
    });
    return this;
  }

  /** The modules in order. */
  [Symbol.iterator](): IterableIterator<M> {
    return this.#modules().values();
  }

  #modules(): M[] {
    return this.namedChildren({ removeDuplicate: false }).map(([, module]) => module as M);
  }
}
