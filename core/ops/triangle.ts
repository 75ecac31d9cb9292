/**
 * Triangles of matrices.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { compose, fromNode } from "../dispatch.ts";
import { assertComputes } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { index } from "../node.ts";
import { show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** What lies on and below a diagonal (`tril`), or on and above it (`triu`); zeros elsewhere. */
export function triangle(side: "tril" | "triu", x: Tensor, diagonal: number): Tensor {
  assertComputes(x.dtype, side);
  if (x.ndim < 2) {
    throw new ShapeError(`${side}: expected at least 2 dimensions, got ${show(x.shape)}`);
  }
  const out = compose(() => {
    const coordinate = (dim: number) => fromNode(index(x.shape, dim), x.storage.connector);
    const across = coordinate(x.ndim - 1).sub(coordinate(x.ndim - 2));
    const inside = side === "tril" ? across.le(diagonal) : across.ge(diagonal);
    return inside.where(x, false);
  });
  const name = side === "tril" ? "TrilBackward0" : "TriuBackward0";
  return record(name, out, [x], [], (g) => [triangle(side, g, diagonal)]);
}

/** The sum of a matrix's diagonal. */
export function trace(x: Tensor): Tensor {
  if (x.ndim !== 2) throw new ShapeError(`trace: expected a matrix, got shape ${show(x.shape)}`);
  return x.diagonal().sum();
}
