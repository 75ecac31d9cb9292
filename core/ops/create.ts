/**
 * New tensors.
 *
 * @module
 */
import { fromNode, makeTensor } from "../dispatch.ts";
import { type DeviceLike, deviceOf } from "../device.ts";
import { assertComputes, assertDType, type DType, DTYPES, type TypedArray } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { binary, cast, constant, index, type Node, where as choose } from "../node.ts";
import { bfloat16Bits } from "../scalar_math.ts";
import { assertShape, contiguousStrides, numelOf } from "../shape.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { type Scalar, scalarValue } from "./pointwise.ts";
import { assertWithin } from "./view.ts";

/** Where and as what a tensor is made. */
export interface TensorOptions {
  /** The dtype; `float32` by default, or what the function says. */
  dtype?: DType;
  /** The device; `"cpu"` by default. */
  device?: DeviceLike;
  /** Whether operations on it are recorded for gradients. */
  requiresGrad?: boolean;
}

/** Numbers in rows: what `tensor()` takes. */
export type Nested = Scalar | readonly Nested[];

/** Gives a new tensor the options that are not of its storage. */
export function made(out: Tensor, options: TensorOptions): Tensor {
  if (options.requiresGrad) out.requiresGrad = true;
  return out;
}

/** A tensor whose value is an expression, with everything checked that a user gave. */
export function fromExpression(
  shape: readonly number[],
  options: TensorOptions,
  dtype: DType,
  operation: string,
  build: (dtype: DType) => Node,
): Tensor {
  assertShape(shape, operation);
  assertDType(dtype);
  assertComputes(dtype, operation);
  return made(fromNode(build(dtype), deviceOf(options.device ?? "cpu")), options);
}

/** Writes a host value as an element of a dtype. */
function encodeInto(array: TypedArray, i: number, value: Scalar, dtype: DType): void {
  const element = scalarValue(value, dtype);
  (array as unknown as (number | bigint)[])[i] = dtype === "bfloat16"
    ? bfloat16Bits(element as number)
    : element;
}

/** The dtype whose elements a typed array has. */
function dtypeOfArray(array: ArrayBufferView): DType {
  const names: [unknown, DType][] = [
    [Float32Array, "float32"],
    [Float64Array, "float64"],
    [Float16Array, "float16"],
    [BigInt64Array, "int64"],
    [Int32Array, "int32"],
    [Int16Array, "int16"],
    [Int8Array, "int8"],
    [Uint8Array, "uint8"],
    [Uint8ClampedArray, "uint8"],
    [Uint16Array, "uint16"],
    [Uint32Array, "uint32"],
    [BigUint64Array, "uint64"],
  ];
  for (const [cls, dtype] of names) {
    if (array instanceof (cls as new () => object)) return dtype;
  }
  throw new DTypeError(`tensor: no dtype for ${array.constructor.name}`);
}

/**
 * A tensor with a copy of these values.
 *
 * Numbers make `float32`, bigints `int64`, booleans `bool`, and a typed array its own dtype. PyTorch:
 * `torch.tensor`, which makes `int64` of whole Python numbers; JavaScript can't tell `1` from `1.0`.
 *
 * @param data Numbers in rows of equal length, one number, or a typed array (one dimension).
 * @param options dtype, device, requiresGrad.
 * @returns A new tensor.
 * @throws {ShapeError} If rows differ in length.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(x.shape, [2, 3]);
 * assertEquals(x.dtype, "float32");
 * assertEquals(tensor([1n, 2n]).dtype, "int64");
 * ```
 */
