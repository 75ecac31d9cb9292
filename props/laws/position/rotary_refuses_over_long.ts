/**
 * @module
 */
import { noGrad, type Tensor } from "../../../core/mod.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { randomRows, type RotaryCase, rotaryCases, rotaryOf, turned } from "./rotary.ts";

/** A case of {@linkcode rotaryRefusesOverLong}. */
export interface RotaryLongCase {
  /** The instance. */
  instance: RotaryCase;
  /** By how much the last position is past the last one allowed. */
  more: number;
  /** Whether it is by the offset of the first, or by the length. */
  by: "length" | "offset";
}

/** A position past the last one allowed is refused, not wrapped or cut. */
export const rotaryRefusesOverLong: Law<RotaryLongCase> = law({
  id: "position/rotary-refuses-over-long",
  claim:
    "A sequence of the longest length works, and one that ends past it, by its length or its offset, raises an error.",
  source: "https://github.com/speechbrain/speechbrain/issues/2071",
  needs: ["rotary"],
  runs: 10,
  detects: ["rotary-wraps-around", "rotary-clips-the-input"],
  axes: () => ({ by: ["length", "offset"] }),
  cases: () => fc.record({ instance: rotaryCases(), more: fc.integer({ min: 1, max: 12 }) }),
  async check(context, { instance, more, by }) {
    const evidence = new Evidence().note("by", by);
    const { dim, maxLen, seed } = instance;
    const module = await rotaryOf(context, instance);
    const x = randomRows(context, maxLen + more, dim, seed);
    const whole = await turned(context, module, x.narrow(0, 0, maxLen));
    demand(evidence, whole.length === maxLen, {
      what: "A sequence of the longest length comes out shorter",
      where: "output",
      expected: `${maxLen} rows`,
      actual: `${whole.length}`,
    });
    const [long, offset] = by === "length" ? [x, 0] : [x.narrow(0, 0, maxLen), more];
    let outcome: string | null = null;
    try {
      const y = noGrad(() => module.forward(long, offset)) as Tensor;
      await y.data();
      outcome = `an output [${y.shape.join(", ")}]`;
    } catch { /* what it should do */ }
    demand(evidence, outcome === null, {
      what: "A position past the last one allowed is taken",
      where: `forward(x, ${offset}) with ${long.shape[0]} rows, at most ${maxLen} positions`,
      expected: "an error",
      actual: String(outcome),
    });
    return evidence;
  },
});
