/**
 * An instance of what is judged, as a law sees it: a module of this package, or one that lives in
 * another library and another process. Everything is asynchronous and speaks in plain data, so that
 * one law judges both.
 *
 * @module
 */
import { type DeviceName, type DType, DTYPES } from "../core/mod.ts";
import { type Argument, isTensorSpec } from "./argument.ts";
import type { Snapshot } from "./compare.ts";
import { decodeNumbers, encodeNumbers, fillNumbers, type FillSpec } from "./fill.ts";
import type { Layout } from "./layout.ts";

/** A tensor that is registered, under one of its names. */
export interface Entry {
  /** The path: `encoder.weight`. */
  readonly name: string;
  /** Trained or not. */
  readonly role: "parameter" | "buffer";
  /** The sizes. */
  readonly shape: readonly number[];
  /** The dtype. */
  readonly dtype: DType;
  /** Where it is. */
  readonly device: string;
  /** Whether gradients are asked for. */
  readonly requiresGrad: boolean;
  /** Its gradient as an object, and the memory of that; null if it has none. */
  readonly gradient: Readonly<Record<"object" | "memory", number>> | null;
  /** Whether its class is that of parameters. */
  readonly isParameter: boolean;
  /** Whether files are to hold it, as its constructor said. */
  readonly persistent: boolean;
  /** The operation that it was computed by, or null: what is registered has no history. */
  readonly history: string | null;
  /** The same number for the same object, as long as the instance lives. */
  readonly object: number;
  /** The same number for the same memory. */
  readonly memory: number;
  /** How many elements into that memory it begins. */
  readonly offset: number;
}

/** What some modules are known to do. */
export type Layer =
  | { readonly kind: "dropout"; readonly p: number }
  | {
    readonly kind: "batchNorm";
    readonly features: number;
    readonly momentum: number | null;
  };

/** A module inside, or the whole itself, whose name is `""`. */
export interface Part {
  /** The path. */
  readonly name: string;
  /** The name of its class. */
  readonly type: string;
  /** Whether it is in training mode. */
  readonly training: boolean;
  /** The same number for the same module. */
  readonly object: number;
  /** What it is known to do, or null. */
  readonly layer: Layer | null;
}

/** What an instance lists under a heading: each object once, with its first name, and without. */
export interface Once {
  /** The names. */
  readonly names: readonly string[];
  /** The numbers of what a list without names holds: what an optimizer is given. */
  readonly objects: readonly number[];
}

/** Everything that an instance says of itself. */
export interface Listing {
  /** Parameters, then buffers, under every name. */
  readonly entries: readonly Entry[];
  /** Modules, under every name. */
  readonly parts: readonly Part[];
  /** What it lists once. */
  readonly once: Readonly<Record<"parameters" | "buffers" | "modules", Once>>;
  /** Whether operations are recorded for gradients. */
  readonly recording: boolean;
}

/** What the name of a parameter, a buffer or a module leads to. */
export interface Lead {
  /** The name. */
  readonly name: string;
  /** Whether it is looked up, or spells properties that hold something. */
  readonly by: "lookup" | "property";
  /** How the library writes that: `getParameter("fc.weight")`, or `this.fc.weight`. */
  readonly way: string;
  /** The number of the object that is listed under the name. */
  readonly listed: number;
  /** The number of the object that was found, or what there is instead. */
  readonly found: number | string;
}

/** A tensor of a state dict. */
export interface HeldEntry {
  /** Its name. */
  readonly name: string;
  /** Whether gradients are asked for. */
  readonly requiresGrad: boolean;
  /** The number of its memory. */
  readonly memory: number;
  /** How many elements into that memory it begins. */
  readonly offset: number;
  /** The sizes. */
  readonly shape: readonly number[];
  /** The dtype. */
  readonly dtype: DType;
  /** How many bytes its whole memory has. */
  readonly memoryBytes: number;
}

/** A change to a copy of a state dict: a tensor, null for what is no tensor, or its removal. */
export type Edit = Snapshot | null | "delete";

