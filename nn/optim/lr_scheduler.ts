/**
 * What all schedulers of learning rates share.
 *
 * @module
 */
import { StateDictError } from "../../core/mod.ts";
import { typeName } from "../_registry.ts";
import { Optimizer } from "./optimizer.ts";

/** Options that all schedulers have. */
export interface LRSchedulerOptions {
  /** The epoch to go on after, when training is resumed; -1, the start, by default. */
  lastEpoch?: number;
}

/** An optimizer whose groups have learning rates. */
export type OptimizerWithLR = Optimizer<{ lr: number }>;

/**
 * The base class of schedulers: `step()` sets the learning rate of each group of an optimizer.
 *
 * Making a scheduler sets the rates of epoch 0. Call `step()` after the optimizer's: before it, the
 * rate of epoch 0 is never used. PyTorch warns of that; here nothing is said. Most schedulers change
 * the rate that they find, so that several can be chained on one optimizer, and so that a group that
 * is added to the optimizer later is scheduled from then on. Schedulers that compute the rate from the
 * first one leave such a group as it is.
 *
 * PyTorch: `torch.optim.lr_scheduler.LRScheduler`.
 */
export abstract class LRScheduler<S extends object = object> {
  /** What is scheduled. */
  readonly optimizer: OptimizerWithLR;
  /** The rate of each group that the schedule starts from. */
  baseLrs: number[];
  /** How often `step()` was called. */
  lastEpoch: number;
  /** The settings, under the names that PyTorch saves them by. */
  protected readonly settings: S;

  /**
   * The rate of a group now, from the rate of the epoch before. A group that was added later has no
   * `baseLr`.
   */
  protected abstract nextLr(lr: number, baseLr: number | undefined, group: number): number;

  /** The rate of a group now, from the rate that the schedule started from. */
  protected abstract closedLr(baseLr: number, group: number): number;

  /**
   * Called by the subclass. Sets the rates of epoch 0, or of the epoch after `lastEpoch`.
   *
   * @param optimizer What to schedule.
   * @param settings Settings, under the names that PyTorch saves them by.
   * @param options `lastEpoch`.
   * @throws {TypeError} If it is no optimizer, or resumed while its groups have no `initialLr`.
   */
  constructor(optimizer: OptimizerWithLR, settings: S, options: LRSchedulerOptions = {}) {
    assertOptimizer(new.target.name, optimizer);
    this.optimizer = optimizer;
    this.settings = settings;
    this.lastEpoch = options.lastEpoch ?? -1;
    this.baseLrs = optimizer.paramGroups.map((group, i) => {
      if (this.lastEpoch === -1) group.initialLr ??= group.lr;
      if (group.initialLr === undefined) {
        throw new TypeError(
          `${new.target.name}: initialLr is not specified in paramGroups[${i}] when resuming after epoch ${this.lastEpoch}`,
        );
      }
      return group.initialLr;
    });
    this.start();
  }

  /** Sets the first rates. */
  protected start(): void {
    this.step();
  }

  /**
   * Sets the rates of the next epoch, or of the one given, whatever came before it.
   *
   * @param epoch The epoch, from 0.
   */
  step(epoch?: number): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    this.optimizer.paramGroups.forEach((group, i) => {
      const baseLr = this.baseLrs.at(i);
      if (epoch === undefined) group.lr = this.nextLr(group.lr, baseLr, i);
      else if (baseLr !== undefined) group.lr = this.closedLr(baseLr, i);
    });
  }

  /** The rates that the groups have now. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }

  /** What PyTorch saves of a scheduler. Save the optimizer too: the rates are in its state. */
  stateDict(): Map<string, unknown> {
    return new Map<string, unknown>([
      ...Object.entries(this.settings),
      ["base_lrs", [...this.baseLrs]],
      ["last_epoch", this.lastEpoch],
      // PyTorch tells by it whether to warn of a wrong order of calls.
      ["_step_count", this.lastEpoch + 1],
      ["_get_lr_called_within_step", false],
      ["_last_lr", this.getLastLr()],
    ]);
  }

  /**
   * Takes over a saved state, also one that PyTorch saved; nothing is changed unless all of it fits.
   * Names that it doesn't know are left aside.
   *
   * @param state What `stateDict()` or `load` returned.
   * @throws {TypeError} If it is no Map.
   * @throws {StateDictError} If something is missing, or is of another type or length.
   */
  loadStateDict(state: ReadonlyMap<string, unknown>): void {
    const own = { ...this.settings, base_lrs: this.baseLrs, last_epoch: this.lastEpoch };
    checkState(this.constructor.name, state, own);
    for (const key of Object.keys(this.settings)) {
      this.settings[key as keyof S] = state.get(key) as S[keyof S];
    }
    this.baseLrs = [...state.get("base_lrs") as number[]];
    this.lastEpoch = state.get("last_epoch") as number;
  }
}

/**
 * Demands of a saved state what a scheduler has: every name, with a value of the same kind.
 *
 * @throws {TypeError} If it is no Map.
 * @throws {StateDictError} If something is missing, or is of another type or length.
 */
export function checkState(scheduler: string, state: unknown, own: object): void {
  if (!(state instanceof Map)) {
    throw new TypeError(`${scheduler}.loadStateDict: expected a Map, got ${typeName(state)}`);
  }
  const problems = Object.entries(own).flatMap(([key, value]) =>
    state.has(key) ? misfit(key, state.get(key), value) : [`Missing ${key}.`]
  );
  if (problems.length > 0) {
    const head = `Error(s) in loading state_dict for ${scheduler}:`;
    throw new StateDictError([head, ...problems].join("\n\t"), { mismatched: problems });
  }
}

/** How a saved value differs in kind from the one that it is to replace. */
function misfit(key: string, saved: unknown, own: unknown): string[] {
  if (typeName(saved) !== typeName(own)) {
    return [`${key} is ${String(saved)}, expected a ${typeName(own)}.`];
  }
  if (Array.isArray(saved) && Array.isArray(own) && saved.length !== own.length) {
    return [`${key} has ${saved.length} entries, expected ${own.length}.`];
  }
  return [];
}

/** Throws `RangeError` unless a setting is a whole number from 1 up. */
export function checkCount(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) {
    throw new RangeError(`Expected ${name} to be a whole number from 1 up, got ${value}`);
  }
}

/** Demands an optimizer: for a subclass that looks at the groups before this class does. */
export function assertOptimizer(scheduler: string, optimizer: unknown): void {
  if (optimizer instanceof Optimizer) return;
  throw new TypeError(`${scheduler}: expected an Optimizer, got ${typeName(optimizer)}`);
}

/** One value for each group: those given, or the one given for all. */
export function perGroup<T extends number | ((epoch: number) => number)>(
  name: string,
  value: T | readonly T[],
  optimizer: OptimizerWithLR,
): T[] {
  const groups = optimizer.paramGroups.length;
  const values = Array.isArray(value) ? [...value] : Array<T>(groups).fill(value as T);
  if (values.length === groups) return values;
  throw new RangeError(`Expected ${groups} values of ${name}, got ${values.length}`);
}
