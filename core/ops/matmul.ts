/**
 * Matrix products.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { commonDevice, compose, fromNode } from "../dispatch.ts";
import { assertComputes, type DType, isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { cast, contract } from "../node.ts";
import { broadcastShapes, broadcastStrides, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** The dtype that a product of this dtype is computed in. */
function computeDType(dtype: DType): DType {
  switch (dtype) {
    case "float16":
    case "bfloat16":
      return "float32"; // and rounded once
    case "int16":
    case "int8":
    case "uint8":
      return "int32"; // and wrapped
    default:
      return dtype;
  }
}

/** Products of at least two-dimensional tensors, `[..., m, k]` by `[..., k, n]`, batches broadcast. */
function contraction(a: Tensor, b: Tensor): Tensor {
  const device = commonDevice("matmul", [a, b]);
  const [m, k] = a.shape.slice(-2), n = b.shape[b.ndim - 1];
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), "matmul");
  const dtype = computeDType(a.dtype);
  const view = (x: Tensor, rows: number, columns: number) => {
    const converted = x.dtype === dtype ? x : x.type(dtype);
    const strides = broadcastStrides(x.shape, converted.strides, [...batch, rows, columns]);
    return { block: converted.storage.block(), offset: converted.offset, strides };
  };
  const node = contract(dtype, [...batch, m, n], view(a, m, k), view(b, k, n), k);
  return fromNode(cast(node, a.dtype), device);
}

/**
 * `torch.matmul`: vectors are taken as a row (left) or a column (right), whose dimension is dropped
 * from the result.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  for (const x of [a, b]) assertComputes(x.dtype, "matmul");
  if (a.dtype !== b.dtype) {
    throw new DTypeError(`matmul: expected one dtype, got ${a.dtype} and ${b.dtype}`);
  }
  if (a.dtype === "bool") throw new DTypeError("matmul: bool tensors don't multiply");
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError(
      `matmul: both operands need a dimension, got ${show(a.shape)} and ${show(b.shape)}`,
    );
  }
  const left = a.ndim === 1 ? a.unsqueeze(0) : a, right = b.ndim === 1 ? b.unsqueeze(1) : b;
  if (left.shape[left.ndim - 1] !== right.shape[right.ndim - 2]) {
    throw new ShapeError(
      `matmul: shapes ${show(a.shape)} and ${show(b.shape)} cannot be multiplied: ` +
        `${left.shape[left.ndim - 1]} against ${right.shape[right.ndim - 2]}`,
    );
  }
  const product = matrices(left, right);
  if (a.ndim > 1 && b.ndim > 1) return product;
  const dims = [...(a.ndim === 1 ? [-2] : []), ...(b.ndim === 1 ? [-1] : [])];
  return product.squeeze(dims.map((dim) => dim + product.ndim));
}

function matrices(a: Tensor, b: Tensor): Tensor {
  const out = contraction(a, b);
  if (!isFloat(a.dtype)) return out;
  const [wantA, wantB] = [a.requiresGrad, b.requiresGrad];
  const saved = [...(wantB ? [a] : []), ...(wantA ? [b] : [])];
  return record("MmBackward0", out, [a, b], saved, (g, ...saved) => [
    wantA ? matrices(g, saved[saved.length - 1].transpose(-2, -1)) : null,
    wantB ? inRight(saved[0], g, b.ndim) : null,
  ]);
}

/** The gradient of the right operand: one product over all rows when it has no batch. */
function inRight(a: Tensor, g: Tensor, ndim: number): Tensor {
  if (ndim === 2 && g.ndim > 2) {
    const rows = (x: Tensor) => x.reshape([-1, x.shape[x.ndim - 1]]);
    return matrices(rows(a).transpose(0, 1), rows(g));
  }
  return matrices(a.transpose(-2, -1), g);
}

/** `x W^T + b`, one kernel. PyTorch: `torch.nn.functional.linear`. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  if (weight.ndim !== 2 || x.ndim === 0 || x.shape[x.ndim - 1] !== weight.shape[1]) {
    throw new ShapeError(
      `linear: an input of shape ${show(x.shape)} does not go through a weight of shape ${
        show(weight.shape)
      }` +
        (weight.ndim === 2 ? `: expected ${weight.shape[1]} in the last dimension` : ""),
    );
  }
  if (bias === null) return matmul(x, weight.transpose(0, 1));
  const inputs = [x, weight, bias];
  const out = compose(() => matmul(x, weight.transpose(0, 1)).add(bias));
  const [wantX, wantW] = [x.requiresGrad, weight.requiresGrad];
  const saved = [...(wantW ? [x] : []), ...(wantX ? [weight] : [])];
  return record("AddmmBackward0", out, inputs, saved, (g, ...saved) => [
    wantX ? matmul(g, saved[saved.length - 1]) : null,
    wantW ? linearWeight(g, saved[0]) : null,
    g,
  ]);
}

/** g^T x over all rows. */
function linearWeight(g: Tensor, x: Tensor): Tensor {
  const rows = (t: Tensor) => t.reshape([-1, t.shape[t.ndim - 1]]);
  return matmul(rows(g).transpose(0, 1), rows(x));
}

function assertVectors(operation: string, a: Tensor, b: Tensor): void {
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new ShapeError(
      `${operation}: expected two vectors, got ${show(a.shape)} and ${show(b.shape)}`,
    );
  }
}

/** The sum of products of two vectors. */
export function dot(a: Tensor, b: Tensor): Tensor {
  assertVectors("dot", a, b);
  return matmul(a, b);
}

/** Every product of an element of one vector by one of another. */
export function outer(a: Tensor, b: Tensor): Tensor {
  assertVectors("outer", a, b);
  return a.unsqueeze(1).mul(b);
}
