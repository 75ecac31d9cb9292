/**
 * @module
 */
import { getRngState, noGrad } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { demand, outputsOf, sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode evalDeterministic}. */
export interface EvalCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
}

/** In evaluation mode the same arguments give the same bits, and nothing changes. */
export const evalDeterministic: Law<EvalCase> = law({
  id: "mode/eval-deterministic",
  claim:
    "In evaluation mode forward gives the same bits each time, draws no random numbers and changes no state.",
  source: "https://github.com/facebookresearch/DME/issues/3",
  needs: ["module", "inputs"],
  detects: ["dropout-in-eval", "statistics-move-in-eval", "eval-draws-unused"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence();
    const module = (await context.make(seed)).eval();
    const before = await snapshots(registered(module));
    const run = (at: number) => {
      context.reseed(at);
      return outputsOf(noGrad(() => context.forward(module, context.args(args))));
    };
    const first = await run(seed);
    const { counter } = getRngState();
    demand(evidence, counter === 0, {
      what: "forward draws random numbers in evaluation mode",
      where: "the random state",
      expected: "no draws",
      actual: `${counter} numbers drawn`,
    });
    const second = await run(seed ^ 0x2545f491);
    const what = "Two calls in evaluation mode give different results";
    sameStates(evidence, what, second, first);
    const changed = "forward changes state in evaluation mode";
    sameStates(evidence, changed, await snapshots(registered(module)), before);
    return evidence;
  },
});
