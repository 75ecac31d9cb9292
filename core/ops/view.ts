/**
 * Views: the same storage seen through another shape, strides and offset.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { makeTensor } from "../dispatch.ts";
import { IndexError, ShapeError } from "../errors.ts";
import {
  assertShape,
  contiguousStrides,
  isContiguous,
  normalizeDim,
  numelOf,
  sameShape,
  show,
  viewStrides,
} from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** A view that knows how to be made again from its base, and how its gradient goes back. */
export function viewOf(
  name: string,
  x: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  again: (base: Tensor) => Tensor,
  vjp: (grad: Tensor) => Tensor,
): Tensor {
  const out = makeTensor(x.storage, shape, strides, offset);
  out.setBase(x, again);
  return record(name, out, [x], [], (grad) => [vjp(grad)]);
}

/** Fills in a size of -1 and checks the count of elements. */
function resolveShape(x: Tensor, to: readonly number[], operation: string): number[] {
  const shape = [...to];
  const hole = shape.indexOf(-1);
  if (hole >= 0) {
    shape[hole] = 1;
    assertShape(shape, operation);
    const rest = numelOf(shape);
    if (rest === 0 || x.numel % rest !== 0) {
      throw new ShapeError(
        `${operation}: cannot view ${show(x.shape)} as ${
          show(to)
        }: ${x.numel} elements don't divide by ${rest}`,
      );
    }
    shape[hole] = x.numel / rest;
  }
  assertShape(shape, operation);
  if (numelOf(shape) !== x.numel) {
    throw new ShapeError(
      `${operation}: cannot reshape ${show(x.shape)} into ${
        show(to)
      }: ${x.numel} elements against ${numelOf(shape)}`,
    );
  }
  return shape;
}

/** The same elements in another shape, never copied. */
export function view(x: Tensor, to: readonly number[]): Tensor {
  const shape = resolveShape(x, to, "view");
  const strides = viewStrides(x.shape, x.strides, shape);
  if (strides === null) {
    throw new ShapeError(
      `view: ${show(x.shape)} with strides ${show(x.strides)} can't be seen as ${show(shape)} ` +
        "without a copy; use reshape()",
    );
  }
  const from = x.shape;
  return viewOf(
    "ViewBackward0",
    x,
    shape,
    strides,
    x.offset,
    (base) => view(base, shape),
    (g) => g.reshape(from),
  );
}

/** The same elements in another shape, copied only where a view can't do it. */
export function reshape(x: Tensor, to: readonly number[]): Tensor {
  const shape = resolveShape(x, to, "reshape");
  return viewStrides(x.shape, x.strides, shape) === null ? view(x.clone(), shape) : view(x, shape);
}

/** Dimensions in another order. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const dims = order.map((dim) => normalizeDim(dim, x.ndim, "permute"));
  if (dims.length !== x.ndim || new Set(dims).size !== dims.length) {
    throw new ShapeError(
      `permute: expected each of the ${x.ndim} dimensions of ${show(x.shape)} once, got ${
        show(order)
      }`,
    );
  }
  return reordered(x, dims);
}

/** Each dimension at its new place. */
function reordered(x: Tensor, dims: readonly number[]): Tensor {
  const inverse = new Array<number>(dims.length);
  dims.forEach((dim, i) => inverse[dim] = i);
  return viewOf(
    "PermuteBackward0",
    x,
    dims.map((dim) => x.shape[dim]),
    dims.map((dim) => x.strides[dim]),
    x.offset,
    (base) => reordered(base, dims),
    (g) => reordered(g, inverse),
  );
}

/** Two dimensions exchanged. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const a = normalizeDim(dim0, x.ndim, "transpose"), b = normalizeDim(dim1, x.ndim, "transpose");
  return reordered(x, x.shape.map((_, i) => i === a ? b : i === b ? a : i));
}

/** Sizes of 1 stretched, -1 keeps a size; no memory is taken. */
export function expand(x: Tensor, to: readonly number[]): Tensor {
  const lead = to.length - x.ndim;
  const fail = () => {
    throw new ShapeError(`expand: ${show(x.shape)} does not expand to ${show(to)}`);
  };
  if (lead < 0) fail();
  const shape = to.map((size, i) => {
    if (i < lead) return size >= 0 ? size : fail()!;
    const own = x.shape[i - lead];
    if (size === -1 || size === own) return own;
    return own === 1 && size >= 0 ? size : fail()!;
  });
  assertShape(shape, "expand");
  if (sameShape(shape, x.shape)) return view(x, shape);
  const strides = shape.map((size, i) =>
    i < lead || (x.shape[i - lead] === 1 && size !== 1) ? 0 : x.strides[i - lead]
  );
  return viewOf(
    "ExpandBackward0",
    x,
    shape,
    strides,
    x.offset,
    (base) => expand(base, shape),
    (g) => g, // record() sums what was broadcast
  );
}

