/**
 * @module
 */
import { DTYPES, StateDictError, type Tensor, zeros } from "../../../core/mod.ts";
import { type Module, StateDict } from "../../../nn/mod.ts";
import { seeds } from "../../argument.ts";
import { demand, sameList, sameStates, snapshots } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { registered } from "../../walk.ts";

/** One way to damage a state dict. */
export interface Damage {
  /** What is done. */
  kind: "missing" | "unexpected" | "shape" | "dtype" | "no-tensor";
  /** To which name, counted round and round. */
  at: number;
  /** How an unexpected name is made from an expected one. */
  edit: "append" | "prefix" | "upper" | "cut" | "dot";
}

/** A case of {@linkcode strictAndAtomic}. */
export interface DamageCase {
  /** The seed of the instance. */
  seed: number;
  /** What is done to the state dict. */
  damages: readonly Damage[];
}

/** A strict load tells every problem at once and then has changed nothing. */
export const strictAndAtomic: Law<DamageCase> = law({
  id: "save/strict-and-atomic",
  claim:
    "A strict load of a state dict that does not fit lists exactly what is wrong in one StateDictError and writes nothing; a lenient load changes exactly the names that both have.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict",
  needs: ["module", "state"],
  runs: 60,
  detects: [
    "load-writes-until-it-throws",
    "strict-compares-prefixes",
    "strict-falls-back",
    "load-resets-the-rest",
  ],
  cases: () =>
    fc.record({
      seed: seeds(),
      damages: fc.array(
        fc.record({
          kind: fc.constantFrom<Damage["kind"]>(
            "missing",
            "unexpected",
            "unexpected",
            "shape",
            "dtype",
            "no-tensor",
          ),
          at: fc.nat(63),
          edit: fc.constantFrom<Damage["edit"]>("append", "prefix", "upper", "cut", "dot"),
        }),
        { maxLength: 4 },
      ),
    }),
  async check(context, { seed, damages }) {
    const evidence = new Evidence().note("damages", damages.length);
    for (const { kind } of damages) evidence.note("damage", kind);
    const module = await context.make(seed);
    const source = (await context.make(seed ^ 0x1b873593)).stateDict();
    const { state, wrong } = damage(source, damages);
    const before = await snapshots(registered(module));
    const objects = registered(module).map(([, value]) => value);
    const given = [...state.keys()];
    const problems = wrong.missing.length + wrong.unexpected.length + wrong.mismatched.length;

    if (problems === 0) {
      await context.wait("loadStateDict", () => module.loadStateDict(state));
      const now = await snapshots(module.stateDict());
      sameStates(
        evidence,
        "A load that succeeds leaves other values",
        now,
        await snapshots(state as Map<string, Tensor>),
      );
      return evidence;
    }
    const error = await refusal(context, module, state);
    const lists = [
      ["missing", "missingKeys", error.missingKeys],
      ["unexpected", "unexpectedKeys", error.unexpectedKeys],
    ] as const;
    for (const [kind, name, actual] of lists) {
      const what = `The error lists other ${kind} names than there are`;
      sameList(evidence, what, name, [...actual].sort(), wrong[kind].sort());
    }
    const told = wrong.mismatched.filter((name) =>
      error.mismatched.some((text) => names(text, name))
    );
    const what = "The error lists other misfits than there are";
    sameList(evidence, what, "mismatched", told.sort(), wrong.mismatched.sort());
    demand(evidence, error.mismatched.length === wrong.mismatched.length, {
      what,
      where: "mismatched",
      expected: `${wrong.mismatched.length}`,
      actual: `${error.mismatched.length}: ${error.mismatched.join("; ")}`,
    });
    const after = await snapshots(registered(module));
    sameStates(evidence, "A load that failed has changed the module", after, before);
    demand(evidence, registered(module).every(([, value], i) => value === objects[i]), {
      what: "A load that failed has replaced a tensor",
      where: "registered tensors",
      expected: "the same objects",
      actual: "others",
    });
    sameList(evidence, "A load changes the state dict given", "keys", [...state.keys()], given);
    if (wrong.mismatched.length === 0) await lenient(context, evidence, module, state, wrong);
    return evidence;
  },
});

