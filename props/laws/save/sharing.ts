/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { sameBits, sameList } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { filled, type HeldState, tiesIn } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loaded } from "../../loaded.ts";

/** What is one tensor in the module is one tensor in the file and in what is loaded. */
export const sharing: Law<{ seed: number }> = law({
  id: "save/sharing",
  claim:
    "Names that share memory share it in the state dict, in the file, and in a module that loads it: a write to one shows in all.",
  source: "https://github.com/pytorch/pytorch/issues/188346",
  needs: ["instance", "state", "stateDict", "files"],
  runs: 3,
  detects: ["state-dict-unties", "load-unties"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence().compared();
    const original = await context.instance(seed);
    const own = await original.stateDict();
    const memories = new Map(
      (await original.list()).entries.map(({ name, memory }) => [name, memory]),
    );
    const ties = tiesIn(
      own.entries.filter(({ name }) => memories.has(name))
        .map(({ name }) => ({ name, memory: memories.get(name)! })),
    );
    const same = (where: string, { entries }: HeldState) => {
      const what = `What shares memory in the module does not in ${where}`;
      sameList(evidence, what, "ties", tiesIn(entries), ties);
    };
    same("stateDict()", own);
    const file = await original.parse(await original.save());
    same("the file", file);
    const other = await context.instance(seed ^ 0x9e3779b9);
    await loaded(other, file);
    const state = await other.stateDict();
    same("a module that loads it", state);
    evidence.note("ties", ties.length);
    if (ties.length === 0) return evidence;

    const groups = ties.map((names) => names.split(" = "));
    const firsts = new Set(groups.map(([first]) => first));
    await state.write(filled(state.entries.filter(({ name }) => firsts.has(name)), "ones"));
    const now = await state.read();
    for (const [first, ...rest] of groups) {
      const written = now.get(first)!;
      for (const name of rest) {
        const value = now.get(name)!;
        if (value.shape.join() !== written.shape.join()) continue;
        sameBits(evidence, `A write to ${first} does not show in ${name}`, name, value, written);
      }
    }
    return evidence;
  },
});