export function tensor(data: Nested | TypedArray, options: TensorOptions = {}): Tensor {
  const device = options.device ?? "cpu";
  if (ArrayBuffer.isView(data)) {
    const own = dtypeOfArray(data);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const bits16 = own === "uint16" && options.dtype === "bfloat16";
    const storage = Storage.fromBytes(bits16 ? "bfloat16" : own, bytes, device);
    const out = makeTensor(storage, [data.length]);
    return made(options.dtype === undefined || bits16 ? out : out.type(options.dtype), options);
  }
  const shape: number[] = [];
  for (let level: Nested = data as Nested; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const flat: Scalar[] = [];
  const walk = (level: Nested, depth: number) => {
    if (Array.isArray(level)) {
      if (level.length !== shape[depth]) {
        throw new ShapeError(
          `tensor: expected rows of length ${
            shape[depth] ?? "0: numbers"
          } at depth ${depth}, got one of ${level.length}`,
        );
      }
      for (const item of level) walk(item, depth + 1);
    } else if (depth !== shape.length) {
      throw new ShapeError(`tensor: expected rows at depth ${depth}, got ${String(level)}`);
    } else if (!["number", "bigint", "boolean"].includes(typeof level)) {
      throw new DTypeError(
        `tensor: expected numbers, got ${level === null ? "null" : typeof level}`,
      );
    } else flat.push(level as Scalar);
  };
  walk(data as Nested, 0);
  const dtype = options.dtype ?? inferred(flat);
  assertDType(dtype);
  assertComputes(dtype, "tensor");
  const { array, itemSize } = DTYPES[dtype];
  const values = new array(new ArrayBuffer(flat.length * itemSize));
  flat.forEach((value, i) => encodeInto(values, i, value, dtype));
  const bytes = new Uint8Array(values.buffer);
  return made(makeTensor(Storage.fromBytes(dtype, bytes, device), shape), options);
}

function inferred(flat: readonly Scalar[]): DType {
  if (flat.length === 0) return "float32";
  if (flat.every((value) => typeof value === "boolean")) return "bool";
  if (
    flat.some((value) => typeof value === "bigint") &&
    flat.every((value) => typeof value !== "number")
  ) {
    return "int64";
  }
  return "float32";
}

/**
 * A tensor of one value.
 *
 * PyTorch: `torch.full`, except that the dtype is `float32` unless it is given or the value is a
 * bigint or boolean.
 *
 * @param shape The sizes.
 * @param value The value.
 * @param options dtype, device, requiresGrad.
 * @returns A new tensor.
 */
export function full(shape: readonly number[], value: Scalar, options: TensorOptions = {}): Tensor {
  return filled("full", shape, value, options, inferred([value]));
}

function filled(
  operation: string,
  shape: readonly number[],
  value: Scalar,
  options: TensorOptions,
  usual: DType,
): Tensor {
  return fromExpression(
    shape,
    options,
    options.dtype ?? usual,
    operation,
    (dtype) => constant(dtype, [...shape], scalarValue(value, dtype)),
  );
}

/**
 * A tensor of zeros.
 *
 * PyTorch: `torch.zeros`.
 *
 * @param shape The sizes.
 * @param options dtype, device, requiresGrad.
 * @returns A new tensor.
 */
export function zeros(shape: readonly number[], options: TensorOptions = {}): Tensor {
  const dtype = options.dtype ?? "float32";
  assertDType(dtype);
  if (DTYPES[dtype].kind !== "storage") return filled("zeros", shape, 0, options, dtype);
  assertShape(shape, "zeros");
  const bytes = new Uint8Array(numelOf(shape) * DTYPES[dtype].itemSize);
  return made(makeTensor(Storage.fromBytes(dtype, bytes, options.device), [...shape]), options);
}

/**
 * A tensor of ones.
 *
 * PyTorch: `torch.ones`.
 *
 * @param shape The sizes.
 * @param options dtype, device, requiresGrad.
 * @returns A new tensor.
 */
export function ones(shape: readonly number[], options: TensorOptions = {}): Tensor {
  return filled("ones", shape, 1, options, "float32");
}

/**
 * A tensor whose memory is not set: its values are whatever was there.
 *
 * PyTorch: `torch.empty`.
 *
 * @param shape The sizes.
 * @param options dtype, device, requiresGrad.
 * @returns A new tensor.
 */
export function empty(shape: readonly number[], options: TensorOptions = {}): Tensor {
  assertShape(shape, "empty");
  const dtype = options.dtype ?? "float32";
  assertDType(dtype);
  const storage = Storage.allocate(dtype, numelOf(shape), deviceOf(options.device ?? "cpu"));
  return made(makeTensor(storage, [...shape]), options);
}

/**
 * Evenly spaced numbers from `start` to before `end`.
 *
 * PyTorch: `torch.arange`; `int64` when all three are whole, else `float32`.
 *
 * @param start The first number; with one argument it is the end, and the first is 0.
 * @param end Where to stop, not included.
 * @param step The distance; 1 by default.
 * @param options dtype, device, requiresGrad.
 * @returns A one-dimensional tensor.
 * @throws {RangeError} If the step is 0 or leads away from the end.
 */
export function arange(
  start: number,
  end?: number,
  step: number = 1,
  options: TensorOptions = {},
): Tensor {
  const from = end === undefined ? 0 : start, to = end ?? start;
  if (![from, to, step].every(Number.isFinite) || step === 0 || (to - from) / step < 0) {
    throw new RangeError(`arange: no way from ${from} to ${to} by steps of ${step}`);
  }
  const n = Math.ceil((to - from) / step);
  const whole = [from, to, step].every(Number.isInteger);
  return fromExpression(
    [n],
    options,
    options.dtype ?? (whole ? "int64" : "float32"),
    "arange",
    (dtype) => {
      const wide: DType = whole ? "int64" : "float64";
      const c = (value: number) => constant(wide, [n], scalarValue(value, wide));
      const steps = binary("mul", cast(index([n], 0), wide), c(step), [n]);
      return cast(binary("add", steps, c(from), [n]), dtype);
    },
  );
}

/**
 * `steps` evenly spaced numbers from `start` to `end`, both included.
 *
 * PyTorch: `torch.linspace`.
 *
 * @param start The first number.
 * @param end The last number.
 * @param steps How many.
 * @param options dtype, device, requiresGrad.
 * @returns A one-dimensional tensor.
 */
export function linspace(
  start: number,
  end: number,
  steps: number,
  options: TensorOptions = {},
): Tensor {
  return fromExpression([steps], options, options.dtype ?? "float32", "linspace", (dtype) => {
    const c = (value: number) => constant("float64", [steps], value);
    const at = cast(index([steps], 0), "float64");
    const step = steps > 1 ? (end - start) / (steps - 1) : 0;
    // From the end for the upper half: both ends are exact.
    const low = binary("add", binary("mul", at, c(step), [steps]), c(start), [steps]);
    const back = binary("sub", c(steps - 1), at, [steps]);
    const high = binary("sub", c(end), binary("mul", back, c(step), [steps]), [steps]);
    const lower = binary("lt", at, c(steps / 2), [steps]);
    return cast(choose(lower, low, high, [steps]), dtype);
  });
}

/**
 * Ones on the diagonal, zeros elsewhere.
 *
 * PyTorch: `torch.eye`.
 *
 * @param n The number of rows.
 * @param m The number of columns; `n` by default.
 * @param options dtype, device, requiresGrad.
 * @returns An `[n, m]` tensor.
 */
export function eye(n: number, m: number = n, options: TensorOptions = {}): Tensor {
  const shape = [n, m];
  return fromExpression(
    shape,
    options,
    options.dtype ?? "float32",
    "eye",
    (dtype) => cast(binary("eq", index(shape, 0), index(shape, 1), shape), dtype),
  );
}

/** The options of a tensor made after another. */
export function like(x: Tensor, options: TensorOptions): TensorOptions {
  return { dtype: x.dtype, device: x.device, ...options };
}

/**
 * Zeros of a tensor's shape, dtype and device.
 *
 * PyTorch: `torch.zeros_like`.
 *
 * @param x The model.
 * @param options What differs.
 * @returns A new tensor.
 */
export function zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return zeros(x.shape, like(x, options));
}