/** `length` elements of a dimension from `start` on. */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const d = normalizeDim(dim, x.ndim, "narrow");
  if (x.ndim === 0) throw new ShapeError("narrow: a tensor without dimensions can't be narrowed");
  const size = x.shape[d];
  const from = start < 0 ? start + size : start;
  if (
    !Number.isInteger(from) || !Number.isInteger(length) || from < 0 || length < 0 ||
    from + length > size
  ) {
    throw new IndexError(
      `narrow: start ${start} and length ${length} are outside of dimension ${d} of size ${size}`,
    );
  }
  return slice(x, d, from, from + length, 1);
}

/** Every `step`-th element of a dimension from `start` to before `end`, bounds clamped as Python's. */
export function slice(x: Tensor, dim: number, start: number, end: number, step: number): Tensor {
  const d = normalizeDim(dim, x.ndim, "slice");
  if (x.ndim === 0) throw new ShapeError("slice: a tensor without dimensions has no slices");
  if (!Number.isInteger(step) || step < 1) {
    throw new IndexError(`slice: the step must be a whole number from 1 up, got ${step}`);
  }
  const size = x.shape[d];
  const clamp = (i: number) => Math.min(Math.max(i < 0 ? i + size : i, 0), size);
  const from = clamp(start), to = Math.max(from, clamp(end));
  const length = Math.ceil((to - from) / step);
  const shape = x.shape.map((s, i) => i === d ? length : s);
  const strides = x.strides.map((s, i) => i === d ? s * step : s);
  const whole = x.shape;
  return viewOf(
    "SliceBackward0",
    x,
    shape,
    strides,
    x.offset + from * x.strides[d],
    (base) => slice(base, d, from, to, step),
    (g) => embed(g, whole, (zeros) => slice(zeros, d, from, to, step)),
  );
}

/** One element of a dimension; the dimension goes. */
export function select(x: Tensor, dim: number, index: number): Tensor {
  if (x.ndim === 0) {
    throw new IndexError("select: a tensor without dimensions has nothing to select");
  }
  const d = normalizeDim(dim, x.ndim, "select");
  const size = x.shape[d];
  const i = index < 0 ? index + size : index;
  if (!Number.isInteger(i) || i < 0 || i >= size) {
    throw new IndexError(
      `select: index ${index} is out of bounds for dimension ${d} of size ${size}`,
    );
  }
  const whole = x.shape;
  return viewOf(
    "SelectBackward0",
    x,
    x.shape.filter((_, j) => j !== d),
    x.strides.filter((_, j) => j !== d),
    x.offset + i * x.strides[d],
    (base) => select(base, d, i),
    (g) => embed(g, whole, (zeros) => select(zeros, d, i)),
  );
}

/** The diagonal of two dimensions, as the last dimension of a view. */
export function diagonal(x: Tensor, offset = 0, dim1 = 0, dim2 = 1): Tensor {
  const a = normalizeDim(dim1, x.ndim, "diagonal"), b = normalizeDim(dim2, x.ndim, "diagonal");
  if (a === b || x.ndim < 2) {
    throw new ShapeError(
      `diagonal: expected two dimensions of ${show(x.shape)}, got ${dim1} and ${dim2}`,
    );
  }
  const rows = offset < 0 ? x.shape[a] + offset : x.shape[a];
  const columns = offset > 0 ? x.shape[b] - offset : x.shape[b];
  const length = Math.max(0, Math.min(rows, columns));
  const rest = Array.from({ length: x.ndim }, (_, i) => i).filter((i) => i !== a && i !== b);
  const start = length === 0 ? 0 : offset >= 0 ? offset * x.strides[b] : -offset * x.strides[a];
  const whole = x.shape;
  return viewOf(
    "DiagonalBackward0",
    x,
    [...rest.map((i) => x.shape[i]), length],
    [...rest.map((i) => x.strides[i]), x.strides[a] + x.strides[b]],
    x.offset + start,
    (base) => diagonal(base, offset, a, b),
    (g) => embed(g, whole, (zeros) => diagonal(zeros, offset, a, b)),
  );
}

