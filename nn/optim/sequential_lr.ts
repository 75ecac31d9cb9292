/**
 * One schedule after the other.
 *
 * @module
 */
import { StateDictError } from "../../core/mod.ts";
import { LRScheduler, type OptimizerWithLR } from "./lr_scheduler.ts";

/**
 * Runs schedulers of one optimizer one after the other: the next begins, at its epoch 0, at each
 * milestone. A warm-up before a decay, say.
 *
 * PyTorch: `torch.optim.lr_scheduler.SequentialLR`.
 */
export class SequentialLR extends LRScheduler<{ _milestones: readonly number[] }> {
  readonly #schedulers: readonly LRScheduler[];

  /**
   * Makes the scheduler.
   *
   * @param optimizer What to schedule.
   * @param schedulers Schedulers of this optimizer.
   * @param milestones The epochs at which each scheduler but the first begins.
   * @throws {RangeError} If there is not one milestone less than schedulers.
   * @throws {TypeError} If a scheduler has another optimizer.
   */
  constructor(
    optimizer: OptimizerWithLR,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
  ) {
    schedulers.forEach((scheduler, i) => {
      if (scheduler.optimizer === optimizer) return;
      throw new TypeError(`SequentialLR: the scheduler at index ${i} has another optimizer`);
    });
    if (milestones.length !== schedulers.length - 1) {
      throw new RangeError(
        `SequentialLR: expected one milestone less than schedulers, got ${milestones.length} for ${schedulers.length}`,
      );
    }
    super(optimizer, { _milestones: [...milestones] });
    this.#schedulers = [...schedulers];
    // What the schedulers did when they were made is undone; the first one begins anew.
    for (const group of optimizer.paramGroups) group.lr = group.initialLr ?? group.lr;
    for (const scheduler of schedulers) scheduler.lastEpoch--;
    schedulers[0].step();
  }

  /** Left to the first scheduler. */
  protected override start(): void {
    this.lastEpoch = 0;
  }

  /** Left to the schedulers. */
  protected override nextLr(lr: number): number {
    return lr;
  }

  /** Left to the schedulers. */
  protected override closedLr(baseLr: number): number {
    return baseLr;
  }

  /** Sets the rates of the next epoch, or of the one given. */
  override step(epoch?: number): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    const { _milestones } = this.settings;
    const at = _milestones.filter((milestone) => milestone <= this.lastEpoch).length;
    const begun = at === 0 ? 0 : _milestones[at - 1];
    const local = this.lastEpoch - begun;
    const continues = epoch === undefined && !(at > 0 && local === 0);
    this.#schedulers[at].step(continues ? undefined : local);
  }

  /** What PyTorch saves: the state of each scheduler is within. */
  override stateDict(): Map<string, unknown> {
    return super.stateDict().set("_schedulers", this.#schedulers.map((s) => s.stateDict()));
  }

  /**
   * Takes over a saved state, also one that PyTorch saved.
   *
   * @param state What `stateDict()` or `load` returned.
   * @throws {TypeError} If it is no Map.
   * @throws {StateDictError} If something is missing, or is of another type or length.
   */
  override loadStateDict(state: ReadonlyMap<string, unknown>): void {
    const before = this.stateDict();
    try {
      this.#load(state);
    } catch (error) {
      this.#load(before);
      throw error;
    }
  }

  #load(state: ReadonlyMap<string, unknown>): void {
    // PyTorch saves the first rates with each scheduler alone.
    super.loadStateDict(
      state instanceof Map ? new Map([["base_lrs", this.baseLrs], ...state]) : state,
    );
    const saved = state.get("_schedulers");
    if (!Array.isArray(saved) || saved.length !== this.#schedulers.length) {
      const problem = `expected ${this.#schedulers.length} _schedulers.`;
      throw new StateDictError(
        `Error(s) in loading state_dict for SequentialLR:\n\t${problem}`,
        { mismatched: [problem] },
      );
    }
    this.#schedulers.forEach((scheduler, i) => scheduler.loadStateDict(saved[i]));
  }
}
