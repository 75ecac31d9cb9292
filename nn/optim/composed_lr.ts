/**
 * What schedulers that run other schedulers share.
 *
 * @module
 */
import { StateDictError } from "../../core/mod.ts";
import { LRScheduler, type OptimizerWithLR } from "./lr_scheduler.ts";

/** A scheduler whose rates are those that other schedulers of its optimizer set. */
export abstract class ComposedLR<S extends object = object> extends LRScheduler<S> {
  /** The schedulers that it runs. */
  readonly schedulers: readonly LRScheduler[];

  /**
   * Called by the subclass.
   *
   * @param name The name of the class.
   * @param schedulers Schedulers of one optimizer.
   * @param settings Settings, under the names that PyTorch saves them by.
   * @param optimizer Whose schedulers they are: that of the first, by default.
   * @throws {RangeError} If there are none.
   * @throws {TypeError} If a scheduler has another optimizer.
   */
  constructor(
    name: string,
    schedulers: readonly LRScheduler[],
    settings: S,
    optimizer: OptimizerWithLR | undefined = schedulers.at(0)?.optimizer,
  ) {
    if (optimizer === undefined || schedulers.length === 0) {
      throw new RangeError(`${name}: expected at least one scheduler, got none`);
    }
    schedulers.forEach((scheduler, i) => {
      if (scheduler.optimizer === optimizer) return;
      throw new TypeError(`${name}: the scheduler at index ${i} has another optimizer`);
    });
    super(optimizer, settings);
    this.schedulers = [...schedulers];
  }

  /** Left to the schedulers, which are made already. */
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

  /** What PyTorch saves: the state of each scheduler is within. */
  override stateDict(): Map<string, unknown> {
    return super.stateDict().set("_schedulers", this.schedulers.map((s) => s.stateDict()));
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
    // PyTorch saves the first rates with each scheduler alone, and of a chain the epoch too.
    const own = [["base_lrs", this.baseLrs], ["last_epoch", this.lastEpoch]] as const;
    super.loadStateDict(state instanceof Map ? new Map([...own, ...state]) : state);
    const saved = state.get("_schedulers");
    if (!Array.isArray(saved) || saved.length !== this.schedulers.length) {
      const problem = `expected ${this.schedulers.length} _schedulers.`;
      throw new StateDictError(
        `Error(s) in loading state_dict for ${this.constructor.name}:\n\t${problem}`,
        { mismatched: [problem] },
      );
    }
    this.schedulers.forEach((scheduler, i) => scheduler.loadStateDict(saved[i]));
    if (!state.has("last_epoch")) this.lastEpoch = this.schedulers[0].lastEpoch;
  }
}
