/**
 * @module
 */
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { type TableCase, tableOf } from "./table.ts";

/**
 * Positions can be told apart, in half precision too. A single frequency is not enough: positions 1 and
 * 711 of a table of width 2 are the same in bfloat16, as 710 is almost 113 turns.
 */
export const positionsInjective: Law<TableCase> = law({
  id: "position/injective",
  claim:
    "From a width of 4 no two positions have the same row, also when rows are rounded to float16 or bfloat16.",
  source: "https://github.com/EleutherAI/gpt-neox/issues/1003",
  needs: ["positional"],
  detects: ["positions-in-bfloat16", "positions-merge-above-256", "positions-too-close-for-half"],
  runs: 6,
  axes: () => ({ maxLen: [12, 400, 1200] }),
  cases: () => fc.record({ dModel: fc.integer({ min: 4, max: 24 }) }),
  async check(context, testCase) {
    const evidence = new Evidence();
    const table = await tableOf(context, testCase);
    const dtypes = ["float32", "float16", "bfloat16"] as const;
    for (const dtype of dtypes) {
      evidence.note("dtype", dtype);
      const rows = new Map<string, number>();
      for (let position = 0; position < table.length; position++) {
        const row = Array.from({ length: table.width }, (_, i) => table.at(position, i));
        const key = String.fromCharCode(...encodeNumbers(row, dtype));
        const same = rows.get(key);
        demand(evidence, same === undefined, {
          what: `Two positions have the same row in ${dtype}: the model can't tell them apart`,
          where: `pe[${position}]`,
          expected: `other values than pe[${same}]`,
          actual: `[${row.slice(0, 4).join(", ")}, ...] in both`,
        });
        rows.set(key, position);
      }
    }
    return evidence;
  },
});
