/**
 * The operations of an engine computed on the host, in float64, without the engine; and how far an
 * engine's results may be from that. The bounds are those of textbook error analysis (Higham,
 * "Accuracy and Stability of Numerical Algorithms", chapters 2 to 4), in shares of single operations.
 *
 * @module
 */
import type { DType, DTYPES } from "../../../core/mod.ts";
import { digamma, erf, erfinv, gcd, lgamma, nextafter } from "./functions.ts";
import { countOf, type Numbers } from "./operand.ts";

/** A kind of dtype. */
export type Kind = typeof DTYPES[keyof typeof DTYPES]["kind"];

/** How far one operation's result may be off, as a share of the result. */
export type Share = (op: string) => number;

/** A function of one or two numbers. */
export interface Pointwise {
  /** The function in float64; of numbers of a dtype, where it depends on that. */
  readonly host: (a: number, b: number, dtype: DType) => number;
  /** What kinds of dtypes it takes. */
  readonly kinds: readonly Kind[];
  /** Between what numbers each float operand is drawn. */
  readonly ranges: readonly (readonly [low: number, high: number])[];
  /** The operations whose roundings its result has. */
  readonly rounds: readonly string[];
}

/** What becomes of the numbers along a dimension. */
export interface Along {
  /** The result for a row. */
  readonly host: (row: readonly number[]) => number[];
  /** A bound on the error of each number of the result; none where nothing is rounded. */
  readonly error?: (row: readonly number[], share: Share) => number[];
  /** What kinds of dtypes it takes. */
  readonly kinds: readonly Kind[];
  /** Between what numbers floats are drawn. */
  readonly range?: readonly [low: number, high: number];
}

const FLOAT: readonly Kind[] = ["float"];
const NUMERIC: readonly Kind[] = ["float", "int"];
const ANY: readonly Kind[] = ["float", "int", "bool"];
const WHOLE: readonly Kind[] = ["int", "bool"];

function one(
  host: (a: number) => number,
  rounds: readonly string[] = [],
  range: readonly [number, number] = [-3, 3],
  kinds: readonly Kind[] = FLOAT,
): Pointwise {
  return { host, kinds, ranges: [range], rounds };
}

function two(
  host: (a: number, b: number, dtype: DType) => number | boolean,
  rounds: readonly string[] = [],
  kinds: readonly Kind[] = NUMERIC,
  ranges: Pointwise["ranges"] = [[-3, 3], [-3, 3]],
): Pointwise {
  return { host: (a, b, dtype) => Number(host(a, b, dtype)), kinds, ranges, rounds };
}

const ABOVE_0 = [0.1, 9] as const;
/** Above the roots of the gamma functions, near which an error is no share of the result. */
const ABOVE_ROOTS = [3.5, 9] as const;

/** To the nearest whole number, halves to even. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const odd = below % 2 !== 0;
  return x - below < 0.5 || (x - below === 0.5 && !odd) ? below : below + 1;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The functions of one number. */
export const ONE: Readonly<Record<string, Pointwise>> = {
  neg: one((x) => -x, [], [-3, 3], NUMERIC),
  abs: one(Math.abs, [], [-3, 3], NUMERIC),
  sign: one(Math.sign, [], [-3, 3], NUMERIC),
  square: one((x) => x * x, ["mul"], [-3, 3], NUMERIC),
  relu: one((x) => Math.max(0, x), [], [-3, 3], NUMERIC),
  floor: one(Math.floor),
  ceil: one(Math.ceil),
  round: one(roundHalfToEven),
  trunc: one(Math.trunc),
  sqrt: one(Math.sqrt, ["sqrt"], [0, 9]),
  rsqrt: one((x) => 1 / Math.sqrt(x), ["rsqrt"], ABOVE_0),
  reciprocal: one((x) => 1 / x, ["div"], ABOVE_0),
  exp: one(Math.exp, ["exp"]),
  exp2: one((x) => 2 ** x, ["exp2"]),
  expm1: one(Math.expm1, ["expm1"]),
  log: one(Math.log, ["log"], ABOVE_0),
  log2: one(Math.log2, ["log2"], ABOVE_0),
  log10: one(Math.log10, ["log10"], ABOVE_0),
  log1p: one(Math.log1p, ["log1p"], [-0.9, 9]),
  sin: one(Math.sin, ["sin"], [-9, 9]),
  cos: one(Math.cos, ["cos"], [-9, 9]),
  tan: one(Math.tan, ["tan"], [-1.4, 1.4]),
  asin: one(Math.asin, ["asin"], [-1, 1]),
  acos: one(Math.acos, ["acos"], [-1, 1]),
  atan: one(Math.atan, ["atan"]),
  sinh: one(Math.sinh, ["sinh"]),
  cosh: one(Math.cosh, ["cosh"]),
  tanh: one(Math.tanh, ["tanh"]),
  asinh: one(Math.asinh, ["asinh"]),
  acosh: one(Math.acosh, ["acosh"], [1, 9]),
  atanh: one(Math.atanh, ["atanh"], [-0.9, 0.9]),
  sigmoid: one(sigmoid, ["sigmoid"]),
  silu: one((x) => x * sigmoid(x), ["sigmoid", "mul"]),
  erf: one(erf, ["erf"], [-2, 2]),
  erfc: one((x) => 1 - erf(x), ["erfc"], [-2, 2]),
  erfinv: one(erfinv, ["erfinv"], [-0.9, 0.9]),
  lgamma: one(lgamma, ["lgamma"], ABOVE_ROOTS),
  digamma: one(digamma, ["digamma"], ABOVE_ROOTS),
  gelu: one((x) => x / 2 * (1 + erf(x / Math.SQRT2)), ["gelu"], [-2, 2]),
  isnan: one(() => 0),
  isinf: one(() => 0),
  isfinite: one(() => 1),
  logicalNot: one((x) => Number(x === 0), [], [-3, 3], ANY),
};

