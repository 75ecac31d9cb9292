/**
 * What is judged.
 *
 * @module
 */
import type { DeviceName, Tensor } from "../core/mod.ts";
import type { Module, Parameter } from "../nn/mod.ts";
import type { Optimizer } from "../nn/optim/mod.ts";
import type { Argument, TensorSpec } from "./argument.ts";
import type { Engine } from "./engine.ts";
import { fc } from "./fast_check.ts";
import type { Instance } from "./instance.ts";
import type { Capability } from "./law.ts";

/** The claim to encode positions as sines and cosines. */
export interface PositionalClaim {
  /** Makes the encoding for a width and a longest sequence. */
  make(dModel: number, maxLen: number): Module;
  /** Its table, `[maxLen, dModel]` with any leading dimensions of size 1. */
  table(module: Module): Tensor;
  /** The argument of `forward` for a sequence; zeros `[1, length, dModel]` by default. */
  input?(dModel: number, length: number): TensorSpec;
}

/**
 * The claim that masked padding has no influence: `forward` takes sequences `[N, L, ...]` and a mask
 * `[N, L]`, and each output is `[N, L, ...]` too, or has no dimension of length L.
 */
export interface PaddingClaim {
  /** Which argument holds the sequences. */
  input: number;
  /** Which one is the mask, of dtype bool. */
  mask: number;
  /** What the mask says of padding; true by default, as in PyTorch's `key_padding_mask`. */
  padded?: boolean;
}

/**
 * The claim that a sequence can be fed piece by piece: `forward` returns a state beside the output, and
 * takes it together with the next piece.
 */
export interface IncrementalClaim {
  /** Which argument holds the sequences `[N, L, ...]`, and each piece `[N, l, ...]` of them. */
  input: number;
  /** Where the output `[N, L, ...]` stands in what `forward` returns: `"output[0]"`. */
  output: string;
  /**
   * Where the state stands, a tensor or a list of them, by the argument that takes it:
   * `{ 1: "output[1]" }`. With the first piece that argument is as it is drawn for the whole sequence;
   * it may be left out.
   */
  state: Readonly<Record<number, string>>;
}

/** The claim to encode positions by turning pairs of columns: `forward(x, offset)`. */
export interface RotaryClaim {
  /** Makes the rotations for an even width and a longest sequence. */
  make(dim: number, maxLen: number): Module;
}

/** The claim to encode positions as a bias on scores `[heads, queries, keys]`: `forward(scores)`. */
export interface AlibiClaim {
  /** Makes the bias for a number of heads. */
  make(numHeads: number): Module;
}

/** The claim to compute what another framework computed from the same checkpoint. */
export interface ExpectedClaim {
  /** The checkpoint. */
  state(): Promise<ReadonlyMap<string, unknown>>;
  /** The arguments of `forward`, on the CPU. */
  inputs(): Promise<readonly Tensor[]>;
  /** What the other framework returned, row by row. */
  outputs(): Promise<ArrayLike<number>>;
  /** The class that each row's largest output should be, where outputs are classes. */
  labels?(): Promise<readonly number[]>;
  /** The least share of labels that must be met; all by default. */
  accuracy?: number;
  /** The largest difference allowed. */
  tolerance: number;
}

/** What a subject promises beyond being a module; each promise has its own laws. */
export interface Claims {
  /** It encodes positions. */
  positional?: PositionalClaim;
  /**
   * In evaluation mode each row of a batch is answered as if it were alone: the first dimension of
   * each tensor argument and each output is the batch.
   */
  batchIndependent?: boolean;
  /** Masked padding has no influence. */
  paddingIndependent?: PaddingClaim;
  /** A sequence can be fed piece by piece. */
  incremental?: IncrementalClaim;
  /** It turns queries and keys by their positions. */
  rotary?: RotaryClaim;
  /** It takes distances off attention scores. */
  alibi?: AlibiClaim;
  /** It agrees with another framework. */
  expected?: ExpectedClaim;
  /** It is an engine. */
  engine?: Engine;
  /** Its constructor takes a device: makes an instance there. */
  constructOn?: (device: DeviceName) => Module;
  /** It is trained by this optimizer, which is given parameters with their names. */
  optimizer?: (parameters: [string, Parameter][]) => Optimizer;
}

/** A way to make instances in another library. */
export interface Elsewhere {
  /** The library and its version, as in `PyTorch 2.1.0`. */
  readonly library: string;
  /** What its instances have and can do: which laws apply. */
  readonly capabilities: ReadonlySet<Capability>;
  /** The devices of this package that stand for those it uses; `"cpu"` for a processor. */
  readonly devices: readonly DeviceName[];
  /** Makes an instance, after the random state of the library was set. */
  make(seed: number): Promise<Instance>;
  /** Forgets all instances: the case that made them has ended. */
  release(): Promise<void>;
}

/** A way to make instances of a subject in another process. */
export interface Apart {
  /** Makes an instance on a device, after the random state there was set. */
  make(seed: number, device: DeviceName): Promise<Instance>;
  /** Forgets all instances: the case that made them has ended. */
  release(): Promise<void>;
}

/** What is judged: a way to make modules, the arguments that they take, and what they promise. */
export interface Subject {
  /** The name in reports. */
  readonly name: string;
  /** Makes a new instance; null for an engine, and for what lives elsewhere. */
  readonly make: (() => Module) | null;
  /** Makes instances in another library; null for what this package is asked for. */
  readonly elsewhere: Elsewhere | null;
  /** Makes instances in another process; null where it is not known by which file. */
  readonly apart: Apart | null;
  /** The arguments of `forward`; null to have them guessed. */
  readonly inputs: fc.Arbitrary<readonly Argument[]> | null;
  /** What it promises. */
  readonly claims: Claims;
}

/** Options of {@linkcode subject}. */
export interface SubjectOptions {
  /**
   * The arguments of `forward`: one arbitrary for each, or one for all of them. When left out they
   * are guessed from the layers inside.
   */
  inputs?: readonly fc.Arbitrary<Argument>[] | fc.Arbitrary<readonly Argument[]>;
  /** What it promises. */
  claims?: Claims;
}

/**
 * Says what to judge.
 *
 * @param name The name in reports.
 * @param make Makes a new instance, with new random weights each time.
 * @param options Forward arguments and claims.
 * @returns The subject.
 *
 * @example
 * ```ts
 * import * as nn from "@touchstone/touchstone/nn";
 * import { inputs, subject } from "@touchstone/touchstone/props";
 * import { assertEquals } from "@std/assert";
 *
 * const classifier = subject("Classifier", () => new nn.Linear(16, 10), {
 *   inputs: [inputs.tensor({ shape: [inputs.size(1, 8), 16] })],
 * });
 * assertEquals(classifier.name, "Classifier");
 * ```
 */
export function subject(
  name: string,
  make: () => Module,
  options: SubjectOptions = {},
): Subject {
  const { inputs, claims = {} } = options;
  return { name, make, elsewhere: null, apart: null, inputs: drawnInputs(inputs), claims };
}

/** One arbitrary of all forward arguments; null where there is none. */
export function drawnInputs(inputs: SubjectOptions["inputs"]): Subject["inputs"] {
  if (inputs === undefined) return null;
  return "generate" in inputs ? inputs : fc.tuple(...inputs);
}

/**
 * An engine as what to judge.
 *
 * @param engine Its operations.
 * @returns The subject.
 */
export function engineSubject(engine: Engine): Subject {
  return {
    name: engine.name,
    make: null,
    elsewhere: null,
    apart: null,
    inputs: null,
    claims: { engine },
  };
}
