/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { canonical, demand, sameBits, type Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers, encodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";

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
  needs: ["instance", "inputs", "parameters", "gradients"],
  runs: 4,
  detects: ["forward-forgets-gradients", "zero-grad-misses-a-parameter"],
  axes: () => ({ again: [true, false] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args, again }) {
    const evidence = new Evidence().compared().note("again", again);
    const instance = await context.instance(seed);
    await instance.train(false);
    const given = context.given(args);
    const backward = async (weights: number) => {
      const output = await instance.forward(given, { seed, recorded: true });
      if (output.requiresGrad) await output.backward(weights);
    };
    const weights = [seed, again ? seed : ~seed];
    const alone: Map<string, Snapshot>[] = [];
    for (const weight of weights) {
      await backward(weight);
      const gradients = await instance.gradients();
      alone.push(gradients);
      await instance.setGradients(new Map([...gradients.keys()].map((name) => [name, null])));
    }
    for (const weight of weights) await backward(weight);
    const both = await instance.gradients();
    const [first, second] = alone;
    for (const name of new Set([first, second, both].flatMap((some) => [...some.keys()]))) {
      const wanted = first.has(name) || second.has(name);
      demand(evidence, both.has(name) === wanted, {
        what: "After two backwards there is not what each of them gives",
        where: name,
        expected: wanted ? "a gradient" : "none",
        actual: wanted ? "none" : "a gradient",
      });
      const parts = [first.get(name), second.get(name)].filter((part) => part !== undefined);
      if (parts.length < 2) continue;
      const what = "A second backward does not add its gradients to those of the first";
      const expected = canonical(sum(parts[0], parts[1]));
      sameBits(evidence, what, name, canonical(both.get(name)!), expected);
    }
    await instance.zeroGrad(false);
    for (const [where, { bytes, dtype }] of await instance.gradients()) {
      demand(evidence, decodeNumbers(bytes, dtype).every((value) => value === 0), {
        what: "zeroGrad({ setToNone: false }) leaves a gradient",
        where,
        expected: "zeros",
        actual: "other numbers",
      });
    }
    await backward(seed);
    await instance.zeroGrad();
    const left = [...(await instance.gradients()).keys()];
    demand(evidence, left.length === 0, {
      what: "zeroGrad() leaves a gradient",
      where: left.join(", "),
      expected: "none",
      actual: "a gradient",
    });
    return evidence;
  },
});

/** The sum, rounded once: a float64 holds the sum of two narrower numbers well enough for that. */
function sum(a: Snapshot, b: Snapshot): Snapshot {
  const [left, right] = [a, b].map(({ bytes, dtype }) => decodeNumbers(bytes, dtype));
  return { ...a, bytes: encodeNumbers(left.map((value, i) => value + right[i]), a.dtype) };
}
