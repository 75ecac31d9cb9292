/**
 * Random zeros while training.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { pyBool, pyFloat } from "./_python.ts";
import * as F from "./functional.ts";
import { Module } from "./module.ts";

/** Options of a `Dropout`. */
export interface DropoutOptions {
  /** Whether the input itself is changed; false by default. */
  inplace?: boolean;
}

/**
 * In training mode zeros each element with probability p and scales the others by 1 / (1 - p); in
 * evaluation mode gives its input back.
 *
 * PyTorch: `torch.nn.Dropout`.
 *
 * @example
 * ```ts
 * import { ones } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const dropout = new nn.Dropout(0.5).eval();
 * const x = ones([3]);
 * assertEquals(dropout.forward(x), x);
 * ```
 */
export class Dropout extends Module {
  /** The probability of a zero. */
  readonly p: number;
  /** Whether the input itself is changed. */
  readonly inplace: boolean;

  /**
   * Makes the layer.
   *
   * @param p The probability of a zero; 0.5 by default.
   * @param options `inplace`.
   * @throws {RangeError} If p is not a probability.
   */
  constructor(p = 0.5, options: DropoutOptions = {}) {
    super();
    if (!(p >= 0 && p <= 1)) {
      throw new RangeError(`Dropout: the probability has to be between 0 and 1, got ${p}`);
    }
    this.p = p;
    this.inplace = options.inplace ?? false;
  }

  /** The same shape. */
  override forward(x: Tensor): Tensor {
    const { p, training, inplace } = this;
    return F.dropout(x, { p, training, inplace });
  }

  /** The probability and the place. */
  override extraRepr(): string {
    return `p=${pyFloat(this.p)}, inplace=${pyBool(this.inplace)}`;
  }
}
