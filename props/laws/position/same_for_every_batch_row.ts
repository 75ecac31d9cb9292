/**
 * @module
 */
import { cat, noGrad } from "../../../core/mod.ts";
import { buildTensor, type TensorSpec } from "../../argument.ts";
import { demand, sameBits, snapshot, tensorsIn } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { claimOf, type TableCase } from "./table.ts";

/** A case of {@linkcode sameForEveryBatchRow}. */
export interface BatchRowCase extends TableCase {
  /** How many sequences there are. */
  batch: number;
}

/** A position is the same in every sequence of a batch. */
export const sameForEveryBatchRow: Law<BatchRowCase> = law({
  id: "position/same-for-every-batch-row",
  claim: "The same sequence comes out the same, bit for bit, in every row of a batch.",
  source: "https://github.com/pytorch/examples/blob/main/word_language_model/model.py",
  needs: ["positional"],
  detects: ["positions-along-the-batch"],
  cases: () =>
    fc.record({
      dModel: fc.integer({ min: 2, max: 12 }),
      maxLen: fc.integer({ min: 1, max: 12 }),
      batch: fc.integer({ min: 2, max: 4 }),
    }),
  async check(context, { dModel, maxLen, batch }) {
    const evidence = new Evidence();
    const claim = claimOf(context);
    const module = context.call("The constructor", () => claim.make(dModel, maxLen)).eval();
    await context.wait(`to("${context.device}")`, () => module.to(context.device));
    const ramp: TensorSpec = {
      tensor: [1, maxLen, dModel],
      dtype: "float32",
      fill: "ramp",
      seed: 0,
    };
    const row = buildTensor(claim.input?.(dModel, maxLen) ?? ramp, context.device);
    const output = noGrad(() => context.forward(module, [cat(Array(batch).fill(row), 0)]));
    for (const [name, value] of tensorsIn(output)) {
      demand(evidence, value.shape[0] === batch, {
        what: "The batch is not the output's first dimension",
        where: name,
        expected: `[${batch}, ...]`,
        actual: `[${value.shape.join(", ")}]`,
      });
      const first = await snapshot(value.select(0, 0));
      for (let i = 1; i < batch; i++) {
        const what = "The same sequence comes out otherwise in another row of the batch";
        sameBits(evidence, what, `${name}[${i}]`, await snapshot(value.select(0, i)), first);
      }
    }
    return evidence;
  },
});
