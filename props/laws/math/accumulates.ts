/**
 * @module
 */
import type { Tensor } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { canonical, demand, sameBits, type Snapshot, snapshot } from "../../compare.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers, encodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";

/** A case of {@linkcode accumulates}. */
export interface AccumulateCase {
  /** The seed of the instance and of the first loss. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** Whether the second loss is the first once more: then gradients double, without a rounding. */
  again: boolean;
}

/** Gradients add up until they are forgotten. */
export const accumulates: Law<AccumulateCase> = law({
  id: "math/accumulates",
  claim:
    "A second backward adds its gradients to those of the first, with one rounding, and zeroGrad forgets them all or sets them to zero.",
  source: "https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html",
  needs: ["module", "inputs", "parameters"],
  runs: 4,
  detects: ["forward-forgets-gradients", "zero-grad-misses-a-parameter"],
  axes: () => ({ again: [true, false] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args, again }) {
    const evidence = new Evidence().compared().note("again", again);
    const module = (await context.make(seed)).eval();
    const given = context.args(args);
    const named = module.namedParameters().filter(([, value]) =>
      value.requiresGrad && isFloating(value)
    );
    const backward = (weights: number) => {
      context.reseed(seed);
      const loss = weightedSum(context.forward(module, given), weights);
      if (loss?.requiresGrad) context.call("backward", () => loss.backward());
    };
    const gradients = () =>
      Promise.all(named.map(([, { grad }]) => grad === null ? null : snapshot(grad)));
    const forgotten = (setToNone: boolean) => {
      context.call("zeroGrad", () => module.zeroGrad({ setToNone }));
      return named.map(([name, { grad }]): [string, Tensor | null] => [name, grad]);
    };
    const weights = [seed, again ? seed : ~seed];
    const alone: (Snapshot | null)[][] = [];
    for (const weight of weights) {
      backward(weight);
      alone.push(await gradients());
      for (const [, parameter] of named) parameter.grad = null;
    }
    for (const weight of weights) backward(weight);
    const both = await gradients();
    named.forEach(([name], i) => {
      const [first, second] = [alone[0][i], alone[1][i]];
      const there = both[i] !== null, wanted = first !== null || second !== null;
      demand(evidence, there === wanted, {
        what: "After two backwards there is not what each of them gives",
        where: name,
        expected: wanted ? "a gradient" : "none",
        actual: there ? "a gradient" : "none",
      });
      if (both[i] === null || first === null || second === null) return;
      const what = "A second backward does not add its gradients to those of the first";
      sameBits(evidence, what, name, canonical(both[i]), canonical(sum(first, second)));
    });
    for (const [name, grad] of forgotten(false)) {
      const zero = grad === null || await grad.eq(0).all().item() === true;
      demand(evidence, zero, {
        what: "zeroGrad({ setToNone: false }) leaves a gradient",
        where: name,
        expected: "zeros",
        actual: "other numbers",
      });
    }
    backward(seed);
    for (const [name, grad] of forgotten(true)) {
      demand(evidence, grad === null, {
        what: "zeroGrad() leaves a gradient",
        where: name,
        expected: "none",
        actual: "a gradient",
      });
    }
    return evidence;
  },
});

/** The sum, rounded once: a float64 holds the sum of two narrower numbers well enough for that. */
function sum(a: Snapshot, b: Snapshot): Snapshot {
  const [left, right] = [a, b].map(({ bytes, dtype }) => decodeNumbers(bytes, dtype));
  return { ...a, bytes: encodeNumbers(left.map((value, i) => value + right[i]), a.dtype) };
}
