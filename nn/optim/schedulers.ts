/**
 * Schedulers whose rates are a formula of the epoch.
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

/** Options of a `LinearLR`. */
export interface LinearLROptions extends LRSchedulerOptions {
  /** What the rate is multiplied by in epoch 0; 1/3 by default. */
  startFactor?: number;
  /** What it is multiplied by from epoch `totalIters` on; 1 by default. */
  endFactor?: number;
  /** In how many epochs it gets there; 5 by default. */
  totalIters?: number;
}

/**
 * Goes from a share of the rate to another one in even steps: a warm-up, by default.
 *
 * PyTorch: `torch.optim.lr_scheduler.LinearLR`.
 */
export class LinearLR extends LRScheduler<
  { start_factor: number; end_factor: number; total_iters: number }
> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param options `startFactor`, `endFactor`, `totalIters`, `lastEpoch`.
   * @throws {RangeError} If a factor is not from 0 to 1, the first is 0, or `totalIters` is no whole
   * number from 1 up.
   */
  constructor(optimizer: OptimizerWithLR, options: LinearLROptions = {}) {
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    if (!(startFactor > 0 && startFactor <= 1)) {
      throw new RangeError(
        `Expected startFactor to be greater than 0 and at most 1, got ${startFactor}`,
      );
    }
    if (!(endFactor >= 0 && endFactor <= 1)) {
      throw new RangeError(`Expected endFactor to be from 0 to 1, got ${endFactor}`);
    }
    checkCount("totalIters", totalIters);
    super(
      optimizer,
      { start_factor: startFactor, end_factor: endFactor, total_iters: totalIters },
      options,
    );
  }

  /** The rate of a group now, from the rate of the epoch before. */
  protected override nextLr(lr: number): number {
    const { start_factor, end_factor, total_iters } = this.settings;
    if (this.lastEpoch === 0) return lr * start_factor;
    if (this.lastEpoch > total_iters) return lr;
    const change = end_factor - start_factor;
    return lr * (1 + change / (total_iters * start_factor + (this.lastEpoch - 1) * change));
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number): number {
    const { start_factor, end_factor, total_iters } = this.settings;
    const change = (end_factor - start_factor) * Math.min(total_iters, this.lastEpoch);
    return baseLr * (start_factor + change / total_iters);
  }
}

/** Options of a `CosineAnnealingLR`. */
export interface CosineAnnealingLROptions extends LRSchedulerOptions {
  /** The smallest rate; 0 by default. */
  etaMin?: number;
}

/**
 * Goes from the rate down to `etaMin` along half a cosine in `tMax` epochs, and up again after them.
 *
 * Source: Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts" (2016),
 * without the restarts. PyTorch: `torch.optim.lr_scheduler.CosineAnnealingLR`.
 */
export class CosineAnnealingLR extends LRScheduler<{ T_max: number; eta_min: number }> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param tMax How many epochs there are from the largest rate to the smallest.
   * @param options `etaMin`, `lastEpoch`.
   * @throws {RangeError} If `tMax` is no whole number from 1 up.
   */
  constructor(optimizer: OptimizerWithLR, tMax: number, options: CosineAnnealingLROptions = {}) {
    checkCount("tMax", tMax);
    super(optimizer, { T_max: tMax, eta_min: options.etaMin ?? 0 }, options);
  }

  /** Where it is resumed, the first rate does not depend on the one that is found. */
  protected override start(): void {
    if (this.lastEpoch === -1) this.step();
    else this.step(this.lastEpoch + 1);
  }

  /** The rate of a group now, from the rate of the epoch before. */
  protected override nextLr(lr: number, baseLr: number): number {
    const { T_max, eta_min } = this.settings;
    const cosine = (epoch: number) => Math.cos(Math.PI * epoch / T_max);
    if (this.lastEpoch === 0) return lr;
    if ((this.lastEpoch - 1 - T_max) % (2 * T_max) === 0) {
      return lr + (baseLr - eta_min) * (1 - cosine(1)) / 2;
    }
    const change = (1 + cosine(this.lastEpoch)) / (1 + cosine(this.lastEpoch - 1));
    return change * (lr - eta_min) + eta_min;
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number): number {
    const { T_max, eta_min } = this.settings;
    return eta_min + (baseLr - eta_min) * (1 + Math.cos(Math.PI * this.lastEpoch / T_max)) / 2;
  }
}
