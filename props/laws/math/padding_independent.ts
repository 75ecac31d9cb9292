/**
 * @module
 */
import { cat, full, noGrad, type Tensor } from "../../../core/mod.ts";
import { type Argument, buildTensor, seeds } from "../../argument.ts";
import { tensorsIn } from "../../compare.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { sameWithinRoundings } from "../../rounding.ts";

/** A case of {@linkcode paddingIndependent}. */
export interface PaddingCase {
  /** The seed of the instance and of the padding. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** How much padding is appended. */
  more: number;
  /** What the padding holds, where sequences are floating. */
  content: "zeros" | "normal numbers" | "infinity" | "NaN";
}

/** What is masked is not there. */
export const paddingIndependent: Law<PaddingCase> = law({
  id: "math/padding-independent",
  claim:
    "For a subject that says so: masked padding of any length and content, infinities and NaN too, leaves the outputs for the rest as they are.",
  source: "https://github.com/huggingface/transformers/issues/26380",
  needs: ["module", "inputs", "paddingIndependent"],
  runs: 8,
  detects: ["padding-counts-as-zeros", "padding-is-multiplied-by-zero"],
  axes: () => ({ content: ["zeros", "normal numbers", "infinity", "NaN"] }),
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), args: inputs!, more: fc.integer({ min: 1, max: 4 }) }),
  async check(context, { seed, args, more, content }) {
    const evidence = new Evidence().compared().note("content", content);
    const { input, mask, padded = true } = context.subject.claims.paddingIndependent!;
    const module = (await context.make(seed)).eval();
    const run = (given: readonly unknown[]) => {
      context.reseed(seed);
      return tensorsIn(noGrad(() => context.forward(module, given)));
    };
    const given = context.args(args);
    const [x, old] = [given[input], given[mask]] as Tensor[];
    const { shape, dtype, device } = x;
    const added = shape.with(1, more);
    const constant = { zeros: 0, infinity: Infinity, NaN, "normal numbers": null }[content];
    const padding = constant !== null && isFloating(x)
      ? full(added, constant, { dtype, device })
      : buildTensor(
        { tensor: added, dtype, fill: isFloating(x) ? "normal" : "zeros", seed },
        device,
      );
    const flags = full([shape[0], more], padded, { dtype: "bool", device });
    const longer = given.with(input, cat([x, padding], 1)).with(mask, cat([old, flags], 1));
    const length = shape[1];
    const expected = run(given);
    const cut = run(longer).map(([name, value], i): [string, Tensor] => {
      const along = expected[i]?.[1].shape[1] === length && value.shape[1] === length + more;
      return [name, along ? value.narrow(1, 0, length) : value];
    });
    await sameWithinRoundings(evidence, "Padding that is masked changes a result", cut, expected);
    return evidence;
  },
});
