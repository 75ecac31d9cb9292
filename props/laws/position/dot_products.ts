/**
 * @module
 */
import { demand } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { PAPER, type TableCase, tableCases, tableOf } from "./table.ts";

/** Rows know of each other how far apart they are. */
export const dotProductsDependOnOffset: Law<TableCase> = law({
  id: "position/dot-products-depend-on-offset",
  claim: "With an even width the dot product of two rows depends on their offset alone.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-fade"],
  cases: () => tableCases("even"),
  async check(context, testCase) {
    const evidence = new Evidence();
    const table = await tableOf(context, testCase);
    const dot = (a: number, b: number) => {
      let sum = 0;
      for (let i = 0; i < table.width; i++) sum += table.at(a, i) * table.at(b, i);
      return sum;
    };
    // Each of the products of a row, which has values up to 1, is off by two roundings at most.
    const bound = 4 * table.width * table.unit;
    for (const offset of [0, 1, 2, 7, Math.floor(table.length / 2)]) {
      const first = offset < table.length ? dot(0, offset) : 0;
      for (let position = 1; position + offset < table.length; position++) {
        const actual = dot(position, position + offset);
        demand(evidence, Math.abs(actual - first) <= bound, {
          what: "Rows that are equally far apart have another dot product",
          where: `pe[${position}] and pe[${position + offset}]`,
          expected: `${first}, as pe[0] and pe[${offset}] have, within ${bound}`,
          actual: String(actual),
        });
      }
    }
    return evidence;
  },
});
