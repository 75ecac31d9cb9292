/**
 * @module
 */
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { PAPER, type TableCase, tableFields, tableOf } from "./table.ts";

/** How far pairs of columns turn: in equal factors, from once in 2 pi positions. */
export const wavelengths: Law<TableCase> = law({
  id: "position/wavelengths",
  claim:
    "The wavelengths of the pairs of columns are geometric: the first is 2 pi positions, each other one 10000^(2/width) times the one before it, on the way to 10000 * 2 pi.",
  source: PAPER,
  needs: ["positional"],
  detects: ["positions-frequencies-to-the-end", "positions-linear-frequencies"],
  cases: () => {
    const { dModel, maxLen } = tableFields("even");
    return fc.record({ dModel, maxLen: maxLen.map((length) => Math.max(2, length)) });
  },
  async check(context, testCase) {
    const evidence = new Evidence();
    const table = await tableOf(context, testCase);
    const last = table.length - 1;
    const turns = Array.from({ length: table.width / 2 }, (_, pair) => {
      // No pair turns by more than one radian from a position to the next: no turn is lost.
      let angle = 0;
      for (let position = 0; position < last; position++) {
        const [s, c, nextS, nextC] = [position, position + 1].flatMap((at) =>
          [0, 1].map((i) => table.at(at, 2 * pair + i))
        );
        angle += Math.atan2(nextS * c - nextC * s, nextC * c + nextS * s);
      }
      return angle;
    });
    const factor = 10000 ** (2 / table.width);
    turns.forEach((angle, pair) => {
      const expected = pair === 0 ? last : turns[pair - 1] / factor;
      // Each end is off by the rounding of its two values.
      demand(evidence, Math.abs(angle - expected) <= 8 * table.unit, {
        what: "A pair of columns has another wavelength",
        where: `columns ${2 * pair} and ${2 * pair + 1}`,
        expected: `${2 * Math.PI * last / expected} positions`,
        actual: `${2 * Math.PI * last / angle}`,
      });
    });
    return evidence;
  },
});
