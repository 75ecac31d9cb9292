/**
 * Reductions. Over trailing dimensions they extend a recipe; other dimensions are first moved to
 * the end as a view.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { compose, fromNode, inlineForReduce, makeTensor } from "../dispatch.ts";
import { assertComputes, type DType, isFloat, wideDType } from "../dtype.ts";
import { DTypeError, IndexError } from "../errors.ts";
import { cast, reduce as reduceNode, type ReduceOp } from "../node.ts";
import { normalizeDim, normalizeDims, numelOf, reducedShape, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { cat } from "./join.ts";

/** Dimensions to reduce: one, several, or all. */
export type Dims = number | readonly number[] | null | undefined;

/** Reduces `dims` without recording; sizes of 1 are kept. Converts to `dtype` first. */
function reduceKept(op: ReduceOp, x: Tensor, dims: readonly number[], dtype: DType): Tensor {
  const device = x.storage.connector;
  const split = x.ndim - dims.length;
  const trailing = dims.every((dim, i) => dim === split + i);
  if (trailing) {
    const node = inlineForReduce(x, dims.length);
    return fromNode(reduceNode(op, cast(node, dtype), dims.length), device);
  }
  const rest = Array.from({ length: x.ndim }, (_, i) => i).filter((dim) => !dims.includes(dim));
  const moved = x.detach().permute([...rest, ...dims]);
  const node = cast(inlineForReduce(moved, dims.length), dtype);
  const out = fromNode(reduceNode(op, node, dims.length), device);
  // Row-major over the other dimensions: sizes of 1 go anywhere.
  return makeTensor(out.storage, reducedShape(x.shape, dims, true));
}

/** Drops the reduced dimensions unless they are to be kept. */
function dropped(out: Tensor, x: Tensor, dims: readonly number[], keepdim: boolean): Tensor {
  return keepdim ? out : makeTensor(out.storage, reducedShape(x.shape, dims, false));
}

/** A gradient, as it comes for a reduction, back at the rank of what was reduced. */
function kept(grad: Tensor, x: readonly number[], dims: readonly number[]): Tensor {
  return grad.reshape(reducedShape(x, dims, true));
}

function assertNonEmpty(op: string, x: Tensor, dims: readonly number[]): void {
  if (dims.some((dim) => x.shape[dim] === 0)) {
    throw new IndexError(
      `${op}: expected the reduced dimensions of ${show(x.shape)} to have at least one element`,
    );
  }
}

/** The sum; integers and bool sum in int64. */
export function sum(x: Tensor, dim: Dims, keepdim = false, dtype?: DType): Tensor {
  assertComputes(x.dtype, "sum");
  const dims = normalizeDims(dim, x.ndim, "sum");
  const out = reduceKept("sum", x, dims, dtype ?? (isFloat(x.dtype) ? x.dtype : "int64"));
  const { shape } = x;
  return record("SumBackward1", dropped(out, x, dims, keepdim), [x], [], (g) => [
    kept(g, shape, dims).expand(shape),
  ]);
}

/** The mean of floating elements. */
export function mean(x: Tensor, dim: Dims, keepdim = false, dtype?: DType): Tensor {
  if (!isFloat(dtype ?? x.dtype)) {
    throw new DTypeError(
      `mean: expected a floating dtype, got ${x.dtype}; convert with float() first`,
    );
  }
  const dims = normalizeDims(dim, x.ndim, "mean");
  const count = numelOf(dims.map((d) => x.shape[d]));
  const out = dtype ?? x.dtype;
  const total = reduceKept("sum", x, dims, wideDType(out)).div(count).type(out);
  const { shape } = x;
  return record("MeanBackward1", dropped(total, x, dims, keepdim), [x], [], (g) => [
    kept(g, shape, dims).div(count).expand(shape),
  ]);
}

