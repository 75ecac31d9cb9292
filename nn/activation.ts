/**
 * Activation functions as modules.
 *
 * @module
 */
import { full, type Tensor } from "../core/mod.ts";
import { assertSizes } from "./_sizes.ts";
import * as F from "./functional.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** `max(x, 0)`. PyTorch: `torch.nn.ReLU`. */
export class ReLU extends Module {
  /** Whether the input itself is changed. */
  readonly inplace: boolean;

  /** `inplace`: whether the input itself is changed; false by default. */
  constructor(options: { inplace?: boolean } = {}) {
    super();
    this.inplace = options.inplace ?? false;
  }

  /** The same shape. */
  override forward(x: Tensor): Tensor {
    return F.relu(x, { inplace: this.inplace });
  }

  /** Only if it is in place. */
  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** Options of a `PReLU`. */
export interface PReLUOptions extends LayerOptions {
  /** The slope to start from; 0.25 by default. */
  init?: number;
}

/**
 * `x`, or `weight * x` below zero, with a weight that is learned.
 *
 * PyTorch: `torch.nn.PReLU`.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new nn.PReLU();
 * assertEquals(await layer.forward(tensor([-4, 2])).tolist(), [-1, 2]);
 * assertEquals(String(layer), "PReLU(num_parameters=1)");
 * ```
 */
export class PReLU extends Module {
  /** `[numParameters]`. */
  weight: Parameter;
  /** 1, or the number of channels. */
  readonly numParameters: number;

  /**
   * Makes the layer.
   *
   * @param numParameters 1, or the number of channels, which are dimension 1.
   * @param options `init`, `device`, `dtype`.
   * @throws {ShapeError} If the number is no whole number from 0 up.
   */
  constructor(numParameters = 1, options: PReLUOptions = {}) {
    super();
    assertSizes("PReLU", { numParameters });
    const { init = 0.25, ...where } = options;
    this.numParameters = numParameters;
    this.weight = new Parameter(full([numParameters], init, { dtype: "float32", ...where }));
  }

  /**
   * The same shape.
   *
   * @throws {ShapeError} If there is neither one weight nor one for each channel.
   */
  override forward(x: Tensor): Tensor {
    return F.prelu(x, this.weight);
  }

  /** The number of weights. */
  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}

/** `x Phi(x)`, or its approximation by tanh. PyTorch: `torch.nn.GELU`. */
export class GELU extends Module {
  /** `"none"` or `"tanh"`. */
  readonly approximate: "none" | "tanh";

  /** `approximate`: `"none"` by default. */
  constructor(options: { approximate?: "none" | "tanh" } = {}) {
    super();
    this.approximate = options.approximate ?? "none";
  }

  /** The same shape. */
  override forward(x: Tensor): Tensor {
    return F.gelu(x, { approximate: this.approximate });
  }

  /** The approximation. */
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** The hyperbolic tangent. PyTorch: `torch.nn.Tanh`. */
export class Tanh extends Module {
  /** The same shape. */
  override forward(x: Tensor): Tensor {
    return F.tanh(x);
  }
}

/** `1 / (1 + exp(-x))`. PyTorch: `torch.nn.Sigmoid`. */
export class Sigmoid extends Module {
  /** The same shape. */
  override forward(x: Tensor): Tensor {
    return F.sigmoid(x);
  }
}

/** `x sigmoid(x)`. PyTorch: `torch.nn.SiLU`. */
export class SiLU extends Module {
  /** The same shape. */
  override forward(x: Tensor): Tensor {
    return F.silu(x);
  }
}

/** `exp(x)` over its sum along a dimension. PyTorch: `torch.nn.Softmax`. */
export class Softmax extends Module {
  /** The dimension that sums to 1. */
  readonly dim: number;

  /** `dim`: the dimension that sums to 1. */
  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  /** The same shape. */
  override forward(x: Tensor): Tensor {
    return F.softmax(x, this.dim);
  }

  /** The dimension. */
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