/**
 * Ones of a tensor's shape, dtype and device.
 *
 * PyTorch: `torch.ones_like`.
 *
 * @param x The model.
 * @param options What differs.
 * @returns A new tensor.
 */
export function onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return ones(x.shape, like(x, options));
}

/**
 * One value in a tensor's shape, dtype and device.
 *
 * PyTorch: `torch.full_like`.
 *
 * @param x The model.
 * @param value The value.
 * @param options What differs.
 * @returns A new tensor.
 */
export function fullLike(x: Tensor, value: Scalar, options: TensorOptions = {}): Tensor {
  return full(x.shape, value, like(x, options));
}

/**
 * Unset memory of a tensor's shape, dtype and device.
 *
 * PyTorch: `torch.empty_like`.
 *
 * @param x The model.
 * @param options What differs.
 * @returns A new tensor.
 */
export function emptyLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return empty(x.shape, like(x, options));
}

/**
 * A tensor that looks into a storage: how a checkpoint's shared storages stay shared.
 *
 * PyTorch: `torch.as_strided` on a storage.
 *
 * @param storage The bytes.
 * @param layout Sizes, strides and offset in elements, and whether it requires grad.
 * @returns A view.
 * @throws {ShapeError} If an element lies outside of the storage.
 */
export function fromStorage(
  storage: Storage,
  layout: {
    shape: readonly number[];
    strides?: readonly number[];
    offset?: number;
    requiresGrad?: boolean;
  },
): Tensor {
  const { shape, strides = contiguousStrides(layout.shape), offset = 0, requiresGrad } = layout;
  assertWithin(storage.length, shape, strides, offset);
  return made(makeTensor(storage, [...shape], [...strides], offset), { requiresGrad });
}
