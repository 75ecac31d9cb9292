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
import { broadcastShapes, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { smooth } from "./activation.ts";
import {
  add,
  assertOperand,
  commonDType,
  div,
  divide,
  floating,
  pow,
  type Scalar,
  scalarValue,
} from "./pointwise.ts";

/** Options of a sum and a difference. */
export interface AddOptions {
  /** What the other is multiplied by first; 1 by default. */
  alpha?: number;
}

/** `a + alpha b`, `a - alpha b`. */
export function addScaled(
  a: Tensor,
  b: Tensor | Scalar,
  { alpha = 1 }: AddOptions,
  sign: 1 | -1 = 1,
): Tensor {
  if (alpha === 1) return add(a, b, sign);
  const operation = sign === 1 ? "add" : "sub";
  assertOperand(operation, b);
  if (!Number.isInteger(alpha) && !isFloat(commonDType(operation, [a, b]))) {
    throw new DTypeError(`${operation}: expected a whole alpha for integers, got ${alpha}`);
  }
  return add(a, isTensor(b) ? b.mul(alpha) : Number(b) * alpha, sign);
}

/** Options of a division. */
export interface DivOptions {
  /** Toward zero or minus infinity; null, the default, does not round. */
  roundingMode?: "trunc" | "floor" | null;
}

/** `a / b`, rounded to a whole number if asked to; what is rounded has the gradient 0. */
export function divRounded(
  a: Tensor,
  b: Tensor | Scalar,
  { roundingMode = null }: DivOptions,
): Tensor {
  if (roundingMode === null) return div(a, b);
  if (roundingMode !== "floor" && roundingMode !== "trunc") {
    throw new RangeError(`div: roundingMode is "trunc", "floor" or null, got "${roundingMode}"`);
  }
  const { second, dtype, stretch } = operands("div", a, b);
  if (dtype === "bool") throw new DTypeError("div: bool tensors have no rounded quotient");
  if (!isFloat(dtype) && !isTensor(b) && Number(b) === 0) {
    throw new RangeError(`ZeroDivisionError: div of ${dtype} by 0`);
  }
  const y = compose(() => {
    const [x, y] = [stretch(a).type(dtype), isTensor(b) ? stretch(b).type(dtype) : b];
    if (roundingMode === "floor") return divide("floorDivide", x, y);
    if (!isFloat(dtype)) return divide("floorDivide", x.sub(divide("fmod", x, y)), y);
    const wide = wideDType(dtype);
    return div(x.type(wide), isTensor(y) ? y.type(wide) : y).trunc().type(dtype);
  });
  const zeros = (g: Tensor) => [g.newZeros(a.shape), g.newZeros(second.shape)];
  return record("DivBackward1", y, [a, second], [], zeros);
}

/** The operands of a function of two, checked. */
interface Operands {
  /** The second as a tensor. */
  readonly second: Tensor;
  /** The dtype that both have in common. */
  readonly dtype: DType;
  /** An operand in the shape of the result, before anything is computed of it: one recipe holds all. */
  readonly stretch: (x: Tensor) => Tensor;
}

function operands(operation: string, a: Tensor, b: Tensor | Scalar): Operands {
  assertOperand(operation, b);
  const dtype = commonDType(operation, [a, b]);
  if (!isTensor(b)) {
    const wide = wideDType(dtype);
    const number = constant(wide, a.shape, scalarValue(b, wide));
    return { second: fromNode(number, a.storage.connector), dtype, stretch: (x) => x };
  }
  commonDevice(operation, [a, b]);
  const shape = broadcastShapes(a.shape, b.shape, operation);
  return { second: b, dtype, stretch: (x) => sameShape(x.shape, shape) ? x : x.expand(shape) };
}

/** A function of two numbers: computed in the wide dtype, rounded once. */
export function ofTwo(
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
  const { second, dtype: common, stretch } = operands(operation, a, b);
  const dtype = floating(common), wide = wideDType(dtype);
  const widen = (x: Tensor) => stretch(x).type(wide);
  const y = compose(() => forward(widen(a), widen(second)).type(dtype));
  const wants = [a.requiresGrad, second.requiresGrad];
  return record(`${backward}Backward0`, y, [a, second], [a, second], (g, a, b) => {
    const [slope, x, y] = [g.type(wide), widen(a), widen(b)];
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
  const { second, dtype, stretch } = operands(op, a, b);
  const first = (a: Tensor, b: Tensor) =>
    (op === "fmax" ? a.ge(b) : a.le(b)).logicalOr(stretch(b).isnan());
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

/** x 2^n. */
export function ldexp(x: Tensor, n: Tensor): Tensor {
  if (!isTensor(n)) throw new DTypeError(`ldexp: expected a tensor of exponents, got ${typeof n}`);
  return x.mul(n.exp2());
}

/** A power in float64, whatever the dtypes. */
export function floatPower(a: Tensor, b: Tensor | Scalar): Tensor {
  assertOperand("floatPower", b);
  return pow(a.double(), isTensor(b) ? b.double() : Number(b));
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
