/**
 * A rise and a fall over the whole of a training.
 *
 * @module
 */
import {
  assertOptimizer,
  checkCount,
  LRScheduler,
  type LRSchedulerOptions,
  type OptimizerWithLR,
  perGroup,
} from "./lr_scheduler.ts";
import { SCHEDULED } from "./_scheduled.ts";
import type { ParamGroup } from "./optimizer.ts";

/** How many steps a `OneCycleLR` has: in all, or in an epoch and how many epochs. */
export type OneCycleLength =
  | {
    /** The number of steps in all. */
    totalSteps: number;
  }
  | {
    /** The number of epochs. */
    epochs: number;
    /** The number of steps in an epoch. */
    stepsPerEpoch: number;
  };

/** Options of a `OneCycleLR`. */
export interface OneCycleLROptions extends LRSchedulerOptions {
  /** The share of the steps in which the rate rises; 0.3 by default. */
  pctStart?: number;
  /** Along which curve the rate changes; "cos" by default. */
  annealStrategy?: "cos" | "linear";
  /** Whether the momentum (of Adam, the first beta) falls where the rate rises; true by default. */
  cycleMomentum?: boolean;
  /** The smallest momentum, of all groups or of each; 0.85 by default. */
  baseMomentum?: number | readonly number[];
  /** The largest momentum, of all groups or of each; 0.95 by default. */
  maxMomentum?: number | readonly number[];
  /** How many times as large as the first rate the largest one is; 25 by default. */
  divFactor?: number;
  /** How many times as large as the last rate the first one is; 1e4 by default. */
  finalDivFactor?: number;
  /** Whether the rate falls to the first one before it falls to the last; false by default. */
  threePhase?: boolean;
}

/** A part of the schedule under PyTorch's names: when it ends, and from where to where it goes. */
type Phase = ReadonlyMap<string, string | number>;

/** What PyTorch saves of a `OneCycleLR`. */
export interface OneCycleSettings {
  /** The number of steps. */
  total_steps: number;
  /** The parts of the schedule. */
  _schedule_phases: ReadonlyMap<string, string | number>[];
  /** The curve. */
  _anneal_func_type: "cos" | "linear";
  /** Whether the momentum is scheduled too. */
  cycle_momentum: boolean;
  /** Whether the momentum that is scheduled is Adam's first beta. */
  use_beta1?: boolean;
}

type Group = ParamGroup<
  { lr: number; momentum?: number; betas?: readonly [number, number] }
>;

/**
 * Raises the rate from a small one to `maxLr` and lets it fall to one that is much smaller yet, in
 * `totalSteps` steps; the momentum goes the other way. Call `step()` after every batch.
 *
 * The rates replace those of the optimizer. What the schedule needs is kept in the optimizer's groups
 * and saved with them, as in PyTorch. A group that is added later has none of it: `step()` then throws.
 *
 * Source: Smith and Topin, "Super-convergence: Very fast training of neural networks using large
 * learning rates" (2018). PyTorch: `torch.optim.lr_scheduler.OneCycleLR`.
 *
 * @example
 * ```ts
 * import { ones } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { OneCycleLR, SGD } from "@touchstone/touchstone/optim";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new SGD([new nn.Parameter(ones([2]))], { momentum: 0.9 });
 * const scheduler = new OneCycleLR(optimizer, 1, {
 *   totalSteps: 5,
 *   pctStart: 0.6,
 *   annealStrategy: "linear",
 *   divFactor: 2,
 *   finalDivFactor: 4,
 * });
 * const rates = [];
 * for (let batch = 0; batch < 5; batch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   if (batch < 4) scheduler.step();
 * }
 * assertEquals(rates, [0.5, 0.75, 1, 0.5625, 0.125]);
 * ```
 */
