/**
 * The functions between the layers of a network, beyond those in `functional.ts`. Each is one recipe
 * forward and one backward.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { compose } from "../dispatch.ts";
import { assertComputes, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { widened } from "./functional.ts";

/**
 * A function of one tensor and its gradient, both computed in the wide dtype and rounded once.
 * Integers compute in float32.
 *
 * @param operation The function's name.
 * @param backward PyTorch's name of its backward.
 * @param x The input.
 * @param forward The function.
 * @param slope The gradient, given that of the result.
 */
export function smooth(
  operation: string,
  backward: string,
  x: Tensor,
  forward: (x: Tensor) => Tensor,
  slope: (g: Tensor, x: Tensor) => Tensor,
): Tensor {
  assertComputes(x.dtype, operation);
  const input = isFloat(x.dtype) ? x : x.float();
  const y = compose(() => forward(widened(input)).type(input.dtype));
  const name = `${backward}Backward0`;
  return record(name, y, [input], [input], (g, x) => [slope(widened(g), widened(x))]);
}

/** `x`, or `slope * x` up to zero. */
export function leakyRelu(x: Tensor, slope: number): Tensor {
  return smooth(
    "leakyRelu",
    "LeakyRelu",
    x,
    (x) => x.gt(0).where(x, x.mul(slope)),
    (g, x) => x.gt(0).where(g, g.mul(slope)),
  );
}

/** `scale * x`, or up to zero `scale * alpha * (exp(x / width) - 1)`. */
function exponential(
  operation: string,
  x: Tensor,
  alpha: number,
  scale: number,
  width: number,
): Tensor {
  const low = alpha * scale;
  // With a width of 1 there is nothing to divide.
  const exponent = (x: Tensor) => width === 1 ? x : x.div(width);
  return smooth(
    operation,
    "Elu",
    x,
    (x) => x.gt(0).where(x.mul(scale), exponent(x).expm1().mul(low)),
    (g, x) => x.gt(0).where(g.mul(scale), g.mul(exponent(x).exp().mul(low / width))),
  );
}

/** Source: Clevert, Unterthiner and Hochreiter, "Exponential linear units" (2015). */
export function elu(x: Tensor, alpha: number): Tensor {
  return exponential("elu", x, alpha, 1, 1);
}

/** Source: Barron, "Continuously differentiable exponential linear units" (2017). */
export function celu(x: Tensor, alpha: number): Tensor {
  if (alpha === 0) throw new RangeError("celu: alpha can't be 0");
  return exponential("celu", x, alpha, 1, alpha);
}

/** Source: Klambauer et al., "Self-normalizing neural networks" (2017). */
export function selu(x: Tensor): Tensor {
  return exponential("selu", x, 1.6732632423543772, 1.0507009873554805, 1);
}

/** `x / (1 + |x|)`. */
export function softsign(x: Tensor): Tensor {
  return smooth(
    "softsign",
    "Div",
    x,
    (x) => x.div(x.abs().add(1)),
    (g, x) => {
      const below = x.abs().add(1), share = x.div(below);
      // At infinity the share is NaN, and so is the gradient, as in PyTorch.
      return g.sub(g.mul(share.mul(x.sign()))).div(below);
    },
  );
}

/** Held between bounds; where a bound is met, the gradient is zero, unlike that of `clamp`. */
export function hardtanh(
  x: Tensor,
  min: number,
  max: number,
  operation = "hardtanh",
): Tensor {
  assertComputes(x.dtype, operation);
  if (!(min <= max)) {
    throw new RangeError(`${operation}: expected bounds min <= max, got ${min} and ${max}`);
  }
  if (x.dtype === "bool" || (x.dtype === "uint8" && min < 0)) {
    throw new DTypeError(`${operation}: ${x.dtype} can't be held between ${min} and ${max}`);
  }
  const y = compose(() => x.clamp(min, max).type(x.dtype));
  return record(
    "HardtanhBackward0",
    y,
    [x],
    [x],
    (g, x) => [x.gt(min).logicalAnd(x.lt(max)).where(g, 0)],
  );
}

/** `x / 6 + 1 / 2`, held between 0 and 1. */
export function hardsigmoid(x: Tensor): Tensor {
  return smooth(
    "hardsigmoid",
    "Hardsigmoid",
    x,
    (x) => x.add(3).clamp(0, 6).div(6),
    (g, x) => x.gt(-3).logicalAnd(x.lt(3)).where(g.div(6), 0),
  );
}

/** `x hardsigmoid(x)`. Source: Howard et al., "Searching for MobileNetV3" (2019). */
export function hardswish(x: Tensor): Tensor {
  return smooth(
    "hardswish",
    "Hardswish",
    x,
    (x) => x.mul(x.add(3).clamp(0, 6)).div(6),
    (g, x) => x.lt(-3).where(0, x.ge(3).where(g, g.mul(x.div(3).add(0.5)))),
  );
}

/** log(sigmoid(x)), without taking the logarithm of a rounded number. */
export function logsigmoid(x: Tensor): Tensor {
  return smooth(
    "logsigmoid",
    "LogSigmoid",
    x,
    (x) => x.minimum(0).sub(x.abs().neg().exp().log1p()),
    (g, x) => g.mul(x.neg().sigmoid()),
  );
}

/** `x tanh(log(1 + exp(x)))`. Source: Misra, "Mish" (2019). */
export function mish(x: Tensor): Tensor {
  return smooth(
    "mish",
    "Mish",
    x,
    (x) => x.mul(x.exp().log1p().tanh()),
    (g, x) => {
      const t = x.exp().log1p().tanh();
      return g.mul(t.add(x.mul(x.sigmoid()).mul(t.mul(t).neg().add(1))));
    },
  );
}
