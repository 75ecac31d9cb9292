/**
 * @module
 */
import { eye, noGrad, type Tensor } from "../../../core/mod.ts";
import { demand } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { ROUNDING } from "../../tolerance.ts";
import { ROTARY_PAPER, type RotaryCase, rotaryCases, rotaryOf, rowsOf } from "./rotary.ts";

/** How far each pair turns from a position to the next. */
export const rotaryWavelengths: Law<RotaryCase> = law({
  id: "position/rotary-wavelengths",
  claim:
    "From a position to the next the pairs of columns, whichever are one, turn by 1 radian, by 10000^(-2/dim), and on in equal factors, each pair by its own.",
  source: ROTARY_PAPER,
  needs: ["rotary"],
  detects: ["rotary-base-1000", "rotary-linear-frequencies"],
  cases: () => rotaryCases(),
  async check(context, { dim, maxLen, seed }) {
    const evidence = new Evidence().note("dim", dim);
    const module = await rotaryOf(context, { dim, maxLen, seed });
    const before = eye(dim, undefined, { device: context.device }).unsqueeze(1);
    const after = noGrad(() => context.forward(module, [before, 1])) as Tensor;
    const angles = (await rowsOf(after)).map((row, column) => {
      // The chord is exact for small angles too, whose cosines are all 1.
      const chord = Math.hypot(...row.map((value, i) => value - (i === column ? 1 : 0)));
      return 2 * Math.asin(Math.min(1, chord / 2));
    }).sort((a, b) => b - a);
    angles.forEach((actual, i) => {
      const expected = 10000 ** (-2 * Math.floor(i / 2) / dim);
      // A sine and a cosine are rounded, each by an ulp of itself at most.
      demand(evidence, Math.abs(actual - expected) <= 8 * ROUNDING.float32! * expected, {
        what: "A pair of columns turns by another angle",
        where: `pair ${Math.floor(i / 2)} of ${dim / 2}, from the fastest`,
        expected: `${expected} radians a position`,
        actual: String(actual),
      });
    });
    return evidence;
  },
});
