/**
 * Finding out what a subject has, and so which laws apply to it.
 *
 * @module
 */
import {
  type DeviceInfo,
  DTYPES,
  getRngState,
  manualSeed,
  setRngState,
  Tensor,
} from "../core/mod.ts";
import { Dropout, Module } from "../nn/mod.ts";
import { type Argument, isTensorSpec } from "./argument.ts";
import { fc } from "./fast_check.ts";
import { inferInputs } from "./infer_inputs.ts";
import type { Capability, Law } from "./law.ts";
import { isCounter, tracksStatistics } from "./state.ts";
import type { Subject } from "./subject.ts";

/** A subject, and what was found out about it. */
export interface Examined {
  /** The subject. */
  readonly subject: Subject;
  /** What it has. */
  readonly capabilities: ReadonlySet<Capability>;
  /** The arguments of `forward`, given or guessed. */
  readonly inputs: fc.Arbitrary<readonly Argument[]> | null;
  /** Whether it has a `forward` whose arguments were not given and could not be guessed. */
  readonly unguessed: boolean;
}

const known = new WeakMap<Subject, Examined>();

/**
 * Looks at a subject: makes an instance and lists what it holds. A subject whose constructor throws
 * is taken to have everything, so that every law about modules reports it.
 *
 * @param subject The subject.
 * @returns What it has; the same object each time.
 */
export function examine(subject: Subject): Examined {
  let found = known.get(subject);
  if (found === undefined) {
    const rng = getRngState();
    try {
      manualSeed(0);
      found = look(subject);
    } finally {
      setRngState(rng);
    }
    known.set(subject, found);
  }
  return found;
}

/** What a library can have that laws ask for; this package has it all. */
export const FEATURES: readonly Capability[] = [
  "stateDict",
  "files",
  "optimizers",
  "casts",
  "random",
  "layouts",
  "persistence",
  "lookups",
  "float16",
];

/** What every module of this package has. */
const OURS: readonly Capability[] = ["instance", "module", ...FEATURES];

/** What is taken to be had where a constructor throws. */
export const BROKEN: readonly Capability[] = [
  "inputs",
  "state",
  "parameters",
  "buffers",
  "children",
  "gradients",
  "observable",
];

function look(subject: Subject): Examined {
  const { claims, make, elsewhere, apart } = subject;
  const capabilities = new Set<Capability>(elsewhere?.capabilities);
  if (apart !== null) capabilities.add("process");
  if (claims.positional !== undefined) capabilities.add("positional");
  if (claims.batchIndependent === true) capabilities.add("batchIndependent");
  if (claims.paddingIndependent !== undefined) capabilities.add("paddingIndependent");
  if (claims.incremental !== undefined) capabilities.add("incremental");
  if (claims.rotary !== undefined) capabilities.add("rotary");
  if (claims.alibi !== undefined) capabilities.add("alibi");
  if (claims.expected !== undefined) capabilities.add("expected");
  if (claims.engine !== undefined) capabilities.add("engine");
  if (claims.constructOn !== undefined) capabilities.add("constructOn");
  if (claims.optimizer !== undefined) capabilities.add("optimizer");
  let { inputs } = subject;
  let unguessed = false;
  if (make === null) return { subject, capabilities, inputs, unguessed };
  try {
    const module = make();
    const parameters = module.parameters();
    const buffers = module.buffers();
    for (const capability of OURS) capabilities.add(capability);
    if (parameters.length > 0) capabilities.add("parameters");
    if (buffers.length > 0) capabilities.add("buffers");
    if (parameters.length + buffers.length > 0) capabilities.add("state");
    if (module.children().length > 0) capabilities.add("children");
    const callable = module.forward !== Module.prototype.forward;
    if (module.modules().some((inner) => inner instanceof Dropout)) capabilities.add("dropout");
    if (module.modules().some(tracksStatistics)) capabilities.add("runningStatistics");
    const named = module.namedBuffers();
    if (named.some(([name, { shape }]) => isCounter({ name, shape }))) capabilities.add("counters");
    inputs ??= callable ? inferInputs(module) : null;
    unguessed = callable && inputs === null;
    if (inputs !== null) {
      capabilities.add("inputs");
      const trained = parameters.some((parameter) => parameter.requiresGrad);
      if (trained || takesFloats(inputs)) capabilities.add("gradients");
    }
    if (capabilities.has("inputs") || capabilities.has("state")) capabilities.add("observable");
  } catch {
    for (const capability of [...OURS, ...BROKEN]) capabilities.add(capability);
    inputs ??= fc.constant([]);
  }
  return { subject, capabilities, inputs, unguessed };
}

/** Whether some argument is a floating tensor. */
export function takesFloats(inputs: fc.Arbitrary<readonly Argument[]>): boolean {
  const [sample] = fc.sample(inputs, { numRuns: 1, seed: 1 });
  return sample.some((argument) =>
    isTensorSpec(argument) && DTYPES[argument.dtype].kind === "float"
  );
}

/** The first thing that a law needs and a subject or a device lacks, or null if the law applies. */
export function lacks(law: Law, about: Examined, device: DeviceInfo): Capability | null {
  const { elsewhere } = about.subject;
  if (elsewhere !== null && !elsewhere.devices.includes(device.name)) return "device";
  const there = (capability: Capability) =>
    capability === "float64" ? device.float64 : about.capabilities.has(capability);
  return law.needs.find((capability) => !there(capability)) ?? null;
}

/** Whether a value is a tensor that gradients can be computed for. */
export function isFloating(value: unknown): value is Tensor {
  return value instanceof Tensor && DTYPES[value.dtype].kind === "float";
}
