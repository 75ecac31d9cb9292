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
  needs: ["module"],
  runs: 3,
  detects: ["tied-parameter-twice", "shared-child-twice"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const module = await context.make(seed);
    const all = { removeDuplicate: false };
    const lists = [
      ["parameters", module.namedParameters(), module.namedParameters(all), module.parameters()],
      ["buffers", module.namedBuffers(), module.namedBuffers(all), module.buffers()],
      ["modules", module.namedModules(), module.namedModules(all), module.modules()],
    ] as const;
    for (const [kind, once, every, plain] of lists) {
      const first = new Map<object, string>();
      for (const [name, value] of every) if (!first.has(value)) first.set(value, name);
      const what = `${kind} lists an object twice, or not under its first name`;
      sameList(evidence, what, kind, once.map(([name]) => name), [...first.values()]);
      demand(
        evidence,
        new Set<object>(plain).size === plain.length && plain.length === first.size,
        {
          what: `${kind}() lists an object twice: an optimizer would step it twice`,
          where: `${kind}()`,
          expected: `${first.size} objects, each once`,
          actual: `${plain.length} entries of ${new Set<object>(plain).size} objects`,
        },
      );
      const names = every.map(([name]) => name);
      sameList(evidence, `A name is used twice in ${kind}`, kind, names, [...new Set(names)]);
    }
    return evidence;
  },
});
