/**
 * Schedulers that are over after `totalIters` epochs.
 *
 * @module
 */
import {
  checkCount,
  LRScheduler,
  type LRSchedulerOptions,
  type OptimizerWithLR,
} from "./lr_scheduler.ts";

/** Options of a `ConstantLR`. */
export interface ConstantLROptions extends LRSchedulerOptions {
  /** What the rate is multiplied by at first; 1/3 by default. */
  factor?: number;
  /** For how many epochs; 5 by default. */
  totalIters?: number;
}

/**
 * Multiplies the rate by `factor` until epoch `totalIters`, where it is as it was.
 *
 * PyTorch: `torch.optim.lr_scheduler.ConstantLR`, which takes a factor of 0 too, and then fails to
 * come back from it.
 */
export class ConstantLR extends LRScheduler<{ factor: number; total_iters: number }> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param options `factor`, `totalIters`, `lastEpoch`.
   * @throws {RangeError} If the factor is not greater than 0 and at most 1, or `totalIters` is no
   * whole number from 1 up.
   */
  constructor(optimizer: OptimizerWithLR, options: ConstantLROptions = {}) {
    const { factor = 1 / 3, totalIters = 5 } = options;
    checkFactor("factor", factor);
    checkCount("totalIters", totalIters);
    super(optimizer, { factor, total_iters: totalIters }, options);
  }

  /** The rate of a group now, from the rate of the epoch before. */
  protected override nextLr(lr: number): number {
    const { factor, total_iters } = this.settings;
    if (this.lastEpoch === 0) return lr * factor;
    return this.lastEpoch === total_iters ? lr * (1 / factor) : lr;
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number): number {
    const { factor, total_iters } = this.settings;
    return this.lastEpoch < total_iters ? baseLr * factor : baseLr;
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
    checkFactor("startFactor", startFactor);
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

/** Options of a `PolynomialLR`. */
export interface PolynomialLROptions extends LRSchedulerOptions {
  /** In how many epochs the rate is 0; 5 by default. */
  totalIters?: number;
  /** The power of the polynomial; 1 by default, which is a straight line. */
  power?: number;
}

/**
 * Goes from the rate down to 0 as a power of the share of epochs that are left.
 *
 * PyTorch: `torch.optim.lr_scheduler.PolynomialLR`.
 */
export class PolynomialLR extends LRScheduler<{ total_iters: number; power: number }> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param options `totalIters`, `power`, `lastEpoch`.
   * @throws {RangeError} If `totalIters` is no whole number from 1 up.
   */
  constructor(optimizer: OptimizerWithLR, options: PolynomialLROptions = {}) {
    const { totalIters = 5, power = 1 } = options;
    checkCount("totalIters", totalIters);
    super(optimizer, { total_iters: totalIters, power }, options);
  }

  /** The rate of a group now, from the rate of the epoch before. */
  protected override nextLr(lr: number): number {
    const { total_iters, power } = this.settings;
    if (this.lastEpoch === 0 || this.lastEpoch > total_iters) return lr;
    const left = (epoch: number) => 1 - epoch / total_iters;
    return lr * (left(this.lastEpoch) / left(this.lastEpoch - 1)) ** power;
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number): number {
    const { total_iters, power } = this.settings;
    return baseLr * (1 - Math.min(total_iters, this.lastEpoch) / total_iters) ** power;
  }
}

/** Throws `RangeError` for a factor that the rate could not come back from, or that lets it grow. */
function checkFactor(name: string, factor: number): void {
  if (factor > 0 && factor <= 1) return;
  throw new RangeError(`Expected ${name} to be greater than 0 and at most 1, got ${factor}`);
}
