/**
 * @module
 */
import { grad } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";
import { differentiable, gradientsAreSlopes } from "../../slopes.ts";
import type { GradCase } from "./gradcheck.ts";

/** The gradient of the gradient is the slope of the gradient. */
export const gradgradcheck: Law<GradCase> = law({
  id: "math/gradgradcheck",
  claim:
    "Gradients with createGraph have gradients of their own, which are the slopes that differences of the first ones show, in float64.",
  source: "https://pytorch.org/docs/stable/generated/torch.autograd.gradgradcheck.html",
  needs: ["module", "inputs", "gradients", "float64"],
  runs: 1,
  detects: ["second-gradient-of-a-constant", "gradient-without-history"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence().compared();
    const { module, given, named } = await differentiable(context, seed, args);
    const values = named.map(([, value]) => value);
    /** A sum of all gradients with fixed random weights. */
    const loss = () => {
      context.reseed(seed);
      const first = weightedSum(context.forward(module, given), seed);
      if (!first?.requiresGrad || values.length === 0) return null;
      const options = { createGraph: true, allowUnused: true };
      return weightedSum(context.call("grad", () => grad(first, values, options)), ~seed);
    };
    const total = loss();
    if (total === null) return evidence;
    const seconds = total.requiresGrad
      ? context.call("grad", () => grad(total, values, { allowUnused: true }))
      : values.map(() => null);
    const gradients = named.map(([name, value], i) => [name, value, seconds[i]] as const);
    const what = "The gradient of the gradient is not its slope";
    await gradientsAreSlopes(evidence, what, loss, gradients, seed);
    return evidence;
  },
});
