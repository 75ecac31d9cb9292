/**
 * What all optimizers share: groups of parameters, their state, and its saved form.
 *
 * @module
 */
import { enableGrad, keep, noGrad, scope, Tensor, tensor } from "../../core/mod.ts";
import { follow } from "../_followers.ts";
import { typeName } from "../_registry.ts";
import { zeroGradients } from "../_zero_grad.ts";
import type { ZeroGradOptions } from "../module_options.ts";
import { readOptimizerState } from "./_read_state.ts";
import { SCHEDULED } from "./_scheduled.ts";

/** Parameters, or parameters with names as `namedParameters()` gives them. */
export type Params = Iterable<Tensor> | Iterable<readonly [string, Tensor]>;

/** Parameters with options of their own. */
export type ParamGroupInput<O> = Partial<O> & {
  /** The parameters. */
  params: Params;
};

/** Parameters that are trained with the same options; the options may be changed between steps. */
export type ParamGroup<O> = O & {
  /** The parameters. */
  readonly params: Tensor[];
  /** Their names, where they were given with names. */
  readonly names: string[] | null;
  /** The learning rate that a scheduler started from, once there is one. */
  initialLr?: number;
  /** The largest rate of a `OneCycleLR`. */
  maxLr?: number;
  /** The smallest rate of a `OneCycleLR`. */
  minLr?: number;
  /** The largest momentum of a `OneCycleLR`. */
  maxMomentum?: number;
  /** The smallest momentum of a `OneCycleLR`. */
  baseMomentum?: number;
};

/** The state of one parameter: tensors of its shape, and counts. */
export type ParamState = Map<string, Tensor | number>;

/** How an option is called where it is saved; without an option, what is saved in its place. */
export type SavedOption =
  | readonly [saved: string, option: string]
  | readonly [saved: string, option: null, value: null | boolean];

/** What an optimizer says about its saved form. */
export interface SavedForm {
  /** The options in PyTorch's order. */
  readonly options: readonly SavedOption[];
  /** The names in a parameter's state that must be there once there is any. */
  readonly required: readonly string[];
  /** Other names that may be there. */
  readonly optional: readonly string[];
}

/**
 * The base class of optimizers.
 *
 * State is kept by parameter object: it survives `model.to` (and moves along), and is lost to
 * parameters that are replaced. Parameters whose `grad` is null are skipped, and what a step does is
 * not recorded.
 *
 * PyTorch: `torch.optim.Optimizer`.
 */
export abstract class Optimizer<O extends object = object> {
  /** The parameters and their options. */
  readonly paramGroups: ParamGroup<O>[] = [];
  readonly #defaults: O;
  readonly #state = new Map<Tensor, ParamState>();
  /** What loaded groups hold beside the options, and is saved again. */
  readonly #extra = new WeakMap<object, Map<string, unknown>>();

  /** The saved form. */
  protected abstract readonly saved: SavedForm;

  /** Changes one parameter by its gradient; operations are not recorded here. */
  protected abstract update(
    parameter: Tensor,
    grad: Tensor,
    group: ParamGroup<O>,
    state: ParamState,
  ): void;

  /** Throws `RangeError` where options make no sense. */
  protected abstract check(options: O): void;

  /**
   * Whether `update` may keep the gradient itself. If false, `zeroGrad` frees it at once where
   * nobody has read it.
   */
  protected readonly keepsGradients: boolean = true;

  /** Called by the subclass. */
  constructor(params: Params | Iterable<ParamGroupInput<O>>, defaults: O) {
    this.#defaults = defaults;
    if (typeof params !== "object" || params === null || !(Symbol.iterator in params)) {
      throw new TypeError(
        `${new.target.name}: expected an iterable of parameters or of groups, as model.parameters() returns, got ${
          typeName(params)
        }`,
      );
    }
    const items = [...params as Iterable<unknown>];
    if (items.length === 0) {
      throw new TypeError(`${new.target.name}: optimizer got an empty parameter list`);
    }
    const groups = items.every(isGroup) ? items : [{ params: items }];
    for (const group of groups) this.addParamGroup(group as ParamGroupInput<O>);
  }

