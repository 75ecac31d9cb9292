/**
 * How far a float32 result on a WebGPU device may be from the true value: the one table of it.
 *
 * What an adapter must grant is in the WGSL specification, section "Floating Point Accuracy"
 * (https://www.w3.org/TR/WGSL/#floating-point-accuracy):
 *
 * | built-in | error |
 * |---|---|
 * | `x + y`, `x - y`, `x * y` | correctly rounded, to either neighbour: less than 1 ulp |
 * | `x / y` | 2.5 ulp, for `|y|` from 2^-126 to 2^126 |
 * | `inverseSqrt(x)` | 2 ulp |
 * | `sqrt(x)` | that of `1.0 / inverseSqrt(x)`: 4.5 ulp |
 * | `-x`, `abs`, `floor`, `ceil`, `trunc`, `round`, `select`, comparisons | none |
 *
 * Subnormal operands and results may be taken for zero anywhere, so below 2^-126 there is no limit.
 * The specification grants `exp` and `exp2` 3 + 2 |x| ulp, `log` and `log2` an absolute 2^-21
 * between 0.5 and 2, `sin` and `cos` 2^-11 between -pi and pi and nothing beyond, `tanh` and the
 * inverses 2^-17 or so: too little, so that our own functions stand in for them, of the built-ins
 * in the table above alone.
 *
 * @module
 */
import type { BinaryOp, UnaryOp } from "../node.ts";

/** The error of an operation in float32. One ulp is the distance of float32s at the true value. */
export interface Tolerance {
  /** What any adapter may show, in ulp. */
  readonly ulps: number;
  /**
   * The most that we saw, in ulp: of millions of values, on Mesa's llvmpipe, by its Vulkan and
   * its OpenGL driver, which round to nearest, also quotients and roots.
   */
  readonly measured: number;
}

/** Below this size any result may come out as zero. */
export const LEAST_NORMAL = 2 ** -126;

/**
 * Ours: at least twice what was measured, as arithmetic may round to either neighbour, plus what
 * divisions and roots may add where their error reaches the result.
 */
const TABLE: Readonly<Partial<Record<UnaryOp | BinaryOp, readonly [ulps: number, seen: number]>>> =
  {
    add: [1, 0.5],
    sub: [1, 0.5],
    mul: [1, 0.5],
    div: [2.5, 0.5],
    sqrt: [4.5, 0.5],
    rsqrt: [7, 1.5],
    exp: [3, 1.3],
    exp2: [4, 1.8],
    expm1: [4, 1.7],
    log: [2, 0.9],
    log2: [5, 2.4],
    log10: [5, 2.2],
    log1p: [2, 0.9],
    sinh: [4, 1.8],
    cosh: [4, 1.6],
    tanh: [5, 1.4],
    asinh: [7, 2.3],
    acosh: [9, 2.4],
    atanh: [5, 1.1],
    erf: [3, 1.5],
    erfc: [8, 3.6],
    erfinv: [14, 6.7],
    sigmoid: [8, 2.7],
    gelu: [8, 4],
    geluTanh: [10, 3.9],
    pow: [5, 2.2],
    sin: [3, 1.5],
    cos: [3, 1.5],
    tan: [8, 2.7],
    asin: [9, 2.5],
    acos: [9, 1.6],
    atan: [6, 2],
    atan2: [6, 2.2],
    // These have roots, near which the unit is that of 1.
    lgamma: [22, 10.4],
    digamma: [32, 15.7],
    trigamma: [12, 5.1],
    remainder: [1, 0.5],
    floorDivide: [7, 2],
  };

/** The tolerance of an operation; what the table does not have is exact. */
export function tolerance(op: UnaryOp | BinaryOp): Tolerance {
  const [ulps, measured] = TABLE[op] ?? [0, 0];
  return { ulps, measured };
}
