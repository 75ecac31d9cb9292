/**
 * @module
 */
import { noGrad, type Tensor, zeros } from "../../../core/mod.ts";
import { demand, snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { ROUNDING } from "../../tolerance.ts";

/** A case of {@linkcode alibiLinearInDistance}. */
export interface AlibiCase {
  /** The number of heads. */
  heads: number;
  /** The number of queries. */
  queries: number;
  /** How many keys more there are: those of earlier steps. */
  earlier: number;
}

/** The farther a key, the less it counts. */
export const alibiLinearInDistance: Law<AlibiCase> = law({
  id: "position/alibi-linear-in-distance",
  claim:
    "Each head takes its slope times the distance off a score, with the last query at the last key: the slopes of a power of two of heads are 2^(-8/n), 2^(-16/n) and on, and all slopes differ.",
  source: "https://arxiv.org/abs/2108.12409 (section 3)",
  needs: ["alibi"],
  detects: ["alibi-squares-distance", "alibi-first-query-at-first-key", "alibi-one-slope"],
  cases: () =>
    fc.record({
      heads: fc.integer({ min: 1, max: 16 }),
      queries: fc.integer({ min: 1, max: 9 }),
      earlier: fc.integer({ min: 0, max: 9 }),
    }),
  async check(context, { heads, queries, earlier }) {
    const evidence = new Evidence().note("heads", heads);
    const { make } = context.subject.claims.alibi!;
    const module = context.call("The constructor", () => make(heads)).eval();
    await context.wait(`to("${context.device}")`, () => module.to(context.device));
    // One more key at least, so that there is a distance of 1 to find the slopes by.
    const keys = queries + earlier + 1;
    const scores = zeros([heads, queries, keys], { device: context.device });
    const output = noGrad(() => context.forward(module, [scores])) as Tensor;
    const { bytes, dtype } = await snapshot(output);
    const biases = decodeNumbers(bytes, dtype);
    const at = (head: number, query: number, key: number) =>
      biases[(head * queries + query) * keys + key];
    const slopes = Array.from({ length: heads }, (_, head) => -at(head, queries - 1, keys - 2));
    for (let head = 0; head < heads; head++) {
      const place = `head ${head} of ${heads}`;
      const paper = Number.isInteger(Math.log2(heads)) ? 2 ** (-8 * (head + 1) / heads) : null;
      const right = paper === null || Math.abs(slopes[head] - paper) <= 2 ** -22 * paper;
      demand(evidence, right && slopes[head] > 0 && slopes.indexOf(slopes[head]) === head, {
        what: "A head has another slope",
        where: place,
        expected: paper === null ? "a slope of its own above 0" : String(paper),
        actual: String(slopes[head]),
      });
      for (let query = 0; query < queries; query++) {
        for (let key = 0; key < keys; key++) {
          const distance = Math.abs(keys - queries + query - key);
          const expected = -slopes[head] * distance;
          const bound = 2 * ROUNDING.float32! * Math.abs(expected);
          demand(evidence, Math.abs(at(head, query, key) - expected) <= bound, {
            what: "A bias is not the slope times the distance",
            where: `${place}, query ${query} of ${queries}, key ${key} of ${keys}`,
            expected: `${expected}, for a distance of ${distance}`,
            actual: String(at(head, query, key)),
          });
        }
      }
    }
    return evidence;
  },
});
