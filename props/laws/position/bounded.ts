/**
 * @module
 */
import { demand } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { PAPER, place, type TableCase, tableCases, tableOf } from "./table.ts";

/** Sines and cosines are between -1 and 1. */
export const positionBounded: Law<TableCase> = law({
  id: "position/bounded",
  version: 2,
  claim: "Every value of the table is between -1 and 1.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-not-squashed"],
  cases: () => tableCases(),
  async check(context, testCase) {
    const evidence = new Evidence();
    const table = await tableOf(context, testCase);
    for (let position = 0; position < table.length; position++) {
      for (let column = 0; column < table.width; column++) {
        const value = table.at(position, column);
        demand(evidence, Math.abs(value) <= 1, {
          what: "A value is no sine and no cosine",
          where: place(position, column),
          expected: "between -1 and 1",
          actual: String(value),
        });
      }
    }
    return evidence;
  },
});
