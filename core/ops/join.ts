/**
 * Tensors put together, taken apart, and laid out again.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { commonDevice, compose, fromNode, isTensor, makeTensor, read } from "../dispatch.ts";
import { resultType } from "../dtype.ts";
import { IndexError, ShapeError } from "../errors.ts";
import { cast, load } from "../node.ts";
import { normalizeDim, normalizeDims, numelOf, sameShape, show } from "../shape.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { tensor } from "./create.ts";
import { store } from "./in_place.ts";
import { hostValues } from "./nonzero.ts";

function assertTensors(operation: string, tensors: readonly Tensor[]): void {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ShapeError(`${operation}: expected an array of at least one tensor`);
  }
  tensors.forEach((x, i) => {
    if (!isTensor(x)) throw new ShapeError(`${operation}: item ${i} is no tensor but ${typeof x}`);
  });
}

/**
 * Tensors one after the other along a dimension that they have.
 *
 * PyTorch: `torch.cat`; one-dimensional empty tensors are skipped, as there. dtypes are promoted.
 *
 * @param tensors At least one; all sizes but that of `dim` are the same.
 * @param dim The dimension; 0 by default.
 * @returns A new tensor.
 * @throws {ShapeError} If the sizes do not fit, or there is no dimension.
 *
 * @example
 * ```ts
 * import { cat, ones, zeros } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const x = cat([ones([2, 1]), zeros([2, 2])], 1);
 * assertEquals(await x.tolist(), [[1, 0, 0], [1, 0, 0]]);
 * ```
 */
export function cat(tensors: readonly Tensor[], dim: number = 0): Tensor {
  assertTensors("cat", tensors);
  tensors.forEach((x, i) => {
    if (x.ndim === 0) {
      throw new ShapeError(`cat: tensor ${i} has no dimensions; unsqueeze() it, or use stack()`);
    }
  });
  const device = commonDevice("cat", tensors);
  const first = tensors.find((x) => !isLegacyEmpty(x)) ?? tensors[0];
  const d = normalizeDim(dim, first.ndim, "cat");
  let total = 0;
  const starts = tensors.map((x, i) => {
    const start = total;
    if (isLegacyEmpty(x)) return start;
    const fits = x.ndim === first.ndim &&
      x.shape.every((size, j) => j === d || size === first.shape[j]);
    if (!fits) {
      throw new ShapeError(
        `cat: tensor ${i} of shape ${show(x.shape)} does not go after ${
          show(first.shape)
        }: sizes must be the same except in dimension ${d}`,
      );
    }
    total += x.shape[d];
    return start;
  });
  const dtype = sameDType(tensors) ?? resultType(
    tensors.map(({ dtype }) => ({ dtype, priority: 2 })),
  );
  const shape = first.shape.map((size, i) => i === d ? total : size);
  const out = makeTensor(Storage.allocate(dtype, numelOf(shape), device), shape);
  tensors.forEach((x, i) => {
    if (x.numel === 0) return;
    const offset = starts[i] * out.strides[d];
    store(makeTensor(out.storage, x.shape, out.strides, offset), cast(valueOf(x), dtype));
  });
  const sizes = tensors.map((x) => isLegacyEmpty(x) ? -1 : x.shape[d]);
  return record(
    "CatBackward0",
    out,
    tensors,
    [],
    (g) => sizes.map((size, i) => size < 0 ? g.newZeros([0]) : g.narrow(d, starts[i], size)),
  );
}

const isLegacyEmpty = (x: Tensor) => x.ndim === 1 && x.numel === 0;

function sameDType(tensors: readonly Tensor[]) {
  const { dtype } = tensors[0];
  return tensors.every((x) => x.dtype === dtype) ? dtype : null;
}

/** A light pending value is computed by the kernel that copies it; others are computed once. */
function valueOf(x: Tensor) {
  const { node } = x.storage;
  const light = node !== null && node.kind !== "const" && !node.heavy && !x.storage.kept;
  return light && x.isWhole() && sameShape(node.shape, x.shape) ? node : read(x, x.shape);
}

/**
 * Tensors of one shape as the slices of a new dimension.
 *
 * PyTorch: `torch.stack`.
 *
 * @param tensors At least one.
 * @param dim Where the new dimension goes; 0 by default.
 * @returns A new tensor.
 * @throws {ShapeError} If the shapes differ.
 */
export function stack(tensors: readonly Tensor[], dim: number = 0): Tensor {
  assertTensors("stack", tensors);
  const [first] = tensors;
  const d = normalizeDim(dim, first.ndim + 1, "stack");
  tensors.forEach((x, i) => {
    if (!sameShape(x.shape, first.shape)) {
      throw new ShapeError(
        `stack: expected tensors of one shape, got ${show(first.shape)} and, at ${i}, ${
          show(x.shape)
        }`,
      );
    }
  });
  return cat(tensors.map((x) => x.unsqueeze(d)), d);
}

