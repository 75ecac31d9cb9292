/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand, sameList } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import type { Listing } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loaded } from "../../loaded.ts";

/** Loading writes into the tensors that are there: optimizers keep working. */
export const parameterIdentity: Law<{ seed: number }> = law({
  id: "save/parameter-identity",
  claim:
    "loadStateDict copies values into the registered tensors: each stays the object it was, in its memory, trainable as it was, in the mode it was.",
  source: "https://github.com/huggingface/transformers/pull/3532",
  needs: ["instance", "state", "stateDict"],
  runs: 3,
  detects: ["load-replaces-parameters", "load-sets-eval"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    await instance.train(true);
    const state = await (await context.instance(seed ^ 0x27d4eb2f)).stateDict();
    const before = await instance.list();
    await loaded(instance, state);
    const now = await instance.list();
    const flags = ({ entries }: Listing) =>
      entries.map(({ name, requiresGrad }) => `${name} ${requiresGrad}`);
    const modes = ({ parts }: Listing) => parts.map(({ name, training }) => `${name} ${training}`);
    const changed = "A load changes names or requiresGrad";
    sameList(evidence, changed, "requiresGrad", flags(now), flags(before));
    sameList(evidence, "A load changes the mode", "training", modes(now), modes(before));
    now.entries.forEach(({ name, object, memory }, i) => {
      const same = object === before.entries[i].object;
      demand(evidence, same && memory === before.entries[i].memory, {
        what: "A load replaces a tensor: an optimizer made before trains the old one",
        where: name,
        expected: "the same object and memory",
        actual: same ? "other memory" : "another object",
      });
    });
    return evidence;
  },
});