/** A state dict that is held where the instance is: the live one, a file's or a changed copy. */
export interface HeldState {
  /** What it holds now, in order, without what is no tensor. */
  readonly entries: readonly HeldEntry[];
  /** The contents now. */
  read(): Promise<Map<string, Snapshot>>;
  /** Writes to the tensors of these names. */
  write(values: ReadonlyMap<string, Snapshot>): Promise<void>;
  /** A copy with other entries; what is not named shares its tensors. */
  edit(edits: ReadonlyMap<string, Edit>): Promise<HeldState>;
}

/** What came of loading. */
export interface LoadOutcome {
  /** The class of the error that a state which does not fit is refused by, or null. */
  readonly error: string | null;
  /** Names that were asked for and not there. */
  readonly missing: readonly string[];
  /** Names that were there and not asked for. */
  readonly unexpected: readonly string[];
  /** Names whose value does not fit. */
  readonly mismatched: readonly string[];
}

/** A tensor as an argument: its contents, and how they lie in memory. */
export interface Contents extends Snapshot {
  /** Contiguous by default. */
  readonly layout?: Layout;
}

/** An argument of `forward`: plain values, {@linkcode Contents} for tensors, and lists of both. */
export type Given =
  | Contents
  | null
  | boolean
  | number
  | string
  | readonly Given[]
  | { readonly [name: string]: Given };

/** A tensor among the arguments, as it is after the call. */
export interface InputTensor extends Snapshot {
  /** Whether gradients are asked for. */
  readonly requiresGrad: boolean;
}

/** How to call `forward`. */
export interface CallOptions {
  /** What the random state is set to before; left alone by default. */
  readonly seed?: number;
  /** Whether operations are recorded for gradients; not by default. */
  readonly recorded?: boolean;
  /** Whether floating arguments ask for gradients; not by default. */
  readonly inputGradients?: boolean;
}

/** A tensor that `forward` returned. */
export interface OutputTensor {
  /** Where it stands in what was returned: `output[0]`. */
  readonly place: string;
  /** The sizes. */
  readonly shape: readonly number[];
  /** The dtype. */
  readonly dtype: DType;
  /** Whether it has a history. */
  readonly requiresGrad: boolean;
}

/** What `forward` returned, where it returned it. */
export abstract class Output {
  /** The tensors, in order. */
  abstract readonly outputs: readonly OutputTensor[];
  /** The contents by their place, with every NaN made the same. */
  abstract values(): Promise<Map<string, Snapshot>>;
  /** The tensors among the arguments as they are now, by their place. */
  abstract inputs(): Promise<Map<string, InputTensor>>;
  /** Adds the gradients of the sum of the outputs times weights, one for each or null. */
  abstract backwardBy(weights: readonly (Contents | null)[]): Promise<void>;
  /** What the last backward gave the arguments, by their place. */
  abstract inputGradients(): Promise<Map<string, Snapshot>>;

  /** Whether some floating output has a history. */
  get requiresGrad(): boolean {
    return this.outputs.some((each) => isFloat(each) && each.requiresGrad);
  }

  /**
   * Computes the gradients of a sum of all floating outputs with fixed random weights, so that no two
   * errors cancel.
   *
   * @param seed Where the weights begin.
   * @param layout How the incoming gradients lie in memory; contiguous by default.
   */
  async backward(seed: number, layout: Layout = "contiguous"): Promise<void> {
    await this.backwardBy(this.weights(seed, layout));
  }

  /**
   * Random weights for the outputs, as `backward` has them; null for those that are not floating.
   *
   * @param seed Where they begin.
   * @param layout How they lie in memory; contiguous by default.
   */
  weights(seed: number, layout: Layout = "contiguous"): (Contents | null)[] {
    let count = 0;
    return this.outputs.map((output) => {
      if (!isFloat(output)) return null;
      const { shape: tensor, dtype } = output;
      return { ...contentsOf({ tensor, dtype, fill: "normal", seed: seed ^ count++ }), layout };
    });
  }
}

const isFloat = ({ dtype }: OutputTensor): boolean => DTYPES[dtype].kind === "float";

/** What trains an instance. */
export abstract class Training {
  /** What is trained. */
  protected abstract readonly instance: Instance;
  /** Clears the gradients. */
  abstract clear(): Promise<void>;
  /** Changes the parameters by their gradients, and then the rate by the schedule. */
  abstract advance(): Promise<void>;
  /** A file with the state of the instance, of the optimizer and of its schedule. */
  abstract save(): Promise<Uint8Array>;
  /** Gives each what such a file holds. */
  abstract load(bytes: Uint8Array): Promise<void>;

