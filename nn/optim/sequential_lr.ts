/**
 * One schedule after the other.
 *
 * @module
 */
import { ComposedLR } from "./composed_lr.ts";
import type { LRScheduler, OptimizerWithLR } from "./lr_scheduler.ts";

/**
 * Runs schedulers of one optimizer one after the other: the next begins, at its epoch 0, at each
 * milestone. A warm-up before a decay, say.
 *
 * PyTorch: `torch.optim.lr_scheduler.SequentialLR`.
 */
export class SequentialLR extends ComposedLR<{ _milestones: readonly number[] }> {
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
    super("SequentialLR", schedulers, { _milestones: [...milestones] }, optimizer);
    if (milestones.length !== schedulers.length - 1) {
      throw new RangeError(
        `SequentialLR: expected one milestone less than schedulers, got ${milestones.length} for ${schedulers.length}`,
      );
    }
    // What the schedulers did when they were made is undone; the first one begins anew.
    for (const group of optimizer.paramGroups) group.lr = group.initialLr ?? group.lr;
    schedulers.forEach(rewind);
    schedulers[0].step();
  }

  /** Sets the rates of the next epoch, or of the one given. */
  override step(epoch?: number): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    const { _milestones } = this.settings;
    const at = _milestones.filter((milestone) => milestone <= this.lastEpoch).length;
    const begun = at === 0 ? 0 : _milestones[at - 1];
    const local = this.lastEpoch - begun;
    const continues = epoch === undefined && !(at > 0 && local === 0);
    this.schedulers[at].step(continues ? undefined : local);
  }
}

/** Takes back the last step of a scheduler, and of those within. */
function rewind(scheduler: LRScheduler): void {
  scheduler.lastEpoch--;
  if (scheduler instanceof ComposedLR) scheduler.schedulers.forEach(rewind);
}
