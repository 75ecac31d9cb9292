/**
 * What operations give for special values: IEEE 754-2019 for arithmetic, comparisons and roundings, C99's
 * annex F for functions, PyTorch's documentation for the rest. PyTorch 1.13 gives the same.
 *
 * Results are written as their class: `nan`, `inf`, `-inf`, `0`, `-0`, `+` and `-` for finite numbers
 * other than zero, `t` and `f`; `s` and `-s` for subnormals, which a device may take for zero; `z`
 * where a zero may have either sign, `?` where nothing is said.
 *
 * @module
 */
import type { BinaryName, ReductionName, UnaryName } from "../../engine.ts";

/** A special value: the dtype's smallest subnormal is `tiny`, its largest number `max`. */
export type Special =
  | "0"
  | "-0"
  | "1"
  | "-1"
  | "inf"
  | "-inf"
  | "nan"
  | "tiny"
  | "-tiny"
  | "max";

/** The operands of functions of one number, in the order of the table's results. */
export const OPERANDS: readonly Special[] = [
  ...["0", "-0", "1", "-1", "inf", "-inf", "nan"] as const,
  ...["tiny", "-tiny", "max"] as const,
];

/** For each function its results. GELU is left out: PyTorch gives NaN for minus infinity, the limit is 0. */
export const OF_ONE: Readonly<Partial<Record<UnaryName, string>>> = {
  neg: "-0 0 - + -inf inf nan - + -",
  abs: "0 0 + + inf inf nan + + +",
  sign: "0 0 + - + - 0 + - +",
  floor: "0 -0 + - inf -inf nan 0 - +",
  ceil: "0 -0 + - inf -inf nan + -0 +",
  round: "0 -0 + - inf -inf nan 0 -0 +",
  trunc: "0 -0 + - inf -inf nan 0 -0 +",
  relu: "0 z + 0 inf 0 nan + 0 +",
  sqrt: "0 -0 + nan inf nan nan + nan +",
  exp: "+ + + + inf 0 nan + + inf",
  log: "-inf -inf 0 nan inf nan nan - nan +",
  sin: "0 -0 + - nan nan nan + - ?",
  cos: "+ + + + nan nan nan + + ?",
  tanh: "0 -0 + - + - nan + - +",
  sigmoid: "+ + + + + 0 nan + + +",
  erf: "0 -0 + - + - nan + - +",
  exp2: "+ + + + inf 0 nan + + inf",
  expm1: "0 -0 + - inf - nan + - inf",
  log2: "-inf -inf 0 nan inf nan nan - nan +",
  log10: "-inf -inf 0 nan inf nan nan - nan +",
  log1p: "0 -0 + -inf inf nan nan + - +",
  rsqrt: "inf -inf + nan 0 nan nan + nan +",
  reciprocal: "inf -inf + - 0 -0 nan inf -inf ?",
  square: "0 0 + + inf inf nan 0 0 inf",
  tan: "0 -0 + - nan nan nan + - ?",
  asin: "0 -0 + - nan nan nan + - nan",
  acos: "+ + 0 + nan nan nan + + nan",
  atan: "0 -0 + - + - nan + - +",
  sinh: "0 -0 + - inf -inf nan + - inf",
  cosh: "+ + + + inf inf nan + + inf",
  asinh: "0 -0 + - inf -inf nan + - +",
  acosh: "nan nan 0 nan inf nan nan nan nan +",
  atanh: "0 -0 inf -inf nan nan nan + - nan",
  erfc: "+ + + + 0 + nan + + 0",
  erfinv: "0 -0 inf -inf nan nan nan + - nan",
  lgamma: "inf inf 0 inf inf inf nan + + inf",
  digamma: "-inf inf - nan inf nan nan -inf inf +",
  silu: "0 -0 + - inf nan nan ? ? +",
  isnan: "f f f f f f t f f f",
  isinf: "f f f f t t f f f f",
  isfinite: "t t t t f f f t t t",
};

