/**
 * @module
 */
import type { Module } from "../../../nn/mod.ts";
import type { Optimizer } from "../../../nn/optim/mod.ts";
import { load, toBytes } from "../../../serialize/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { sameStates, snapshots } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import { randomStream } from "../../hash.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";

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
    const module = (await context.make(seed)).train();
    const named = module.namedParameters();
    const first = context.call("The optimizer's constructor", () => make(named));
    step(context, module, first, args, seed);
    const values = module.stateDict();
    const bytes = await context.wait(
      "save",
      () =>
        toBytes(new Map<string, unknown>([["model", values], ["optimizer", first.stateDict()]])),
    );
    step(context, module, first, args, seed);
    const expected = await snapshots(module.namedParameters());

    const state = await context.wait("load", () => load(bytes)) as unknown as Map<string, unknown>;
    const other = (await context.make(seed ^ 0x41c64e6d)).train();
    const shuffled = shuffle(other.namedParameters(), order);
    const second = context.call("The optimizer's constructor", () => make(shuffled));
    await context.wait(
      "loadStateDict",
      () => other.loadStateDict(state.get("model") as ReadonlyMap<string, unknown>),
    );
    await context.wait(
      "the optimizer's loadStateDict",
      () => second.loadStateDict(state.get("optimizer") as never),
    );
    step(context, other, second, args, seed);
    const what = "The next step differs: state of one parameter was given to another";
    sameStates(evidence, what, await snapshots(other.namedParameters()), expected);
    return evidence.note("moved", shuffled.some(([name], i) => name !== named[i][0]));
  },
});

function step(
  context: Context,
  module: Module,
  optimizer: Optimizer,
  args: readonly Argument[],
  seed: number,
): void {
  optimizer.zeroGrad();
  context.reseed(seed);
  const loss = weightedSum(context.forward(module, context.args(args)), seed);
  if (loss?.requiresGrad) context.call("backward", () => loss.backward());
  context.call("step", () => optimizer.step());
}

function shuffle<T>(items: readonly T[], seed: number): T[] {
  const next = randomStream(seed);
  return items.map((item) => [next(), item] as const).sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
