/**
 * @module
 */
import { demand } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { ROUNDING } from "../../tolerance.ts";
import {
  dot,
  randomRows,
  ROTARY_PAPER,
  type RotaryCase,
  rotaryCases,
  rotaryOf,
  rowsOf,
  turned,
} from "./rotary.ts";

/** To turn is not to stretch. */
export const rotaryKeepsNorms: Law<RotaryCase> = law({
  id: "position/rotary-keeps-norms",
  claim: "A row has the same length before and after it is turned, and position 0 is not turned.",
  source: ROTARY_PAPER,
  needs: ["rotary"],
  detects: ["rotary-mirrors", "rotary-counts-from-one"],
  cases: () => rotaryCases(),
  async check(context, testCase) {
    const evidence = new Evidence();
    const module = await rotaryOf(context, testCase);
    const x = randomRows(context, testCase.maxLen, testCase.dim, testCase.seed);
    const before = await rowsOf(x);
    const after = await turned(context, module, x);
    before.forEach((row, position) => {
      const [expected, actual] = [row, after[position]].map((of) => Math.sqrt(dot(of, of)));
      // Sine, cosine, two products and their sum are rounded, each by an ulp at most.
      demand(evidence, Math.abs(actual - expected) <= 12 * ROUNDING.float32! * expected, {
        what: "A row that was turned has another length",
        where: `row ${position}`,
        expected: String(expected),
        actual: String(actual),
      });
    });
    before[0].forEach((value, i) => {
      demand(evidence, after[0][i] === value, {
        what: "Position 0 is turned",
        where: `row 0, column ${i}`,
        expected: String(value),
        actual: String(after[0][i]),
      });
    });
    return evidence;
  },
});
