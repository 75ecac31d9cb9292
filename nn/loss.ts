/**
 * Losses as modules.
 *
 * @module
 */
import type { CrossEntropyOptions, Reduction, Tensor } from "../core/mod.ts";
import * as F from "./functional.ts";
import { Module } from "./module.ts";

/**
 * The cross entropy of logits and classes.
 *
 * PyTorch: `torch.nn.CrossEntropyLoss`; its class weights are a buffer, as there.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = new nn.CrossEntropyLoss().forward(tensor([[0, 0]]), tensor([1n]));
 * assertAlmostEquals(await loss.item() as number, Math.log(2), 1e-6);
 * ```
 */
export class CrossEntropyLoss extends Module {
  /** A weight per class, or null. */
  declare weight: Tensor | null;
  readonly #options: Omit<CrossEntropyOptions, "weight">;

  /** `weight` per class, `ignoreIndex`, `reduction`, `labelSmoothing`. */
  constructor(options: CrossEntropyOptions = {}) {
    super();
    const { weight = null, ...rest } = options;
    this.#options = rest;
    this.registerBuffer("weight", weight);
  }

  /**
   * The loss of logits (`[N, C]`, `[N, C, ...]` or `[C]`) against class numbers, or against
   * probabilities of the logits' shape.
   */
  override forward(x: Tensor, target: Tensor): Tensor {
    return F.crossEntropy(x, target, { ...this.#options, weight: this.weight });
  }
}

/** The squared difference. PyTorch: `torch.nn.MSELoss`. */
export class MSELoss extends Module {
  /** `"mean"`, `"sum"` or `"none"`. */
  readonly reduction: Reduction;

  /** `reduction`: `"mean"` by default. */
  constructor(options: { reduction?: Reduction } = {}) {
    super();
    this.reduction = options.reduction ?? "mean";
  }

  /**
   * The loss of one tensor against another of its shape.
   *
   * @throws {ShapeError} If the shapes differ.
   */
  override forward(x: Tensor, target: Tensor): Tensor {
    return F.mseLoss(x, target, { reduction: this.reduction });
  }
}
