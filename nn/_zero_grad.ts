/**
 * Forgetting gradients, for modules and optimizers.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";

/** Options of `zeroGrad`. */
export interface ZeroGradOptions {
  /** Whether `grad` becomes null, in place of zeros; true by default. */
  setToNone?: boolean;
}

/** Forgets the gradients of parameters, or sets them to zero in place. */
export function zeroGradients(parameters: readonly Tensor[], options: ZeroGradOptions): void {
  const { setToNone = true } = options;
  for (const parameter of parameters) {
    const { grad } = parameter;
    if (grad === null) continue;
    if (setToNone) parameter.grad = null;
    else grad.detach().zero_();
  }
}
