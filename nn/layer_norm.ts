/**
 * Normalisation over the last dimensions.
 *
 * @module
 */
import { empty, type Tensor } from "../core/mod.ts";
import { pyBool, pyFloat, pyTuple } from "./_python.ts";
import { assertSizes } from "./_sizes.ts";
import * as F from "./functional.ts";
import * as init from "./init.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of a `LayerNorm`. */
export interface LayerNormModuleOptions extends LayerOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Whether there is a learnt scale and shift; true by default. */
  elementwiseAffine?: boolean;
  /** Whether there is a learnt shift, if there is a scale; true by default. */
  bias?: boolean;
}

/**
 * Normalises over the last dimensions, then scales by `weight` (ones at first) and shifts by `bias`
 * (zeros at first), both of the normalised shape.
 *
 * PyTorch: `torch.nn.LayerNorm`.
 *
 * @example
 * ```ts
 * import { randn } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const norm = new nn.LayerNorm(8);
 * assertEquals(norm.forward(randn([2, 5, 8])).shape, [2, 5, 8]);
 * ```
 */
export class LayerNorm extends Module {
  /** The scale, or null. */
  declare weight: Parameter | null;
  /** The shift, or null. */
  declare bias: Parameter | null;
  /** The sizes of the dimensions that are normalised over. */
  readonly normalizedShape: readonly number[];
  /** Added to the variance. */
  readonly eps: number;
  /** Whether there is a learnt scale. */
  readonly elementwiseAffine: boolean;

  /**
   * Makes the layer.
   *
   * @param normalizedShape The sizes of the last dimensions, or the one size.
   * @param options `eps`, `elementwiseAffine`, `bias`, `device`, `dtype`.
   * @throws {ShapeError} If a size is no whole number from 0 up.
   */
  constructor(normalizedShape: number | readonly number[], options: LayerNormModuleOptions = {}) {
    super();
    const { eps = 1e-5, elementwiseAffine = true, bias = true, ...where } = options;
    this.normalizedShape = typeof normalizedShape === "number"
      ? [normalizedShape]
      : [...normalizedShape];
    const named = this.normalizedShape.map((size, i) => [`normalizedShape[${i}]`, size]);
    assertSizes("LayerNorm", Object.fromEntries(named));
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    const make = (wanted: boolean): Parameter | null =>
      wanted ? new Parameter(empty(this.normalizedShape, where)) : null;
    this.registerParameter("weight", make(elementwiseAffine));
    this.registerParameter("bias", make(elementwiseAffine && bias));
    this.resetParameters();
  }

  /** Sets the scale to ones and the shift to zeros. */
  resetParameters(): void {
    if (this.weight !== null) init.ones_(this.weight);
    if (this.bias !== null) init.zeros_(this.bias);
  }

  /**
   * The same shape.
   *
   * @throws {ShapeError} If the input ends in other sizes.
   */
  override forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return F.layerNorm(x, this.normalizedShape, { weight, bias, eps });
  }

  /** The sizes, the epsilon and whether there is a scale. */
  override extraRepr(): string {
    const affine = pyBool(this.elementwiseAffine);
    return `${pyTuple(this.normalizedShape)}, eps=${
      pyFloat(this.eps)
    }, elementwise_affine=${affine}`;
  }
}
