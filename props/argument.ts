/**
 * Forward arguments as plain data: what a case holds, what fast-check draws and shrinks, and how it
 * becomes tensors.
 *
 * @module
 */
import {
  type DeviceName,
  type DType,
  DTYPES,
  fromStorage,
  Storage,
  type Tensor,
} from "../core/mod.ts";
import { fc } from "./fast_check.ts";
import { encodeNumbers, type Fill, fillNumbers } from "./fill.ts";

/** A tensor as plain data. */
export interface TensorSpec {
  /** The shape. */
  readonly tensor: readonly number[];
  /** The dtype. */
  readonly dtype: DType;
  /** What kind of numbers it holds. */
  readonly fill: Fill;
  /** Where the numbers begin. */
  readonly seed: number;
  /** The smallest number, or -1. */
  readonly low?: number;
  /** What all numbers are below, or 1. */
  readonly high?: number;
}

/** One argument of `forward` as plain data; a tensor is a {@linkcode TensorSpec}. */
export type Argument =
  | TensorSpec
  | null
  | boolean
  | number
  | string
  | readonly Argument[]
  | { readonly [name: string]: Argument };

/** How to draw the specification of a tensor. */
export interface TensorInput {
  /** The sizes, each a number or drawn. */
  shape: readonly (number | fc.Arbitrary<number>)[];
  /** The dtype; `float32` by default. */
  dtype?: DType;
  /** The smallest number: -1 by default, 0 for integers. */
  low?: number;
  /** What all numbers are below: 1 by default, 10 for integers. */
  high?: number;
  /**
   * What kinds of numbers; by default mostly normal ones, and sometimes a ramp, ones or zeros.
   * Numbers between `low` and `high` where one of those is given.
   */
  fill?: Fill;
}

/** A seed for data: unbiased, so that small seeds are not drawn over and over. */
export function seeds(): fc.Arbitrary<number> {
  return fc.noBias(fc.integer({ min: 0, max: 0x7fffffff }));
}

const FLOAT_FILLS: readonly Fill[] = [
  "normal",
  "normal",
  "normal",
  "uniform",
  "ramp",
  "ones",
  "zeros",
];

/** A size of a dimension, which shrinks towards the smallest. */
function size(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}

/**
 * Draws tensors. Elements are never drawn one by one: a case holds a seed and the kind of numbers,
 * so that it stays short, and shrinks in its shape.
 */
function tensor(input: TensorInput): fc.Arbitrary<TensorSpec> {
  const { shape, dtype = "float32", low, high, fill } = input;
  const bounded = low !== undefined || high !== undefined || DTYPES[dtype].kind !== "float";
  const fills = fill !== undefined ? [fill] : bounded ? ["uniform" as const] : FLOAT_FILLS;
  return fc.record({
    tensor: fc.tuple(
      ...shape.map((item) => typeof item === "number" ? fc.constant(item) : item),
    ),
    dtype: fc.constant(dtype),
    fill: fc.constantFrom(...fills),
    seed: seeds(),
    ...(low === undefined ? {} : { low: fc.constant(low) }),
    ...(high === undefined ? {} : { high: fc.constant(high) }),
  });
}

/**
 * Arbitraries of forward arguments.
 *
 * @example
 * ```ts
 * import { fc, inputs } from "@touchstone/touchstone/props";
 * import { assertEquals } from "@std/assert";
 *
 * const images = inputs.tensor({ shape: [inputs.size(1, 4), 3, 8, 8] });
 * const words = inputs.tensor({ shape: [2, inputs.size(1, 6)], dtype: "int64", low: 0, high: 100 });
 * for (const { tensor } of fc.sample(images, 5)) assertEquals(tensor.slice(1), [3, 8, 8]);
 * for (const { dtype } of fc.sample(words, 5)) assertEquals(dtype, "int64");
 * ```
 */
export const inputs: {
  /** A size of a dimension between bounds, both included; it shrinks to the smallest. */
  size: (min: number, max: number) => fc.Arbitrary<number>;
  /** A tensor: its shape, dtype, kind of numbers and seed. */
  tensor: (input: TensorInput) => fc.Arbitrary<TensorSpec>;
} = { size, tensor };

/** Whether an argument is a tensor's specification. */
export function isTensorSpec(argument: unknown): argument is TensorSpec {
  return typeof argument === "object" && argument !== null && "tensor" in argument &&
    "fill" in argument;
}

/** The specifications of all tensors in an argument. */
export function tensorSpecs(argument: Argument): TensorSpec[] {
  if (typeof argument !== "object" || argument === null) return [];
  if (isTensorSpec(argument)) return [argument];
  return Object.values(argument).flatMap((item) => tensorSpecs(item as Argument));
}

/** The same arguments with the tensors' specifications changed. */
export function mapTensorSpecs(
  argument: Argument,
  change: (spec: TensorSpec) => TensorSpec,
): Argument {
  if (typeof argument !== "object" || argument === null) return argument;
  if (isTensorSpec(argument)) return change(argument);
  if (Array.isArray(argument)) return argument.map((item) => mapTensorSpecs(item, change));
  return Object.fromEntries(
    Object.entries(argument).map((
      [name, item],
    ) => [name, mapTensorSpecs(item as Argument, change)]),
  );
}

/**
 * The tensor that a specification describes: the same numbers on every device.
 *
 * @param spec The specification.
 * @param device Where to put it.
 * @returns A new tensor.
 */
export function buildTensor(spec: TensorSpec, device: DeviceName): Tensor {
  const numbers = fillNumbers(spec);
  const storage = Storage.fromBytes(spec.dtype, encodeNumbers(numbers, spec.dtype), device);
  return fromStorage(storage, { shape: [...spec.tensor] });
}

/**
 * What an argument describes, with tensors in place of their specifications.
 *
 * @param argument Plain data.
 * @param device Where to put the tensors.
 * @param build Makes a tensor; {@linkcode buildTensor} by default.
 * @returns The argument for `forward`.
 */
export function buildArgument(
  argument: Argument,
  device: DeviceName,
  build: (spec: TensorSpec, device: DeviceName) => Tensor = buildTensor,
): unknown {
  if (typeof argument !== "object" || argument === null) return argument;
  if (isTensorSpec(argument)) return build(argument, device);
  const inner = (item: Argument) => buildArgument(item, device, build);
  if (Array.isArray(argument)) return argument.map(inner);
  return Object.fromEntries(Object.entries(argument).map(([name, item]) => [name, inner(item)]));
}
