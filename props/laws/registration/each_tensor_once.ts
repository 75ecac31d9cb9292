/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand, sameList } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** What is registered under several names is trained once. */
export const eachTensorOnce: Law<{ seed: number }> = law({
  id: "registration/each-tensor-once",
  claim:
    "parameters(), buffers() and modules() list each object once, however many names it has, under the first of them.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.named_parameters",
  needs: ["instance"],
  runs: 3,
  detects: ["tied-parameter-twice", "shared-child-twice"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const { entries, parts, once } = await (await context.instance(seed)).list();
    const lists = [
      ["parameters", entries.filter(({ role }) => role === "parameter")],
      ["buffers", entries.filter(({ role }) => role === "buffer")],
      ["modules", parts],
    ] as const;
    for (const [kind, every] of lists) {
      const first = new Map<number, string>();
      for (const { name, object } of every) if (!first.has(object)) first.set(object, name);
      const what = `${kind} lists an object twice, or not under its first name`;
      sameList(evidence, what, kind, once[kind].names, [...first.values()]);
      const { objects } = once[kind];
      const distinct = new Set(objects).size;
      demand(evidence, distinct === objects.length && distinct === first.size, {
        what: `${kind}() lists an object twice: an optimizer would step it twice`,
        where: `${kind}()`,
        expected: `${first.size} objects, each once`,
        actual: `${objects.length} entries of ${distinct} objects`,
      });
      const names = every.map(({ name }) => name);
      sameList(evidence, `A name is used twice in ${kind}`, kind, names, [...new Set(names)]);
    }
    return evidence;
  },
});