  /**
   * One step: clears the gradients, computes new ones, and advances.
   *
   * @param args Forward arguments.
   * @param seed Where the weights of the loss begin.
   */
  async step(args: readonly Given[], seed: number): Promise<void> {
    await this.clear();
    const output = await this.instance.forward(args, { recorded: true });
    if (output.requiresGrad) await output.backward(seed);
    await this.advance();
  }
}

/** Which optimizer trains, and how. */
export interface OptimizerChoice {
  /** The class. */
  readonly kind: "SGD" | "Adam" | "AdamW";
  /** The learning rate. */
  readonly lr: number;
  /** Of SGD; 0 by default. */
  readonly momentum?: number;
  /** 0 by default, 0.01 for AdamW. */
  readonly weightDecay?: number;
  /** Multiplies the rate by `gamma` after every so many steps, as `StepLR` does; not by default. */
  readonly schedule?: { readonly stepSize: number; readonly gamma: number };
}

/** Ways to look at an instance that should change nothing. */
export type Look = "list" | "stateDict" | "save" | "print" | "optimizer";

/** Why `forward` refused its arguments. */
export interface Refusal {
  /** Whether what was thrown is an error. */
  readonly isError: boolean;
  /** Its class. */
  readonly name: string;
  /** What it says. */
  readonly message: string;
}

/**
 * An instance of what is judged. What its library throws where it should have worked is a refutation
 * of its totality, thrown by the method itself.
 */
export interface Instance {
  /** Everything that it says of itself. */
  list(): Promise<Listing>;
  /** The mode of each module that hangs on it, registered or not, and where it is. */
  modes(): Promise<[where: string, training: boolean][]>;
  /** The tensors that hang on it and share no memory with what is registered; none if unknown. */
  unregistered(): Promise<{ where: string; device: string; memory: number }[]>;
  /** What every name leads to. */
  leads(): Promise<Lead[]>;
  /** The contents of what is registered, under every name. */
  read(): Promise<Map<string, Snapshot>>;
  /** Writes to registered tensors, where they are. */
  write(values: ReadonlyMap<string, Snapshot>): Promise<void>;
  /** The gradients of registered tensors, by name. */
  gradients(): Promise<Map<string, Snapshot>>;
  /** Sets or, by null, forgets gradients. */
  setGradients(values: ReadonlyMap<string, Snapshot | null>): Promise<void>;
  /** Forgets all gradients, or sets them to zero. */
  zeroGrad(setToNone?: boolean): Promise<void>;
  /** Whether gradients are asked for: of all parameters, or of those named. */
  requireGrad(flag: boolean, names?: readonly string[]): Promise<void>;
  /** Sets the mode. */
  train(mode: boolean): Promise<void>;
  /** Moves it to a device, or casts it to a dtype. */
  to(target: DeviceName | DType): Promise<void>;
  /** Its live state dict. */
  stateDict(): Promise<HeldState>;
  /** Loads a state dict. */
  load(state: HeldState, strict?: boolean): Promise<LoadOutcome>;
  /** Its state dict as a file. */
  save(): Promise<Uint8Array>;
  /** What a file holds. */
  parse(bytes: Uint8Array): Promise<HeldState>;
  /** Calls `forward`. */
  forward(args: readonly Given[], options?: CallOptions): Promise<Output>;
  /** Calls `forward` with what it may refuse, operations being recorded. */
  attempt(args: readonly Given[]): Promise<Output | Refusal>;
  /** One of its modules. */
  part(name: string): Promise<Instance>;
  /** An optimizer for its parameters; null where it has none. */
  optimizer(choice: OptimizerChoice): Promise<Training>;
  /** Looks at it. */
  look(how: Look): Promise<void>;
  /** Sets the random state of the library. */
  seed(seed: number): Promise<void>;
  /** The random state of the library, as a text. */
  randomState(): Promise<string>;
  /** Sets the random state of the library to an earlier one. */
  setRandomState(state: string): Promise<void>;
}

/** Whether `forward` refused. */
export function isRefusal(outcome: Output | Refusal): outcome is Refusal {
  return "isError" in outcome;
}

