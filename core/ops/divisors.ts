/**
 * Divisors and multiples of integers.
 *
 * @module
 */
import { compose, isTensor } from "../dispatch.ts";
import { type DType, DTYPES, isInt } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { arithmetic, assertOperand, commonDType, type Scalar } from "./pointwise.ts";

/** The common dtype of integers. */
function integerDType(operation: string, a: Tensor, b: Tensor | Scalar): DType {
  assertOperand(operation, b);
  const dtype = commonDType(operation, [a, b]);
  if (!isInt(dtype)) throw new DTypeError(`${operation}: expected integers, got ${dtype}`);
  return dtype;
}

/** The greatest common divisor; that of 0 and 0 is 0. */
export function gcd(a: Tensor, b: Tensor | Scalar): Tensor {
  return arithmetic("gcd", a, b, integerDType("gcd", a, b));
}

/** The least common multiple, 0 where either is. Small integers multiply in 32 bits, as in PyTorch. */
export function lcm(a: Tensor, b: Tensor | Scalar): Tensor {
  const dtype = integerDType("lcm", a, b);
  const wide = DTYPES[dtype].itemSize < 4 ? "int32" : dtype;
  return compose(() => {
    const x = a.type(wide), y = isTensor(b) ? b.type(wide) : b;
    const divisor = gcd(x, y);
    return x.floorDivide(divisor.eq(0).where(1, divisor)).mul(y).abs().type(dtype);
  });
}
