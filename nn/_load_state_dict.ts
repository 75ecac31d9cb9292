/**
 * Loading a state dict: everything is checked and fetched first, then written at once.
 *
 * @module
 */
import { DTYPES, noGrad, StateDictError, type Storage, Tensor } from "../core/mod.ts";
import { type Entry, typeName } from "./_registry.ts";
import { Buffer } from "./buffer.ts";
import type { Module } from "./module.ts";
import type { IncompatibleKeys, LoadStateDictOptions } from "./module_options.ts";
import { Parameter } from "./parameter.ts";
import type { StateDict } from "./state_dict.ts";

/** One module of a tree, as loading sees it. */
export interface ModuleRecord {
  readonly module: Module;
  /** What its names begin with: `""`, or a path and a dot. */
  readonly prefix: string;
  readonly entries: readonly Entry<Module>[];
  /** Whether its class defines `setExtraState`. */
  readonly takesExtraState: boolean;
}

/** A name that both sides have. */
interface Slot {
  readonly key: string;
  readonly target: Tensor;
  readonly value: Tensor;
}

interface Extra {
  readonly module: Module;
  readonly value: unknown;
}

/** Lets a module's hooks change the copied map before it is checked. */
export type Prepare = (
  module: Module,
  state: Map<string, unknown>,
  prefix: string,
  metadata: Map<string, unknown>,
) => void;

/** What `module.loadStateDict` does for the modules of its tree. */
export async function loadRecords(
  records: readonly ModuleRecord[],
  state: ReadonlyMap<string, unknown>,
  options: LoadStateDictOptions,
  prepare: Prepare,
): Promise<IncompatibleKeys> {
  const { strict = true, assign = false } = options;
  if (!(state instanceof Map)) {
    const hint = (state as unknown) instanceof Promise ? ": await it first" : "";
    throw new TypeError(
      `loadStateDict: expected a Map of names to tensors, as stateDict() and load() return, got ${
        typeName(state)
      }${hint}`,
    );
  }
  const given = new Map<string, unknown>(state);
  const { metadata } = state as Partial<StateDict>;
  for (const { module, prefix } of records) {
    prepare(module, given, prefix, new Map(metadata?.get(prefix.replace(/\.$/, "")) ?? []));
  }

  const found = gather(records, given);
  const { slots, extras, missingKeys, unexpectedKeys, mismatched } = found;
  mismatched.push(...await contradictions(slots));
  const keys = strict
    ? [
      ...listing("Missing", missingKeys),
      ...listing("Unexpected", unexpectedKeys),
    ]
    : [];
  const problems = [...keys, ...mismatched];
  if (problems.length > 0) {
    throw new StateDictError(
      `Error(s) in loading state_dict for ${records[0].module.constructor.name}:\n\t${
        problems.join("\n\t")
      }`,
      { missingKeys, unexpectedKeys, mismatched },
    );
  }

  const values = await Promise.all(slots.map(async ({ target, value }) => {
    const detached = value.detach();
    return assign || value.device === target.device ? detached : await detached.to(target.device);
  }));
  giveExtras(extras);
  noGrad(() => assign ? install(records, slots, values) : copy(slots, values));
  return { missingKeys, unexpectedKeys };
}

function listing(kind: string, keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  return [`${kind} key(s) in state_dict: ${keys.map((key) => `"${key}"`).join(", ")}.`];
}

/** Pairs what both sides have, and lists every problem. */
function gather(records: readonly ModuleRecord[], given: ReadonlyMap<string, unknown>): {
  slots: Slot[];
  extras: Extra[];
  missingKeys: string[];
  unexpectedKeys: string[];
  mismatched: string[];
} {
  const slots: Slot[] = [];
  const extras: Extra[] = [];
  const missingKeys: string[] = [];
  const mismatched: string[] = [];
  const expected = new Set<string>();
  for (const { module, prefix, entries, takesExtraState } of records) {
    for (const role of ["parameter", "buffer"]) {
      for (const entry of entries) {
        if (entry.role !== role || !entry.persistent || entry.value === null) continue;
        const key = prefix + entry.name;
        expected.add(key);
        if (!given.has(key)) {
          missingKeys.push(key);
          continue;
        }
        const target = entry.value as Tensor;
        const value = fit(key, target, given.get(key));
        if (typeof value === "string") mismatched.push(value);
        else slots.push({ key, target, value });
      }
    }
    if (takesExtraState) {
      const key = `${prefix}_extra_state`;
      expected.add(key);
      if (given.has(key)) extras.push({ module, value: given.get(key) });
      else missingKeys.push(key);
    }
  }
  const unexpectedKeys = [...given.keys()].filter((key) => !expected.has(key));
  return { slots, extras, missingKeys, unexpectedKeys, mismatched };
}

