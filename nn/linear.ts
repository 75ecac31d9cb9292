/**
 * The fully connected layer.
 *
 * @module
 */
import { empty, type Tensor } from "../core/mod.ts";
import { assertSizes } from "./_sizes.ts";
import * as F from "./functional.ts";
import * as init from "./init.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of a `Linear`. */
export interface LinearOptions extends LayerOptions {
  /** Whether it adds a bias; true by default. */
  bias?: boolean;
}

/**
 * `x @ weight^T + bias`: `[..., inFeatures]` to `[..., outFeatures]`.
 *
 * `weight` is `[outFeatures, inFeatures]`; both are drawn uniformly within 1 / sqrt(inFeatures).
 *
 * PyTorch: `torch.nn.Linear`.
 *
 * @example
 * ```ts
 * import { randn } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new nn.Linear(4, 2);
 * assertEquals(layer.forward(randn([3, 4])).shape, [3, 2]);
 * assertEquals(String(layer), "Linear(in_features=4, out_features=2, bias=True)");
 * ```
 */
export class Linear extends Module {
  /** `[outFeatures, inFeatures]`. */
  weight: Parameter;
  /** `[outFeatures]`, or null. */
  declare bias: Parameter | null;
  /** The size of the last dimension that comes in. */
  readonly inFeatures: number;
  /** The size of the last dimension that goes out. */
  readonly outFeatures: number;

  /**
   * Makes the layer.
   *
   * @param inFeatures The size of the last dimension that comes in.
   * @param outFeatures The size of the last dimension that goes out.
   * @param options `bias`, `device`, `dtype`.
   * @throws {ShapeError} If a size is no whole number from 0 up.
   */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    assertSizes("Linear", { inFeatures, outFeatures });
    const { bias = true, ...where } = options;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, inFeatures], where));
    this.registerParameter("bias", bias ? new Parameter(empty([outFeatures], where)) : null);
    this.resetParameters();
  }

  /** Draws the weights anew. */
  resetParameters(): void {
    init.kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const bound = this.inFeatures > 0 ? 1 / Math.sqrt(this.inFeatures) : 0;
    init.uniform_(this.bias, -bound, bound);
  }

  /**
   * `[..., inFeatures]` to `[..., outFeatures]`.
   *
   * @throws {ShapeError} If the last dimension is another.
   */
  override forward(x: Tensor): Tensor {
    return F.linear(x, this.weight, this.bias);
  }

  /** The sizes and whether there is a bias. */
  override extraRepr(): string {
    const bias = this.bias === null ? "False" : "True";
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}
