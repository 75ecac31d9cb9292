/**
 * Parameters by name.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { asParameter, describeParameter, entriesOf } from "./_containers.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/**
 * A map of parameters which are registered, as those in a plain `Map` are not. Tensors become
 * parameters. Names that this class uses itself (`get`, `size`, ...) are refused.
 *
 * PyTorch: `torch.nn.ParameterDict`.
 *
 * @example
 * ```ts
 * import { ones } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const gains = new nn.ParameterDict({ left: ones([2]), right: ones([2]) });
 * assertEquals([...gains.keys()], ["left", "right"]);
 * assertEquals(gains.get("left")?.requiresGrad, true);
 * ```
 */
export class ParameterDict extends Module implements Iterable<[string, Parameter]> {
  /**
   * Makes the map.
   *
   * @param parameters Names and parameters; nothing by default.
   */
  constructor(
    parameters: Iterable<readonly [string, Tensor]> | Readonly<Record<string, Tensor>> = [],
  ) {
    super();
    for (const [name, parameter] of entriesOf(parameters)) this.set(name, parameter);
  }

  /** How many parameters there are. */
  get size(): number {
    return this.#entries().length;
  }

  /** The parameter of a name, if there is one. */
  get(name: string): Parameter | undefined {
    return this.#entries().find(([known]) => known === name)?.[1];
  }

  /** Whether there is a parameter of this name. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /**
   * Gives a name a parameter.
   *
   * @throws {TypeError} If the name is empty, has a "." or is used by the class itself.
   */
  set(name: string, parameter: Tensor): this {
    this.registerParameter(name, asParameter(parameter));
    return this;
  }

  /** Takes a parameter out; says whether it was there. */
  delete(name: string): boolean {
    return this.has(name) && Reflect.deleteProperty(this, name);
  }

  /** The names in order. */
  keys(): IterableIterator<string> {
    return this.#entries().map(([name]) => name).values();
  }

  /** The parameters in order. */
  values(): IterableIterator<Parameter> {
    return this.#entries().map(([, parameter]) => parameter).values();
  }

  /** Names and parameters in order. */
  entries(): IterableIterator<[string, Parameter]> {
    return this.#entries().values();
  }

  /** Names and parameters in order. */
  [Symbol.iterator](): IterableIterator<[string, Parameter]> {
    return this.entries();
  }

  /** A line for each. */
  override extraRepr(): string {
    return this.#entries().map(([name, parameter]) => describeParameter(name, parameter))
      .join("\n");
  }

  #entries(): [string, Parameter][] {
    return this.namedParameters({ recurse: false, removeDuplicate: false });
  }
}
