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
  turned,
} from "./rotary.ts";

/** A query's product with a key depends on how far they are apart. */
export const rotaryDependsOnOffset: Law<RotaryCase> = law({
  id: "position/rotary-depends-on-offset",
  claim:
    "The product of a query with a key depends on how far they are apart alone; a row that is turned by itself at an offset is, bit for bit, the row of the whole sequence.",
  source: ROTARY_PAPER,
  needs: ["rotary"],
  detects: ["rotary-cache-ignores-offset", "rotary-angles-in-half", "rotary-adds-positions"],
  cases: () => rotaryCases(),
  async check(context, testCase) {
    const evidence = new Evidence();
    const { dim, maxLen, seed } = testCase;
    const module = await rotaryOf(context, testCase);
    const pair = randomRows(context, 2, dim, seed);
    // The same query and the same key at every position.
    const [query, key] = [0, 1].map((i) => pair.narrow(0, i, 1));
    const [queries, keys] = [
      await turned(context, module, query.repeat([maxLen, 1])),
      await turned(context, module, key.repeat([maxLen, 1])),
    ];
    const sizes = [queries[0], keys[0]].map((row) => Math.sqrt(dot(row, row)));
    // Each row is off by some ulps of its length.
    const bound = 24 * ROUNDING.float32! * sizes[0] * sizes[1];
    for (const offset of [0, 1, 2, Math.floor(maxLen / 2)]) {
      if (offset >= maxLen) continue;
      const expected = dot(queries[0], keys[offset]);
      for (let position = 1; position + offset < maxLen; position++) {
        const actual = dot(queries[position], keys[position + offset]);
        demand(evidence, Math.abs(actual - expected) <= bound, {
          what: "A query and a key that are equally far apart have another product",
          where: `query ${position}, key ${position + offset}`,
          expected: `${expected}, as query 0 and key ${offset}, within ${bound}`,
          actual: String(actual),
        });
      }
    }
    for (const position of [0, 1, Math.floor(maxLen / 2), maxLen - 1]) {
      const [alone] = await turned(context, module, query, position);
      alone.forEach((actual, i) => {
        demand(evidence, actual === queries[position][i], {
          what: "A row by itself is turned otherwise than in the whole sequence",
          where: `forward(x, ${position})[0, ${i}]`,
          expected: String(queries[position][i]),
          actual: String(actual),
        });
      });
    }
    return evidence;
  },
});
