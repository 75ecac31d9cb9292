/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand, sameList } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";

/** Loading writes into the tensors that are there: optimizers keep working. */
export const parameterIdentity: Law<{ seed: number }> = law({
  id: "save/parameter-identity",
  claim:
    "loadStateDict copies values into the registered tensors: each stays the object it was, in its memory, trainable as it was, in the mode it was.",
  source: "https://github.com/huggingface/transformers/pull/3532",
  needs: ["module", "state"],
  runs: 3,
  detects: ["load-replaces-parameters", "load-sets-eval"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const module = (await context.make(seed)).train();
    const state = (await context.make(seed ^ 0x27d4eb2f)).stateDict();
    const facts = () =>
      registered(module).map(([name, { requiresGrad }]) => `${name} ${requiresGrad}`);
    const modes = () => module.namedModules().map(([name, { training }]) => `${name} ${training}`);
    const before = registered(module).map(([, value]) => ({ value, storage: value.storage }));
    const [flags, mode] = [facts(), modes()];
    await context.wait("loadStateDict", () => module.loadStateDict(state));
    sameList(evidence, "A load changes names or requiresGrad", "requiresGrad", facts(), flags);
    sameList(evidence, "A load changes the mode", "training", modes(), mode);
    registered(module).forEach(([name, value], i) => {
      const same = value === before[i].value && value.storage === before[i].storage;
      demand(evidence, same, {
        what: "A load replaces a tensor: an optimizer made before trains the old one",
        where: name,
        expected: "the same object and memory",
        actual: value === before[i].value ? "other memory" : "another object",
      });
    });
    return evidence;
  },
});
