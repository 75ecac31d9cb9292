/**
 * Modules by name.
 *
 * @module
 */
import { entriesOf } from "./_containers.ts";
import { Module } from "./module.ts";

/**
 * A map of modules which are children, as those in a plain `Map` are not. Names that this class uses
 * itself (`get`, `size`, ...) are refused.
 *
 * PyTorch: `torch.nn.ModuleDict`.
 *
 * @example
 * ```ts
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const heads = new nn.ModuleDict({ small: new nn.Linear(4, 2), large: new nn.Linear(4, 20) });
 * assertEquals([...heads.keys()], ["small", "large"]);
 * assertEquals(heads.get("large")?.outFeatures, 20);
 * ```
 */
export class ModuleDict<M extends Module = Module> extends Module implements Iterable<[string, M]> {
  /**
   * Makes the map.
   *
   * @param modules Names and modules; nothing by default.
   */
  constructor(modules: Iterable<readonly [string, M]> | Readonly<Record<string, M>> = []) {
    super();
    for (const [name, module] of entriesOf(modules)) this.set(name, module);
  }

  /** How many modules there are. */
  get size(): number {
    return this.#entries().length;
  }

  /** The module of a name, if there is one. */
  get(name: string): M | undefined {
    return this.#entries().find(([known]) => known === name)?.[1];
  }

  /** Whether there is a module of this name. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /**
   * Gives a name a module.
   *
   * @throws {TypeError} If the name is empty, has a "." or is used by the class itself.
   */
  set(name: string, module: M): this {
    this.registerModule(name, module);
    return this;
  }

  /** Takes a module out; says whether it was there. */
  delete(name: string): boolean {
    return this.has(name) && Reflect.deleteProperty(this, name);
  }

  /** The names in order. */
  keys(): IterableIterator<string> {
    return this.#entries().map(([name]) => name).values();
  }

  /** The modules in order. */
  values(): IterableIterator<M> {
    return this.#entries().map(([, module]) => module).values();
  }

  /** Names and modules in order. */
  entries(): IterableIterator<[string, M]> {
    return this.#entries().values();
  }

  /** Names and modules in order. */
  [Symbol.iterator](): IterableIterator<[string, M]> {
    return this.entries();
  }

  #entries(): [string, M][] {
    return this.namedChildren({ removeDuplicate: false }) as [string, M][];
  }
}
