/**
 * @module
 */
import { demand } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { formula, PAPER, place, type TableCase, tableCases, tableOf } from "./table.ts";

async function followsFormula(context: Context, testCase: TableCase): Promise<Evidence> {
  const evidence = new Evidence().note("width", testCase.dModel);
  const table = await tableOf(context, testCase);
  for (let position = 0; position < table.length; position++) {
    for (let column = 0; column < table.width; column++) {
      const expected = formula(position, column, table.width);
      const actual = table.at(position, column);
      demand(evidence, Math.abs(actual - expected) <= table.unit, {
        what: "A value differs from the formula by more than its rounding",
        where: place(position, column),
        expected: `${expected} (${column % 2 === 0 ? "sin" : "cos"} of position ${position})`,
        actual: String(actual),
      });
    }
  }
  return evidence;
}

/** An odd width has one cosine column fewer than sine columns, and its columns are the formula's. */
export const oddWidths: Law<TableCase> = law({
  id: "position/odd-widths",
  version: 2,
  claim:
    "An odd width is taken: there is a cosine column fewer, and every column is the formula's.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-odd-drops-sine", "positions-odd-exponent", "positions-odd-throws"],
  cases: () => tableCases("odd"),
  async check(context, testCase) {
    try {
      return await followsFormula(context, testCase);
    } catch (error) {
      if (!(error instanceof Refutation) || error.kind === "claim") throw error;
      // That it is taken is what is claimed.
      const expected = `a table of width ${testCase.dModel}`;
      throw new Refutation({ ...error, what: "An odd width is not taken", expected });
    }
  },
});

/** With an even width every column is the formula's. */
export const evenWidths: Law<TableCase> = law({
  id: "position/even-widths",
  claim: "With an even width every column is the formula's, evaluated exactly and rounded once.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-base-1000", "positions-angles-in-float32"],
  cases: () => tableCases("even"),
  check: followsFormula,
});
