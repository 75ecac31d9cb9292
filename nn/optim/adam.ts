/**
 * Adam.
 *
 * @module
 */
import { type Tensor, zerosLike } from "../../core/mod.ts";
import {
  checkRates,
  held,
  Optimizer,
  type ParamGroup,
  type ParamGroupInput,
  type Params,
  type ParamState,
  type SavedForm,
} from "./optimizer.ts";

/** Options of `Adam` and `AdamW`. */
export interface AdamOptions {
  /** The learning rate; 1e-3 by default. */
  lr: number;
  /** How much of the averages of the gradient and of its square is kept; [0.9, 0.999] by default. */
  betas: readonly [number, number];
  /** Added to the denominator; 1e-8 by default. */
  eps: number;
  /** How strongly parameters are drawn to zero; 0 by default, 0.01 for `AdamW`. */
  weightDecay: number;
  /** Whether the largest average of squares is used; false by default. */
  amsgrad: boolean;
  /** Whether the objective is to grow; false by default. */
  maximize: boolean;
}

/**
 * Steps scaled by running averages of the gradient and of its square. Source: Kingma and Ba, "Adam: a
 * method for stochastic optimization" (2014). Weight decay is added to the gradient.
 *
 * PyTorch: `torch.optim.Adam`.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { Adam } from "@touchstone/touchstone/optim";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const w = new nn.Parameter(tensor(1));
 * const optimizer = new Adam([w], { lr: 0.1 });
 * w.mul(w).backward();
 * optimizer.step();
 * assertAlmostEquals(await w.item() as number, 0.9, 1e-6);
 * ```
 */
export class Adam extends Optimizer<AdamOptions> {
  /** The update reads the gradient; what it keeps is a copy. */
  protected override readonly keepsGradients: boolean = false;

  /** The saved form: PyTorch's names in PyTorch's order. */
  protected override readonly saved: SavedForm = {
    options: [
      ["lr", "lr"],
      ["betas", "betas"],
      ["eps", "eps"],
      ["weight_decay", "weightDecay"],
      ["amsgrad", "amsgrad"],
      ["maximize", "maximize"],
      ["foreach", null, null],
      ["capturable", null, false],
      ["differentiable", null, false],
      ["fused", null, null],
    ],
    required: ["step", "exp_avg", "exp_avg_sq"],
    optional: ["max_exp_avg_sq"],
  };

  /**
   * Makes the optimizer.
   *
   * @param params Parameters, or groups of them with options of their own.
   * @param options For all groups that don't say otherwise.
   * @throws {RangeError} If an option makes no sense.
   */
  constructor(
    params: Params | Iterable<ParamGroupInput<AdamOptions>>,
    options: Partial<AdamOptions> = {},
  ) {
    super(params, {
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      amsgrad: false,
      maximize: false,
      ...options,
    });
  }

  /** Throws `RangeError` where options make no sense. */
  protected override check(options: AdamOptions): void {
    checkRates(options);
    const { betas, eps } = options;
    if (!(eps >= 0)) throw new RangeError(`Invalid epsilon value: ${eps}`);
    betas.forEach((beta, i) => {
      if (!(beta >= 0 && beta < 1)) {
        throw new RangeError(`Invalid beta parameter at index ${i}: ${beta}`);
      }
    });
  }

  /** The gradient with the weight decay in it; `AdamW` shrinks the parameter instead. */
  protected decay(parameter: Tensor, grad: Tensor, group: ParamGroup<AdamOptions>): Tensor {
    return group.weightDecay === 0 ? grad : grad.add(parameter.mul(group.weightDecay));
  }

  /** Changes one parameter by its gradient. */
  protected override update(
    parameter: Tensor,
    grad: Tensor,
    group: ParamGroup<AdamOptions>,
    state: ParamState,
  ): void {
    const { lr, betas: [beta1, beta2], eps, amsgrad, maximize } = group;
    const step = held(state, "step", () => 0) + 1;
    state.set("step", step);
    const average = held(state, "exp_avg", () => zerosLike(parameter));
    const square = held(state, "exp_avg_sq", () => zerosLike(parameter));
    const g = this.decay(parameter, maximize ? grad.neg() : grad, group);
    average.mul_(beta1).add_(g.mul(1 - beta1));
    square.mul_(beta2).add_(g.mul(g).mul(1 - beta2));
    let spread: Tensor = square;
    if (amsgrad) {
      const largest = held(state, "max_exp_avg_sq", () => zerosLike(parameter));
      spread = largest.copy_(largest.maximum(square));
    }
    const scale = Math.sqrt(1 - beta2 ** step);
    const denominator = spread.sqrt().div(scale).add(eps);
    parameter.sub_(average.div(denominator).mul(lr / (1 - beta1 ** step)));
  }
}