/** The functions of two numbers. */
export const TWO: Readonly<Record<string, Pointwise>> = {
  add: two((a, b) => a + b, ["add"]),
  sub: two((a, b) => a - b, ["sub"]),
  mul: two((a, b) => a * b, ["mul"]),
  div: two((a, b) => a / b, ["div"]),
  maximum: two((a, b) => Math.max(a, b)),
  minimum: two((a, b) => Math.min(a, b)),
  fmax: two((a, b) => Math.max(a, b)),
  fmin: two((a, b) => Math.min(a, b)),
  eq: two((a, b) => a === b),
  ne: two((a, b) => a !== b),
  lt: two((a, b) => a < b),
  le: two((a, b) => a <= b),
  gt: two((a, b) => a > b),
  ge: two((a, b) => a >= b),
  pow: two((a, b) => a ** b, ["pow"], FLOAT, [[0.2, 3], [-3, 3]]),
  atan2: two(Math.atan2, ["atan2"], FLOAT),
  fmod: two((a, b) => a % b, ["remainder"], FLOAT, [[-9, 9], [0.5, 3]]),
  remainder: two((a, b) => (a % b + b) % b, ["remainder", "add"], FLOAT, [[-9, 9], [0.5, 3]]),
  hypot: two((a, b) => Math.hypot(a, b), ["mul", "mul", "div", "add", "sqrt"], FLOAT),
  nextafter: two(nextafter, [], FLOAT, [ABOVE_0, [-9, 9]]),
  gcd: two(gcd, [], ["int"]),
  lcm: two((a, b) => gcd(a, b) === 0 ? 0 : a * b / gcd(a, b), [], ["int"]),
  ldexp: two((a, b) => a * 2 ** b, ["exp2", "mul"], FLOAT),
  floatPower: two((a, b) => a ** b, ["pow"], ANY, [[0.2, 3], [-3, 3]]),
  logicalAnd: two((a, b) => a !== 0 && b !== 0, [], ANY),
  logicalOr: two((a, b) => a !== 0 || b !== 0, [], ANY),
  logicalXor: two((a, b) => (a !== 0) !== (b !== 0), [], ANY),
  bitwiseAnd: two((a, b) => a & b, [], WHOLE),
  bitwiseOr: two((a, b) => a | b, [], WHOLE),
  bitwiseXor: two((a, b) => a ^ b, [], WHOLE),
};

const sum = (row: readonly number[]): number => row.reduce((total, value) => total + value, 0);
const product = (row: readonly number[]): number => row.reduce((total, value) => total * value, 1);
const largest = (row: readonly number[]): number => Math.max(...row.map(Math.abs));
const sumError = (row: readonly number[], share: Share): number =>
  row.length * share("add") * sum(row.map(Math.abs));
const starts = (row: readonly number[]): number[][] => row.map((_, i) => row.slice(0, i + 1));

function logsumexp(row: readonly number[]): number {
  const most = Math.max(...row);
  return most + Math.log(sum(row.map((x) => Math.exp(x - most))));
}

/** The error of a sum of exponentials, as a share. */
function exponentialsError(row: readonly number[], share: Share): number {
  return share("exp") + 2 * largest(row) * share("sub") + row.length * share("add");
}

