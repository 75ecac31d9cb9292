/**
 * @module
 */
import { demand } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { PAPER, place, type TableCase, tableCases, tableOf } from "./table.ts";

/** Columns 2i and 2i + 1 are the sine and the cosine of one angle. */
export const unitCirclePairs: Law<TableCase> = law({
  id: "position/unit-circle-pairs",
  claim: "Columns 2i and 2i + 1 are a sine and a cosine of one angle: their squares add up to 1.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-halves-not-interleaved", "positions-cosine-of-next-frequency"],
  cases: () => tableCases("even"),
  async check(context, testCase) {
    const evidence = new Evidence();
    const table = await tableOf(context, testCase);
    for (let position = 0; position < table.length; position++) {
      for (let column = 0; column + 1 < table.width; column += 2) {
        const sum = table.at(position, column) ** 2 + table.at(position, column + 1) ** 2;
        demand(evidence, Math.abs(sum - 1) <= 4 * table.unit, {
          what: "Two columns are not the sine and the cosine of one angle",
          where: `${place(position, column)} and ${place(position, column + 1)}`,
          expected: "squares that add up to 1",
          actual: `squares that add up to ${sum}`,
        });
      }
    }
    return evidence;
  },
});