interface Wrong {
  missing: string[];
  unexpected: string[];
  mismatched: string[];
}

async function refusal(
  context: Context,
  module: Module,
  state: ReadonlyMap<string, unknown>,
): Promise<StateDictError> {
  try {
    await module.loadStateDict(state);
  } catch (error) {
    if (error instanceof StateDictError) return error;
    return await context.wait("loadStateDict", () => Promise.reject(error));
  }
  throw new Refutation({
    what: "A strict load accepts a state dict that does not fit",
    where: "loadStateDict",
    expected: "a StateDictError",
    actual: "no error",
  });
}

/** A lenient load is a projection: it changes the names that both have and no other. */
async function lenient(
  context: Context,
  evidence: Evidence,
  module: Module,
  state: ReadonlyMap<string, unknown>,
  wrong: Wrong,
): Promise<void> {
  const before = await snapshots(registered(module));
  const keys = await context.wait(
    "loadStateDict",
    () => module.loadStateDict(state, { strict: false }),
  );
  const what = (kind: string) => `A lenient load returns other ${kind} names than there are`;
  sameList(evidence, what("missing"), "missingKeys", [...keys.missingKeys].sort(), wrong.missing);
  sameList(
    evidence,
    what("unexpected"),
    "unexpectedKeys",
    [...keys.unexpectedKeys].sort(),
    wrong.unexpected,
  );
  const own = module.stateDict();
  const offered = [...state].filter(([name]) => own.has(name)) as [string, Tensor][];
  const written = new Set(offered.map(([name]) => own.get(name)!.storage));
  const now = await snapshots(registered(module));
  sameStates(evidence, "A lenient load does not take what fits", now, await snapshots(offered));
  const rest = registered(module).filter(([, { storage }]) => !written.has(storage));
  const kept = new Map(rest.map(([name]) => [name, before.get(name)!]));
  sameStates(evidence, "A lenient load changes what was not offered", now, kept);
}

/** Whether a message is about a name. */
function names(message: string, name: string): boolean {
  return message.includes(` ${name}:`) || message.includes(`"${name}"`);
}

/** Damages a copy, and says by plain set arithmetic what is wrong with it. */
function damage(
  source: StateDict,
  damages: readonly Damage[],
): { state: Map<string, unknown>; wrong: Wrong } {
  const expected = [...source.keys()];
  const copy = new StateDict(source);
  // Without it a state dict counts as one of an older version, which may lack names.
  copy.metadata = new Map(source.metadata);
  const state: Map<string, unknown> = copy;
  const mismatched = new Set<string>();
  for (const { kind, at, edit } of damages) {
    // A module of transient buffers saves no name, and may still be given too many.
    const name = expected[at % expected.length] ?? "buffer";
    const value = source.get(name) ?? zeros([1]);
    if (kind === "unexpected") state.set(edited(name, edit), value);
    else if (kind === "missing") {
      state.delete(name);
      mismatched.delete(name);
    } else if (state.has(name)) {
      mismatched.add(name);
      state.set(name, kind === "no-tensor" ? [1, 2, 3] : spoilt(value, kind));
    }
  }
  const has = new Set(expected);
  const missing = expected.filter((name) => !state.has(name)).sort();
  const unexpected = [...state.keys()].filter((name) => !has.has(name)).sort();
  return { state, wrong: { missing, unexpected, mismatched: [...mismatched].sort() } };
}

/** Source of the edits: strict comparisons that were fooled, as in pytorch/pytorch#123510. */
function edited(name: string, edit: Damage["edit"]): string {
  if (edit === "append") return `${name}.scale`;
  if (edit === "prefix") return `module.${name}`;
  if (edit === "upper") return name.toUpperCase();
  if (edit === "dot") return `${name}.`;
  return name.slice(0, -1);
}

function spoilt(value: Tensor, kind: "shape" | "dtype"): Tensor {
  const dtype = kind === "dtype"
    ? DTYPES[value.dtype].kind === "float" ? "int64" : "float32"
    : value.dtype;
  const shape = kind === "dtype" ? value.shape : [...value.shape, 2];
  return value.newZeros(shape).type(dtype);
}
