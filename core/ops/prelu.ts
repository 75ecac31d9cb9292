/**
 * The rectifier whose slope below zero is learned.
 *
 * @module
 */
import { isTensor } from "../dispatch.ts";
import { isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ofTwo } from "./special.ts";

/**
 * `x`, or `weight * x` up to zero, with one weight for all or one a channel, which is dimension 1.
 *
 * Source: He et al., "Delving deep into rectifiers" (2015).
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  if (!isTensor(weight) || !isFloat(x.dtype) || weight.dtype !== x.dtype) {
    throw new DTypeError(
      `prelu: expected floats and a weight of the same dtype, got ${x.dtype} and ${
        isTensor(weight) ? weight.dtype : typeof weight
      }`,
    );
  }
  const channels = x.ndim > 1 ? x.shape[1] : 1;
  if (weight.ndim > 1 || (weight.numel !== 1 && weight.numel !== channels)) {
    throw new ShapeError(
      `prelu: expected one weight or ${channels} for an input of shape ${show(x.shape)}, got ${
        show(weight.shape)
      }`,
    );
  }
  const column = weight.numel === 1
    ? weight.reshape([])
    : weight.reshape([channels, ...new Array<number>(x.ndim - 2).fill(1)]);
  return ofTwo("prelu", "Prelu", x, column, (x, w) => x.gt(0).where(x, x.mul(w)), [
    (g, x, w) => x.gt(0).where(g, g.mul(w)),
    (g, x) => x.gt(0).where(0, g.mul(x)),
  ]);
}