/** The value as it can be copied into the target, or why it can't. */
function fit(key: string, target: Tensor, value: unknown): Tensor | string {
  if (!(value instanceof Tensor)) {
    return `While copying the parameter named "${key}", expected a Tensor from checkpoint but received ${
      typeName(value)
    }.`;
  }
  // Files of PyTorch before 0.4, which had no tensors without dimensions.
  const same = target.ndim === 0 && value.ndim === 1 && value.numel === 1
    ? value.detach().view([])
    : value;
  if (same.ndim !== target.ndim || same.shape.some((size, i) => size !== target.shape[i])) {
    return `size mismatch for ${key}: copying a param with shape [${
      value.shape.join(", ")
    }] from checkpoint, the shape in current model is [${target.shape.join(", ")}].`;
  }
  const [from, to] = [DTYPES[value.dtype].kind, DTYPES[target.dtype].kind];
  if (value.dtype !== target.dtype && (from !== to || to === "storage")) {
    return `dtype mismatch for ${key}: copying a param with dtype ${value.dtype} from checkpoint, the dtype in current model is ${target.dtype}.`;
  }
  return same;
}

/** Whether two tensors look at the same elements. */
function sameView(a: Tensor, b: Tensor): boolean {
  return a.storage === b.storage && a.offset === b.offset && a.ndim === b.ndim &&
    a.shape.every((size, i) => size === b.shape[i] && a.strides[i] === b.strides[i]);
}

/** Names that are one tensor in the model and were given different values. */
async function contradictions(slots: readonly Slot[]): Promise<string[]> {
  const byStorage = new Map<Storage, Slot[]>();
  const problems: string[] = [];
  for (const slot of slots) {
    const others = byStorage.get(slot.target.storage) ?? [];
    byStorage.set(slot.target.storage, [...others, slot]);
    const first = others.find(({ target }) => sameView(target, slot.target));
    if (first === undefined || sameView(first.value, slot.value)) continue;
    const [a, b] = await Promise.all([first, slot].map(async ({ value, target }) => {
      const { buffer } = await (await value.detach().to(target.dtype)).data();
      return new Uint8Array(buffer);
    }));
    if (a.some((byte, i) => byte !== b[i])) {
      problems.push(
        `value mismatch for ${slot.key}: it is tied to ${first.key} in current model, and the checkpoint gives them different values.`,
      );
    }
  }
  return problems;
}

/** Hands out extra states; when one is refused, those before it are put back. */
function giveExtras(extras: readonly Extra[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { module, value } of extras) {
      const before = module.getExtraState();
      if (before !== undefined) undo.unshift(() => module.setExtraState(before));
      module.setExtraState(value);
    }
  } catch (error) {
    for (const back of undo) back();
    throw error;
  }
}

/** Copies values into the existing tensors. */
function copy(slots: readonly Slot[], values: readonly Tensor[]): void {
  const written = new Set(slots.map(({ target }) => target.storage));
  // A value that looks into memory about to be written is taken out of it before.
  const safe = slots.map(({ target }, i) =>
    written.has(values[i].storage) && !sameView(values[i], target) ? values[i].clone() : values[i]
  );
  slots.forEach(({ target }, i) => {
    const shared = target.strides.some((stride, dim) => stride === 0 && target.shape[dim] > 1);
    // An expanded tensor has too little memory for what comes.
    if (shared) target.setData(target.clone().copy_(safe[i]));
    else if (!sameView(safe[i], target)) target.detach().copy_(safe[i]);
  });
}

/** Puts the given tensors in place of the existing ones; what was one tensor stays one. */
function install(
  records: readonly ModuleRecord[],
  slots: readonly Slot[],
  values: readonly Tensor[],
): void {
  const made = new Map<Tensor, Tensor>();
  const takenBy = new Map<Storage, Storage>();
  slots.forEach(({ target }, i) => {
    if (made.has(target)) return;
    const { storage } = values[i];
    // Two tensors that were apart don't become one because the checkpoint has them in one storage.
    const apart = (takenBy.get(storage) ?? target.storage) !== target.storage;
    made.set(target, like(target, apart ? values[i].clone() : values[i]));
    if (!apart) takenBy.set(storage, target.storage);
  });
  for (const { module, entries } of records) {
    for (const { name, value } of entries) {
      const installed = made.get(value as Tensor);
      if (installed !== undefined) (module as unknown as Record<string, Tensor>)[name] = installed;
    }
  }
}

function like(target: Tensor, value: Tensor): Tensor {
  if (target instanceof Parameter) {
    return new Parameter(value, { requiresGrad: target.requiresGrad });
  }
  return target instanceof Buffer ? new Buffer(value, { persistent: target.persistent }) : value;
}
