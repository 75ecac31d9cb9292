/**
 * Shapes, strides and dimensions: pure functions on arrays of numbers.
 *
 * @module
 */
import { IndexError, ShapeError } from "./errors.ts";

/** The number of elements of a shape; 1 for the shape of a scalar. */
export function numelOf(shape: readonly number[]): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i];
  return n;
}

/** A shape as PyTorch prints it: `[2, 3]`. */
export function show(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** The strides, in elements, of a row-major tensor of this shape. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(shape[i], 1);
  }
  return strides;
}

/** Whether elements lie in row-major order without gaps; dimensions of size 1 have no say. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 0) return true;
    if (shape[i] !== 1) {
      if (strides[i] !== step) return false;
      step *= shape[i];
    }
  }
  return true;
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A dimension counted from the front; negative ones count from the back. */
export function normalizeDim(dim: number, ndim: number, operation: string): number {
  const limit = Math.max(ndim, 1);
  if (!Number.isInteger(dim) || dim < -limit || dim >= limit) {
    throw new IndexError(
      `${operation}: dimension out of range: expected to be in [${-limit}, ${
        limit - 1
      }], got ${dim}`,
    );
  }
  return dim < 0 ? dim + limit : dim;
}

/** Dimensions counted from the front, sorted; all of them when none are given. */
export function normalizeDims(
  dims: number | readonly number[] | null | undefined,
  ndim: number,
  operation: string,
): number[] {
  if (dims === null || dims === undefined) return Array.from({ length: ndim }, (_, i) => i);
  if (typeof dims === "number") {
    const dim = normalizeDim(dims, ndim, operation);
    return ndim === 0 ? [] : [dim];
  }
  if (dims.length === 0) return Array.from({ length: ndim }, (_, i) => i);
  const seen = dims.map((dim) => normalizeDim(dim, ndim, operation));
  if (seen.some((dim, i) => seen.indexOf(dim) !== i)) {
    throw new ShapeError(`${operation}: a dimension appears twice in ${show(dims)}`);
  }
  return ndim === 0 ? [] : seen.sort((a, b) => a - b);
}

/** The shape that two shapes broadcast to. Source: NumPy's broadcasting rules. */
export function broadcastShapes(
  a: readonly number[],
  b: readonly number[],
  operation: string,
): number[] {
  if (sameShape(a, b)) return a as number[];
  const ndim = Math.max(a.length, b.length);
  const out = new Array<number>(ndim);
  for (let i = 1; i <= ndim; i++) {
    const x = i <= a.length ? a[a.length - i] : 1;
    const y = i <= b.length ? b[b.length - i] : 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${operation}: shapes ${show(a)} and ${
          show(b)
        } do not broadcast: ${x} against ${y} at dimension ${ndim - i}`,
      );
    }
    out[ndim - i] = x === 1 ? y : x;
  }
  return out;
}

/** The strides that read a view through a larger shape: 0 where it is broadcast. */
export function broadcastStrides(
  shape: readonly number[],
  strides: readonly number[],
  to: readonly number[],
): number[] {
  const lead = to.length - shape.length;
  const out = new Array<number>(to.length);
  for (let i = 0; i < to.length; i++) {
    out[i] = i < lead || (shape[i - lead] === 1 && to[i] !== 1) ? 0 : strides[i - lead];
  }
  return out;
}

/** Checks a list of sizes that a user gave. */
export function assertShape(shape: readonly number[], operation: string): void {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`${operation}: a shape is an array of sizes, got ${String(shape)}`);
  }
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new ShapeError(
        `${operation}: sizes are whole numbers from 0 up, got ${show(shape)}`,
      );
    }
  }
}

/** The shape left by reducing `dims` (sorted): size 1 when kept, gone otherwise. */
export function reducedShape(
  shape: readonly number[],
  dims: readonly number[],
  keepdim: boolean,
): number[] {
  const out: number[] = [];
  for (let i = 0; i < shape.length; i++) {
    if (!dims.includes(i)) out.push(shape[i]);
    else if (keepdim) out.push(1);
  }
  return out;
}

/**
 * The strides that give a view another shape without a copy, or null where only a copy can.
 *
 * PyTorch: the rule of `torch.Tensor.view`.
 */
export function viewStrides(
  shape: readonly number[],
  strides: readonly number[],
  to: readonly number[],
): number[] | null {
  if (numelOf(shape) === 0) return contiguousStrides(to);
  const out = new Array<number>(to.length).fill(0);
  let j = to.length - 1;
  let chunk = 1; // elements of the current run of dimensions that are contiguous with each other
  let viewed = 1;
  let base = shape.length > 0 ? strides[shape.length - 1] : 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    chunk *= shape[i];
    const ends = i === 0 || (shape[i - 1] !== 1 && strides[i - 1] !== chunk * base);
    if (!ends) continue;
    while (j >= 0 && (viewed < chunk || to[j] === 1)) {
      out[j] = viewed * base;
      viewed *= to[j];
      j--;
    }
    if (viewed !== chunk) return null;
    if (i > 0) {
      base = strides[i - 1];
      chunk = 1;
      viewed = 1;
    }
  }
  while (j >= 0) {
    if (to[j] !== 1) return null;
    out[j] = viewed * base;
    j--;
  }
  return out;
}