export class OneCycleLR extends LRScheduler<OneCycleSettings> {
  /**
   * Makes the scheduler, and sets the rates and momenta of the first step.
   *
   * @param optimizer What to schedule.
   * @param maxLr The largest rate, of all groups or of each.
   * @param options How many steps there are, and how the rates change.
   * @throws {TypeError} If it is no optimizer, or one without momentum while `cycleMomentum` is true.
   * @throws {RangeError} If the number of steps is not given or is no whole number from 1 up,
   * `pctStart` is not from 0 to 1, the strategy is unknown, or there are not as many values as groups.
   */
  constructor(
    optimizer: OptimizerWithLR,
    maxLr: number | readonly number[],
    options: OneCycleLength & OneCycleLROptions,
  ) {
    assertOptimizer(new.target.name, optimizer);
    const { pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true } = options;
    const { divFactor = 25, finalDivFactor = 1e4, threePhase = false, lastEpoch = -1 } = options;
    const totalSteps = stepsOf(options);
    if (!(pctStart >= 0 && pctStart <= 1)) {
      throw new RangeError(`Expected pctStart to be from 0 to 1, got ${pctStart}`);
    }
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      throw new RangeError(
        `Expected annealStrategy to be "cos" or "linear", got "${annealStrategy}"`,
      );
    }
    const maxLrs = perGroup("maxLr", maxLr, optimizer);
    const maxMomenta = perGroup("maxMomentum", options.maxMomentum ?? 0.95, optimizer);
    const baseMomenta = perGroup("baseMomentum", options.baseMomentum ?? 0.85, optimizer);
    const groups: Group[] = optimizer.paramGroups;
    if (cycleMomentum && groups.some(({ momentum, betas }) => (momentum ?? betas) === undefined)) {
      throw new TypeError("OneCycleLR: cycleMomentum is true, and the optimizer has no momentum");
    }
    if (lastEpoch === -1) {
      groups.forEach((group, i) => {
        group.initialLr = maxLrs[i] / divFactor;
        group.maxLr = maxLrs[i];
        group.minLr = group.initialLr / finalDivFactor;
        if (cycleMomentum) {
          [group.maxMomentum, group.baseMomentum] = [maxMomenta[i], baseMomenta[i]];
        }
      });
    }
    super(optimizer, {
      total_steps: totalSteps,
      _schedule_phases: phases(totalSteps, pctStart, threePhase),
      _anneal_func_type: annealStrategy,
      cycle_momentum: cycleMomentum,
      ...(cycleMomentum ? { use_beta1: groups[0].betas !== undefined } : {}),
    }, options);
  }

  /**
   * Sets the rates and momenta of the next step, or of the one given.
   *
   * @param epoch The step, from 0.
   * @throws {RangeError} If there are no more steps.
   * @throws {TypeError} If a group was added after the scheduler was made.
   */
  override step(epoch?: number): void {
    const { total_steps } = this.settings;
    const step = epoch ?? this.lastEpoch + 1;
    if (step > total_steps) {
      throw new RangeError(
        `Tried to step ${step} times. The specified number of total steps is ${total_steps}`,
      );
    }
    // Everything is computed, and may fail, before anything is set.
    const values = this.optimizer.paramGroups.map((group) => valuesAt(step, group, this.settings));
    this.lastEpoch = step;
    values.forEach(([lr, momentum], i) => {
      const group: Group = this.optimizer.paramGroups[i];
      group.lr = lr;
      if (momentum === null) return;
      if (group.betas !== undefined) group.betas = [momentum, group.betas[1]];
      else group.momentum = momentum;
    });
  }

  /** The rate of a group now: `step` sets it. */
  protected override nextLr(lr: number): number {
    return lr;
  }

  /** The rate of a group now: `step` sets it. */
  protected override closedLr(baseLr: number): number {
    return baseLr;
  }
}

function stepsOf(
  options: Partial<Record<"totalSteps" | "epochs" | "stepsPerEpoch", number>>,
): number {
  const { totalSteps, epochs, stepsPerEpoch } = options;
  if (totalSteps !== undefined) {
    checkCount("totalSteps", totalSteps);
    return totalSteps;
  }
  if (epochs === undefined || stepsPerEpoch === undefined) {
    throw new RangeError("OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch");
  }
  checkCount("epochs", epochs);
  checkCount("stepsPerEpoch", stepsPerEpoch);
  return epochs * stepsPerEpoch;
}

/** The parts of the schedule: up, and down in one or two parts. */
function phases(totalSteps: number, pctStart: number, threePhase: boolean): Phase[] {
  const phase = (end: number, lr: [string, string], momentum: [string, string]): Phase =>
    new Map<string, string | number>([
      ["end_step", end],
      ["start_lr", lr[0]],
      ["end_lr", lr[1]],
      ["start_momentum", momentum[0]],
      ["end_momentum", momentum[1]],
    ]);
  const top = pctStart * totalSteps - 1, last = totalSteps - 1;
  const up = phase(top, ["initial_lr", "max_lr"], ["max_momentum", "base_momentum"]);
  const back: [string, string] = ["base_momentum", "max_momentum"];
  if (!threePhase) return [up, phase(last, ["max_lr", "min_lr"], back)];
  return [
    up,
    phase(2 * pctStart * totalSteps - 2, ["max_lr", "initial_lr"], back),
    phase(last, ["initial_lr", "min_lr"], ["max_momentum", "max_momentum"]),
  ];
}

/** The rate and the momentum of a group at a step. */
function valuesAt(
  step: number,
  group: Group,
  { _schedule_phases, _anneal_func_type, cycle_momentum }: OneCycleSettings,
): [lr: number, momentum: number | null] {
  const ends = _schedule_phases.map((phase) => phase.get("end_step") as number);
  const found = ends.findIndex((end) => step <= end);
  const at = found === -1 ? ends.length - 1 : found;
  const begin = at === 0 ? 0 : ends[at - 1];
  const share = (step - begin) / (ends[at] - begin);
  const between = (option: "lr" | "momentum") => {
    const [start, end] = ["start", "end"].map((side) =>
      kept(group, _schedule_phases[at].get(`${side}_${option}`))
    );
    return _anneal_func_type === "linear"
      ? (end - start) * share + start
      : end + (start - end) / 2 * (Math.cos(Math.PI * share) + 1);
  };
  return [between("lr"), cycle_momentum ? between("momentum") : null];
}

/** What a group keeps for the schedule, by the name that it is saved under. */
function kept(group: Group, saved: string | number | undefined): number {
  const [, option] = SCHEDULED.find(([name]) => name === saved) ?? [];
  const value = option && group[option];
  if (value !== undefined) return value;
  throw new TypeError(
    `OneCycleLR: ${
      option ?? saved
    } is not specified in a group; was it added after the scheduler was made?`,
  );
}
