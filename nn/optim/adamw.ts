/**
 * Adam with weight decay of its own.
 *
 * @module
 */
import type { Tensor } from "../../core/mod.ts";
import { Adam, type AdamOptions } from "./adam.ts";
import type { ParamGroup, ParamGroupInput, Params } from "./optimizer.ts";

/**
 * Adam whose weight decay shrinks the parameter itself, not by way of the gradient. Source: Loshchilov
 * and Hutter, "Decoupled weight decay regularization" (2017).
 *
 * PyTorch: `torch.optim.AdamW`.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { AdamW } from "@touchstone/touchstone/optim";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const w = new nn.Parameter(tensor(1));
 * const optimizer = new AdamW([w], { lr: 0.1, weightDecay: 0.5 });
 * w.mul(0).backward();
 * optimizer.step();
 * assertAlmostEquals(await w.item() as number, 0.95, 1e-6);
 * ```
 */
export class AdamW extends Adam {
  /**
   * Makes the optimizer.
   *
   * @param params Parameters, or groups of them with options of their own.
   * @param options For all groups that don't say otherwise; `weightDecay` is 0.01 by default.
   * @throws {RangeError} If an option makes no sense.
   */
  constructor(
    params: Params | Iterable<ParamGroupInput<AdamOptions>>,
    options: Partial<AdamOptions> = {},
  ) {
    super(params, { weightDecay: 1e-2, ...options });
  }

  /** Shrinks the parameter; the gradient stays as it is. */
  protected override decay(
    parameter: Tensor,
    grad: Tensor,
    group: ParamGroup<AdamOptions>,
  ): Tensor {
    if (group.weightDecay !== 0) parameter.mul_(1 - group.lr * group.weightDecay);
    return grad;
  }
}
