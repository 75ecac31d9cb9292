/**
 * Schedulers that multiply the rate by `gamma`.
 *
 * @module
 */
import {
  checkCount,
  LRScheduler,
  type LRSchedulerOptions,
  type OptimizerWithLR,
} from "./lr_scheduler.ts";

/** Options of `StepLR` and of `MultiStepLR`. */
export interface DecayOptions extends LRSchedulerOptions {
  /** What the rate is multiplied by; 0.1 by default. */
  gamma?: number;
}

/**
 * Multiplies the rate by `gamma` every `stepSize` epochs.
 *
 * PyTorch: `torch.optim.lr_scheduler.StepLR`.
 *
 * @example
 * ```ts
 * import { ones } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { SGD, StepLR } from "@touchstone/touchstone/optim";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new SGD([new nn.Parameter(ones([2]))], { lr: 1 });
 * const scheduler = new StepLR(optimizer, 2, { gamma: 0.5 });
 * const rates = [];
 * for (let epoch = 0; epoch < 5; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * assertEquals(rates, [1, 1, 0.5, 0.5, 0.25]);
 * ```
 */
export class StepLR extends LRScheduler<{ step_size: number; gamma: number }> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param stepSize How many epochs have the same rate.
   * @param options `gamma`, `lastEpoch`.
   * @throws {RangeError} If `stepSize` is no whole number from 1 up.
   */
  constructor(optimizer: OptimizerWithLR, stepSize: number, options: DecayOptions = {}) {
    checkCount("stepSize", stepSize);
    super(optimizer, { step_size: stepSize, gamma: options.gamma ?? 0.1 }, options);
  }

  /** The rate of a group now, from the rate of the epoch before. */
  protected override nextLr(lr: number): number {
    const { step_size, gamma } = this.settings;
    return this.lastEpoch === 0 || this.lastEpoch % step_size !== 0 ? lr : lr * gamma;
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number): number {
    const { step_size, gamma } = this.settings;
    return baseLr * gamma ** Math.floor(this.lastEpoch / step_size);
  }
}

/**
 * Multiplies the rate by `gamma` at each milestone; twice at one that is given twice.
 *
 * PyTorch: `torch.optim.lr_scheduler.MultiStepLR`.
 */
export class MultiStepLR extends LRScheduler<{ milestones: Map<number, number>; gamma: number }> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param milestones The epochs at which the rate changes.
   * @param options `gamma`, `lastEpoch`.
   */
  constructor(
    optimizer: OptimizerWithLR,
    milestones: readonly number[],
    options: DecayOptions = {},
  ) {
    const counts = new Map<number, number>();
    for (const epoch of milestones) counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
    super(optimizer, { milestones: counts, gamma: options.gamma ?? 0.1 }, options);
  }

  /** The rate of a group now, from the rate of the epoch before. */
  protected override nextLr(lr: number): number {
    const { milestones, gamma } = this.settings;
    return lr * gamma ** (milestones.get(this.lastEpoch) ?? 0);
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number): number {
    const { milestones, gamma } = this.settings;
    const passed = [...milestones].filter(([epoch]) => epoch <= this.lastEpoch);
    return baseLr * gamma ** passed.reduce((sum, [, count]) => sum + count, 0);
  }
}

/**
 * Multiplies the rate by `gamma` every epoch.
 *
 * PyTorch: `torch.optim.lr_scheduler.ExponentialLR`.
 */
export class ExponentialLR extends LRScheduler<{ gamma: number }> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param gamma What the rate is multiplied by.
   * @param options `lastEpoch`.
   */
  constructor(optimizer: OptimizerWithLR, gamma: number, options: LRSchedulerOptions = {}) {
    super(optimizer, { gamma }, options);
  }

  /** The rate of a group now, from the rate of the epoch before. */
  protected override nextLr(lr: number): number {
    return this.lastEpoch === 0 ? lr : lr * this.settings.gamma;
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number): number {
    return baseLr * this.settings.gamma ** this.lastEpoch;
  }
}