/** For each function of two numbers its results: a row for each of the first seven as the first operand. */
export const OF_TWO: Readonly<Partial<Record<BinaryName, readonly string[]>>> = {
  add: [
    "0 0 + - inf -inf nan",
    "0 -0 + - inf -inf nan",
    "+ + + 0 inf -inf nan",
    "- - 0 - inf -inf nan",
    "inf inf inf inf inf nan nan",
    "-inf -inf -inf -inf nan -inf nan",
    "nan nan nan nan nan nan nan",
  ],
  sub: [
    "0 0 - + -inf inf nan",
    "-0 0 - + -inf inf nan",
    "+ + 0 + -inf inf nan",
    "- - - 0 -inf inf nan",
    "inf inf inf inf nan inf nan",
    "-inf -inf -inf -inf -inf nan nan",
    "nan nan nan nan nan nan nan",
  ],
  mul: [
    "0 -0 0 -0 nan nan nan",
    "-0 0 -0 0 nan nan nan",
    "0 -0 + - inf -inf nan",
    "-0 0 - + -inf inf nan",
    "nan nan inf -inf inf -inf nan",
    "nan nan -inf inf -inf inf nan",
    "nan nan nan nan nan nan nan",
  ],
  div: [
    "nan nan 0 -0 0 -0 nan",
    "nan nan -0 0 -0 0 nan",
    "inf -inf + - 0 -0 nan",
    "-inf inf - + -0 0 nan",
    "inf -inf inf -inf nan nan nan",
    "-inf inf -inf inf nan nan nan",
    "nan nan nan nan nan nan nan",
  ],
  maximum: [
    "0 z + 0 inf 0 nan",
    "z -0 + -0 inf -0 nan",
    "+ + + + inf + nan",
    "0 -0 + - inf - nan",
    "inf inf inf inf inf inf nan",
    "0 -0 + - inf -inf nan",
    "nan nan nan nan nan nan nan",
  ],
  minimum: [
    "0 z 0 - 0 -inf nan",
    "z -0 -0 - -0 -inf nan",
    "0 -0 + - + -inf nan",
    "- - - - - -inf nan",
    "0 -0 + - inf -inf nan",
    "-inf -inf -inf -inf -inf -inf nan",
    "nan nan nan nan nan nan nan",
  ],
  eq: [
    "t t f f f f f",
    "t t f f f f f",
    "f f t f f f f",
    "f f f t f f f",
    "f f f f t f f",
    "f f f f f t f",
    "f f f f f f f",
  ],
  lt: [
    "f f t f t f f",
    "f f t f t f f",
    "f f f f t f f",
    "t t t f t f f",
    "f f f f f f f",
    "t t t t t f f",
    "f f f f f f f",
  ],
  ne: [
    "f f t t t t t",
    "f f t t t t t",
    "t t f t t t t",
    "t t t f t t t",
    "t t t t f t t",
    "t t t t t f t",
    "t t t t t t t",
  ],
  le: [
    "t t t f t f f",
    "t t t f t f f",
    "f f t f t f f",
    "t t t t t f f",
    "f f f f t f f",
    "t t t t t t f",
    "f f f f f f f",
  ],
  gt: [
    "f f f t f t f",
    "f f f t f t f",
    "t t f t f t f",
    "f f f f f t f",
    "t t t t f t f",
    "f f f f f f f",
    "f f f f f f f",
  ],
  ge: [
    "t t f t f t f",
    "t t f t f t f",
    "t t t t f t f",
    "f f f t f t f",
    "t t t t t t f",
    "f f f f f t f",
    "f f f f f f f",
  ],
  pow: [
    "+ + 0 inf 0 inf nan",
    "+ + -0 -inf 0 inf nan",
    "+ + + + + + +",
    "+ + - - + + nan",
    "+ + inf 0 inf 0 nan",
    "+ + -inf -0 inf 0 nan",
    "+ + nan nan nan nan nan",
  ],
  atan2: [
    "0 + 0 + 0 + nan",
    "-0 - -0 - -0 - nan",
    "+ + + + 0 + nan",
    "- - - - -0 - nan",
    "+ + + + + + nan",
    "- - - - - - nan",
    "nan nan nan nan nan nan nan",
  ],
  fmod: [
    "nan nan 0 0 0 0 nan",
    "nan nan -0 -0 -0 -0 nan",
    "nan nan 0 0 + + nan",
    "nan nan -0 -0 - - nan",
    "nan nan nan nan nan nan nan",
    "nan nan nan nan nan nan nan",
    "nan nan nan nan nan nan nan",
  ],
  remainder: [
    "nan nan 0 0 0 0 nan",
    "nan nan -0 -0 -0 -0 nan",
    "nan nan 0 0 + -inf nan",
    "nan nan -0 -0 inf - nan",
    "nan nan nan nan nan nan nan",
    "nan nan nan nan nan nan nan",
    "nan nan nan nan nan nan nan",
  ],
  fmax: [
    "0 z + 0 inf 0 0",
    "z -0 + -0 inf -0 -0",
    "+ + + + inf + +",
    "0 -0 + - inf - -",
    "inf inf inf inf inf inf inf",
    "0 -0 + - inf -inf -inf",
    "0 -0 + - inf -inf nan",
  ],
  fmin: [
    "0 z 0 - 0 -inf 0",
    "z -0 -0 - -0 -inf -0",
    "0 -0 + - + -inf +",
    "- - - - - -inf -",
    "0 -0 + - inf -inf inf",
    "-inf -inf -inf -inf -inf -inf -inf",
    "0 -0 + - inf -inf nan",
  ],
  hypot: [
    "0 0 + + inf inf nan",
    "0 0 + + inf inf nan",
    "+ + + + inf inf nan",
    "+ + + + inf inf nan",
    "inf inf inf inf inf inf inf",
    "inf inf inf inf inf inf inf",
    "nan nan nan nan inf inf nan",
  ],
  nextafter: [
    "0 -0 s -s s -s nan",
    "0 -0 s -s s -s nan",
    "+ + + + + + nan",
    "- - - - - - nan",
    "+ + + + inf + nan",
    "- - - - - -inf nan",
    "nan nan nan nan nan nan nan",
  ],
};

