/**
 * An instance that is a module of this package.
 *
 * @module
 */
import {
  type DeviceName,
  type DType,
  getRngState,
  isGradEnabled,
  manualSeed,
  noGrad,
  type RngState,
  setRngState,
  StateDictError,
  type Tensor,
} from "../core/mod.ts";
import { Buffer, Dropout, Module, Parameter } from "../nn/mod.ts";
import { AdamW, type Optimizer, StepLR } from "../nn/optim/mod.ts";
import { load, toBytes } from "../serialize/mod.ts";
import { type Snapshot, snapshots } from "./compare.ts";
import { isFloating } from "./examine.ts";
import { HeldTensors, numberOf, tensorOf, writeTo } from "./held_tensors.ts";
import {
  type CallOptions,
  type Entry,
  type Given,
  type HeldState,
  type Instance,
  isContents,
  type Layer,
  type Lead,
  type Listing,
  type LoadOutcome,
  type Look,
  type Once,
  type OptimizerChoice,
  type Output,
  type Part,
  type Refusal,
  type Training,
} from "./instance.ts";
import { leadsOf } from "./module_leads.ts";
import { ModuleOutput } from "./module_output.ts";
import { ModuleTraining, optimizerOf } from "./module_training.ts";
import { tracksStatistics } from "./state.ts";
import { total, totalAsync } from "./totality.ts";
import { reachable, registered } from "./walk.ts";

const ALL = { removeDuplicate: false };

/** The buffers of a module that its constructor registered as not persistent. */
export type Transient = ReadonlyMap<Module, ReadonlySet<string>>;

/**
 * Runs a constructor and notes which buffers it registers as not persistent: an instance does not
 * tell afterwards.
 *
 * @param make Constructs.
 * @returns What it gave, and those buffers.
 */
export function constructWatched<T>(make: () => T): { value: T; transient: Transient } {
  const transient = new Map<Module, Set<string>>();
  const { registerBuffer } = Module.prototype;
  Module.prototype.registerBuffer = function (name, tensor, options = {}) {
    registerBuffer.call(this, name, tensor, options);
    const own = tensor instanceof Buffer ? tensor.persistent : true;
    if (options.persistent ?? own) return;
    transient.set(this, (transient.get(this) ?? new Set()).add(name));
  };
  // Restored before anything is awaited: constructors are synchronous.
  try {
    return { value: make(), transient };
  } finally {
    Module.prototype.registerBuffer = registerBuffer;
  }
}

/**
 * The names of the buffers that are not persistent.
 *
 * @param root The module.
 * @param transient What the constructor registered so.
 * @returns Those, and the ones that were assigned so since.
 */
export function transientNames(root: Module, transient: Transient): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [path, part] of root.namedModules(ALL)) {
    const own = part.namedBuffers({ recurse: false, ...ALL })
      .filter(([, value]) => value instanceof Buffer && !value.persistent)
      .map(([name]) => name);
    for (const name of [...transient.get(part) ?? [], ...own]) {
      names.add(path === "" ? name : `${path}.${name}`);
    }
  }
  return names;
}

/** A module of this package as an instance. */
export class ModuleInstance implements Instance {
  readonly #module: Module;
  readonly #device: DeviceName;
  readonly #transient: Transient;

  /**
   * Makes the instance.
   *
   * @param module The module.
   * @param device Where its arguments go.
   * @param transient What its constructor registered as not persistent; nothing by default.
   */
  constructor(module: Module, device: DeviceName, transient: Transient = new Map()) {
    this.#module = module;
    this.#device = device;
    this.#transient = transient;
  }

