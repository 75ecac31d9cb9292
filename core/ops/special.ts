/**
 * Functions of numbers that are composed of others, each one recipe forward and one backward.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { commonDevice, compose, fromNode, isTensor } from "../dispatch.ts";
import { assertComputes, type DType, isFloat, wideDType } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { constant } from "../node.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { smooth } from "./activation.ts";
import { assertOperand, commonDType, floating, type Scalar, scalarValue } from "./pointwise.ts";

/** The operands of a function of two as tensors, checked, and the dtype of its result. */
function operands(operation: string, a: Tensor, b: Tensor | Scalar): [Tensor, DType] {
  assertOperand(operation, b);
  const dtype = commonDType(operation, [a, b]);
  if (!isTensor(b)) {
    const wide = wideDType(dtype);
    return [fromNode(constant(wide, [], scalarValue(b, wide)), a.storage.connector), dtype];
  }
  commonDevice(operation, [a, b]);
  broadcastShapes(a.shape, b.shape, operation);
  return [b, dtype];
}

/** A function of two numbers: computed in the wide dtype, rounded once. */
function ofTwo(
  operation: string,
  backward: string,
  a: Tensor,
  b: Tensor | Scalar,
  forward: (a: Tensor, b: Tensor) => Tensor,
  slopes: [
    (g: Tensor, a: Tensor, b: Tensor) => Tensor,
    (g: Tensor, a: Tensor, b: Tensor) => Tensor,
  ],
): Tensor {
  const [second, common] = operands(operation, a, b);
  const dtype = floating(common), wide = wideDType(dtype);
  const y = compose(() => forward(a.type(wide), second.type(wide)).type(dtype));
  const wants = [a.requiresGrad, second.requiresGrad];
  return record(`${backward}Backward0`, y, [a, second], [a, second], (g, a, b) => {
    const [slope, x, y] = [g.type(wide), a.type(wide), b.type(wide)];
    return slopes.map((gradient, i) => wants[i] ? gradient(slope, x, y) : null);
  });
}

/** sqrt(a^2 + b^2), whose squares can't overflow: the smaller is measured by the larger. */
export function hypot(a: Tensor, b: Tensor | Scalar): Tensor {
  const length = (a: Tensor, b: Tensor) => {
    const x = a.abs(), y = b.abs(), large = x.maximum(y), ratio = x.minimum(y).div(large);
    const finite = large.eq(0).where(0, large.mul(ratio.mul(ratio).add(1).sqrt()));
    return x.eq(Infinity).logicalOr(y.eq(Infinity)).where(Infinity, finite);
  };
  return ofTwo("hypot", "Hypot", a, b, length, [
    (g, a, b) => g.mul(a.div(hypot(a, b))),
    (g, a, b) => g.mul(b.div(hypot(a, b))),
  ]);
}

/** How far apart two numbers are; 0 for equal ones, also infinite. */
function distance(a: Tensor, b: Tensor): Tensor {
  return a.eq(b).where(0, a.sub(b).abs());
}

/** log(e^a + e^b) without overflow. */
export function logaddexp(a: Tensor, b: Tensor | Scalar): Tensor {
  const forward = (a: Tensor, b: Tensor) => a.maximum(b).add(distance(a, b).neg().exp().log1p());
  return ofTwo("logaddexp", "Logaddexp", a, b, forward, [
    (g, a, b) => g.mul(a.sub(b).sigmoid()),
    (g, a, b) => g.mul(b.sub(a).sigmoid()),
  ]);
}

/** log2(2^a + 2^b) without overflow. */
export function logaddexp2(a: Tensor, b: Tensor | Scalar): Tensor {
  const forward = (a: Tensor, b: Tensor) =>
    a.maximum(b).add(distance(a, b).neg().exp2().log1p().mul(Math.LOG2E));
  return ofTwo("logaddexp2", "Logaddexp2", a, b, forward, [
    (g, a, b) => g.div(b.sub(a).exp2().add(1)),
    (g, a, b) => g.div(a.sub(b).exp2().add(1)),
  ]);
}

/** a log(b), which is 0 where a is, unless b is NaN. */
export function xlogy(a: Tensor, b: Tensor | Scalar): Tensor {
  const forward = (a: Tensor, b: Tensor) =>
    a.eq(0).logicalAnd(b.isnan().logicalNot()).where(0, a.mul(b.log()));
  return ofTwo("xlogy", "Xlogy", a, b, forward, [
    (g, a, b) => xlogy(g, b).maskedFill(a.eq(0).logicalAnd(b.le(0)), 0),
    (g, a, b) => g.mul(a).div(b),
  ]);
}

