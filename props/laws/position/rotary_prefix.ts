/**
 * @module
 */
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import {
  randomRows,
  ROTARY_PAPER,
  type RotaryCase,
  rotaryCases,
  rotaryOf,
  turned,
} from "./rotary.ts";

/** A case of {@linkcode rotaryPrefixIndependentOfMaxLen}. */
export interface RotaryPrefixCase {
  /** The shorter instance. */
  short: RotaryCase;
  /** By how much the other may take longer sequences. */
  more: number;
}

/** How long a sequence may be changes nothing for one that is shorter. */
export const rotaryPrefixIndependentOfMaxLen: Law<RotaryPrefixCase> = law({
  id: "position/rotary-prefix-independent-of-max-len",
  claim: "A sequence is turned the same, bit for bit, however long sequences may be.",
  source: ROTARY_PAPER,
  needs: ["rotary"],
  detects: ["rotary-scaled-by-length"],
  cases: () => fc.record({ short: rotaryCases(), more: fc.integer({ min: 1, max: 400 }) }),
  async check(context, { short, more }) {
    const evidence = new Evidence();
    const { dim, maxLen, seed } = short;
    const x = randomRows(context, maxLen, dim, seed);
    const [expected, actual] = [
      await turned(context, await rotaryOf(context, short), x),
      await turned(context, await rotaryOf(context, { ...short, maxLen: maxLen + more }), x),
    ];
    expected.forEach((row, position) => {
      row.forEach((value, column) => {
        demand(evidence, Object.is(actual[position][column], value), {
          what: "A row is turned otherwise where longer sequences are allowed",
          where: `row ${position}, column ${column}`,
          expected: `${value}, as with maxLen ${maxLen}`,
          actual: `${actual[position][column]} with maxLen ${maxLen + more}`,
        });
      });
    });
    return evidence;
  },
});
