/**
 * @module
 */
import { sameBits, type Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { PAPER, tableOf } from "./table.ts";

/** A case of {@linkcode prefixIndependentOfMaxLen}. */
export interface PrefixCase {
  /** The width. */
  dModel: number;
  /** One longest sequence. */
  maxLen: number;
  /** How much longer the other is. */
  more: number;
}

/** The row of a position does not depend on how long the table is. */
export const prefixIndependentOfMaxLen: Law<PrefixCase> = law({
  id: "position/prefix-independent-of-max-len",
  claim: "The row of a position is the same, bit for bit, whatever the length of the table.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-scaled-by-length"],
  cases: () =>
    fc.record({
      dModel: fc.integer({ min: 1, max: 24 }),
      maxLen: fc.integer({ min: 1, max: 60 }),
      more: fc.integer({ min: 1, max: 60 }),
    }),
  async check(context, { dModel, maxLen, more }) {
    const evidence = new Evidence();
    const short = await tableOf(context, { dModel, maxLen });
    const long = await tableOf(context, { dModel, maxLen: maxLen + more });
    const rows = (of: Snapshot): Snapshot => {
      const size = of.bytes.length / (of.shape.at(-1)! * of.shape.at(-2)!);
      const bytes = of.bytes.subarray(0, maxLen * dModel * size);
      return { dtype: of.dtype, shape: [maxLen, dModel], bytes };
    };
    const what = `A table of ${maxLen + more} positions begins otherwise than one of ${maxLen}`;
    sameBits(evidence, what, "pe", rows(long.contents), rows(short.contents));
    return evidence;
  },
});
