/**
 * Forgetting gradients, for modules and optimizers.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import type { ZeroGradOptions } from "./module_options.ts";

/** Forgets the gradients of parameters, or sets them to zero in place. */
export function zeroGradients(parameters: readonly Tensor[], options: ZeroGradOptions): void {
  const { setToNone = true } = options;
  for (const parameter of parameters) {
    if (setToNone) parameter.grad = null;
    else parameter.peekGrad()?.detach().zero_();
  }
}