/** Views of consecutive parts: of one size (the last may be smaller), or of these sizes. */
export function split(x: Tensor, sizes: number | readonly number[], dim = 0): Tensor[] {
  const d = normalizeDim(dim, x.ndim, "split");
  if (x.ndim === 0) throw new ShapeError("split: a tensor without dimensions can't be split");
  const size = x.shape[d];
  let parts: number[];
  if (typeof sizes === "number") {
    if (!Number.isInteger(sizes) || sizes < 0 || (sizes === 0 && size > 0)) {
      throw new ShapeError(`split: expected a size from 1 up, got ${sizes}`);
    }
    const count = sizes === 0 ? 1 : Math.max(1, Math.ceil(size / sizes));
    parts = Array.from({ length: count }, (_, i) => Math.min(sizes, size - i * sizes));
  } else {
    parts = [...sizes];
    const total = parts.reduce((sum, part) => sum + part, 0);
    if (parts.some((part) => !Number.isInteger(part) || part < 0) || total !== size) {
      throw new ShapeError(
        `split: the sizes ${show(parts)} do not add up to ${size}, the size of dimension ${d}`,
      );
    }
  }
  let start = 0;
  return parts.map((part) => {
    const out = x.narrow(d, start, part);
    start += part;
    return out;
  });
}

/** Views of at most `count` parts of equal size. */
export function chunk(x: Tensor, count: number, dim = 0): Tensor[] {
  const d = normalizeDim(dim, x.ndim, "chunk");
  if (x.ndim === 0) throw new ShapeError("chunk: a tensor without dimensions can't be split");
  if (!Number.isInteger(count) || count < 1) {
    throw new ShapeError(`chunk: expected a count from 1 up, got ${count}`);
  }
  const size = Math.ceil(x.shape[d] / count);
  // An empty dimension still gives as many parts as were asked for.
  return size === 0 ? split(x, new Array<number>(count).fill(0), d) : split(x, size, d);
}

/** Views of every slice along a dimension. */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const d = normalizeDim(dim, x.ndim, "unbind");
  if (x.ndim === 0) throw new ShapeError("unbind: a tensor without dimensions has no slices");
  return Array.from({ length: x.shape[d] }, (_, i) => x.select(d, i));
}

/** Copies beside each other along every dimension; sizes that come before the shape's are new. */
export function repeat(x: Tensor, sizes: readonly number[]): Tensor {
  const lead = sizes.length - x.ndim;
  if (lead < 0) {
    throw new ShapeError(
      `repeat: ${show(sizes)} has fewer entries than ${show(x.shape)} has dimensions`,
    );
  }
  if (sizes.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new ShapeError(`repeat: expected whole numbers from 0 up, got ${show(sizes)}`);
  }
  const shape = sizes.map((_, i) => i < lead ? 1 : x.shape[i - lead]);
  const apart = shape.flatMap((size) => [1, size]);
  const wide = shape.flatMap((size, i) => [sizes[i], size]);
  const to = shape.map((size, i) => size * sizes[i]);
  return x.reshape(apart).expand(wide).clone().reshape(to);
}

/** `repeat` that takes fewer sizes than there are dimensions: they are the last ones. */
export function tile(x: Tensor, sizes: readonly number[]): Tensor {
  const missing = Math.max(0, x.ndim - sizes.length);
  return repeat(x, [...new Array<number>(missing).fill(1), ...sizes]);
}

/** The order of the elements reversed along dimensions. */
export function flip(x: Tensor, dims: readonly number[]): Tensor {
  const flipped = dims.length === 0 ? [] : normalizeDims(dims, x.ndim, "flip");
  const out = x.storage.node?.kind === "const" || x.numel === 0 ? x.detach().clone() : reversed();
  return record("FlipBackward0", out, [x], [], (g) => [flip(g, flipped)]);

  function reversed(): Tensor {
    const block = x.storage.block();
    let { offset } = x;
    for (const d of flipped) offset += (x.shape[d] - 1) * x.strides[d];
    const strides = x.strides.map((stride, i) => flipped.includes(i) ? -stride : stride);
    return fromNode(load(x.dtype, x.shape, block, offset, strides), x.storage.connector);
  }
}