/** Zeros of a shape with `grad` written through a view of them. */
export function embed(
  grad: Tensor,
  shape: readonly number[],
  where: (zeros: Tensor) => Tensor,
): Tensor {
  const zeros = grad.newZeros(shape);
  where(zeros).copy_(grad);
  return zeros;
}

/** Without the dimensions of size 1, or without the named ones among them. */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  const dims = dim === undefined
    ? null
    : (typeof dim === "number" ? [dim] : dim).map((d) => normalizeDim(d, x.ndim, "squeeze"));
  return view2(
    x,
    x.shape.map((size, i) => size === 1 && (dims === null || dims.includes(i)) ? -1 : size),
  );
}

/** Drops the sizes marked -1: always a view, whatever the strides. */
function view2(x: Tensor, marked: readonly number[]): Tensor {
  const keep = marked.map((size, i) => size === -1 ? -1 : i).filter((i) => i >= 0);
  const from = x.shape;
  return viewOf(
    "SqueezeBackward0",
    x,
    keep.map((i) => x.shape[i]),
    keep.map((i) => x.strides[i]),
    x.offset,
    (base) => view2(base, marked),
    (g) => g.reshape(from),
  );
}

/** With a dimension of size 1 put in. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const d = normalizeDim(dim, x.ndim + 1, "unsqueeze");
  const stride = d < x.ndim ? x.shape[d] * x.strides[d] : 1;
  const from = x.shape;
  return viewOf(
    "UnsqueezeBackward0",
    x,
    [...x.shape.slice(0, d), 1, ...x.shape.slice(d)],
    [...x.strides.slice(0, d), stride, ...x.strides.slice(d)],
    x.offset,
    (base) => unsqueeze(base, d),
    (g) => g.reshape(from),
  );
}

/** Some dimensions as one. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.ndim === 0) return reshape(x, [1]);
  const a = normalizeDim(start, x.ndim, "flatten"), b = normalizeDim(end, x.ndim, "flatten");
  if (b < a) throw new ShapeError(`flatten: the first dimension ${a} comes after the last ${b}`);
  return reshape(x, [
    ...x.shape.slice(0, a),
    numelOf(x.shape.slice(a, b + 1)),
    ...x.shape.slice(b + 1),
  ]);
}

/** One dimension as several. */
export function unflatten(x: Tensor, dim: number, sizes: readonly number[]): Tensor {
  const d = normalizeDim(dim, x.ndim, "unflatten");
  return view(x, [...x.shape.slice(0, d), ...sizes, ...x.shape.slice(d + 1)]);
}

/** The tensor itself when its elements are row-major, else a copy that is. */
export function contiguous(x: Tensor): Tensor {
  return isContiguous(x.shape, x.strides) ? x : x.clone();
}

/** Checks a free look into a storage, and makes it. */
export function asStrided(
  x: Tensor,
  shape: readonly number[],
  strides: readonly number[] = contiguousStrides(shape),
  offset = x.offset,
): Tensor {
  assertWithin(x.storage.length, shape, strides, offset);
  const own = { shape: x.shape, strides: x.strides, offset: x.offset, length: x.storage.length };
  return viewOf(
    "AsStridedBackward0",
    x,
    shape,
    strides,
    offset,
    (base) => asStrided(base, shape, strides, offset),
    (g) => {
      // Elements may be seen many times: their gradients add up, by position in the storage.
      const flat = g.newZeros([own.length]);
      const positions = g.newArange(own.length);
      const seen = asStrided(positions, shape, strides, offset).reshape([-1]);
      return asStrided(flat.indexAdd(0, seen, g.reshape([-1])), own.shape, own.strides, own.offset);
    },
  );
}

/** Throws unless every element of a view lies in a storage of `length` elements. */
export function assertWithin(
  length: number,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): void {
  assertShape(shape, "asStrided");
  if (strides.length !== shape.length) {
    throw new ShapeError(
      `asStrided: ${strides.length} strides for the ${shape.length} sizes ${show(shape)}`,
    );
  }
  let last = offset;
  for (let i = 0; i < shape.length; i++) {
    if (!Number.isSafeInteger(strides[i]) || strides[i] < 0) {
      throw new ShapeError(`asStrided: strides are whole numbers from 0 up, got ${show(strides)}`);
    }
    last += (shape[i] - 1) * strides[i];
  }
  const empty = shape.includes(0);
  if (!Number.isSafeInteger(offset) || offset < 0 || (!empty && !(last < length))) {
    throw new ShapeError(
      `asStrided: shape ${show(shape)}, strides ${
        show(strides)
      } and offset ${offset} reach element ` +
        `${last} of a storage of ${length}`,
    );
  }
}
