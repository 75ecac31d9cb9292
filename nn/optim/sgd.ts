/**
 * Stochastic gradient descent.
 *
 * @module
 */
import type { Tensor } from "../../core/mod.ts";
import {
  checkRates,
  Optimizer,
  type ParamGroup,
  type ParamGroupInput,
  type Params,
  type ParamState,
  type SavedForm,
} from "./optimizer.ts";

/** Options of `SGD`. */
export interface SGDOptions {
  /** The learning rate; 1e-3 by default. */
  lr: number;
  /** How much of the last step goes into the next; 0 by default. */
  momentum: number;
  /** How much less of the gradient goes into the momentum; 0 by default. */
  dampening: number;
  /** How much of the parameter is added to its gradient; 0 by default. */
  weightDecay: number;
  /** Whether the momentum looks ahead; false by default. */
  nesterov: boolean;
  /** Whether the objective is to grow; false by default. */
  maximize: boolean;
}

/**
 * Stochastic gradient descent, with momentum if asked for.
 *
 * PyTorch: `torch.optim.SGD`.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { SGD } from "@touchstone/touchstone/optim";
 * import { assertEquals } from "@std/assert";
 *
 * const w = new nn.Parameter(tensor([1, 2]));
 * const optimizer = new SGD([w], { lr: 0.25 });
 * w.mul(w).sum().backward();
 * optimizer.step();
 * assertEquals(await w.tolist(), [0.5, 1]);
 * ```
 */
export class SGD extends Optimizer<SGDOptions> {
  /** The update reads the gradient; what it keeps is a copy. */
  protected override readonly keepsGradients: boolean = false;

  /** The saved form: PyTorch's names in PyTorch's order. */
  protected override readonly saved: SavedForm = {
    options: [
      ["lr", "lr"],
      ["momentum", "momentum"],
      ["dampening", "dampening"],
      ["weight_decay", "weightDecay"],
      ["nesterov", "nesterov"],
      ["maximize", "maximize"],
      ["foreach", null, null],
      ["differentiable", null, false],
      ["fused", null, null],
    ],
    required: [],
    optional: ["momentum_buffer"],
  };

  /**
   * Makes the optimizer.
   *
   * @param params Parameters, or groups of them with options of their own.
   * @param options For all groups that don't say otherwise.
   * @throws {RangeError} If an option makes no sense.
   */
  constructor(
    params: Params | Iterable<ParamGroupInput<SGDOptions>>,
    options: Partial<SGDOptions> = {},
  ) {
    super(params, {
      lr: 1e-3,
      momentum: 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
      ...options,
    });
  }

  /** Throws `RangeError` where options make no sense. */
  protected override check(options: SGDOptions): void {
    checkRates(options);
    const { momentum, dampening, nesterov } = options;
    if (!(momentum >= 0)) throw new RangeError(`Invalid momentum value: ${momentum}`);
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new RangeError(
        `Nesterov momentum requires a momentum and zero dampening, got ${momentum} and ${dampening}`,
      );
    }
  }

  /** Changes one parameter by its gradient. */
  protected override update(
    parameter: Tensor,
    grad: Tensor,
    group: ParamGroup<SGDOptions>,
    state: ParamState,
  ): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = group;
    let step = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) step = step.add(parameter.mul(weightDecay));
    if (momentum !== 0) {
      let buffer = state.get("momentum_buffer") as Tensor | undefined;
      if (buffer === undefined) {
        buffer = step.clone();
        state.set("momentum_buffer", buffer);
      } else {
        buffer.mul_(momentum).add_(step.mul(1 - dampening));
      }
      step = nesterov ? step.add(buffer.mul(momentum)) : buffer;
    }
    parameter.sub_(step.mul(lr));
  }
}