/** The product; integers and bool multiply in int64. */
export function prod(x: Tensor, dim: number | null | undefined, keepdim = false): Tensor {
  assertComputes(x.dtype, "prod");
  const dims = normalizeDims(dim, x.ndim, "prod");
  const out = reduceKept("prod", x, dims, isFloat(x.dtype) ? x.dtype : "int64");
  const { shape } = x;
  return record("ProdBackward0", dropped(out, x, dims, keepdim), [x], [x], (g, x) => [
    kept(g, shape, dims).mul(productOfOthers(x, dims)),
  ]);
}

/** At each element the product of the others in its row: right also where there are zeros. */
function productOfOthers(x: Tensor, dims: readonly number[]): Tensor {
  const rest = Array.from({ length: x.ndim }, (_, i) => i).filter((dim) => !dims.includes(dim));
  const order = [...rest, ...dims];
  if (x.numel === 0) return x;
  const rows = x.permute(order).reshape([numelOf(rest.map((dim) => x.shape[dim])), -1]);
  const n = rows.shape[1];
  const ones = rows.narrow(1, 0, 1).mul(0).add(1);
  const before = cat([ones, rows.narrow(1, 0, n - 1)], 1).cumprod(1);
  const after = cat([ones, rows.narrow(1, 1, n - 1).flip([1])], 1).cumprod(1).flip([1]);
  const inverse = order.map((_, i) => order.indexOf(i));
  return before.mul(after).reshape(order.map((dim) => x.shape[dim])).permute(inverse);
}

/** The largest or smallest; equal ones share the gradient. PyTorch: `amax`, `amin`. */
export function extremes(op: "max" | "min", x: Tensor, dim: Dims, keepdim = false): Tensor {
  const name = `a${op}`;
  assertComputes(x.dtype, name);
  const dims = normalizeDims(dim, x.ndim, name);
  assertNonEmpty(name, x, dims);
  const out = reduceKept(op, x, dims, x.dtype);
  const { shape } = x;
  const result = dropped(out, x, dims, keepdim);
  return record(
    op === "max" ? "AmaxBackward0" : "AminBackward0",
    result,
    [x],
    [x, result],
    (g, x, y) => {
      const mask = x.eq(kept(y, shape, dims)).type(g.dtype);
      return [mask.mul(kept(g, shape, dims)).div(mask.sum(dims, true))];
    },
  );
}

/** The index of the first largest or smallest element, of the flat tensor without a dimension. */
export function argExtreme(
  op: "argmax" | "argmin",
  x: Tensor,
  dim: number | null | undefined,
  keepdim = false,
): Tensor {
  assertComputes(x.dtype, op);
  if (x.dtype === "bool") throw new DTypeError(`${op}: bool tensors have no order`);
  const dims = dim === null || dim === undefined
    ? normalizeDims(null, x.ndim, op)
    : [normalizeDim(dim, x.ndim, op)].slice(0, x.ndim);
  assertNonEmpty(op, x, dims);
  const out = reduceKept(op, x, dims, x.dtype);
  return dropped(out, x, dims, keepdim);
}

/** Whether any, or all, elements are not zero. */
export function quantify(op: "any" | "all", x: Tensor, dim: Dims, keepdim = false): Tensor {
  assertComputes(x.dtype, op);
  const dims = normalizeDims(dim, x.ndim, op);
  const out = reduceKept(op === "any" ? "max" : "min", x, dims, "bool");
  return dropped(out, x, dims, keepdim);
}

/** The variance, `correction` less than n in the divisor. */
export function variance(
  x: Tensor,
  dim: Dims,
  options: { correction?: number; keepdim?: boolean } = {},
): Tensor {
  const { correction = 1, keepdim = false } = options;
  if (!isFloat(x.dtype)) throw new DTypeError(`var: expected a floating dtype, got ${x.dtype}`);
  const dims = normalizeDims(dim, x.ndim, "var");
  const count = numelOf(dims.map((d) => x.shape[d]));
  const divisor = Math.max(0, count - correction);
  const centered = (x: Tensor) => {
    const wide = x.type(wideDType(x.dtype));
    return wide.sub(wide.mean(dims, true));
  };
  const out = compose(() => {
    const distance = centered(x);
    return distance.mul(distance).sum(dims, true).div(divisor).type(x.dtype);
  });
  const { shape } = x;
  return record("VarBackward0", dropped(out, x, dims, keepdim), [x], [x], (g, x) => [
    centered(x).mul(kept(g, shape, dims).mul(2 / divisor)),
  ]);
}

