/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";

/** A case of {@linkcode everyParameterLive}. */
export interface LiveCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
}

/** What an optimizer is given can be trained. */
export const everyParameterLive: Law<LiveCase> = law({
  id: "registration/every-parameter-live",
  claim:
    "After forward and backward in training mode every parameter that requires a gradient has one.",
  source: "https://github.com/imbue-ai/slot_attention/issues/8",
  needs: ["module", "inputs", "parameters"],
  runs: 4,
  detects: ["parameter-never-used", "parameter-replaced-by-its-copy"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence().compared();
    const module = (await context.make(seed)).train();
    context.reseed(seed);
    const loss = weightedSum(context.forward(module, context.args(args)), seed);
    if (loss === null || !loss.requiresGrad) {
      const trained = module.namedParameters().filter(([, value]) => value.requiresGrad);
      demand(evidence, loss === null || trained.length === 0, {
        what: "The output has no history: nothing can be trained through this module",
        where: "output",
        expected: `a history that reaches ${trained.map(([name]) => name).join(", ")}`,
        actual: "requiresGrad false",
      });
      return evidence;
    }
    context.call("backward", () => loss.backward());
    for (const [name, { requiresGrad, grad }] of module.namedParameters()) {
      demand(evidence, !requiresGrad || grad !== null, {
        what: "A parameter takes no part in the output: it is saved, decayed and never trained",
        where: name,
        expected: "a gradient",
        actual: "none",
      });
    }
    return evidence;
  },
});
