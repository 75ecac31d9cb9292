/**
 * @module
 */
import type { Tensor } from "../../../core/mod.ts";
import { sameList, sameStates, snapshots } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";
import { damage, type DamageCase, damages } from "./damage.ts";

/** A lenient load is a projection: it changes the names that both have and no other. */
export const nonStrictIsProjection: Law<DamageCase> = law({
  id: "save/non-strict-is-projection",
  claim:
    "A load with strict false takes exactly the names that both have, returns the others, and leaves what was not offered as it was.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict",
  needs: ["module", "state"],
  runs: 20,
  detects: ["load-resets-the-rest"],
  cases: () => damages(),
  async check(context, { seed, damages: done }) {
    const evidence = new Evidence().note("damages", done.length);
    const module = await context.make(seed);
    const source = (await context.make(seed ^ 0x1b873593)).stateDict();
    // A value that does not fit is an error in every load.
    const named = done.filter(({ kind }) => kind === "missing" || kind === "unexpected");
    const { state, wrong } = damage(source, named);
    const before = await snapshots(registered(module));
    const keys = await context.wait(
      "loadStateDict",
      () => module.loadStateDict(state, { strict: false }),
    );
    const lists = [
      ["missing", keys.missingKeys, wrong.missing],
      ["unexpected", keys.unexpectedKeys, wrong.unexpected],
    ] as const;
    for (const [kind, actual, expected] of lists) {
      const what = `A lenient load returns other ${kind} names than there are`;
      sameList(evidence, what, `${kind}Keys`, [...actual].sort(), expected);
    }
    const own = module.stateDict();
    const offered = [...state].filter(([name]) => own.has(name)) as [string, Tensor][];
    const written = new Set(offered.map(([name]) => own.get(name)!.storage));
    const now = await snapshots(registered(module));
    sameStates(evidence, "A lenient load does not take what fits", now, await snapshots(offered));
    const rest = registered(module).filter(([, { storage }]) => !written.has(storage));
    const kept = new Map(rest.map(([name]) => [name, before.get(name)!]));
    sameStates(evidence, "A lenient load changes what was not offered", now, kept);
    return evidence;
  },
});
