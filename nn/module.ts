/**
 * Modules: what holds parameters, buffers and other modules, and says what is saved and moved.
 *
 * @module
 */
import type { HookHandle, Target, Tensor } from "../core/mod.ts";
import { ForwardHooks } from "./_forward_hooks.ts";
import { loadRecords, type ModuleRecord } from "./_load_state_dict.ts";
import { moveTensors } from "./_move.ts";
import { printed } from "./_printed.ts";
import { Registry, type Role } from "./_registry.ts";
import { zeroGradients } from "./_zero_grad.ts";
import {
  addHook,
  type BackwardHook,
  type ForwardHook,
  type ForwardPreHook,
  type LoadStateDictPostHook,
  type LoadStateDictPreHook,
  type StateDictHook,
  type StateDictPreHook,
} from "./hooks.ts";
import type {
  IncompatibleKeys,
  LoadStateDictOptions,
  NamedOptions,
  StateDictOptions,
  ZeroGradOptions,
} from "./module_options.ts";
import type { Parameter } from "./parameter.ts";
import { StateDict } from "./state_dict.ts";

type Hooks<H> = Set<{ hook: H }>;

const isModule = (value: unknown): value is Module => value instanceof Module;

/**
 * The base class of everything that has parameters.
 *
 * A module *is* its own properties: a `Parameter` is a parameter because of what it is, a `Module` a
 * child, a `Buffer` (or a name given to `registerBuffer`) a buffer; in order of assignment. All else
 * is a plain attribute, which is neither saved nor moved; so are parameters and modules inside plain
 * arrays and maps: use `ModuleList`, `ModuleDict`, `ParameterList`, `ParameterDict`.
 *
 * A name that was seen as a parameter's (by any method that lists them) and then holds a plain tensor
 * raises `TypeError` at the next such method.
 *
 * PyTorch: `torch.nn.Module`.
 *
 * @example
 * ```ts
 * import { randn, type Tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * class MyModel extends nn.Module {
 *   plain = randn([1]);
 *   param = new nn.Parameter(randn([3, 3]));
 *   lin = new nn.Linear(3, 2);
 *   constructor() {
 *     super();
 *     this.registerBuffer("myBuffer", randn([2, 3]));
 *   }
 *   override forward(x: Tensor): Tensor {
 *     return this.lin.forward(x.matmul(this.param));
 *   }
 * }
 * const model = new MyModel();
 * assertEquals([...model.stateDict().keys()], ["param", "myBuffer", "lin.weight", "lin.bias"]);
 * assertEquals(model.forward(randn([5, 3])).shape, [5, 2]);
 * ```
 */
export class Module {
  /** Whether the module is in training mode; `train` and `eval` set it. */
  training = true;

  readonly #registry = new Registry<Module>(this, isModule);
  readonly #calls = new ForwardHooks(this);
  readonly #stateDictPreHooks: Hooks<StateDictPreHook> = new Set();
  readonly #stateDictHooks: Hooks<StateDictHook> = new Set();
  readonly #loadPreHooks: Hooks<LoadStateDictPreHook> = new Set();
  readonly #loadPostHooks: Hooks<LoadStateDictPostHook> = new Set();

  /**
   * Computes the output. Every module that is called defines its own.
   *
   * @throws {TypeError} If the class doesn't.
   */
  forward(..._args: unknown[]): unknown {
    throw new TypeError(
      `Module [${this.constructor.name}] is missing the required "forward" function`,
    );
  }

  /** The version of this class's saved state, which `stateDict().metadata` tells. */
  get stateVersion(): number {
    return 1;
  }

  // Registration

  /**
   * Makes a name a parameter.
   *
   * @param name The name; without ".", not empty, not taken.
   * @param parameter The parameter, or null to keep the name without one.
   * @throws {TypeError} If the name or the value won't do.
   */
  registerParameter(name: string, parameter: Parameter | null): void {
    this.#registry.declare(name, "parameter", parameter, true);
  }

  /**
   * Makes a name a buffer; it stays one whatever tensor is assigned to it.
   *
   * @param name The name; without ".", not empty, not taken.
   * @param tensor The buffer, or null to keep the name without one.
   * @param options `persistent`: whether checkpoints hold it; true by default, for a `Buffer` what it says.
   * @throws {TypeError} If the name or the value won't do.
   */
  registerBuffer(
    name: string,
    tensor: Tensor | null,
    options: { persistent?: boolean } = {},
  ): void {
    const own = (tensor as { persistent?: boolean } | null)?.persistent;
    this.#registry.declare(name, "buffer", tensor, options.persistent ?? own ?? true);
  }

