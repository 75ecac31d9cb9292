/**
 * Whether tensors are equal, or close.
 *
 * @module
 */
import { commonDevice, compose, isTensor } from "../dispatch.ts";
import { assertComputes, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { broadcastShapes, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { widened } from "./functional.ts";
import { floating } from "./pointwise.ts";

/** How close is close. */
export interface CloseOptions {
  /** The tolerance relative to the other; 1e-5 by default. */
  rtol?: number;
  /** The tolerance whatever the size; 1e-8 by default. */
  atol?: number;
  /** Whether NaN is close to NaN; false by default. */
  equalNan?: boolean;
}

function assertBoth(operation: string, x: Tensor, other: Tensor): void {
  if (!isTensor(other)) {
    throw new DTypeError(`${operation}: expected a tensor, got ${typeof other}`);
  }
  for (const { dtype } of [x, other]) assertComputes(dtype, operation);
  commonDevice(operation, [x, other]);
}

/** Where `|x - other| <= atol + rtol |other|`. */
export function isclose(
  x: Tensor,
  other: Tensor,
  options: CloseOptions,
  operation = "isclose",
): Tensor {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  assertBoth(operation, x, other);
  const shape = broadcastShapes(x.shape, other.shape, operation);
  if (x.dtype !== other.dtype) {
    throw new DTypeError(`${operation}: expected one dtype, got ${x.dtype} and ${other.dtype}`);
  }
  for (const [name, value] of Object.entries({ rtol, atol })) {
    if (!(value >= 0)) throw new RangeError(`${operation}: ${name} is 0 or more, got ${value}`);
  }
  return compose(() => {
    // In one shape before anything is computed of them: one recipe holds all.
    const [a, b] = [x, other].map((x) => sameShape(x.shape, shape) ? x : x.expand(shape));
    const equal = a.eq(b);
    const same = equalNan && isFloat(x.dtype)
      ? equal.logicalOr(a.isnan().logicalAnd(b.isnan()))
      : equal;
    if (rtol === 0 && atol === 0) return same;
    // As PyTorch: integers are measured as floats.
    const wide = (x: Tensor) => widened(x.type(floating(x.dtype)));
    const allowed = wide(b).mul(rtol).abs().add(atol);
    const actual = wide(a).sub(wide(b)).abs();
    return same.logicalOr(actual.isfinite().logicalAnd(actual.le(allowed)));
  });
}

/** Whether all elements are close. */
export async function allclose(x: Tensor, other: Tensor, options: CloseOptions): Promise<boolean> {
  return await isTrue(compose(() => isclose(x, other, options, "allclose").all()));
}

/** Whether shapes and all elements are equal. */
export async function equal(x: Tensor, other: Tensor): Promise<boolean> {
  assertBoth("equal", x, other);
  return sameShape(x.shape, other.shape) && await isTrue(compose(() => x.eq(other).all()));
}

/** Reads a bool and frees it. */
async function isTrue(x: Tensor): Promise<boolean> {
  try {
    return await x.item() as boolean;
  } finally {
    x.dispose();
  }
}
