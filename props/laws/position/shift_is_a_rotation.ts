/**
 * @module
 */
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { PAPER, place, type TableCase, tableFields, tableOf } from "./table.ts";

/** A case of {@linkcode shiftIsARotation}. */
export interface ShiftCase extends TableCase {
  /** How far to shift, counted round and round. */
  shift: number;
}

/** Going `shift` positions on is the same rotation everywhere: what the paper chose sinusoids for. */
export const shiftIsARotation: Law<ShiftCase> = law({
  id: "position/shift-is-a-rotation",
  claim:
    "For each shift there is one rotation per pair of columns that takes the row of every position to that of position + shift.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-off-by-one", "positions-angles-in-half"],
  cases: () => fc.record({ ...tableFields("even"), shift: fc.nat(4000) }),
  async check(context, { shift: drawn, ...testCase }) {
    const evidence = new Evidence();
    const table = await tableOf(context, testCase);
    const shift = drawn % table.length;
    for (let column = 0; column + 1 < table.width; column += 2) {
      // Position 0 is the angle 0, so the row of `shift` is the rotation itself.
      const sine = table.at(shift, column), cosine = table.at(shift, column + 1);
      for (let position = 0; position + shift < table.length; position++) {
        const s = table.at(position, column), c = table.at(position, column + 1);
        const rotated = [s * cosine + c * sine, c * cosine - s * sine];
        rotated.forEach((expected, i) => {
          const actual = table.at(position + shift, column + i);
          demand(evidence, Math.abs(actual - expected) <= 4 * table.unit, {
            what: `A shift by ${shift} is no rotation that is the same at every position`,
            where: place(position + shift, column + i),
            expected: `${expected}, ${place(position, column)} rotated like ${place(0, column)}`,
            actual: String(actual),
          });
        });
      }
    }
    return evidence;
  },
});