  /**
   * Makes a name a child.
   *
   * @param name The name; without ".", not empty, not taken.
   * @param module The child, or null to keep the name without one.
   * @throws {TypeError} If the name or the value won't do.
   */
  registerModule(name: string, module: Module | null): void {
    this.#registry.declare(name, "module", module, true);
  }

  // Listing

  /** Every parameter once, this module's first. */
  parameters(options: { recurse?: boolean } = {}): Parameter[] {
    return this.namedParameters(options).map(([, parameter]) => parameter);
  }

  /** Every parameter with its name. */
  namedParameters(options: NamedOptions = {}): [string, Parameter][] {
    return this.#members("parameter", options) as [string, Parameter][];
  }

  /** Every buffer once, this module's first; those that aren't persistent too. */
  buffers(options: { recurse?: boolean } = {}): Tensor[] {
    return this.namedBuffers(options).map(([, buffer]) => buffer);
  }

  /** Every buffer with its name. */
  namedBuffers(options: NamedOptions = {}): [string, Tensor][] {
    return this.#members("buffer", options);
  }

  /** The direct children, each once. */
  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** The direct children with their names, each once unless `removeDuplicate` is false. */
  namedChildren(options: { removeDuplicate?: boolean } = {}): [string, Module][] {
    const { removeDuplicate = true } = options;
    const seen = new Set<Module>();
    return this.#children().filter(([, child]) =>
      !removeDuplicate || (!seen.has(child) && seen.add(child))
    );
  }

  /** This module and all below it, each once. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** This module and all below it with their paths, this one's being the prefix. */
  namedModules(options: { prefix?: string; removeDuplicate?: boolean } = {}): [string, Module][] {
    const { prefix = "", removeDuplicate = true } = options;
    const seen = new Set<Module>();
    return this.#tree(prefix).filter(([, module]) =>
      !removeDuplicate || (!seen.has(module) && seen.add(module))
    );
  }

  /** The module at a path of names joined by dots; `""` is this one. */
  getSubmodule(path: string): Module {
    const names = path === "" ? [] : path.split(".");
    return names.reduce<Module>(
      (module, name) => module.#member(name, "module") as Module,
      this,
    );
  }

  /** The parameter at a path. */
  getParameter(path: string): Parameter {
    const dot = path.lastIndexOf(".");
    const module = this.getSubmodule(path.slice(0, Math.max(dot, 0)));
    return module.#member(path.slice(dot + 1), "parameter") as Parameter;
  }

  /** The buffer at a path. */
  getBuffer(path: string): Tensor {
    const dot = path.lastIndexOf(".");
    const module = this.getSubmodule(path.slice(0, Math.max(dot, 0)));
    return module.#member(path.slice(dot + 1), "buffer") as Tensor;
  }

  // State

  /**
   * The state that a checkpoint holds: per module its parameters, then its persistent buffers, then
   * its children. The values are the live tensors, detached; what is tied appears under each name.
   *
   * @param options `prefix` and `keepVars`.
   * @returns Names and tensors, with `metadata`.
   */
  stateDict(options: StateDictOptions = {}): StateDict {
    const { prefix = "", keepVars = false } = options;
    this.#tree(""); // refuses a module that is inside of itself
    return this.#save(new StateDict(), prefix, keepVars);
  }

  #save(into: StateDict, prefix: string, keepVars: boolean): StateDict {
    let state = into;
    const metadata = new Map<string, unknown>([["version", this.stateVersion]]);
    state.metadata.set(prefix.replace(/\.$/, ""), metadata);
    for (const { hook } of this.#stateDictPreHooks) hook(this, prefix, keepVars);
    const entries = this.#registry.entries();
    for (const role of ["parameter", "buffer"] as const) {
      for (const entry of entries) {
        if (entry.role !== role || !entry.persistent || entry.value === null) continue;
        const value = entry.value as Tensor;
        state.set(prefix + entry.name, keepVars ? value : value.detach());
      }
    }
    if (this.getExtraState !== Module.prototype.getExtraState) {
      state.set(`${prefix}_extra_state`, this.getExtraState() as Tensor);
    }
    for (const { name, role, value } of entries) {
      if (role === "module" && value !== null) {
        state = (value as Module).#save(state, `${prefix}${name}.`, keepVars);
      }
    }
    for (const { hook } of this.#stateDictHooks) {
      state = hook(this, state, prefix, metadata) ?? state;
    }
    return state;
  }

  /**
   * Gives the module a saved state. Nothing is written unless everything fits: every problem is found
   * first, and all are told in one error. Values are copied into the existing tensors, which stay the
   * objects they are, across devices and float sizes if need be.
   *
   * A checkpoint that gives tied names different values is refused. With `assign`, the given tensors
   * take the place of the existing ones: an optimizer made before then holds the old ones.
   *
   * @param state What `stateDict()` or `load` returned: a `Map`, which is not changed.
   * @param options `strict` and `assign`.
   * @returns The names that were missing and unexpected; with `strict` there are none.
   * @throws {StateDictError} If names are missing or unexpected (with `strict`), or a shape or kind of
   * dtype differs (always).
   */
  async loadStateDict(
    state: ReadonlyMap<string, unknown>,
    options: LoadStateDictOptions = {},
  ): Promise<IncompatibleKeys> {
    const records = this.#tree("").map(([path, module]): ModuleRecord => ({
      module,
      prefix: path === "" ? "" : `${path}.`,
      entries: module.#registry.entries(),
      takesExtraState: module.setExtraState !== Module.prototype.setExtraState,
    }));
    const keys = await loadRecords(records, state, options, (module, copy, prefix, metadata) => {
      for (const { hook } of module.#loadPreHooks) hook(module, copy, prefix, metadata);
      module.migrateState(copy, prefix, metadata);
    });
    // Children before parents, as PyTorch has it.
    for (const { module } of records.toReversed()) {
      for (const { hook } of module.#loadPostHooks) hook(module, keys);
    }
    return keys;
  }

  /**
   * Brings a state dict of an older version up to date before it is checked; classes whose saved
   * state changed override it. `state` is a copy of the map.
   *
   * PyTorch: what `_load_from_state_dict` overrides do with `version`.
   */
  protected migrateState(
    _state: Map<string, unknown>,
    _prefix: string,
    _metadata: ReadonlyMap<string, unknown>,
  ): void {}

  /** What else a checkpoint holds for this module, under `_extra_state`; by default nothing. */
  getExtraState(): unknown {
    return undefined;
  }

  /** Takes back what `getExtraState` gave; a class that has one defines both. */
  setExtraState(_state: unknown): void {
    throw new TypeError(
      `${this.constructor.name}: setExtraState is not defined, and the state dict has "_extra_state"`,
    );
  }

  // Moving and modes

  /**
   * Moves parameters, buffers and gradients to a device, or to a dtype (the floating ones only). The
   * tensors stay the objects they are, with their ties and `requiresGrad`; the state of optimizers that
   * train them moves along. Nothing is changed unless all of it can be.
   *
   * @param target A device, a floating dtype, or both in an object.
   * @returns This module.
   * @throws {DTypeError} If the dtype is not floating.
   * @throws {DeviceError} If there is no such device.
   */
  async to(target: Target): Promise<this> {
    const tensors = [
      ...this.namedParameters({ removeDuplicate: false }),
      ...this.namedBuffers({ removeDuplicate: false }),
    ];
    await moveTensors(tensors.map(([, tensor]) => tensor), target);
    return this;
  }

  /** `to("cpu")`. */
  cpu(): Promise<this> {
    return this.to("cpu");
  }

  /** `to("webgpu")`. */
  gpu(): Promise<this> {
    return this.to("webgpu");
  }

  /** `to("float32")`. */
  float(): Promise<this> {
    return this.to("float32");
  }

  /** `to("float64")`. */
  double(): Promise<this> {
    return this.to("float64");
  }

  /** `to("float16")`. */
  half(): Promise<this> {
    return this.to("float16");
  }

  /** `to("bfloat16")`. */
  bfloat16(): Promise<this> {
    return this.to("bfloat16");
  }

  /** Puts this module and all below it in training mode, or with false in evaluation mode. */
  train(mode = true): this {
    if (typeof mode !== "boolean") {
      throw new TypeError(`training mode is expected to be boolean, got ${typeof mode}`);
    }
    this.#tree("");
    this.training = mode;
    for (const child of this.children()) child.train(mode);
    return this;
  }

  /** `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Says for every parameter whether gradients are computed for it. */
  requiresGrad_(flag = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(flag);
    return this;
  }

  /** Forgets the gradients of every parameter, or sets them to zero. */
  zeroGrad(options: ZeroGradOptions = {}): void {
    zeroGradients(this.parameters(), options);
  }

  /** Calls a function on every module below, then on this one. */
  apply(fn: (module: Module) => void): this {
    this.#tree("");
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  // Hooks

  /** Runs a function before each `forward`, with its arguments. */
  registerForwardPreHook(hook: ForwardPreHook): HookHandle {
    return this.#calls.add("before", hook);
  }

  /** Runs a function after each `forward`, with its arguments and result. */
  registerForwardHook(hook: ForwardHook): HookHandle {
    return this.#calls.add("after", hook);
  }

  /**
   * Runs a function when gradients have gone back through this module, with those of its tensor
   * arguments and results. The former can be replaced where one argument needs a gradient.
   */
  registerFullBackwardHook(hook: BackwardHook): HookHandle {
    return this.#calls.add("backward", hook);
  }

  /** Runs a function before this module's part of `stateDict`. */
  registerStateDictPreHook(hook: StateDictPreHook): HookHandle {
    return addHook(this.#stateDictPreHooks, hook);
  }

  /** Runs a function after this module's part of `stateDict`. */
  registerStateDictHook(hook: StateDictHook): HookHandle {
    return addHook(this.#stateDictHooks, hook);
  }

  /** Runs a function before this module's part of a state dict is checked, on a copy of the map. */
  registerLoadStateDictPreHook(hook: LoadStateDictPreHook): HookHandle {
    return addHook(this.#loadPreHooks, hook);
  }

  /** Runs a function after a state dict was loaded. */
  registerLoadStateDictPostHook(hook: LoadStateDictPostHook): HookHandle {
    return addHook(this.#loadPostHooks, hook);
  }

  // Printing

  /** What stands in the parentheses of the printed form, before the children. */
  extraRepr(): string {
    return "";
  }

  /** The printed form: the class, what `extraRepr` says, and the children. */
  toString(): string {
    const children = this.#registry.entries().filter(({ role }) => role === "module");
    return printed(this.constructor.name, this.extraRepr(), children);
  }

  /** The same, for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  // Walking

  #children(): [string, Module][] {
    return this.#registry.entries()
      .filter(({ role, value }) => role === "module" && value !== null)
      .map(({ name, value }) => [name, value as Module]);
  }

  /** This module and all below it, under each of their paths. */
  #tree(path: string, above: Module[] = []): [string, Module][] {
    if (above.includes(this)) {
      throw new TypeError(
        `${this.constructor.name} at "${path}" is a child of itself: keep a reference to a parent in a ` +
          "private #field, where it is no child",
      );
    }
    const below = this.#children().flatMap(([name, child]) =>
      child.#tree(path === "" ? name : `${path}.${name}`, [...above, this])
    );
    return [[path, this], ...below];
  }

  #members(role: Role, options: NamedOptions): [string, Tensor][] {
    const { prefix = "", recurse = true, removeDuplicate = true } = options;
    const seen = new Set<Tensor>();
    const members: [string, Tensor][] = [];
    const modules: [string, Module][] = recurse
      ? this.namedModules({ prefix, removeDuplicate })
      : [[prefix, this]];
    for (const [path, module] of modules) {
      for (const entry of module.#registry.entries()) {
        if (entry.role !== role || entry.value === null) continue;
        const value = entry.value as Tensor;
        if (removeDuplicate && seen.has(value)) continue;
        seen.add(value);
        members.push([path === "" ? entry.name : `${path}.${entry.name}`, value]);
      }
    }
    return members;
  }

  #member(name: string, role: Role): Tensor | Module {
    const found = this.#registry.entries().find((entry) => entry.name === name);
    if (found?.role === role && found.value !== null) return found.value;
    const about = name in this ? `\`${name}\` is not a ${role}` : `has no attribute \`${name}\``;
    throw new ReferenceError(`${this.constructor.name}: ${about}`);
  }
}