  /** Everything that it says of itself. */
  list(): Promise<Listing> {
    return totalAsync("Listing what is registered", () => {
      const module = this.#module;
      const parts = module.namedModules(ALL);
      const transient = transientNames(module, this.#transient);
      const entry = (role: Entry["role"]) => ([name, value]: [string, Tensor]): Entry => ({
        name,
        role,
        shape: [...value.shape],
        dtype: value.dtype,
        device: value.device,
        requiresGrad: value.requiresGrad,
        gradient: numbersOf(value.grad),
        isParameter: value instanceof Parameter,
        persistent: !transient.has(name),
        history: value.gradFn?.name ?? null,
        object: numberOf(value),
        memory: numberOf(value.storage),
        offset: value.offset,
      });
      return {
        entries: [
          ...module.namedParameters(ALL).map(entry("parameter")),
          ...module.namedBuffers(ALL).map(entry("buffer")),
        ],
        parts: parts.map(partOf),
        once: {
          parameters: once(module.namedParameters(), module.parameters()),
          buffers: once(module.namedBuffers(), module.buffers()),
          modules: once(module.namedModules(), module.modules()),
        },
        recording: isGradEnabled(),
      };
    });
  }

  /** The mode of each module that hangs on it. */
  modes(): Promise<[where: string, training: boolean][]> {
    return Promise.resolve([
      ["the module itself", this.#module.training],
      ...reachable(this.#module).modules.map(({ path, value }): [string, boolean] => [
        `this.${path} (${value.constructor.name})`,
        value.training,
      ]),
    ]);
  }

  /** The tensors that hang on it and share no memory with what is registered. */
  unregistered(): Promise<{ where: string; device: string; memory: number }[]> {
    const known = new Set(registered(this.#module).map(([, { storage }]) => storage));
    return Promise.resolve(
      reachable(this.#module).tensors
        .filter(({ value }) => !known.has(value.storage))
        .map(({ path, value: { device, storage } }) => ({
          where: `this.${path}`,
          device,
          memory: numberOf(storage),
        })),
    );
  }

  /** What every name leads to. */
  leads(): Promise<Lead[]> {
    return totalAsync("Looking up names", () => leadsOf(this.#module));
  }

  /** The contents of what is registered. */
  read(): Promise<Map<string, Snapshot>> {
    return snapshots(registered(this.#module));
  }

  /** Writes to registered tensors. */
  write(values: ReadonlyMap<string, Snapshot>): Promise<void> {
    writeTo(new Map(registered(this.#module)), values);
    return Promise.resolve();
  }

  /** The gradients of registered tensors. */
  gradients(): Promise<Map<string, Snapshot>> {
    return snapshots(
      registered(this.#module).flatMap(([name, { grad }]): [string, Tensor][] =>
        grad === null ? [] : [[name, grad]]
      ),
    );
  }

  /** Sets or forgets gradients. */
  setGradients(values: ReadonlyMap<string, Snapshot | null>): Promise<void> {
    const tensors = new Map(registered(this.#module));
    for (const [name, value] of values) {
      const tensor = tensors.get(name)!;
      tensor.grad = value === null ? null : tensorOf(value, tensor.device);
    }
    return Promise.resolve();
  }

  /** Forgets all gradients, or sets them to zero. */
  zeroGrad(setToNone = true): Promise<void> {
    return totalAsync("zeroGrad", () => this.#module.zeroGrad({ setToNone }));
  }

  /** Whether gradients are asked for. */
  requireGrad(flag: boolean, names?: readonly string[]): Promise<void> {
    return totalAsync("requiresGrad_", () => {
      if (names === undefined) return void this.#module.requiresGrad_(flag);
      const parameters = new Map(this.#module.namedParameters(ALL));
      for (const name of names) parameters.get(name)!.requiresGrad_(flag);
    });
  }

  /** Sets the mode. */
  train(mode: boolean): Promise<void> {
    return totalAsync(mode ? "train()" : "eval()", () => {
      mode ? this.#module.train() : this.#module.eval();
    });
  }

  /** Moves or casts it. */
  to(target: DeviceName | DType): Promise<void> {
    return totalAsync(`to("${target}")`, async () => void await this.#module.to(target));
  }

  /** Its live state dict. */
  stateDict(): Promise<HeldState> {
    return totalAsync("stateDict", () => new HeldTensors(this.#module.stateDict()));
  }

  /** Loads a state dict. */
  load(state: HeldState, strict = true): Promise<LoadOutcome> {
    return totalAsync("loadStateDict", async () => {
      try {
        const keys = await this.#module.loadStateDict((state as HeldTensors).state, { strict });
        const { missingKeys: missing, unexpectedKeys: unexpected } = keys;
        return { error: null, missing, unexpected, mismatched: [] };
      } catch (error) {
        if (!(error instanceof StateDictError)) throw error;
        const { missingKeys: missing, unexpectedKeys: unexpected } = error;
        const mismatched = error.mismatched.map(misfit);
        return { error: error.name, missing, unexpected, mismatched };
      }
    });
  }

  /** Its state dict as a file. */
  save(): Promise<Uint8Array> {
    return totalAsync("save", () => toBytes(this.#module.stateDict()));
  }

  /** What a file holds. */
  parse(bytes: Uint8Array): Promise<HeldState> {
    return totalAsync(
      "load",
      async () => new HeldTensors(await load(bytes)),
    );
  }

  /** Calls `forward`. */
  async forward(args: readonly Given[], options: CallOptions = {}): Promise<Output> {
    const { seed, recorded = false, inputGradients = false } = options;
    const given = args.map((arg) => this.#built(arg, inputGradients));
    if (seed !== undefined) manualSeed(seed);
    const call = () => total("forward", () => this.#module.forward(...given));
    const value = recorded ? call() : noGrad(call);
    return await Promise.resolve(new ModuleOutput(given, value));
  }

  /** Calls `forward` with what it may refuse. */
  attempt(args: readonly Given[]): Promise<Output | Refusal> {
    const given = args.map((arg) => this.#built(arg, false));
    try {
      const value = this.#module.forward(...given);
      return Promise.resolve(new ModuleOutput(given, value));
    } catch (error) {
      const isError = error instanceof Error;
      return Promise.resolve({
        isError,
        name: isError ? error.name : typeof error,
        message: isError ? error.message : String(error),
      });
    }
  }

  #built(given: Given, inputGradients: boolean): unknown {
    if (typeof given !== "object" || given === null) return given;
    if (isContents(given)) {
      const tensor = tensorOf(given, this.#device);
      return inputGradients && isFloating(tensor) ? tensor.requiresGrad_(true) : tensor;
    }
    if (Array.isArray(given)) return given.map((item) => this.#built(item, inputGradients));
    return Object.fromEntries(
      Object.entries(given).map(([key, item]) => [key, this.#built(item as Given, inputGradients)]),
    );
  }

  /** One of its modules. */
  part(name: string): Promise<Instance> {
    if (name === "") return Promise.resolve(this);
    const found = new Map(this.#module.namedModules(ALL)).get(name);
    if (found === undefined) throw new TypeError(`There is no module "${name}"`);
    return Promise.resolve(new ModuleInstance(found, this.#device, this.#transient));
  }

  /** An optimizer for its parameters. */
  optimizer(choice: OptimizerChoice): Promise<Training> {
    return totalAsync("The optimizer's constructor", () => {
      const parameters = this.#module.parameters();
      if (parameters.length === 0) return this.training(null);
      const optimizer = optimizerOf(choice, parameters);
      const { schedule } = choice;
      if (schedule === undefined) return this.training(optimizer);
      const { stepSize, gamma } = schedule;
      return this.training(optimizer, new StepLR(optimizer, stepSize, { gamma }));
    });
  }

  /** What trains it by an optimizer that is there already, and by its schedule. */
  training(optimizer: Optimizer | null, scheduler: StepLR | null = null): Training {
    return new ModuleTraining(this, this.#module, optimizer, scheduler);
  }

  /** Looks at it. */
  look(how: Look): Promise<void> {
    return totalAsync(how, () => LOOKS[how](this.#module));
  }

  /** Sets the random state. */
  seed(seed: number): Promise<void> {
    manualSeed(seed);
    return Promise.resolve();
  }

  /** The random state. */
  randomState(): Promise<string> {
    const { key, counter } = getRngState();
    return Promise.resolve(JSON.stringify({ key, counter }));
  }

  /** Sets the random state to an earlier one. */
  setRandomState(state: string): Promise<void> {
    setRngState(JSON.parse(state) as RngState);
    return Promise.resolve();
  }
}

const LOOKS: Readonly<Record<Look, (module: Module) => void | Promise<void>>> = {
  list: (module: Module) => {
    module.parameters();
    module.buffers();
    module.modules();
  },
  stateDict: (module: Module) => void module.stateDict(),
  save: async (module: Module) => void await toBytes(module.stateDict()),
  print: (module: Module) => void String(module),
  optimizer: (module: Module) => {
    if (module.parameters().length > 0) new AdamW(module.parameters());
  },
};

/** The name that a misfit is about: its text says `size mismatch for NAME: ...`, or quotes it. */
function misfit(text: string): string {
  return text.match(/ (\S+): /)?.[1] ?? text.match(/"(.*?)"/)?.[1] ?? text;
}

function numbersOf(gradient: Tensor | null): Entry["gradient"] {
  if (gradient === null) return null;
  return { object: numberOf(gradient), memory: numberOf(gradient.storage) };
}

function partOf([name, module]: [string, Module]): Part {
  const { training } = module;
  return {
    name,
    type: module.constructor.name,
    training,
    object: numberOf(module),
    layer: layerOf(module),
  };
}

function layerOf(module: Module): Layer | null {
  if (module instanceof Dropout) return { kind: "dropout", p: module.p };
  if (!tracksStatistics(module)) return null;
  return { kind: "batchNorm", features: module.numFeatures, momentum: module.momentum };
}

function once(named: readonly [string, object][], plain: readonly object[]): Once {
  return { names: named.map(([name]) => name), objects: plain.map(numberOf) };
}
