/**
 * @module
 */
import { demand, sameList, sameStates } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loaded } from "../../loaded.ts";
import { damage, type DamageCase, damages } from "./damage.ts";

/** A strict load tells every problem at once and then has changed nothing. */
export const strictAndAtomic: Law<DamageCase> = law({
  id: "save/strict-and-atomic",
  claim:
    "A strict load of a state dict that does not fit lists exactly what is wrong in one StateDictError and writes nothing.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict",
  needs: ["instance", "state", "stateDict"],
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
    const instance = await context.instance(seed);
    const source = await (await context.instance(seed ^ 0x1b873593)).stateDict();
    const { edits, wrong } = damage(await source.read(), done);
    const state = await source.edit(edits);
    const before = await instance.read();
    const objects = (await instance.list()).entries.map(({ object }) => String(object));
    const given = state.entries.map(({ name }) => name);
    const problems = wrong.missing.length + wrong.unexpected.length + wrong.mismatched.length;

    if (problems === 0) {
      await loaded(instance, state);
      evidence.compared();
      const now = await (await instance.stateDict()).read();
      sameStates(evidence, "A load that succeeds leaves other values", now, await state.read());
      return evidence;
    }
    const told = await instance.load(state);
    demand(evidence, told.error !== null, {
      what: "A strict load accepts a state dict that does not fit",
      where: "loadStateDict",
      expected: "a StateDictError",
      actual: "no error",
    });
    // First what does harm: half of it written.
    const after = await instance.read();
    sameStates(evidence, "A load that failed has changed the module", after, before);
    const now = (await instance.list()).entries.map(({ object }) => String(object));
    sameList(evidence, "A load that failed has replaced a tensor", "objects", now, objects);
    const left = state.entries.map(({ name }) => name);
    sameList(evidence, "A load changes the state dict given", "keys", left, given);
    const lists = [
      ["missing", "missingKeys", told.missing],
      ["unexpected", "unexpectedKeys", told.unexpected],
      ["misfits", "mismatched", told.mismatched],
    ] as const;
    const right = [wrong.missing, wrong.unexpected, wrong.mismatched];
    lists.forEach(([kind, name, actual], i) => {
      const what = `The error lists other ${kind} than there are`;
      sameList(evidence, what, name, [...actual].sort(), right[i].sort());
    });
    return evidence;
  },
});