/** The square root of the variance; flat, as PyTorch has it, where all elements are equal. */
export function deviation(
  x: Tensor,
  dim: Dims,
  options: { correction?: number; keepdim?: boolean } = {},
): Tensor {
  const wide = wideDType(x.dtype);
  // The square of what float16 has may be too large or too small for it.
  if (isFloat(x.dtype) && wide !== x.dtype) {
    return deviation(x.type(wide), dim, options).type(x.dtype);
  }
  const dims = normalizeDims(dim, x.ndim, "std");
  const spread = variance(x, dims, { ...options, keepdim: true });
  const out = compose(() => spread.detach().sqrt());
  const recorded = record("StdBackward0", out, [spread], [out], (g, y) => [
    g.div(y.mul(2)).maskedFill(y.eq(0), 0),
  ]);
  return options.keepdim ? recorded : recorded.squeeze(dims);
}

/** log(sum(exp(x))), without overflow. */
export function logsumexp(x: Tensor, dim: Dims, keepdim = false): Tensor {
  const input = isFloat(x.dtype) ? x : x.float();
  const dims = normalizeDims(dim, input.ndim, "logsumexp");
  const { shape } = input;
  const out = compose(() => {
    const wide = input.type(wideDType(input.dtype));
    const highest = wide.amax(dims, true);
    const shift = highest.abs().eq(Infinity).where(0, highest);
    return wide.sub(shift).exp().sum(dims, true).log().add(shift).type(input.dtype);
  });
  const result = dropped(out, input, dims, keepdim);
  return record("LogsumexpBackward0", result, [input], [input, result], (g, x, y) => {
    const wide = x.type(wideDType(x.dtype));
    return [kept(g, shape, dims).mul(wide.sub(kept(y, shape, dims)).exp())];
  });
}

/** The p-norm of the elements. PyTorch: `torch.linalg.vector_norm`. */
export function norm(x: Tensor, p: number, dim: Dims, keepdim = false): Tensor {
  if (!isFloat(x.dtype)) throw new DTypeError(`norm: expected a floating dtype, got ${x.dtype}`);
  if (p === Infinity) return x.abs().amax(dim, keepdim);
  if (p === -Infinity) return x.abs().amin(dim, keepdim);
  if (p === 0) {
    const count = x.ne(0).type(x.dtype).sum(dim, keepdim);
    return record("LinalgVectorNormBackward0", count, [x], [], () => [null]);
  }
  if (p === 1) return x.abs().sum(dim, keepdim);
  const dims = normalizeDims(dim, x.ndim, "norm");
  const { shape } = x;
  if (p === 2) {
    const out = compose(() => {
      const wide = x.type(wideDType(x.dtype));
      return wide.mul(wide).sum(dims, true).sqrt().type(x.dtype);
    });
    const length = dropped(out, x, dims, keepdim);
    return record("LinalgVectorNormBackward0", length, [x], [x, length], (g, x, y) => {
      const length = kept(y, shape, dims);
      return [kept(g, shape, dims).mul(x.div(length).maskedFill(length.eq(0), 0))];
    });
  }
  const out = compose(() => {
    const wide = x.type(wideDType(x.dtype));
    return wide.abs().pow(p).sum(dims, true).pow(1 / p).type(x.dtype);
  });
  const length = dropped(out, x, dims, keepdim);
  return record("LinalgVectorNormBackward0", length, [x], [x, length], (g, x, y) => {
    // Where the element, or the whole norm, is 0, PyTorch's gradient is 0.
    const length = kept(y, shape, dims);
    const share = x.abs().div(length).pow(p - 1).mul(x.sign());
    return [kept(g, shape, dims).mul(share.maskedFill(x.eq(0), 0))];
  });
}
