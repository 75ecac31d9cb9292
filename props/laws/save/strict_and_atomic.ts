/**
 * @module
 */
import { StateDictError, type Tensor } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { demand, sameList, sameStates, snapshots } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { registered } from "../../walk.ts";
import { damage, type DamageCase, damages } from "./damage.ts";

/** A strict load tells every problem at once and then has changed nothing. */
export const strictAndAtomic: Law<DamageCase> = law({
  id: "save/strict-and-atomic",
  claim:
    "A strict load of a state dict that does not fit lists exactly what is wrong in one StateDictError and writes nothing.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict",
  needs: ["module", "state"],
  runs: 60,
  detects: [
    "load-writes-until-it-throws",
    "strict-compares-prefixes",
    "strict-falls-back",
  ],
  cases: () => damages(),
  async check(context, { seed, damages: done }) {
    const evidence = new Evidence().note("damages", done.length);
    for (const { kind } of done) evidence.note("damage", kind);
    const module = await context.make(seed);
    const source = (await context.make(seed ^ 0x1b873593)).stateDict();
    const { state, wrong } = damage(source, done);
    const before = await snapshots(registered(module));
    const objects = registered(module).map(([, value]) => value);
    const given = [...state.keys()];
    const problems = wrong.missing.length + wrong.unexpected.length + wrong.mismatched.length;

    if (problems === 0) {
      await context.wait("loadStateDict", () => module.loadStateDict(state));
      evidence.compared();
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
    return evidence;
  },
});

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

/** Whether a message is about a name. */
function names(message: string, name: string): boolean {
  return message.includes(` ${name}:`) || message.includes(`"${name}"`);
}
