/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { weightedSum } from "../../loss.ts";
import { differentiable, gradientsAreSlopes } from "../../slopes.ts";

/** A case of {@linkcode gradcheck}. */
export interface GradCase {
  /** The seed of the instance, of the directions and of the weights of the outputs. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
}

/** The gradient is the slope. */
export const gradcheck: Law<GradCase> = law({
  id: "math/gradcheck",
  claim:
    "The gradients that backward gives are the slopes that differences of forward show, in float64, for parameters and arguments together and one by one.",
  source: "https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.html",
  needs: ["module", "inputs", "gradients", "float64"],
  runs: 3,
  detects: ["detached-parameter", "gradient-of-the-wrong-scale", "detached-input"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence();
    const { module, given, named } = await differentiable(context, seed, args);
    const loss = () => {
      context.reseed(seed);
      return weightedSum(context.forward(module, given), seed);
    };
    const total = loss();
    if (total === null || named.length === 0) return evidence;
    if (!total.requiresGrad) {
      throw new Refutation({
        what: "The output has no history: nothing can be trained through this module",
        where: "output",
        expected: `a gradient of ${named.map(([name]) => name).join(", ")}`,
        actual: "requiresGrad false",
      });
    }
    for (const [, value] of named) value.grad = null;
    context.call("backward", () => total.backward());
    const gradients = named.map(([name, value]) => [name, value, value.grad] as const);
    const what = "The gradient is not the slope";
    await gradientsAreSlopes(evidence, what, () => noGrad(loss), gradients, seed);
    return evidence;
  },
});