/** For each reduction lists of operands and the result. */
export const OF_LISTS: Readonly<Record<ReductionName, Readonly<Record<string, string>>>> = {
  sum: { "1 nan 1": "nan", "inf -inf": "nan", "inf 1": "inf", "-inf -1": "-inf", "-0 -0": "z" },
  mean: { "1 nan 1": "nan", "inf -inf": "nan", "inf 1": "inf", "-inf -1": "-inf" },
  prod: { "nan 0": "nan", "inf 0": "nan", "-inf 1": "-inf", "0 -1": "-0", "-0 -1": "0" },
  amax: { "1 nan": "nan", "nan inf": "nan", "-inf -inf": "-inf", "-inf -1": "-", "1 inf": "inf" },
  amin: { "1 nan": "nan", "nan -inf": "nan", "inf inf": "inf", "inf 1": "+", "1 -inf": "-inf" },
  argmax: { "nan inf 1": "0", "1 nan": "+", "inf inf": "0", "-inf -inf": "0" },
  argmin: { "nan -inf 1": "0", "1 nan": "+", "inf inf": "0", "-inf -inf": "0" },
  any: { "0 nan": "t", "0 -0": "f", "-inf 0": "t" },
  all: { "1 nan": "t", "1 -0": "f", "-inf inf": "t" },
  logsumexp: {
    ...{ "-inf -inf": "-inf", "inf 1": "inf", "inf -inf": "inf", "nan 1": "nan" },
    ...{ "-inf 1": "+", "max max": "+", "max 0": "+" },
  },
  std: { "1 nan": "nan", "inf 1": "nan", "1 1": "0" },
  var: { "1 nan": "nan", "inf 1": "nan", "1 1": "0" },
};
