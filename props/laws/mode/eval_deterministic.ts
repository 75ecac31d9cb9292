/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { demand, sameStates } from "../../compare.ts";
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
  needs: ["instance", "inputs"],
  detects: ["dropout-in-eval", "eval-draws-unused"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    await instance.train(false);
    const given = context.given(args);
    const hasState = context.has("random");
    evidence.note("random state", hasState ? "compared" : "unknown");
    const random = async () => hasState ? await instance.randomState() : "";
    const before = await random();
    const first = await (await instance.forward(given)).values();
    demand(evidence, await random() === before, {
      what: "forward draws random numbers in evaluation mode",
      where: "the random state",
      expected: "the state before",
      actual: "another",
    });
    const second = await (await instance.forward(given, { seed: seed ^ 0x2545f491 })).values();
    const what = "Two calls in evaluation mode give different results";
    sameStates(evidence, what, second, first);
    return evidence;
  },
});
