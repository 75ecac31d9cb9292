/**
 * Activation functions as modules.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import * as F from "./functional.ts";
import { Module } from "./module.ts";

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
