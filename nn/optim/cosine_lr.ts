/**
 * Schedulers along a cosine.
 *
 * @module
 */
import {
  checkCount,
  LRScheduler,
  type LRSchedulerOptions,
  type OptimizerWithLR,
} from "./lr_scheduler.ts";

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
  protected override nextLr(lr: number, baseLr: number | undefined): number {
    const { T_max, eta_min } = this.settings;
    const cosine = (epoch: number) => Math.cos(Math.PI * epoch / T_max);
    if (this.lastEpoch === 0) return lr;
    if ((this.lastEpoch - 1 - T_max) % (2 * T_max) === 0) {
      if (baseLr === undefined) return lr;
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

/** Options of a `CosineAnnealingWarmRestarts`. */
export interface CosineAnnealingWarmRestartsOptions extends CosineAnnealingLROptions {
  /** How many times as long as the period before it a period is; 1 by default. */
  tMult?: number;
}

/**
 * Goes from the rate down to `etaMin` along half a cosine, and begins anew: after `t0` epochs first,
 * and after `tMult` times as many each time.
 *
 * `step(epoch)` takes parts of epochs too: `step(epoch + batch / batches)` after each batch.
 *
 * Source: Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts" (2016).
 * PyTorch: `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`.
 */
export class CosineAnnealingWarmRestarts extends LRScheduler<
  { T_0: number; T_i: number; T_mult: number; eta_min: number; T_cur: number }
> {
  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param t0 How many epochs there are to the first restart.
   * @param options `tMult`, `etaMin`, `lastEpoch`.
   * @throws {RangeError} If `t0` or `tMult` is no whole number from 1 up.
   */
  constructor(
    optimizer: OptimizerWithLR,
    t0: number,
    options: CosineAnnealingWarmRestartsOptions = {},
  ) {
    const { tMult = 1, etaMin = 0 } = options;
    checkCount("t0", t0);
    checkCount("tMult", tMult);
    super(optimizer, { T_0: t0, T_i: t0, T_mult: tMult, eta_min: etaMin, T_cur: -1 }, options);
  }

  /** Also where it is resumed, the place in the period is that of the epoch. */
  protected override start(): void {
    this.step(this.lastEpoch + 1);
  }

  /**
   * Sets the rates of the next epoch, or of the one given, whatever came before it.
   *
   * @param epoch The epoch, from 0; it need not be whole.
   * @throws {RangeError} If the epoch is below 0.
   */
  override step(epoch?: number): void {
    const s = this.settings;
    const to = epoch ?? (this.lastEpoch < 0 ? 0 : undefined);
    if (to === undefined) {
      s.T_cur++;
    } else {
      if (!(to >= 0)) throw new RangeError(`Expected an epoch from 0 up, got ${to}`);
      [s.T_cur, s.T_i] = [s.T_mult === 1 ? to % s.T_0 : to, s.T_0];
    }
    while (s.T_cur >= s.T_i) [s.T_cur, s.T_i] = [s.T_cur - s.T_i, s.T_i * s.T_mult];
    super.step(to);
    this.lastEpoch = Math.floor(this.lastEpoch);
  }

  /** The rate of a group now: it does not depend on the epoch before. */
  protected override nextLr(lr: number, baseLr: number | undefined): number {
    return baseLr === undefined ? lr : this.closedLr(baseLr);
  }

  /** The rate of a group now, from the rate that the schedule started from. */
  protected override closedLr(baseLr: number): number {
    const { T_i, T_cur, eta_min } = this.settings;
    return eta_min + (baseLr - eta_min) * (1 + Math.cos(Math.PI * T_cur / T_i)) / 2;
  }
}
