import { assert } from "@std/assert";
import type { UnaryOp } from "../node.ts";
import * as scalar from "../scalar_math.ts";
import { cpu, runDraft, ulps, whole } from "./testdata/oracle.ts";

/** The function in float64, and how far float32 may be from it, in units in the last place. */
const EXACT: [UnaryOp, (x: number) => number, number][] = [
  ["exp", Math.exp, 2],
  ["log", Math.log, 2],
  ["tanh", Math.tanh, 2],
  ["sigmoid", scalar.sigmoid, 2],
  ["erf", scalar.erf, 2],
  ["erfc", scalar.erfc, 4],
  ["sin", Math.sin, 2],
  ["cos", Math.cos, 2],
  ["sqrt", Math.sqrt, 0],
  ["rsqrt", (x) => 1 / Math.sqrt(x), 2],
  ["tan", Math.tan, 4],
  ["gelu", scalar.gelu, 4],
  ["geluTanh", scalar.geluTanh, 4],
  ["exp2", (x) => 2 ** x, 2],
  ["expm1", Math.expm1, 2],
  ["log1p", Math.log1p, 2],
  ["log2", Math.log2, 2],
  ["log10", Math.log10, 2],
  ["asin", Math.asin, 2],
  ["atan", Math.atan, 2],
  ["sinh", Math.sinh, 2],
  ["atanh", Math.atanh, 2],
];

/** Floats of every magnitude, more of them between -20 and 20, and the special ones. */
function samples(slow: boolean): number[] {
  const least = 2 ** -149, most = (2 - 2 ** -23) * 2 ** 127;
  const out = [0, -0, Infinity, -Infinity, NaN, 1, -1, least, -least, 2 ** -126, most, -most];
  const step = Math.floor(2 ** 32 / (slow ? 2000 : 60000)) | 1;
  const bits = new Uint32Array(1), float = new Float32Array(bits.buffer);
  for (let b = 0; b < 2 ** 32; b += step) {
    bits[0] = b;
    out.push(float[0]);
  }
  const near = slow ? 2000 : 60000;
  for (let i = 0; i < near; i++) out.push(Math.fround(-20 + 40 * i / near));
  return out;
}

for (const [name, exact, limit] of EXACT) {
  Deno.test(`${name} of float32 is within ${limit} ulp of the rounded float64 result`, () => {
    // The float64 erfc is a long continued fraction.
    const values = samples(["erf", "erfc", "gelu"].includes(name));
    const shape = [values.length];
    const [ours] = runDraft(cpu, {
      shape,
      split: 1,
      data: [{ dtype: "float32", values }],
      results: [{ dtype: "float32", length: values.length }],
      build: ([x, y]) => ({
        steps: [
          { kind: "load", dtype: "float32", row: true, view: whole(x, shape) },
          { kind: "unary", op: name, dtype: "float32", row: true, a: 0 },
        ],
        outputs: [{ step: 1, view: whole(y, shape) }],
      }),
    });
    let worst = 0, at = 0;
    values.forEach((x, i) => {
      const distance = ulps(Number(ours[i]), Math.fround(exact(x)), "float32");
      if (distance > worst) [worst, at] = [distance, i];
    });
    assert(
      worst <= limit,
      `${name}(${values[at]}) = ${ours[at]}, not ${Math.fround(exact(values[at]))}: ${worst} ulp`,
    );
  });
}
