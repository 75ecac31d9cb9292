/**
 * @module
 */
import { getRngState, noGrad } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { demand, outputsOf, sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode evalDeterministic}. */
export interface EvalCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
}

/** In evaluation mode the same arguments give the same bits. */
export const evalDeterministic: Law<EvalCase> = law({
  id: "mode/eval-deterministic",
  version: 2,
  claim: "In evaluation mode forward gives the same bits each time and draws no random numbers.",
  source: "https://github.com/facebookresearch/DME/issues/3",
  needs: ["module", "inputs"],
  detects: ["dropout-in-eval", "eval-draws-unused"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence();
    const module = (await context.make(seed)).eval();
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
    return evidence;
  },
});
