/**
 * @module
 */
import { demand } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { PAPER, place, type TableCase, tableCases, tableOf } from "./table.ts";

/** Sines and cosines are between -1 and 1. */
export const positionBounded: Law<TableCase> = law({
  id: "position/bounded",
  claim: "Every value of the table is between -1 and 1, and no two positions have the same row.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-not-squashed", "positions-in-bfloat16"],
  cases: () => tableCases(),
  async check(context, testCase) {
    const evidence = new Evidence();
    const table = await tableOf(context, testCase);
    const rows = new Map<string, number>();
    for (let position = 0; position < table.length; position++) {
      const row: number[] = [];
      for (let column = 0; column < table.width; column++) {
        const value = table.at(position, column);
        row.push(value);
        demand(evidence, Math.abs(value) <= 1, {
          what: "A value is no sine and no cosine",
          where: place(position, column),
          expected: "between -1 and 1",
          actual: String(value),
        });
      }
      // A width of 1 or 2 has one frequency, whose rounded values may meet.
      if (table.width < 4) continue;
      const same = rows.get(row.join());
      demand(evidence, same === undefined, {
        what: "Two positions have the same row: the model can't tell them apart",
        where: `pe[${position}]`,
        expected: `other values than pe[${same}]`,
        actual: `[${row.slice(0, 4).join(", ")}, ...] in both`,
      });
      rows.set(row.join(), position);
    }
    return evidence;
  },
});
