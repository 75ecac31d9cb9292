/**
 * A schedule given as a function.
 *
 * @module
 */
import {
  assertOptimizer,
  LRScheduler,
  type LRSchedulerOptions,
  type OptimizerWithLR,
  perGroup,
} from "./lr_scheduler.ts";

/** What the first rate is multiplied by in an epoch. */
export type LRLambda = (epoch: number) => number;

/**
 * Multiplies the first rate by a function of the epoch. The function is not saved.
 *
 * PyTorch: `torch.optim.lr_scheduler.LambdaLR`.
 *
 * @example
 * ```ts
 * import { ones } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { LambdaLR, SGD } from "@touchstone/touchstone/optim";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new SGD([new nn.Parameter(ones([2]))], { lr: 1 });
 * const scheduler = new LambdaLR(optimizer, (epoch) => 1 / (1 + epoch));
 * scheduler.step();
 * assertEquals(scheduler.getLastLr(), [0.5]);
 * ```
 */
export class LambdaLR extends LRScheduler<{ lr_lambdas: readonly LRLambda[] }> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param lrLambda A function of the epoch for all groups, or one for each.
   * @param options `lastEpoch`.
   * @throws {TypeError} If it is no optimizer.
   * @throws {RangeError} If there are not as many functions as groups.
   */
  constructor(
    optimizer: OptimizerWithLR,
    lrLambda: LRLambda | readonly LRLambda[],
    options: LRSchedulerOptions = {},
  ) {
    assertOptimizer(new.target.name, optimizer);
    super(optimizer, { lr_lambdas: perGroup("lrLambda", lrLambda, optimizer) }, options);
  }

  /** The rate of a group now: it does not depend on the epoch before. */
  protected override nextLr(lr: number, baseLr: number | undefined, group: number): number {
    return baseLr === undefined ? lr : this.closedLr(baseLr, group);
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number, group: number): number {
    return baseLr * this.settings.lr_lambdas[group](this.lastEpoch);
  }

  /** The state, with null in the place of each function. */
  override stateDict(): Map<string, unknown> {
    return super.stateDict().set("lr_lambdas", this.settings.lr_lambdas.map(() => null));
  }

  /** Takes over a saved state; the functions stay. */
  override loadStateDict(state: ReadonlyMap<string, unknown>): void {
    super.loadStateDict(
      state instanceof Map ? new Map([...state, ["lr_lambdas", this.settings.lr_lambdas]]) : state,
    );
  }
}
