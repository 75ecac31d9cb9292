/**
 * Order: sorting, the largest and smallest, and what lies in the middle.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { compose, makeTensor } from "../dispatch.ts";
import { assertComputes, isFloat } from "../dtype.ts";
import { IndexError } from "../errors.ts";
import { normalizeDim, numelOf, show } from "../shape.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { argExtreme, extremes } from "./reduce.ts";

/** Values along a dimension, and where they were. */
export interface ValuesAndIndices {
  /** The values. */
  readonly values: Tensor;
  /** Their positions along the dimension, int64. */
  readonly indices: Tensor;
}

/** Options of `sort()` and `argsort()`. */
export interface SortOptions {
  /** The largest first. */
  readonly descending?: boolean;
  /** Accepted as PyTorch's; equal elements always keep their order. */
  readonly stable?: boolean;
}

/** Sorts rows, without recording. The results look at row-major memory with `d` as its last dimension. */
function sortRows(x: Tensor, d: number, descending: boolean): ValuesAndIndices {
  const { connector } = x.storage;
  const n = x.ndim === 0 ? 1 : x.shape[d];
  const order = x.shape.map((_, i) => i).filter((i) => i !== d).concat(x.ndim === 0 ? [] : [d]);
  const rows = x.detach().permute(order);
  const values = Storage.allocate(x.dtype, x.numel, connector);
  const indices = Storage.allocate("int64", x.numel, connector);
  if (x.numel > 0) {
    compose(() => {
      const whole = rows.isWhole() ? rows : rows.clone();
      connector.run({
        family: "sort",
        dtype: x.dtype,
        rows: x.numel / n,
        n,
        descending,
        x: whole.storage.block(),
        values: values.block(),
        indices: indices.block(),
      });
      return [];
    });
  }
  const inverse = order.map((_, i) => order.indexOf(i));
  const back = (storage: Storage) => makeTensor(storage, rows.shape).permute(inverse).detach();
  return { values: back(values), indices: back(indices) };
}

/** Lets gradients of values go to where the values came from. */
function recorded(
  name: string,
  x: Tensor,
  d: number,
  { values, indices }: ValuesAndIndices,
): ValuesAndIndices {
  const from = x.shape;
  record(name, values, [x], [indices], (g, indices) => [
    g.newZeros(from).scatter(d, indices, g),
  ]);
  return { values, indices };
}

/** Elements along a dimension in order; NaN counts as the largest. */
export function sort(x: Tensor, dim: number, options: SortOptions = {}): ValuesAndIndices {
  assertComputes(x.dtype, "sort");
  const d = normalizeDim(dim, x.ndim, "sort");
  return recorded("SortBackward0", x, d, sortRows(x, d, options.descending ?? false));
}

/** Options of `topk()`. */
export interface TopkOptions {
  /** The largest, or else the smallest; true by default. */
  readonly largest?: boolean;
  /** Accepted as PyTorch's; the result is always in order. */
  readonly sorted?: boolean;
}

/** The `k` largest or smallest along a dimension, in order. */
export function topk(
  x: Tensor,
  k: number,
  dim: number,
  options: TopkOptions = {},
): ValuesAndIndices {
  assertComputes(x.dtype, "topk");
  const d = normalizeDim(dim, x.ndim, "topk");
  const n = x.ndim === 0 ? 1 : x.shape[d];
  if (!Number.isInteger(k) || k < 0 || k > n) {
    throw new IndexError(
      `topk: k must be between 0 and ${n}, the size of dimension ${d}, got ${k}`,
    );
  }
  const [values, indices] = compose(() => {
    const all = sortRows(x, d, options.largest ?? true);
    const first = (x: Tensor) => x.ndim === 0 && k === 1 ? x : x.narrow(d, 0, k).clone();
    return [first(all.values), first(all.indices)];
  });
  return recorded("TopkBackward0", x, d, { values, indices });
}

/** A result along one dimension, which stays as size 1 or goes. */
function drop(picked: ValuesAndIndices, d: number, keepdim: boolean): ValuesAndIndices {
  if (keepdim || picked.values.ndim === 0) return picked;
  return { values: picked.values.squeeze(d), indices: picked.indices.squeeze(d) };
}

function assertSome(operation: string, x: Tensor, d: number): void {
  if (x.ndim > 0 && x.shape[d] === 0) {
    throw new IndexError(`${operation}: dimension ${d} of ${show(x.shape)} has no elements`);
  }
}

/** The largest or smallest of all, or along a dimension with its position. */
export function maxMin(
  op: "max" | "min",
  x: Tensor,
  dim: number,
  keepdim: boolean,
): ValuesAndIndices {
  assertComputes(x.dtype, op);
  const d = normalizeDim(dim, x.ndim, op);
  assertSome(op, x, d);
  const plain = x.detach();
  const values = extremes(op, plain, [d], true);
  const indices = argExtreme(
    op === "max" ? "argmax" : "argmin",
    x.dtype === "bool" ? plain.type("uint8") : plain,
    d,
    true,
  );
  const name = op === "max" ? "MaxBackward0" : "MinBackward0";
  return drop(recorded(name, x, d, { values, indices }), d, keepdim);
}

/** The `k`-th smallest along a dimension, counted from 1. */
export function kthvalue(x: Tensor, k: number, dim: number, keepdim: boolean): ValuesAndIndices {
  assertComputes(x.dtype, "kthvalue");
  const d = normalizeDim(dim, x.ndim, "kthvalue");
  const n = x.ndim === 0 ? 1 : x.shape[d];
  if (!Number.isInteger(k) || k < 1 || k > n) {
    throw new IndexError(
      `kthvalue: k must be between 1 and ${n}, the size of dimension ${d}, got ${k}`,
    );
  }
  const [values, indices] = compose(() => {
    const all = sortRows(x, d, false);
    const pick = (x: Tensor) => x.ndim === 0 ? x : x.narrow(d, k - 1, 1).clone();
    return [pick(all.values), pick(all.indices)];
  });
  return drop(recorded("KthvalueBackward0", x, d, { values, indices }), d, keepdim);
}

/** The lower median along a dimension; NaN where there is one. */
export function medianAlong(x: Tensor, dim: number, keepdim: boolean): ValuesAndIndices {
  assertComputes(x.dtype, "median");
  const d = normalizeDim(dim, x.ndim, "median");
  assertSome("median", x, d);
  const middle = (x.ndim === 0 ? 0 : x.shape[d] - 1) >> 1;
  const [values, indices] = compose(() => {
    const all = sortRows(x, d, false);
    if (x.ndim === 0) return [all.values, all.indices];
    if (!isFloat(x.dtype)) {
      return [all.values, all.indices].map((x) => x.narrow(d, middle, 1).clone());
    }
    // NaNs are at the end: where there is one, the first of them is the median.
    const nans = all.values.isnan().sum(d, true);
    const at = nans.gt(0).where(nans.neg().add(x.shape[d]), middle);
    return [all.values.gather(d, at), all.indices.gather(d, at)];
  });
  return drop(recorded("MedianBackward1", x, d, { values, indices }), d, keepdim);
}

/** The lower median of all elements. */
export function median(x: Tensor): Tensor {
  if (x.numel === 0) throw new IndexError(`median: a tensor of shape ${show(x.shape)} has none`);
  return medianAlong(x.reshape([numelOf(x.shape)]), 0, false).values;
}
