/**
 * Reading the saved state of an optimizer: everything is checked and copied before anything is used.
 *
 * @module
 */
import { StateDictError, Tensor } from "../../core/mod.ts";
import { typeName } from "../_registry.ts";
import { SCHEDULED } from "./_scheduled.ts";
import type { ParamGroup, ParamState, SavedForm } from "./optimizer.ts";

/** A saved group: its options under our names, and what else it holds. */
interface ReadGroup<O> {
  readonly options: Partial<O>;
  readonly extra: Map<string, unknown>;
}

/** A saved state, matched with the parameters. */
export interface ReadState<O> {
  readonly groups: ReadGroup<O>[];
  readonly state: Map<Tensor, ParamState>;
}

/** Reads and copies a saved state, or lists everything that is wrong with it. */
export async function readOptimizerState<O extends object>(
  optimizer: string,
  given: ReadonlyMap<string, unknown>,
  groups: readonly ParamGroup<O>[],
  form: SavedForm,
): Promise<ReadState<O>> {
  const fail = (...problems: string[]): never => {
    const head = `Error(s) in loading state_dict for ${optimizer}:`;
    throw new StateDictError([head, ...problems].join("\n\t"), { mismatched: problems });
  };
  if (!(given instanceof Map)) {
    throw new TypeError(
      `${optimizer}.loadStateDict: expected a Map, as stateDict() and load() return, got ${
        typeName(given)
      }`,
    );
  }
  const saved = given.get("param_groups");
  const states = given.get("state");
  if (
    !Array.isArray(saved) || !saved.every((group) => group instanceof Map) ||
    !(states instanceof Map)
  ) {
    return fail('expected "state" (a Map) and "param_groups" (an array of Maps).');
  }
  if (saved.length !== groups.length) {
    return fail(
      `loaded state dict has a different number of parameter groups: ${saved.length}, not ${groups.length}.`,
    );
  }
  const problems: string[] = [];
  const owners = new Map<unknown, Tensor>();
  const read: ReadGroup<O>[] = [];
  for (const [i, group] of groups.entries()) {
    problems.push(...match(saved[i], group, i, owners));
    read.push(await readGroup(saved[i], group, i, form, problems));
  }
  if (problems.length > 0) return fail(...problems);

  const state = new Map<Tensor, ParamState>();
  for (const [number, entry] of states) {
    const parameter = owners.get(number);
    if (parameter === undefined) {
      problems.push(`state of parameter ${number}, which no group has.`);
      continue;
    }
    if (!(entry instanceof Map)) {
      problems.push(`state of parameter ${number}: expected a Map, got ${typeName(entry)}.`);
      continue;
    }
    const kept = await readEntry(entry, parameter, number, form, problems);
    if (kept.size > 0) state.set(parameter, kept);
  }
  return problems.length > 0 ? fail(...problems) : { groups: read, state };
}

/** Pairs the numbers in a saved group with our parameters: by name if both have names. */
function match<O>(
  saved: Map<string, unknown>,
  group: ParamGroup<O>,
  i: number,
  owners: Map<unknown, Tensor>,
): string[] {
  const numbers = saved.get("params");
  if (!Array.isArray(numbers) || numbers.length !== group.params.length) {
    return [
      "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: " +
      `group ${i} has ${
        Array.isArray(numbers) ? numbers.length : "no"
      } parameters, not ${group.params.length}.`,
    ];
  }
  const names = saved.get("param_names");
  if (group.names === null || !Array.isArray(names)) {
    numbers.forEach((number, at) => owners.set(number, group.params[at]));
    return [];
  }
  const lost = names.filter((name) => !group.names!.includes(name));
  if (lost.length > 0 || new Set(names).size !== numbers.length) {
    return [
      `group ${i} has state for ${lost.map((name) => `"${name}"`).join(", ")}, ` +
      "which the optimizer doesn't have.",
    ];
  }
  numbers.forEach((number, at) => {
    owners.set(number, group.params[group.names!.indexOf(names[at])]);
  });
  return [];
}

async function readGroup<O extends object>(
  saved: Map<string, unknown>,
  group: ParamGroup<O>,
  i: number,
  form: SavedForm,
  problems: string[],
): Promise<ReadGroup<O>> {
  const options: Record<string, unknown> = {};
  const extra = new Map<string, unknown>();
  const scheduled = new Map<string, string | null>(SCHEDULED);
  const ours = new Map([
    ...form.options.map(([name, option]) => [name, option] as const),
    ...scheduled,
  ]);
  for (const [name, raw] of saved) {
    if (name === "params" || name === "param_names") continue;
    const option = ours.get(name) ?? null;
    if (option === null) {
      extra.set(name, raw);
      continue;
    }
    // A learning rate may have been saved as a tensor.
    const value = raw instanceof Tensor ? await raw.item() : raw;
    const now = scheduled.has(name) ? 0 : group[option as keyof O];
    const fits = Array.isArray(now)
      ? Array.isArray(value) && value.length === now.length &&
        value.every((item) => typeof item === "number")
      : typeof value === typeof now;
    if (fits) options[option] = value;
    else problems.push(`group ${i}: "${name}" is ${String(value)}, expected a ${typeName(now)}.`);
  }
  return { options: options as Partial<O>, extra };
}

async function readEntry(
  entry: Map<string, unknown>,
  parameter: Tensor,
  number: unknown,
  form: SavedForm,
  problems: string[],
): Promise<ParamState> {
  const kept: ParamState = new Map();
  for (const [name, value] of entry) {
    if (value === null) continue; // an optimizer without momentum saved its buffer as None
    const about = `${name} of parameter ${number}`;
    if (![...form.required, ...form.optional].includes(name)) {
      problems.push(`Unexpected ${about}.`);
    } else if (name === "step") {
      const count = value instanceof Tensor && value.numel === 1 ? await value.item() : value;
      if (typeof count === "number") kept.set(name, count);
      else problems.push(`${about} is ${String(value)}, expected a number.`);
    } else if (!(value instanceof Tensor)) {
      problems.push(`${about}: expected a Tensor, got ${typeName(value)}.`);
    } else if (value.shape.join() !== parameter.shape.join()) {
      problems.push(
        `size mismatch for ${about}: [${
          value.shape.join(", ")
        }] in the state dict, the parameter is [${parameter.shape.join(", ")}].`,
      );
    } else {
      // A copy: two optimizers never share their moments.
      kept.set(name, (await value.detach().to(parameter.device)).clone().realize());
    }
  }
  const missing = kept.size === 0 ? [] : form.required.filter((name) => !entry.has(name));
  for (const name of missing) problems.push(`Missing ${name} of parameter ${number}.`);
  return kept;
}
