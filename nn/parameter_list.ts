/**
 * Parameters in a list.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { asParameter, describeParameter } from "./_containers.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/**
 * A list of parameters which are registered, as those in a plain array are not. Tensors become
 * parameters. `list[i]` reads and replaces one.
 *
 * PyTorch: `torch.nn.ParameterList`.
 *
 * @example
 * ```ts
 * import { zeros } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const scales = new nn.ParameterList([zeros([2]), zeros([3])]);
 * assertEquals([...scales.stateDict().keys()], ["0", "1"]);
 * assertEquals(scales[1].shape, [3]);
 * ```
 */
export class ParameterList extends Module implements Iterable<Parameter> {
  /** The parameter at a position. */
  [index: number]: Parameter;

  /**
   * Makes the list.
   *
   * @param parameters What is in it; nothing by default.
   */
  constructor(parameters: Iterable<Tensor> = []) {
    super();
    this.extend(parameters);
  }

  /** How many parameters there are. */
  get length(): number {
    return this.#parameters().length;
  }

  /** The parameter at a position; negative ones count from the end. */
  at(position: number): Parameter | undefined {
    return this.#parameters().at(position);
  }

  /** Puts a parameter at the end. */
  append(parameter: Tensor): this {
    this.registerParameter(String(this.length), asParameter(parameter));
    return this;
  }

  /** Puts parameters at the end. */
  extend(parameters: Iterable<Tensor>): this {
    for (const parameter of parameters) this.append(parameter);
    return this;
  }

  /** The parameters in order. */
  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.#parameters().values();
  }

  /** A line for each. */
  override extraRepr(): string {
    return this.#parameters().map((parameter, i) => describeParameter(String(i), parameter))
      .join("\n");
  }

  #parameters(): Parameter[] {
    return this.namedParameters({ recurse: false, removeDuplicate: false }).map(([, p]) => p);
  }
}
