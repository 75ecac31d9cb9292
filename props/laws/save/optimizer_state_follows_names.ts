/**
 * @module
 */
import type { Module, Parameter } from "../../../nn/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { randomStream } from "../../hash.ts";
import type { Training } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { ModuleInstance } from "../../module_instance.ts";

/** A case of {@linkcode optimizerStateFollowsNames}. */
export interface OrderCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** Where the order of the parameters comes from, for the optimizer that loads. */
  order: number;
}

/** What an optimizer remembers of a parameter goes to the parameter of that name. */
export const optimizerStateFollowsNames: Law<OrderCase> = law({
  id: "save/optimizer-state-follows-names",
  claim:
    "An optimizer that is given its parameters with names, in whatever order, and loads a saved state takes the same next step as the one that saved it.",
  source: "https://github.com/pytorch/pytorch/issues/1489",
  needs: ["module", "inputs", "parameters", "optimizer"],
  runs: 5,
  detects: ["optimizer-state-by-position"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs!, order: seeds() }),
  async check(context, { seed, args, order }) {
    const evidence = new Evidence();
    const make = context.subject.claims.optimizer!;
    const given = context.given(args);
    const training = (module: Module, named: [string, Parameter][]) => {
      const optimizer = context.call("The optimizer's constructor", () => make(named));
      return new ModuleInstance(module, context.device).training(optimizer);
    };
    const step = (of: Training) => {
      context.reseed(seed);
      return of.step(given, seed);
    };
    const module = (await context.make(seed)).train();
    const named = module.namedParameters();
    const first = training(module, named);
    await step(first);
    const bytes = await first.save();
    await step(first);
    const expected = await snapshots(module.namedParameters());

    const other = (await context.make(seed ^ 0x41c64e6d)).train();
    const shuffled = shuffle(other.namedParameters(), order);
    const second = training(other, shuffled);
    await second.load(bytes);
    await step(second);
    const what = "The next step differs: state of one parameter was given to another";
    sameStates(evidence, what, await snapshots(other.namedParameters()), expected);
    return evidence.note("moved", shuffled.some(([name], i) => name !== named[i][0]));
  },
});

function shuffle<T>(items: readonly T[], seed: number): T[] {
  const next = randomStream(seed);
  return items.map((item) => [next(), item] as const).sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
