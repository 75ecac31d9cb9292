/**
 * Operands for an engine: numbers in a layout, and what comes of them as numbers again.
 *
 * @module
 */
import type { DeviceName, DType } from "../../../core/mod.ts";
import type { Snapshot } from "../../compare.ts";
import type { Context } from "../../context.ts";
import type { Engine } from "../../engine.ts";
import { decodeNumbers, encodeNumbers } from "../../fill.ts";
import { Refutation } from "../../law.ts";

/**
 * How elements lie in memory: one after the other, with the last two dimensions exchanged, or with
 * others in between.
 */
export type Strides = "contiguous" | "transposed" | "spread";

/** All of them. */
export const STRIDES: readonly Strides[] = ["contiguous", "transposed", "spread"];

/** Numbers in row-major order. */
export interface Numbers {
  /** The sizes. */
  readonly shape: readonly number[];
  /** The elements. */
  readonly numbers: readonly number[];
}

/** The number of elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Numbers as they are when stored in a dtype. */
export function stored(numbers: readonly number[], dtype: DType): number[] {
  return decodeNumbers(encodeNumbers(numbers, dtype), dtype);
}

/** A view of these numbers, and the tensor that it is a view of; the elements in between are 3. */
export function operand<T>(
  engine: Engine<T>,
  { shape, numbers }: Numbers,
  dtype: DType,
  strides: Strides,
  device: DeviceName,
): { base: T; view: T } {
  const make = (list: readonly number[], of: readonly number[]) =>
    engine.tensor(encodeNumbers(list, dtype), dtype, of, device);
  const rank = shape.length;
  if (strides === "transposed" && rank > 1) {
    const turned = transposed(shape, numbers);
    const base = make(turned.numbers, turned.shape);
    return { base, view: engine.transpose(base, rank - 2, rank - 1) };
  }
  if (strides === "spread" && rank > 0) {
    const base = make(numbers.flatMap((value) => [value, 3]), shape.with(-1, 2 * shape[rank - 1]));
    return { base, view: engine.everySecond(base, rank - 1) };
  }
  const base = make(numbers, shape);
  return { base, view: base };
}

/** The last two dimensions exchanged. */
export function transposed(shape: readonly number[], numbers: readonly number[]): Numbers {
  const [rows, columns] = shape.slice(-2);
  return {
    shape: [...shape.slice(0, -2), columns, rows],
    numbers: numbers.map((_, flat) => {
      const matrix = flat - flat % (rows * columns), at = flat % (rows * columns);
      return numbers[matrix + (at % rows) * columns + Math.floor(at / rows)];
    }),
  };
}

/** The base's numbers after its view has been given others. */
export function baseOf({ shape, numbers }: Numbers, strides: Strides): readonly number[] {
  if (strides === "transposed" && shape.length > 1) return transposed(shape, numbers).numbers;
  return strides === "spread" && shape.length > 0
    ? numbers.flatMap((value) => [value, 3])
    : numbers;
}

/** For each element of a shape the index into an operand that is stretched to it. */
export function stretched(from: readonly number[], to: readonly number[]): number[] {
  const lead = to.length - from.length;
  let at = [0];
  to.forEach((size, dim) => {
    const own = dim < lead ? 1 : from[dim - lead];
    at = at.flatMap((start) =>
      Array.from({ length: size }, (_, i) => start * own + (own === 1 ? 0 : i))
    );
  });
  return at;
}

/** A copy of the contents of an engine's tensor. */
export async function snapshotOf<T>(
  context: Context,
  engine: Engine<T>,
  x: T,
): Promise<Snapshot> {
  const bytes = (await context.wait("read", () => engine.read(x))).slice();
  return { shape: [...engine.shape(x)], dtype: engine.dtype(x), bytes };
}

/** What is thrown, or null. */
export function refusal(call: () => unknown): Error | null {
  try {
    call();
  } catch (error) {
    if (error instanceof Refutation) throw error;
    return error instanceof Error ? error : new Error(String(error));
  }
  return null;
}

/** What was thrown, for a message. */
export function refusalText(error: Error | null): string {
  return error === null ? "no error" : `${error.name}: ${error.message}`;
}
