/**
 * Borders.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { compose } from "../dispatch.ts";
import { ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { cat } from "./join.ts";
import type { Scalar } from "./pointwise.ts";

/** Options of `pad()`. */
export interface PadOptions {
  /** What the border holds: a value, or what the tensor has near (or across from) it. */
  readonly mode?: "constant" | "reflect" | "replicate" | "circular";
  /** The value of a constant border; 0 by default. */
  readonly value?: Scalar;
}

/** The border before and after each dimension, from pairs that begin with the last dimension. */
function borders(x: Tensor, pads: readonly number[]): [number, number][] {
  if (pads.length % 2 !== 0 || pads.length > 2 * x.ndim || !pads.every(Number.isInteger)) {
    throw new ShapeError(
      `pad: expected pairs of whole numbers, the last dimension's first, for at most ${x.ndim} ` +
        `dimensions, got ${show(pads)}`,
    );
  }
  return x.shape.map((size, d) => {
    const i = 2 * (x.ndim - 1 - d);
    const before = pads[i] ?? 0, after = pads[i + 1] ?? 0;
    if (size + before + after < 0) {
      throw new ShapeError(
        `pad: ${before} and ${after} leave ${size + before + after} of dimension ${d} of ${
          show(x.shape)
        }`,
      );
    }
    return [before, after];
  });
}

/** Negative borders cut off. */
function cropped(x: Tensor, d: number, before: number, after: number): Tensor {
  const start = Math.max(0, -before), end = Math.max(0, -after);
  return start + end === 0 ? x : x.narrow(d, start, x.shape[d] - start - end);
}

/** A tensor with borders. */
export function pad(x: Tensor, pads: readonly number[], options: PadOptions = {}): Tensor {
  const { mode = "constant", value = 0 } = options;
  const around = borders(x, pads);
  if (mode === "constant") return padConstant(x, pads, around, value);
  let out = x;
  around.forEach(([before, after], d) => {
    if (before !== 0 || after !== 0) out = padFrom(out, d, before, after, mode);
  });
  return out === x ? x.clone() : out;
}

function padConstant(
  x: Tensor,
  pads: readonly number[],
  around: readonly [number, number][],
  value: Scalar,
): Tensor {
  const shape = x.shape.map((size, d) => size + around[d][0] + around[d][1]);
  const out = compose(() => {
    const out = full(shape, value, { dtype: x.dtype, device: x.device });
    let region = out, inside = x.detach();
    around.forEach(([before, after], d) => {
      inside = cropped(inside, d, before, after);
      region = region.narrow(d, Math.max(0, before), inside.shape[d]);
    });
    if (region.numel > 0) region.copy_(inside);
    return out;
  });
  return record("ConstantPadNdBackward0", out, [x], [], (g) => [pad(g, pads.map((n) => -n))]);
}

/** One dimension's border, made of parts of the tensor itself. */
function padFrom(
  x: Tensor,
  d: number,
  before: number,
  after: number,
  mode: "reflect" | "replicate" | "circular",
): Tensor {
  const size = x.shape[d];
  const most = mode === "reflect" ? size - 1 : mode === "circular" ? size : size > 0 ? Infinity : 0;
  if (Math.max(before, after) > most) {
    throw new ShapeError(
      `pad: a ${mode} border of ${before} and ${after} is too wide for dimension ${d} of size ${size}`,
    );
  }
  const border = (n: number, first: boolean): Tensor[] => {
    if (n <= 0) return [];
    switch (mode) {
      case "reflect":
        return [x.narrow(d, first ? 1 : size - 1 - n, n).flip([d])];
      case "replicate": {
        const edge = x.narrow(d, first ? 0 : size - 1, 1);
        return [edge.expand(x.shape.map((s, i) => i === d ? n : s))];
      }
      case "circular":
        return [x.narrow(d, first ? size - n : 0, n)];
    }
  };
  return cat([...border(before, true), cropped(x, d, before, after), ...border(after, false)], d);
}
