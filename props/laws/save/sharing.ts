/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import { load, toBytes } from "../../../serialize/mod.ts";
import { seeds } from "../../argument.ts";
import { sameBits, sameList, snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { tieGroups } from "../../state.ts";
import { registered } from "../../walk.ts";

/** What is one tensor in the module is one tensor in the file and in what is loaded. */
export const sharing: Law<{ seed: number }> = law({
  id: "save/sharing",
  claim:
    "Names that share memory share it in the state dict, in the file, and in a module that loads it: a write to one shows in all.",
  source: "https://github.com/pytorch/pytorch/issues/188346",
  needs: ["module", "state"],
  runs: 3,
  detects: ["state-dict-unties", "load-unties"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence().compared();
    const original = await context.make(seed);
    const own = original.stateDict();
    const saved = registered(original).filter(([name]) => own.has(name));
    const order = new Map([...own.keys()].map((name, i) => [name, i]));
    saved.sort(([a], [b]) => order.get(a)! - order.get(b)!);
    const ties = tieGroups(saved);
    const same = (where: string, found: readonly string[]) =>
      sameList(
        evidence,
        `What shares memory in the module does not in ${where}`,
        "ties",
        found,
        ties,
      );
    same("stateDict()", tieGroups(own));
    const bytes = await context.wait("save", () => toBytes(own));
    const state = await context.wait("load", () => load(bytes));
    same("the file", tieGroups(state));
    const other = await context.make(seed ^ 0x9e3779b9);
    await context.wait("loadStateDict", () => other.loadStateDict(state));
    same("a module that loads it", tieGroups(other.stateDict()));
    for (const group of ties) {
      const [first, ...rest] = group.split(" = ").map((name) =>
        [name, other.stateDict().get(name)!] as const
      );
      noGrad(() => first[1].fill_(1));
      for (const [name, value] of rest) {
        if (value.shape.join() !== first[1].shape.join()) continue;
        const what = `A write to ${first[0]} does not show in ${name}`;
        sameBits(evidence, what, name, await snapshot(value), await snapshot(first[1]));
      }
    }
    return evidence.note("ties", ties.length);
  },
});
