/**
 * Choices between elements: by a condition, by bounds, by a mask.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { commonDevice, fromNode, inline, isTensor } from "../dispatch.ts";
import { DTypeError } from "../errors.ts";
import { cast, constant, where as choose } from "../node.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import {
  arithmetic,
  assertOperand,
  commonDType,
  forTensors,
  only,
  type Scalar,
  scalarValue,
  toDType,
} from "./pointwise.ts";

/** `cond ? a : b`. */
export function where(cond: Tensor, a: Tensor | Scalar, b: Tensor | Scalar): Tensor {
  assertOperand("where", a);
  assertOperand("where", b);
  if (!isTensor(cond)) {
    throw new DTypeError(`where: expected a bool tensor as condition, got ${typeof cond}`);
  }
  if (cond.dtype !== "bool") {
    throw new DTypeError(`where: expected a bool condition, got ${cond.dtype}`);
  }
  const dtype = commonDType("where", [a, b]);
  const tensors = only(cond, a, b);
  let shape = cond.shape;
  for (const tensor of tensors) shape = broadcastShapes(shape, tensor.shape, "where");
  const device = commonDevice("where", tensors);
  const inlined = inline(tensors, shape);
  let next = 1;
  const branch = (x: Tensor | Scalar) =>
    isTensor(x) ? cast(inlined[next++], dtype) : constant(dtype, shape, scalarValue(x, dtype));
  const [x, y] = [branch(a), branch(b)];
  const out = fromNode(choose(inlined[0], x, y, shape), device);
  return record(
    "WhereBackward0",
    out,
    only(a, b),
    [cond],
    (g, cond) => forTensors([a, b], [() => where(cond, g, 0), () => where(cond, 0, g)]),
  );
}

/** Held between bounds; where it is, the gradient stops. */
export function clamp(x: Tensor, min: Tensor | Scalar | null, max: Tensor | Scalar | null): Tensor {
  if (min === null && max === null) {
    throw new DTypeError("clamp: at least one of min and max is needed");
  }
  const low = min === null ? x : bounded("maximum", x, min);
  return max === null ? low : bounded("minimum", low, max);
}

/** `maximum` or `minimum` whose gradient goes to `x` whole where the bound is reached, as clamp's. */
function bounded(op: "maximum" | "minimum", x: Tensor, bound: Tensor | Scalar): Tensor {
  assertOperand("clamp", bound);
  const out = arithmetic(op, x, bound, commonDType("clamp", [x, bound]));
  return record("ClampBackward1", out, only(x, bound), only(x, bound), (g, ...[x, second]) => {
    const limit = second ?? bound;
    const inX = where(op === "maximum" ? x.ge(limit) : x.le(limit), g, 0);
    if (second === undefined) return [inX];
    return [inX, where(op === "maximum" ? x.lt(limit) : x.gt(limit), g, 0)];
  });
}

/** From `x` to `end`, each of which is met exactly. */
export function lerp(x: Tensor, end: Tensor, weight: Tensor | number): Tensor {
  const distance = end.sub(x);
  const near = () => x.add(distance.mul(weight));
  const far = () => end.sub(distance.mul(isTensor(weight) ? weight.neg().add(1) : 1 - weight));
  if (isTensor(weight)) return where(weight.abs().lt(0.5), near(), far());
  return Math.abs(weight) < 0.5 ? near() : far();
}

/** `value` where the mask is true; the dtype stays. */
export function maskedFill(x: Tensor, mask: Tensor, value: Tensor | Scalar): Tensor {
  if (!isTensor(mask) || mask.dtype !== "bool") {
    throw new DTypeError(
      `maskedFill: expected a bool mask, got ${isTensor(mask) ? mask.dtype : typeof mask}`,
    );
  }
  // The value takes the tensor's dtype first: int64 must not pass through float32.
  const fill = isTensor(value) ? toDType(value, x.dtype) : scalarValue(value, x.dtype);
  return toDType(where(mask, fill, x), x.dtype);
}
