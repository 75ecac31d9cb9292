/**
 * Several schedules at once.
 *
 * @module
 */
import { ComposedLR } from "./composed_lr.ts";
import type { LRScheduler } from "./lr_scheduler.ts";

/**
 * Runs schedulers of one optimizer together: each changes the rates that the one before it has set.
 *
 * PyTorch: `torch.optim.lr_scheduler.ChainedScheduler`.
 *
 * @example
 * ```ts
 * import { ones } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { ChainedScheduler, ConstantLR, ExponentialLR, SGD } from "@touchstone/touchstone/optim";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new SGD([new nn.Parameter(ones([2]))], { lr: 1 });
 * const scheduler = new ChainedScheduler([
 *   new ConstantLR(optimizer, { factor: 0.5, totalIters: 2 }),
 *   new ExponentialLR(optimizer, 0.5),
 * ]);
 * const rates = [];
 * for (let epoch = 0; epoch < 4; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * assertEquals(rates, [0.5, 0.25, 0.25, 0.125]);
 * ```
 */
export class ChainedScheduler extends ComposedLR {
  /**
   * Makes the scheduler.
   *
   * @param schedulers Schedulers of one optimizer, in the order in which they change its rates.
   * @throws {RangeError} If there are none.
   * @throws {TypeError} If they have several optimizers.
   */
  constructor(schedulers: readonly LRScheduler[]) {
    super("ChainedScheduler", schedulers, {});
  }

  /**
   * Sets the rates of the next epoch.
   *
   * @throws {TypeError} If an epoch is given: the rates come from those before. So it can be the first
   * scheduler of a `SequentialLR`, and no other one.
   */
  override step(epoch?: undefined): void {
    if (epoch !== undefined) {
      throw new TypeError(`ChainedScheduler: step() takes no epoch, got ${String(epoch)}`);
    }
    this.lastEpoch++;
    for (const scheduler of this.schedulers) scheduler.step();
  }
}