function variance(row: readonly number[]): number {
  const mean = sum(row) / row.length;
  return sum(row.map((x) => (x - mean) ** 2)) / (row.length - 1);
}

/** Two passes: the mean is off by some, and each difference to it by as much. */
function varianceError(row: readonly number[], share: Share): number {
  const off = (row.length + 2) * share("add") * largest(row), far = 2 * largest(row);
  const shares = (row.length + 1) * share("add") + share("mul") + share("div");
  return row.length / (row.length - 1) * (2 * far * off + off ** 2 + shares * far ** 2);
}

function deviationError(row: readonly number[], share: Share): number {
  const exact = variance(row), off = varianceError(row, share);
  const most = Math.sqrt(exact + off);
  return most - Math.sqrt(Math.max(0, exact - off)) + share("sqrt") * most;
}

const ordered = (row: readonly number[], descending: boolean): [number, number][] =>
  row.map((value, i): [number, number] => [value, i])
    .sort(([a], [b]) => descending ? b - a : a - b);

/** Where a row is sorted: from the smallest, or from the largest, equal numbers as they were. */
export function order(row: readonly number[], descending: boolean): number[] {
  return ordered(row, descending).map(([, i]) => i);
}

/** A row, sorted. */
export function sorted(row: readonly number[], descending: boolean): number[] {
  return ordered(row, descending).map(([value]) => value);
}

/** Reductions and scans. */
export const ALONG: Readonly<Record<string, Along>> = {
  sum: {
    host: (row) => [sum(row)],
    error: (row, share) => [sumError(row, share)],
    kinds: ANY,
  },
  mean: {
    host: (row) => [sum(row) / row.length],
    error: (row, share) => [sumError(row, share) + share("div") * largest(row)],
    kinds: FLOAT,
  },
  prod: {
    host: (row) => [product(row)],
    error: (row, share) => [row.length * share("mul") * Math.abs(product(row))],
    kinds: NUMERIC,
    range: [-2, 2],
  },
  amax: { host: (row) => [Math.max(...row)], kinds: ANY },
  amin: { host: (row) => [Math.min(...row)], kinds: ANY },
  argmax: { host: (row) => [row.indexOf(Math.max(...row))], kinds: NUMERIC },
  argmin: { host: (row) => [row.indexOf(Math.min(...row))], kinds: NUMERIC },
  any: { host: (row) => [Number(row.some((x) => x !== 0))], kinds: ANY },
  all: { host: (row) => [Number(row.every((x) => x !== 0))], kinds: ANY },
  logsumexp: {
    host: (row) => [logsumexp(row)],
    error: (row, share) => [
      exponentialsError(row, share) + share("log") * Math.log(row.length) +
      share("add") * (largest(row) + Math.log(row.length)),
    ],
    kinds: FLOAT,
  },
  var: {
    host: (row) => [variance(row)],
    error: (row, share) => [varianceError(row, share)],
    kinds: FLOAT,
  },
  std: {
    host: (row) => [Math.sqrt(variance(row))],
    error: (row, share) => [deviationError(row, share)],
    kinds: FLOAT,
  },
  cumsum: {
    host: (row) => starts(row).map(sum),
    error: (row, share) => starts(row).map((start) => sumError(start, share)),
    kinds: NUMERIC,
  },
  cumprod: {
    host: (row) => starts(row).map(product),
    error: (row, share) => starts(row).map((s) => s.length * share("mul") * Math.abs(product(s))),
    kinds: NUMERIC,
    range: [-2, 2],
  },
  softmax: {
    host: (row) => row.map((x) => Math.exp(x - logsumexp(row))),
    error: (row, share) => row.map(() => 2 * exponentialsError(row, share) + share("div")),
    kinds: FLOAT,
  },
  flip: { host: (row) => row.toReversed(), kinds: ANY },
};

/** Applies a function to each row along a dimension. */
export function along(
  { shape, numbers }: Numbers,
  dim: number,
  fn: (row: readonly number[], at: number) => readonly number[],
): Numbers {
  const size = shape[dim], inner = countOf(shape.slice(dim + 1));
  const rows: (readonly number[])[] = [];
  for (let at = 0; at < numbers.length / size; at++) {
    const start = Math.floor(at / inner) * size * inner + at % inner;
    rows.push(fn(Array.from({ length: size }, (_, i) => numbers[start + i * inner]), at));
  }
  const length = rows[0].length;
  const out: number[] = Array(rows.length * length);
  rows.forEach((row, at) => {
    const start = Math.floor(at / inner) * length * inner + at % inner;
    row.forEach((value, i) => out[start + i * inner] = value);
  });
  return { shape: shape.with(dim, length), numbers: out };
}