  /**
   * Adds parameters to train.
   *
   * @param input Parameters, and options which differ from the optimizer's.
   * @throws {TypeError} If something is no parameter, no leaf, or is there already.
   * @throws {RangeError} If an option makes no sense.
   */
  addParamGroup(input: ParamGroupInput<O>): void {
    const { params: given, ...options } = input;
    const items = [...given as Iterable<unknown>];
    const named = items.length > 0 && items.every(isNamed);
    const params = named ? items.map(([, parameter]) => parameter) : items as Tensor[];
    const known = new Set(this.paramGroups.flatMap((group) => group.params));
    for (const parameter of params) {
      const name = this.constructor.name;
      if (!(parameter instanceof Tensor)) {
        throw new TypeError(
          `${name}: optimizer can only optimize Tensors, got ${typeof parameter}`,
        );
      }
      if (!parameter.isLeaf) throw new TypeError(`${name}: can't optimize a non-leaf Tensor`);
      if (known.has(parameter)) {
        throw new TypeError(
          `${name}: a parameter of shape [${parameter.shape.join(", ")}] appears more than once`,
        );
      }
      known.add(parameter);
    }
    const names = named ? items.map(([name]) => name) : null;
    const group = { ...this.#defaults, ...options as Partial<O>, params, names };
    this.check(group);
    this.paramGroups.push(group);
    for (const parameter of params) follow(parameter, this);
  }

  /**
   * Changes every parameter that has a gradient.
   *
   * @param closure Computes the loss and its gradients anew, if given.
   * @returns What the closure returned.
   */
  step(): undefined;
  /** The same, after a closure that computes the loss and its gradients. */
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | undefined {
    const loss = closure === undefined ? undefined : enableGrad(closure);
    noGrad(() => {
      for (const group of this.paramGroups) {
        for (const parameter of group.params) {
          const grad = this.keepsGradients ? parameter.grad : parameter.peekGrad();
          if (grad === null) continue;
          const state = this.#state.get(parameter) ?? new Map();
          this.#state.set(parameter, state);
          // What the update makes in between is gone before it is computed: so it goes over the old
          // values, in one kernel. The state lives on, also when a step runs inside of a scope.
          scope(() => {
            this.update(parameter, grad.detach(), group, state);
            for (const value of state.values()) if (value instanceof Tensor) keep(value);
          });
          parameter.realize();
          for (const value of state.values()) if (value instanceof Tensor) value.realize();
        }
      }
    });
    return loss;
  }

  /** Forgets the gradients of every parameter, or sets them to zero. */
  zeroGrad(options: ZeroGradOptions = {}): void {
    for (const group of this.paramGroups) zeroGradients(group.params, options);
  }

  /** The tensors kept for a parameter; `module.to` moves them with it. */
  tensorsOf(parameter: Tensor): Tensor[] {
    return [...this.#state.get(parameter)?.values() ?? []].filter((v) => v instanceof Tensor);
  }

  /**
   * The state and the options as PyTorch saves them: `state` by the parameters' numbers, and
   * `param_groups`. The tensors are the live ones.
   */
  stateDict(): Map<string, unknown> {
    const state = new Map<number, Map<string, Tensor>>();
    const groups: Map<string, unknown>[] = [];
    let next = 0;
    for (const group of this.paramGroups) {
      const numbers: number[] = [];
      for (const parameter of group.params) {
        const kept = this.#state.get(parameter);
        if (kept !== undefined && kept.size > 0) {
          state.set(
            next,
            new Map([...kept].map(([name, value]) => [
              name,
              value instanceof Tensor ? value.detach() : tensor(value, { dtype: "float32" }),
            ])),
          );
        }
        numbers.push(next++);
      }
      const saved = new Map<string, unknown>();
      for (const [name, option, value] of this.saved.options) {
        saved.set(name, option === null ? value : freeze(group[option as keyof O]));
      }
      for (const [name, option] of SCHEDULED) {
        if (group[option] !== undefined) saved.set(name, group[option]);
      }
      for (const [name, value] of this.#extra.get(group) ?? []) saved.set(name, value);
      if (group.names !== null) saved.set("param_names", [...group.names]);
      groups.push(saved.set("params", numbers));
    }
    return new Map<string, unknown>([["state", state], ["param_groups", groups]]);
  }

  /**
   * Takes over a saved state, also one that PyTorch saved. Nothing is changed unless all of it fits.
   * Tensors are copied, to the devices of their parameters, in the dtypes they were saved in.
   *
   * Parameters are matched by number; by name where both sides have names.
   *
   * @param state What `stateDict()` or `load` returned.
   * @throws {StateDictError} If groups, parameters, shapes or names don't fit; every problem is listed.
   */
  async loadStateDict(state: ReadonlyMap<string, unknown>): Promise<void> {
    const { name } = this.constructor;
    const read = await readOptimizerState(name, state, this.paramGroups, this.saved);
    for (const { options } of read.groups) this.check({ ...this.#defaults, ...options });
    read.groups.forEach(({ options, extra }, i) => {
      Object.assign(this.paramGroups[i], options);
      this.#extra.set(this.paramGroups[i], extra);
    });
    this.#state.clear();
    for (const [parameter, kept] of read.state) this.#state.set(parameter, kept);
  }

  /** The printed form: each group and its options. */
  toString(): string {
    const lines = this.paramGroups.flatMap((group, i) => [
      `Parameter Group ${i}`,
      ...this.saved.options.flatMap(([name, option]) =>
        option === null ? [] : [`    ${name}: ${String(group[option as keyof O])}`]
      ),
    ]);
    return `${this.constructor.name} (\n${lines.join("\n")}\n)`;
  }

  /** The same, for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

function isNamed(item: unknown): item is [string, Tensor] {
  return Array.isArray(item) && item.length === 2 && typeof item[0] === "string";
}

function isGroup(item: unknown): boolean {
  return typeof item === "object" && item !== null && "params" in item &&
    !(item instanceof Tensor);
}

/** Pairs are saved as tuples. */
function freeze(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}

/** Throws `RangeError` for a learning rate or a weight decay below 0, in PyTorch's words. */
export function checkRates({ lr, weightDecay }: { lr: number; weightDecay: number }): void {
  if (!(lr >= 0)) throw new RangeError(`Invalid learning rate: ${lr}`);
  if (!(weightDecay >= 0)) throw new RangeError(`Invalid weight_decay value: ${weightDecay}`);
}

/** A tensor of zeros or a count that a state has, or gets now. */
export function held<T extends Tensor | number>(state: ParamState, name: string, make: () => T): T {
  const known = state.get(name) as T | undefined;
  if (known !== undefined) return known;
  const value = make();
  state.set(name, value);
  return value;
}
