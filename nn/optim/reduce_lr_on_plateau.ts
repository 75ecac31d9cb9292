/**
 * A schedule that depends on how training goes.
 *
 * @module
 */
import { typeName } from "../_registry.ts";
import { assertOptimizer, checkState, type OptimizerWithLR, perGroup } from "./lr_scheduler.ts";

/** Options of a `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether the metric is to shrink or to grow; "min" by default. */
  mode?: "min" | "max";
  /** What the rates are multiplied by; 0.1 by default. */
  factor?: number;
  /** How many epochs without progress are let pass; 10 by default. */
  patience?: number;
  /** How much better a metric is to be than the best one, to be better; 1e-4 by default. */
  threshold?: number;
  /** Whether the threshold is a share of the best metric or a difference; "rel" by default. */
  thresholdMode?: "rel" | "abs";
  /** How many epochs after a reduction don't count; 0 by default. */
  cooldown?: number;
  /** The smallest rate, of all groups or of each; 0 by default. */
  minLr?: number | readonly number[];
  /** A rate that would change by no more than this stays; 1e-8 by default. */
  eps?: number;
}

/**
 * Multiplies the rates by `factor` when a metric has not become better for more than `patience` epochs.
 *
 * Unlike other schedulers it takes a number at each step, so it can't be one of those that a
 * `ChainedScheduler` or a `SequentialLR` runs. A group that is added to the optimizer later keeps its
 * rate.
 *
 * PyTorch: `torch.optim.lr_scheduler.ReduceLROnPlateau`.
 *
 * @example
 * ```ts
 * import { ones } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { ReduceLROnPlateau, SGD } from "@touchstone/touchstone/optim";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new SGD([new nn.Parameter(ones([2]))], { lr: 1 });
 * const scheduler = new ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 1 });
 * const rates = [];
 * for (const loss of [3, 2, 2, 2, 1]) {
 *   scheduler.step(loss);
 *   rates.push(...scheduler.getLastLr());
 * }
 * assertEquals(rates, [1, 1, 1, 0.5, 0.5]);
 * ```
 */
export class ReduceLROnPlateau {
  /** What is scheduled. */
  readonly optimizer: OptimizerWithLR;
  /** Settings and state, under the names that PyTorch saves them by. */
  readonly #state: {
    factor: number;
    min_lrs: number[];
    patience: number;
    cooldown: number;
    cooldown_counter: number;
    mode: "min" | "max";
    threshold: number;
    threshold_mode: "rel" | "abs";
    best: number;
    num_bad_epochs: number;
    mode_worse: number;
    eps: number;
    last_epoch: number;
  };

  /**
   * Makes the scheduler; the rates stay as they are.
   *
   * @param optimizer What to schedule.
   * @param options When to reduce the rates, and by how much.
   * @throws {TypeError} If it is no optimizer.
   * @throws {RangeError} If the factor is not below 1, a mode is unknown, or there are not as many
   * smallest rates as groups.
   */
  constructor(optimizer: OptimizerWithLR, options: ReduceLROnPlateauOptions = {}) {
    const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4 } = options;
    const { thresholdMode = "rel", cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    assertOptimizer(new.target.name, optimizer);
    if (!(factor < 1)) throw new RangeError(`Expected factor to be below 1, got ${factor}`);
    checkModes(mode, thresholdMode);
    const worst = mode === "min" ? Infinity : -Infinity;
    this.optimizer = optimizer;
    this.#state = {
      factor,
      min_lrs: perGroup("minLr", minLr, optimizer),
      patience,
      cooldown,
      cooldown_counter: 0,
      mode,
      threshold,
      threshold_mode: thresholdMode,
      best: worst,
      num_bad_epochs: 0,
      mode_worse: worst,
      eps,
      last_epoch: 0,
    };
  }

  /**
   * Reduces the rates if the metric has not become better for too long. NaN is never better.
   *
   * @param metric The metric of the epoch; of a tensor, `await metric.item()`.
   * @throws {TypeError} If it is no number.
   */
  step(metric: number): void {
    if (typeof metric !== "number") {
      throw new TypeError(`ReduceLROnPlateau.step: expected a number, got ${typeName(metric)}`);
    }
    const s = this.#state;
    s.last_epoch++;
    if (this.#better(metric)) [s.best, s.num_bad_epochs] = [metric, 0];
    else s.num_bad_epochs++;
    if (s.cooldown_counter > 0) {
      [s.cooldown_counter, s.num_bad_epochs] = [s.cooldown_counter - 1, 0];
    }
    if (s.num_bad_epochs <= s.patience) return;
    s.min_lrs.forEach((minLr, i) => {
      const group = this.optimizer.paramGroups[i];
      const lr = Math.max(group.lr * s.factor, minLr);
      if (group.lr - lr > s.eps) group.lr = lr;
    });
    [s.cooldown_counter, s.num_bad_epochs] = [s.cooldown, 0];
  }

  #better(metric: number): boolean {
    const { best, mode, threshold, threshold_mode } = this.#state;
    const step = mode === "min" ? -threshold : threshold;
    const bound = threshold_mode === "rel" ? best * (1 + step) : best + step;
    return mode === "min" ? metric < bound : metric > bound;
  }

  /** The rates that the groups have now. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }

  /** What PyTorch saves of a scheduler. Save the optimizer too: the rates are in its state. */
  stateDict(): Map<string, unknown> {
    const own = { ...this.#state, min_lrs: [...this.#state.min_lrs] };
    return new Map<string, unknown>(Object.entries(own)).set("_last_lr", this.getLastLr());
  }

  /**
   * Takes over a saved state, also one that PyTorch saved; nothing is changed unless all of it fits.
   * Names that it doesn't know are left aside.
   *
   * @param state What `stateDict()` or `load` returned.
   * @throws {TypeError} If it is no Map.
   * @throws {StateDictError} If something is missing, or is of another type or length.
   * @throws {RangeError} If a mode is unknown.
   */
  loadStateDict(state: ReadonlyMap<string, unknown>): void {
    checkState("ReduceLROnPlateau", state, this.#state);
    checkModes(state.get("mode"), state.get("threshold_mode"));
    const names = Object.keys(this.#state);
    Object.assign(this.#state, Object.fromEntries(names.map((name) => [name, state.get(name)])));
    this.#state.min_lrs = [...this.#state.min_lrs];
  }
}

function checkModes(mode: unknown, thresholdMode: unknown): void {
  if (mode !== "min" && mode !== "max") {
    throw new RangeError(`Expected mode to be "min" or "max", got "${mode}"`);
  }
  if (thresholdMode !== "rel" && thresholdMode !== "abs") {
    throw new RangeError(`Expected thresholdMode to be "rel" or "abs", got "${thresholdMode}"`);
  }
}
