/**
 * @module
 */
import { demand } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { PAPER, place, type TableCase, tableCases, tableOf } from "./table.ts";

/** Position 0 is no angle at all. */
export const rowZero: Law<TableCase> = law({
  id: "position/row-zero",
  claim: "The row of position 0 is 0 in even columns and 1 in odd ones, exactly.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-padding-row"],
  cases: () => tableCases(),
  async check(context, testCase) {
    const evidence = new Evidence();
    const table = await tableOf(context, testCase);
    for (let column = 0; column < table.width; column++) {
      const expected = column % 2;
      const actual = table.at(0, column);
      demand(evidence, actual === expected, {
        what: "Position 0 is turned",
        where: place(0, column),
        expected: String(expected),
        actual: String(actual),
      });
    }
    return evidence;
  },
});
