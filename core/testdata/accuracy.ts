/**
 * How near functions come to the true value: sampled bit patterns against float64.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Tensor } from "../mod.ts";
import { digamma, lgamma } from "../gamma_functions.ts";
import * as math from "../scalar_math.ts";

/** Bit patterns spread over all exponents and both signs, and the numbers where functions turn. */
export function samples(count: number): Float32Array<ArrayBuffer> {
  const special = [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    2,
    -2,
    Infinity,
    -Infinity,
    NaN,
    2 ** -149,
    -(2 ** -149),
  ];
  special.push(2 ** -126, 2 ** -127, 3.4028234663852886e38, -3.4028234663852886e38);
  special.push(88.72283, 88.72284, -87.33655, -103.97208, -103.97209, 127.99999, 128, -149, -150);
  special.push(Math.PI, Math.PI / 2, Math.PI / 4, 1e5, 1e10, 0.9999999, 1.0000001, -0.9999999);
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = Math.imul(i, 0x9e3779b1) >>> 0;
  const out = new Float32Array(bits.buffer);
  // A half of them where most functions bend.
  for (let i = 0; i < count; i += 2) {
    const u = ((i * 0.6180339887498949) % 1) * 2 - 1;
    out[i] = u * 2 ** ((i % 14) - 6);
  }
  out.set(special);
  return out;
}

/** The error in units in the last place of the rounded true value. */
function ulps(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded) || actual === rounded) return 0;
  if (Number.isNaN(actual) || Number.isNaN(rounded)) {
    return Number.isNaN(actual) && Number.isNaN(rounded) ? 0 : Infinity;
  }
  // Beyond the largest number the units go on, as if the range did.
  const size = Math.max(Math.abs(exact), 2 ** -126);
  if (!Number.isFinite(actual) || !Number.isFinite(rounded)) {
    const edge = 2 ** 128, finite = Number.isFinite(actual) ? Math.abs(actual) : Math.abs(exact);
    return Math.sign(actual) === Math.sign(rounded) ? Math.abs(edge - finite) / 2 ** 104 : Infinity;
  }
  return Math.abs(actual - exact) / 2 ** (Math.floor(Math.log2(size)) - 23);
}

/** Throws unless a function's values are within a limit, in ulp, of the true ones. */
export function assertAccurate(
  name: string,
  got: readonly number[],
  exact: (...operands: number[]) => number,
  limit: number,
  ...operands: Float32Array[]
): void {
  const operandsAt = (i: number) => operands.map((values) => values[i]);
  let worst = 0, at = 0;
  got.forEach((value, i) => {
    const error = ulps(value, exact(...operandsAt(i)));
    if (error > worst) [worst, at] = [error, i];
  });
  const where = `${name}(${operandsAt(at).join(", ")})`;
  const text = `${worst} ulp: ${where} is ${got[at]} against ${exact(...operandsAt(at))}`;
  assert(worst <= limit, text);
}

/** A function, what it is in float64, and how far from that it may be. */
export interface Accuracy {
  /** The function. */
  readonly fn: (x: Tensor) => Tensor;
  /** The same in float64. */
  readonly exact: (x: number) => number;
  /** The operation in the table of tolerances; by default the name. */
  readonly op?: string;
}

/** Every function of float32. */
export const FUNCTIONS: Readonly<Record<string, Accuracy>> = {
  exp: { fn: (x) => x.exp(), exact: Math.exp },
  exp2: { fn: (x) => x.exp2(), exact: (x) => 2 ** x },
  expm1: { fn: (x) => x.expm1(), exact: Math.expm1 },
  log: { fn: (x) => x.log(), exact: Math.log },
  log2: { fn: (x) => x.log2(), exact: Math.log2 },
  log10: { fn: (x) => x.log10(), exact: Math.log10 },
  log1p: { fn: (x) => x.log1p(), exact: Math.log1p },
  sqrt: { fn: (x) => x.sqrt(), exact: Math.sqrt },
  rsqrt: { fn: (x) => x.rsqrt(), exact: (x) => 1 / Math.sqrt(x) },
  reciprocal: { fn: (x) => x.reciprocal(), exact: (x) => 1 / x, op: "div" },
  sin: { fn: (x) => x.sin(), exact: Math.sin },
  cos: { fn: (x) => x.cos(), exact: Math.cos },
  tan: { fn: (x) => x.tan(), exact: Math.tan },
  asin: { fn: (x) => x.asin(), exact: Math.asin },
  acos: { fn: (x) => x.acos(), exact: Math.acos },
  atan: { fn: (x) => x.atan(), exact: Math.atan },
  sinh: { fn: (x) => x.sinh(), exact: Math.sinh },
  cosh: { fn: (x) => x.cosh(), exact: Math.cosh },
  tanh: { fn: (x) => x.tanh(), exact: Math.tanh },
  asinh: { fn: (x) => x.asinh(), exact: Math.asinh },
  acosh: { fn: (x) => x.acosh(), exact: Math.acosh },
  atanh: { fn: (x) => x.atanh(), exact: Math.atanh },
  erf: { fn: (x) => x.erf(), exact: math.erf },
  erfc: { fn: (x) => x.erfc(), exact: math.erfc },
  erfinv: { fn: (x) => x.erfinv(), exact: math.erfinv },
  lgamma: { fn: (x) => x.lgamma(), exact: lgamma },
  digamma: { fn: (x) => x.digamma(), exact: digamma },
  sigmoid: { fn: (x) => x.sigmoid(), exact: math.sigmoid },
  gelu: { fn: (x) => x.gelu(), exact: math.gelu },
  "gelu in its tanh form": {
    fn: (x) => x.gelu({ approximate: "tanh" }),
    exact: math.geluTanh,
    op: "geluTanh",
  },
};

