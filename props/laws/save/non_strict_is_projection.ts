/**
 * @module
 */
import { sameList, sameStates } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loaded } from "../../loaded.ts";
import { damage, type DamageCase, damages } from "./damage.ts";

/** A lenient load is a projection: it changes the names that both have and no other. */
export const nonStrictIsProjection: Law<DamageCase> = law({
  id: "save/non-strict-is-projection",
  claim:
    "A load with strict false takes exactly the names that both have, returns the others, and leaves what was not offered as it was.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict",
  needs: ["instance", "state", "stateDict"],
  runs: 20,
  detects: ["load-resets-the-rest"],
  cases: () => damages(),
  async check(context, { seed, damages: done }) {
    const evidence = new Evidence().note("damages", done.length);
    const instance = await context.instance(seed);
    const source = await (await context.instance(seed ^ 0x1b873593)).stateDict();
    // A value that does not fit is an error in every load.
    const named = done.filter(({ kind }) => kind === "missing" || kind === "unexpected");
    const { edits, wrong } = damage(await source.read(), named);
    const state = await source.edit(edits);
    const before = await instance.read();
    const keys = await loaded(instance, state, false);
    const lists = [
      ["missing", keys.missing, wrong.missing],
      ["unexpected", keys.unexpected, wrong.unexpected],
    ] as const;
    for (const [kind, actual, expected] of lists) {
      const what = `A lenient load returns other ${kind} names than there are`;
      sameList(evidence, what, `${kind}Keys`, [...actual].sort(), expected);
    }
    const own = new Map(
      (await instance.stateDict()).entries.map(({ name, memory }) => [name, memory]),
    );
    const offered = new Map([...await state.read()].filter(([name]) => own.has(name)));
    const written = new Set([...offered.keys()].map((name) => own.get(name)));
    const now = await instance.read();
    sameStates(evidence, "A lenient load does not take what fits", now, offered);
    const { entries } = await instance.list();
    const rest = entries.filter(({ memory }) => !written.has(memory));
    const kept = new Map(rest.map(({ name }) => [name, before.get(name)!]));
    sameStates(evidence, "A lenient load changes what was not offered", now, kept);
    return evidence;
  },
});