/** Elements moved along dimensions; those that fall off come in at the other end. */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  dims?: number | readonly number[],
): Tensor {
  const by = typeof shifts === "number" ? [shifts] : [...shifts];
  if (dims === undefined) {
    if (by.length !== 1) {
      throw new ShapeError(`roll: ${by.length} shifts need as many dimensions, got none`);
    }
    return roll(x.reshape([-1]), by, [0]).reshape(x.shape);
  }
  const along = (typeof dims === "number" ? [dims] : dims).map((d) =>
    normalizeDim(d, x.ndim, "roll")
  );
  if (along.length !== by.length) {
    throw new ShapeError(`roll: ${by.length} shifts for ${along.length} dimensions`);
  }
  if (by.some((shift) => !Number.isInteger(shift))) {
    throw new IndexError(`roll: shifts are whole numbers, got ${show(by)}`);
  }
  const out = compose(() => {
    let out = x.detach();
    along.forEach((d, i) => {
      const size = x.shape[d];
      const start = size > 0 ? (((size - by[i]) % size) + size) % size : 0;
      if (start === 0) return;
      out = cat([out.narrow(d, start, size - start), out.narrow(d, 0, start)], d);
    });
    return out.storage === x.storage ? out.clone() : out;
  });
  return record("RollBackward0", out, [x], [], (g) => [roll(g, by.map((shift) => -shift), along)]);
}

/** Each element, or each slice along a dimension, several times in a row. */
export function repeatInterleave(x: Tensor, repeats: number | Tensor, dim?: number): Tensor {
  if (dim === undefined) return repeatInterleave(x.reshape([-1]), repeats, 0);
  const d = normalizeDim(dim, x.ndim, "repeatInterleave");
  if (x.ndim === 0) return repeatInterleave(x.reshape([1]), repeats, 0);
  const size = x.shape[d];
  if (typeof repeats === "number") {
    if (!Number.isInteger(repeats) || repeats < 0) {
      throw new ShapeError(`repeatInterleave: expected a whole number from 0 up, got ${repeats}`);
    }
    const shape = [...x.shape.slice(0, d + 1), repeats, ...x.shape.slice(d + 1)];
    const to = x.shape.map((size, i) => i === d ? size * repeats : size);
    return x.unsqueeze(d + 1).expand(shape).clone().reshape(to);
  }
  const counts = hostValues("repeatInterleave", repeats);
  if (repeats.ndim > 1 || (counts.length !== size && counts.length !== 1)) {
    throw new ShapeError(
      `repeatInterleave: expected ${size} counts, one for each slice along dimension ${d}, got shape ${
        show(repeats.shape)
      }`,
    );
  }
  if (counts.length === 1) return repeatInterleave(x, counts[0], d);
  const rows = counts.flatMap((count, i) => {
    if (count < 0) throw new ShapeError(`repeatInterleave: the counts hold ${count}`);
    return new Array<bigint>(count).fill(BigInt(i));
  });
  return x.indexSelect(d, tensor(BigInt64Array.from(rows), { device: x.device }));
}

/** Dimensions moved to other places; the rest keep their order. */
export function movedim(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const list = (dims: number | readonly number[]) =>
    (typeof dims === "number" ? [dims] : dims).map((d) => normalizeDim(d, x.ndim, "movedim"));
  const from = list(source), to = list(destination);
  if (
    from.length !== to.length || new Set(from).size !== from.length ||
    new Set(to).size !== to.length
  ) {
    throw new ShapeError(
      `movedim: expected as many distinct dimensions on both sides, got ${show(from)} and ${
        show(to)
      }`,
    );
  }
  if (x.ndim === 0) return x.permute([]);
  const rest = x.shape.map((_, i) => i).filter((i) => !from.includes(i));
  const order = x.shape.map((_, i) => to.includes(i) ? from[to.indexOf(i)] : rest.shift()!);
  return x.permute(order);
}

/**
 * The coordinates of a grid: vectors expanded over each other's dimensions.
 *
 * PyTorch: `torch.meshgrid`.
 *
 * @param tensors Vectors, or scalars.
 * @param options `indexing`: `"ij"` (by default), or `"xy"`, which exchanges the first two dimensions.
 * @returns A view of each, of the grid's shape.
 * @throws {ShapeError} If one has more than one dimension.
 */
export function meshgrid(
  tensors: readonly Tensor[],
  options: { indexing?: "ij" | "xy" } = {},
): Tensor[] {
  assertTensors("meshgrid", tensors);
  commonDevice("meshgrid", tensors);
  for (const x of tensors) {
    if (x.ndim > 1) throw new ShapeError(`meshgrid: expected vectors, got shape ${show(x.shape)}`);
  }
  const swap = options.indexing === "xy" && tensors.length > 1;
  const axes = swap ? [tensors[1], tensors[0], ...tensors.slice(2)] : tensors;
  const shape = axes.map(({ numel }) => numel);
  const grids = axes.map((x, i) => x.reshape(shape.map((n, j) => i === j ? n : 1)).expand(shape));
  return swap ? [grids[1], grids[0], ...grids.slice(2)] : grids;
}
