/**
 * New tensors of random numbers.
 *
 * @module
 */
import { type DType, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { binary, cast, constant } from "../node.ts";
import { drawBits, drawNormal, drawPermutation, drawUniform } from "../random.ts";
import { assertShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { fromExpression, like, made, tensor, type TensorOptions } from "./create.ts";

function assertFloat(dtype: DType, operation: string): void {
  if (!isFloat(dtype)) {
    throw new DTypeError(`${operation}: expected a floating dtype, got ${dtype}`);
  }
}

/**
 * Uniform random numbers in [0, 1).
 *
 * PyTorch: `torch.rand`.
 *
 * @param shape The sizes.
 * @param options dtype, device, requiresGrad.
 * @returns A new tensor.
 */
export function rand(shape: readonly number[], options: TensorOptions = {}): Tensor {
  assertShape(shape, "rand");
  return fromExpression(shape, options, options.dtype ?? "float32", "rand", (dtype) => {
    assertFloat(dtype, "rand");
    return drawUniform([...shape], dtype);
  });
}

/**
 * Random numbers of the standard normal distribution.
 *
 * PyTorch: `torch.randn`.
 *
 * @param shape The sizes.
 * @param options dtype, device, requiresGrad.
 * @returns A new tensor.
 */
export function randn(shape: readonly number[], options: TensorOptions = {}): Tensor {
  assertShape(shape, "randn");
  return fromExpression(shape, options, options.dtype ?? "float32", "randn", (dtype) => {
    assertFloat(dtype, "randn");
    return drawNormal([...shape], dtype);
  });
}

/**
 * Random whole numbers from `low` to before `high`.
 *
 * PyTorch: `torch.randint`. 64 random bits modulo the span, so the spans that don't divide 2^64 are
 * uneven by less than one part in 2^(64 - log2(span)).
 *
 * @param low The smallest.
 * @param high One more than the largest.
 * @param shape The sizes.
 * @param options dtype (`int64` by default), device.
 * @returns A new tensor.
 * @throws {RangeError} If `high` is not above `low`.
 */
export function randint(
  low: number,
  high: number,
  shape: readonly number[],
  options: TensorOptions = {},
): Tensor {
  assertShape(shape, "randint");
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || high <= low) {
    throw new RangeError(`randint: expected whole numbers low < high, got ${low} and ${high}`);
  }
  return fromExpression(shape, options, options.dtype ?? "int64", "randint", (dtype) => {
    const sizes = [...shape];
    const c = (value: bigint) => constant("int64", sizes, value);
    const [a, b] = drawBits(sizes, 2);
    // 63 bits, so that the number is not negative.
    const top = binary("bitwiseAnd", cast(a, "int64"), c(0x7fffffffn), sizes);
    const bottom = binary("bitwiseAnd", cast(b, "int64"), c(0xffffffffn), sizes);
    const bits = binary("bitwiseOr", binary("shiftLeft", top, c(32n), sizes), bottom, sizes);
    const within = binary("remainder", bits, c(BigInt(high) - BigInt(low)), sizes);
    return cast(binary("add", within, c(BigInt(low)), sizes), dtype);
  });
}

/**
 * The numbers 0 to n - 1 in random order.
 *
 * PyTorch: `torch.randperm`.
 *
 * @param n How many.
 * @param options dtype (`int64` by default), device.
 * @returns A one-dimensional tensor.
 */
export function randperm(n: number, options: TensorOptions = {}): Tensor {
  assertShape([n], "randperm");
  const out = tensor(drawPermutation(n), { device: options.device });
  return made(out.type(options.dtype ?? "int64"), options);
}

/**
 * Uniform random numbers in a tensor's shape, dtype and device.
 *
 * PyTorch: `torch.rand_like`.
 *
 * @param x The model.
 * @param options What differs.
 * @returns A new tensor.
 */
export function randLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return rand(x.shape, like(x, options));
}

/**
 * Standard normal random numbers in a tensor's shape, dtype and device.
 *
 * PyTorch: `torch.randn_like`.
 *
 * @param x The model.
 * @param options What differs.
 * @returns A new tensor.
 */
export function randnLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return randn(x.shape, like(x, options));
}

/**
 * Random whole numbers in a tensor's shape, dtype and device.
 *
 * PyTorch: `torch.randint_like`.
 *
 * @param x The model.
 * @param low The smallest.
 * @param high One more than the largest.
 * @param options What differs.
 * @returns A new tensor.
 * @throws {RangeError} If `high` is not above `low`.
 */
export function randintLike(
  x: Tensor,
  low: number,
  high: number,
  options: TensorOptions = {},
): Tensor {
  return randint(low, high, x.shape, like(x, options));
}
