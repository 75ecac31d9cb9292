/**
 * The neighbours of a number.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { isTensor } from "../dispatch.ts";
import { isFloat } from "../dtype.ts";
import { AutogradError, DTypeError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { arithmetic, commonDType } from "./pointwise.ts";

/** The next number of the common dtype after `a` in the direction of `b`. */
export function nextafter(a: Tensor, b: Tensor): Tensor {
  if (!isTensor(b)) throw new DTypeError(`nextafter: expected a tensor, got ${typeof b}`);
  const dtype = commonDType("nextafter", [a, b]);
  if (!isFloat(dtype)) throw new DTypeError(`nextafter: expected floats, got ${dtype}`);
  return record("NextafterBackward0", arithmetic("nextafter", a, b, dtype), [a, b], [], () => {
    // Where the next number is depends on how numbers are stored: there is nothing to differentiate,
    // and PyTorch refuses it too.
    throw new AutogradError(
      "nextafter: a step from one stored number to the next has no derivative",
    );
  });
}