/** Whether the sign is minus: also that of -0, whose reciprocal is below it. */
export function signbit(x: Tensor): Tensor {
  assertComputes(x.dtype, "signbit");
  const below = x.lt(0);
  return isFloat(x.dtype) ? compose(() => below.logicalOr(x.reciprocal().lt(0))) : below;
}

/** The size of a with the sign of b. */
export function copysign(a: Tensor, b: Tensor | Scalar): Tensor {
  const forward = (a: Tensor, b: Tensor) => {
    const size = a.abs();
    return signbit(b).where(size.neg(), size);
  };
  return ofTwo("copysign", "Copysign", a, b, forward, [
    (g, a, b) => g.mul(copysign(a, b).div(a).maskedFill(a.eq(0), 0)),
    (g, _, b) => g.newZeros(b.shape),
  ]);
}

/** The larger or the smaller of two; a number is either than NaN. Of equal ones, the first. */
export function extremeNumber(op: "fmax" | "fmin", a: Tensor, b: Tensor | Scalar): Tensor {
  const [second, dtype] = operands(op, a, b);
  const first = (a: Tensor, b: Tensor) => (op === "fmax" ? a.ge(b) : a.le(b)).logicalOr(b.isnan());
  const y = compose(() => first(a, second).where(a, second).type(dtype));
  const name = op === "fmax" ? "FmaxBackward0" : "FminBackward0";
  return record(name, y, [a, second], [a, second], (g, a, b) => {
    const taken = first(a, b);
    return [taken.where(g, 0), taken.where(0, g)];
  });
}

/** log(x / (1 - x)); with `eps`, of x held between eps and 1 - eps. */
export function logit(x: Tensor, eps: number | null): Tensor {
  const forward = (x: Tensor) => {
    const held = eps === null ? x : x.clamp(eps, 1 - eps);
    return held.div(held.neg().add(1)).log();
  };
  const [low, high, outside] = eps === null ? [0, 1, NaN] : [eps, 1 - eps, 0];
  return smooth("logit", "Logit", x, forward, (g, x) => {
    // |x|, so that -0 is 0.
    const slope = g.div(x.abs().mul(x.neg().add(1)));
    return x.lt(low).logicalOr(x.gt(high)).where(outside, slope);
  });
}

/** sin(pi x) / (pi x), 1 at 0. */
export function sinc(x: Tensor): Tensor {
  const forward = (x: Tensor) => {
    const angle = x.mul(Math.PI);
    return x.eq(0).where(1, angle.sin().div(angle));
  };
  return smooth("sinc", "Sinc", x, forward, (g, x) => {
    const angle = x.mul(Math.PI), square = x.mul(x).mul(Math.PI);
    const slope = angle.mul(angle.cos()).sub(angle.sin()).div(square);
    return square.eq(0).where(0, g.mul(slope));
  });
}

/** Angles in another unit. */
export function scaled(
  operation: "deg2rad" | "rad2deg",
  x: Tensor,
): Tensor {
  const factor = operation === "deg2rad" ? Math.PI / 180 : 180 / Math.PI;
  return smooth(operation, "Mul", x, (x) => x.mul(factor), (g) => g.mul(factor));
}

/** 0 below zero, 1 above it, and what is given at it. */
export function heaviside(x: Tensor, values: Tensor): Tensor {
  if (!isTensor(values) || values.dtype !== x.dtype) {
    throw new DTypeError(
      `heaviside: expected values of ${x.dtype}, as x is, got ${
        isTensor(values) ? values.dtype : typeof values
      }`,
    );
  }
  return compose(() => x.eq(0).where(values, x.gt(0)));
}

/** The largest number of each floating dtype. */
const LARGEST: Partial<Record<DType, number>> = {
  float64: Number.MAX_VALUE,
  float32: (2 - 2 ** -23) * 2 ** 127,
  float16: 65504,
  bfloat16: (2 - 2 ** -7) * 2 ** 127,
};

/** What is neither an infinity nor NaN; those become the numbers that are given. */
export function nanToNum(
  x: Tensor,
  nan: number,
  posinf: number | null,
  neginf: number | null,
): Tensor {
  assertComputes(x.dtype, "nanToNum");
  if (!isFloat(x.dtype)) return x.clone();
  const largest = LARGEST[x.dtype]!;
  const y = compose(() => {
    const low = x.eq(-Infinity).where(neginf ?? -largest, x);
    return x.isnan().where(nan, x.eq(Infinity).where(posinf ?? largest, low));
  });
  return record("NanToNumBackward0", y, [x], [x], (g, x) => [g.mul(x.isfinite())]);
}
