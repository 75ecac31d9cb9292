/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import { buildTensor, type TensorSpec } from "../../argument.ts";
import { demand, tensorsIn } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { claimOf } from "./table.ts";

/** A case of {@linkcode refusesOverLong}. */
export interface LongCase {
  /** The width. */
  dModel: number;
  /** The longest sequence. */
  maxLen: number;
  /** By how much the input is longer. */
  more: number;
}

/** A sequence that is longer than the table is refused, not cut or wrapped. */
export const refusesOverLong: Law<LongCase> = law({
  id: "position/refuses-over-long",
  claim: "A sequence as long as the table works, and one that is longer raises an error.",
  source: "https://github.com/pytorch/examples/blob/main/word_language_model/model.py",
  needs: ["positional"],
  runs: 10,
  detects: ["positions-wrap-around", "positions-clip-the-input"],
  cases: () =>
    fc.record({
      dModel: fc.integer({ min: 1, max: 12 }),
      maxLen: fc.integer({ min: 1, max: 12 }),
      more: fc.integer({ min: 1, max: 12 }),
    }),
  async check(context, { dModel, maxLen, more }) {
    const evidence = new Evidence();
    const claim = claimOf(context);
    const module = context.call("The constructor", () => claim.make(dModel, maxLen)).eval();
    await context.wait(`to("${context.device}")`, () => module.to(context.device));
    const input = (length: number) => {
      const zeros: TensorSpec = {
        tensor: [1, length, dModel],
        dtype: "float32",
        fill: "zeros",
        seed: 0,
      };
      return buildTensor(claim.input?.(dModel, length) ?? zeros, context.device);
    };
    const output = noGrad(() => context.forward(module, [input(maxLen)]));
    for (const [name, value] of tensorsIn(output)) {
      demand(evidence, value.shape.includes(maxLen), {
        what: "A sequence as long as the table comes out shorter",
        where: name,
        expected: `a dimension of ${maxLen}`,
        actual: `[${value.shape.join(", ")}]`,
      });
    }
    let outcome: string | null = null;
    try {
      const long = noGrad(() => module.forward(input(maxLen + more)));
      for (const [, value] of tensorsIn(long)) {
        await value.data();
        outcome = `an output [${value.shape.join(", ")}]`;
      }
    } catch { /* what it should do */ }
    demand(evidence, outcome === null, {
      what: "A sequence longer than the table is taken",
      where: `forward with ${maxLen + more} positions of ${maxLen}`,
      expected: "an error",
      actual: String(outcome),
    });
    return evidence;
  },
});
