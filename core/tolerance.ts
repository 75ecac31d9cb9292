/**
 * How far float32 results may be from the true value on each device: the bounds that laws judge by.
 *
 * @module
 */
import type { DeviceName } from "./device.ts";
import { LEAST_NORMAL, tolerance as onWebGpu } from "./webgpu/tolerance.ts";

/** How far the result of one float32 operation on a device may be from the true value. */
export interface Tolerance {
  /**
   * The error in ulp: the distance of float32s at the true value. 0 where nothing is rounded; up to 0.5
   * the result is correctly rounded, and so the same bits wherever it is.
   */
  readonly ulps: number;
  /** Results below this size may be off by as much: the device may take subnormals for zero. */
  readonly flush: number;
}

/** Operations that IEEE 754 rounds correctly. */
const ROUNDED: ReadonlySet<string> = new Set(["add", "sub", "mul", "div", "sqrt", "remainder"]);

/** The functions of "cpu", and what was found for them over all of float32. */
const CPU: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    [
      ...["rsqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sinh", "cosh", "tanh"],
      ...["asinh", "acosh", "atanh", "erf", "erfc", "erfinv", "sigmoid"],
      ...["lgamma", "digamma", "trigamma"],
      ...["sin", "cos", "tan", "asin", "acos", "atan"],
    ].map((op) => [op, 2]),
  ),
  pow: 4,
  atan2: 4,
  gelu: 4,
  geluTanh: 4,
};

/**
 * The tolerance of one operation in float32. WebGPU's is in `webgpu/tolerance.ts`, with its source. The
 * reference device computes in float64 and rounds once.
 *
 * @param device Where it is computed.
 * @param op The operation's name, such as `"add"` or `"exp"`; one that rounds nothing has none.
 * @returns The bound.
 *
 * @example
 * ```ts
 * import { tolerance } from "@touchstone/touchstone";
 * import { assert } from "@std/assert";
 *
 * assert(tolerance("webgpu", "exp").ulps > tolerance("cpu", "exp").ulps);
 * ```
 */
export function tolerance(device: DeviceName, op: string): Tolerance {
  if (device === "webgpu") return { ulps: onWebGpu(op as never).ulps, flush: LEAST_NORMAL };
  if (ROUNDED.has(op)) return { ulps: 0.5, flush: 0 };
  const ulps = CPU[op] ?? 0;
  return { ulps: device === "reference" ? Math.min(ulps, 1) : ulps, flush: 0 };
}