/** Whether an argument is a tensor's contents. */
export function isContents(given: unknown): given is Contents {
  return typeof given === "object" && given !== null && "bytes" in given && "dtype" in given;
}

/** The tensors among arguments, each with its place, in order. */
export function contentsIn(given: Given, path = "arguments"): [string, Contents][] {
  if (isContents(given)) return [[path, given]];
  if (typeof given !== "object" || given === null) return [];
  const parts = Array.isArray(given)
    ? given.map((item, i) => [`${path}[${i}]`, item] as const)
    : Object.entries(given).map(([key, item]) => [`${path}.${key}`, item as Given] as const);
  return parts.flatMap(([place, item]) => contentsIn(item, place));
}

/** The same arguments with their tensors changed. */
export function mapContents(given: Given, change: (contents: Contents) => Contents): Given {
  if (isContents(given)) return change(given);
  if (typeof given !== "object" || given === null) return given;
  if (Array.isArray(given)) return given.map((item) => mapContents(item, change));
  return Object.fromEntries(
    Object.entries(given).map(([key, item]) => [key, mapContents(item as Given, change)]),
  );
}

/** The contents that a specification stands for: the same numbers everywhere. */
export function contentsOf(spec: FillSpec): Contents {
  const { tensor: shape, dtype } = spec;
  return { shape: [...shape], dtype, bytes: encodeNumbers(fillNumbers(spec), dtype) };
}

/** The same arguments with their floating numbers in float64. */
export function widened(given: readonly Given[]): Given[] {
  return given.map((item) =>
    mapContents(item, (each) => {
      if (DTYPES[each.dtype].kind !== "float") return each;
      const bytes = encodeNumbers(decodeNumbers(each.bytes, each.dtype), "float64");
      return { ...each, dtype: "float64", bytes };
    })
  );
}

/** The argument that a specification stands for: the same numbers everywhere. */
export function givenOf(argument: Argument): Given {
  if (typeof argument !== "object" || argument === null) return argument;
  if (isTensorSpec(argument)) return contentsOf(argument);
  if (Array.isArray(argument)) return argument.map(givenOf);
  return Object.fromEntries(
    Object.entries(argument).map(([name, item]) => [name, givenOf(item as Argument)]),
  );
}

/**
 * What to write so that every element is the same.
 *
 * @param entries What is written to.
 * @param fill All of it zero, or one.
 * @returns Contents by name.
 */
export function filled(
  entries: Iterable<Pick<Entry, "name" | "shape" | "dtype">>,
  fill: "zeros" | "ones",
): Map<string, Contents> {
  return new Map(
    [...entries].map(({ name, shape: tensor, dtype }) => [
      name,
      contentsOf({ tensor, dtype, fill, seed: 0 }),
    ]),
  );
}

/**
 * What evaluation has to leave alone, as texts: which tensors ask for gradients, the modes of all
 * modules, and whether operations are recorded.
 */
export function flagsIn({ entries, parts, recording }: Listing): string[] {
  return [
    ...entries.map(({ name, requiresGrad }) => `${name} requiresGrad=${requiresGrad}`),
    ...parts.map(({ name, training }) => `${name} training=${training}`),
    `recording=${recording}`,
  ];
}

/** The modules, each under its first name. */
export function partsOnce({ parts, once }: Listing): Part[] {
  return namedOnce(parts, once.modules);
}

/** The parameters, each under its first name. */
export function parametersOnce({ entries, once }: Listing): Entry[] {
  return namedOnce(entries, once.parameters);
}

/** The buffers, each under its first name. */
export function buffersOnce({ entries, once }: Listing): Entry[] {
  return namedOnce(entries, once.buffers);
}

function namedOnce<T extends { name: string }>(all: readonly T[], once: Once): T[] {
  const names = new Set(once.names);
  return all.filter(({ name }) => names.has(name));
}

/** The names that share memory, as texts: `a = b` for each group of two or more, in order. */
export function tiesIn(entries: Iterable<{ name: string; memory: unknown }>): string[] {
  return [...Map.groupBy(entries, ({ memory }) => memory).values()]
    .filter((group) => group.length > 1)
    .map((group) => group.map(({ name }) => name).join(" = "));
}
