/**
 * The compositions that networks are made of. Each is one recipe forward and few backward, by a
 * gradient of its own.
 *
 * @module
 */
import { isGradEnabled, record } from "../autograd.ts";
import { commonDevice, compose, fromNode, makeTensor } from "../dispatch.ts";
import { isFloat, wideDType } from "../dtype.ts";
import { DTypeError, IndexError, ShapeError } from "../errors.ts";
import { binary, cast, constant, index } from "../node.ts";
import { drawUniform } from "../random.ts";
import { normalizeDim, show } from "../shape.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { scalarValue } from "./pointwise.ts";

/** Moves `dim` to the end, so that a reduction over it is one recipe, and back. */
function alongLast(x: Tensor, dim: number, operation: string, fn: (x: Tensor) => Tensor): Tensor {
  const d = normalizeDim(dim, x.ndim, operation);
  if (x.ndim === 0) return fn(x.reshape([1])).reshape([]);
  if (d === x.ndim - 1) return fn(x);
  return fn(x.transpose(d, -1)).transpose(d, -1);
}

/** The same values in the dtype that compositions compute in. */
export function widened(x: Tensor): Tensor {
  return x.type(wideDType(x.dtype));
}

/** exp(x) over its sum. */
export function softmax(x: Tensor, dim: number): Tensor {
  const input = isFloat(x.dtype) ? x : x.float();
  return alongLast(input, dim, "softmax", (x) => {
    const y = compose(() => {
      const wide = widened(x);
      const e = wide.sub(wide.amax(-1, true)).exp();
      // One division a row: dividing every element takes 8 % longer.
      return e.mul(e.sum(-1, true).reciprocal()).type(x.dtype);
    });
    return record("SoftmaxBackward0", y, [x], [y], (g, y) => {
      const [slope, wide] = [widened(g), widened(y)];
      return [wide.mul(slope.sub(slope.mul(wide).sum(-1, true)))];
    });
  });
}

/** log(softmax(x)), without taking the logarithm of a rounded quotient. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  const input = isFloat(x.dtype) ? x : x.float();
  return alongLast(input, dim, "logSoftmax", (x) => {
    const y = compose(() => {
      const wide = widened(x);
      const shifted = wide.sub(wide.amax(-1, true));
      return shifted.sub(shifted.exp().sum(-1, true).log()).type(x.dtype);
    });
    return record("LogSoftmaxBackward0", y, [x], [y], (g, y) => {
      const slope = widened(g);
      return [slope.sub(widened(y).exp().mul(slope.sum(-1, true)))];
    });
  });
}

/** Larger than zero, or zero; NaN stays NaN. */
export function relu(x: Tensor): Tensor {
  const y = compose(() => x.maximum(0));
  return record("ReluBackward0", y, [x], [y], (g, y) => [y.le(0).where(0, g)]);
}

/** x sigmoid(x). */
export function silu(x: Tensor): Tensor {
  const y = compose(() => {
    const wide = widened(x);
    return wide.mul(wide.sigmoid()).type(isFloat(x.dtype) ? x.dtype : "float32");
  });
  return record("SiluBackward0", y, [x], [x], (g, x) => {
    const wide = widened(x), s = wide.sigmoid();
    return [widened(g).mul(s.mul(wide.mul(s.neg().add(1)).add(1)))];
  });
}

/** log(1 + exp(x)), linear above the threshold. */
export function softplus(x: Tensor, beta: number, threshold: number): Tensor {
  const input = isFloat(x.dtype) ? x : x.float();
  const y = compose(() => {
    const wide = widened(input), scaled = wide.mul(beta);
    return scaled.gt(threshold).where(wide, scaled.exp().log1p().div(beta)).type(input.dtype);
  });
  return record("SoftplusBackward0", y, [input], [input], (g, x) => {
    const scaled = widened(x).mul(beta);
    return [scaled.gt(threshold).where(g, widened(g).mul(scaled.sigmoid()))];
  });
}

/** Options of a layer normalisation. */
export interface LayerNormOptions {
  /** The scale, of the normalised shape. */
  weight?: Tensor | null;
  /** The shift, of the normalised shape. */
  bias?: Tensor | null;
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
}

/** Normalises over the last dimensions. Source: Ba, Kiros and Hinton, "Layer Normalization" (2016). */
export function layerNorm(
  x: Tensor,
  normalizedShape: readonly number[],
  { weight = null, bias = null, eps = 1e-5 }: LayerNormOptions = {},
): Tensor {
  const lead = x.ndim - normalizedShape.length;
  const matches = lead >= 0 && normalizedShape.length > 0 &&
    normalizedShape.every((size, i) => x.shape[lead + i] === size);
  if (!matches) {
    throw new ShapeError(
      `layerNorm: expected an input that ends in ${show(normalizedShape)}, got ${show(x.shape)}`,
    );
  }
  for (const part of [weight, bias]) {
    if (part !== null && show(part.shape) !== show(normalizedShape)) {
      throw new ShapeError(
        `layerNorm: expected a weight of ${show(normalizedShape)}, got ${show(part.shape)}`,
      );
    }
  }
  const dims = normalizedShape.map((_, i) => lead + i);
  const moments = (wide: Tensor) => {
    const mean = wide.mean(dims, true);
    const centered = wide.sub(mean);
    return { mean, centered, rstd: centered.mul(centered).mean(dims, true).add(eps).rsqrt() };
  };
  const [y, mean, rstd] = compose(() => {
    const { mean, centered, rstd } = moments(widened(x));
    let y = centered.mul(rstd);
    if (weight !== null) y = y.mul(weight);
    if (bias !== null) y = y.add(bias);
    return [y.type(x.dtype), mean, rstd];
  });
  const inputs = [x, ...(weight ? [weight] : []), ...(bias ? [bias] : [])];
  const saved = [x, mean, rstd, ...(weight ? [weight] : [])];
  return record("NativeLayerNormBackward0", y, inputs, saved, (g, ...[x, mean, rstd, weight]) => {
    // For a gradient of this gradient the moments need a history of their own.
    const own = isGradEnabled() ? moments(widened(x)) : { mean, rstd };
    const slope = widened(g);
    const normal = widened(x).sub(own.mean).mul(own.rstd);
    const scaled = weight === undefined ? slope : slope.mul(weight);
    const inX = scaled.sub(scaled.mean(dims, true))
      .sub(normal.mul(scaled.mul(normal).mean(dims, true))).mul(own.rstd);
    return [inX, ...(weight ? [slope.mul(normal)] : []), ...(bias ? [slope] : [])];
  });
}

/** Zeros each element with probability p and scales the rest, so that the mean stays. */
export function dropout(x: Tensor, p: number, training: boolean): Tensor {
  if (!(p >= 0 && p <= 1)) {
    throw new RangeError(`dropout: the probability must be between 0 and 1, got ${p}`);
  }
  if (!isFloat(x.dtype)) throw new DTypeError(`dropout: expected a floating dtype, got ${x.dtype}`);
  if (!training || p === 0) return x;
  if (p === 1) return x.mul(0);
  // 24 random bits against p, whatever the dtype: the same mask on every device.
  const u = drawUniform(x.shape, "float32");
  const keep = binary("ge", u, constant("float32", x.shape, scalarValue(p, "float32")), x.shape);
  const mask = fromNode(cast(keep, x.dtype), x.storage.connector);
  const scale = 1 / (1 - p);
  const y = compose(() => x.mul(mask).mul(scale));
  return record("NativeDropoutBackward0", y, [x], [mask], (g, mask) => [g.mul(mask).mul(scale)]);
}

/** How a loss over many elements becomes one. */
export type Reduction = "mean" | "sum" | "none";

/** Options of the losses over classes. */
export interface CrossEntropyOptions {
  /** A weight for each class. */
  weight?: Tensor | null;
  /** Targets of this class count for nothing; -100 by default. */
  ignoreIndex?: number;
  /** `"mean"` by default: over the targets' weights. */
  reduction?: Reduction;
  /** How much of each target goes to all classes alike; 0 by default. */
  labelSmoothing?: number;
}

function reduced(loss: Tensor, reduction: Reduction, weights: Tensor | null): Tensor {
  switch (reduction) {
    case "none":
      return loss;
    case "sum":
      return loss.sum();
    case "mean":
      if (weights === null) return loss.mean();
      // Sums that keep their dimensions are divided in the same recipe.
      return loss.sum(null, true).div(weights.sum(null, true)).reshape([]);
    default:
      throw new RangeError(`A reduction is "mean", "sum" or "none", got "${reduction}"`);
  }
}

/**
 * The cross entropy of logits `[N, C]`, `[N, C, ...]` or `[C]` against class indices, or against
 * probabilities of the same shape.
 */
export function crossEntropy(x: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight = null, ignoreIndex = -100, reduction = "mean", labelSmoothing = 0 } = options;
  commonDevice("crossEntropy", [x, target, ...(weight ? [weight] : [])]);
  if (x.ndim === 0) throw new ShapeError("crossEntropy: logits need a class dimension, got []");
  const classDim = x.ndim === 1 ? 0 : 1;
  const classes = x.shape[classDim];
  const logp = x.ndim <= 2 ? x : x.permute([0, ...range(2, x.ndim), 1]);
  if (isFloat(target.dtype)) {
    if (show(target.shape) !== show(x.shape)) {
      throw new ShapeError(
        `crossEntropy: probabilities of shape ${show(target.shape)} for logits of ${show(x.shape)}`,
      );
    }
    const goal = x.ndim <= 2 ? target : target.permute([0, ...range(2, x.ndim), 1]);
    const smooth = labelSmoothing > 0
      ? goal.mul(1 - labelSmoothing).add(labelSmoothing / classes)
      : goal;
    const weighted = weight === null ? smooth : smooth.mul(weight);
    const loss = logSoftmax(widened(logp), -1).mul(weighted).sum(-1).neg();
    return reduced(loss, reduction, null).type(x.dtype);
  }
  const wanted = x.shape.filter((_, i) => i !== classDim);
  if (show(target.shape) !== show(wanted)) {
    throw new ShapeError(
      `crossEntropy: targets of shape ${show(target.shape)} for logits of ${
        show(x.shape)
      }: expected ${show(wanted)}`,
    );
  }
  const ignored = assertClasses(target, classes, ignoreIndex) ? ignoreIndex : null;
  const { loss, weights } = nllRows(logSoftmax, logp, target, weight, ignored, labelSmoothing);
  return reduced(loss, reduction, weights).type(x.dtype);
}

/** The negative log likelihood of log-probabilities. */
export function nllLoss(x: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight = null, ignoreIndex = -100, reduction = "mean" } = options;
  const logp = x.ndim <= 2 ? x : x.permute([0, ...range(2, x.ndim), 1]);
  const wanted = logp.shape.slice(0, -1);
  if (x.ndim === 0 || show(target.shape) !== show(wanted)) {
    throw new ShapeError(
      `nllLoss: targets of shape ${show(target.shape)} for input of ${show(x.shape)}`,
    );
  }
  const ignored = assertClasses(target, logp.shape[logp.ndim - 1], ignoreIndex)
    ? ignoreIndex
    : null;
  const { loss, weights } = nllRows((x) => x, logp, target, weight, ignored, 0);
  return reduced(loss, reduction, weights).type(x.dtype);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/**
 * A class out of range is an error at the call; on a device that is read only by waiting, an error at
 * the next read.
 *
 * @returns Whether some target counts for nothing; true where that can't be known.
 */
function assertClasses(target: Tensor, classes: number, ignoreIndex: number): boolean {
  if (target.dtype !== "int64" && target.dtype !== "int32" && target.dtype !== "uint8") {
    throw new DTypeError(
      `crossEntropy: expected int64 class indices or probabilities, got ${target.dtype}`,
    );
  }
  const values = target.storage.connector.local ? target.dataSync() : null;
  if (values === null) {
    noteWrongClasses(target, classes, ignoreIndex);
    return true;
  }
  let ignores = false;
  for (let i = 0; i < values.length; i++) {
    const label = Number(values[i]);
    if (label === ignoreIndex) ignores = true;
    else if (label < 0 || label >= classes) {
      throw new IndexError(`crossEntropy: target ${label} is out of bounds for ${classes} classes`);
    }
  }
  return ignores;
}

/** Reads something at every class that counts: what a read finds out of bounds, the device notes. */
function noteWrongClasses(target: Tensor, classes: number, ignoreIndex: number): void {
  if (classes === 0 || target.numel === 0) return;
  const read = compose(() => {
    const anything = makeTensor(
      Storage.allocate("uint8", classes, target.storage.connector),
      [classes],
    );
    const counted = target.detach().long().reshape([-1]);
    return anything.indexSelect(0, counted.maskedFill(counted.eq(ignoreIndex), 0));
  });
  read.dispose();
}

/**
 * The loss of each row, as one recipe: the target's log-probability is picked by comparing the
 * class coordinate with the target. `weights` is null where every row counts as 1.
 *
 * @param ignored The class whose rows count for nothing; null where there is no such row.
 */
function nllRows(
  prepare: (x: Tensor, dim: number) => Tensor,
  x: Tensor,
  target: Tensor,
  weight: Tensor | null,
  ignored: number | null,
  smoothing: number,
): { loss: Tensor; weights: Tensor | null } {
  const classes = x.shape[x.ndim - 1], dtype = wideDType(x.dtype);
  const labels = target.type("int64");
  // As large as the logits before anything is computed of it: one recipe holds all.
  const column = labels.unsqueeze(-1).expand(x.shape);
  const classOf = () => fromNode(index(x.shape, x.ndim - 1), x.storage.connector);
  // The share of each class in each row's loss; a row that is ignored has none.
  const shares = () => {
    const hit = classOf().eq(column).type(dtype);
    const spread = smoothing > 0 ? hit.mul(1 - smoothing).add(smoothing / classes) : hit;
    const weighted = weight === null ? spread : spread.mul(weight.detach());
    return ignored === null ? weighted : weighted.mul(column.ne(ignored).type(dtype));
  };
  const loss = compose(() => prepare(widened(x), -1).mul(shares()).sum(-1, true).neg().squeeze(-1));
  const recorded = record("NllLossBackward0", loss, [x], [x], (g, x) => {
    const spread = shares().mul(g.unsqueeze(-1)).neg();
    if (prepare !== logSoftmax) return [spread];
    return [spread.sub(softmax(widened(x), -1).mul(spread.sum(-1, true)))];
  });
  if (weight === null && ignored === null) return { loss: recorded, weights: null };
  const weights = compose(() => {
    const counts = ignored === null ? null : labels.ne(ignored).type(dtype);
    if (weight === null) return counts!;
    const own = classOf().eq(column).type(dtype).mul(weight.detach()).sum(-1);
    return counts === null ? own : own.mul(counts);
  });
  return { loss: recorded, weights };
}

/** The squared distance. */
export function mseLoss(x: Tensor, target: Tensor, reduction: Reduction = "mean"): Tensor {
  if (show(x.shape) !== show(target.shape)) {
    throw new ShapeError(
      `mseLoss: an input of shape ${show(x.shape)} and a target of shape ${
        show(target.shape)
      } differ`,
    );
  }
  const [wantX, wantT] = [x.requiresGrad, target.requiresGrad];
  if (reduction === "none") {
    const difference = widened(x).sub(target);
    return difference.mul(difference).type(x.dtype);
  }
  const loss = compose(() => {
    const difference = widened(x).sub(target);
    return reduced(difference.mul(difference), reduction, null).type(x.dtype);
  });
  const scale = reduction === "mean" ? 2 / x.numel : 2;
  return record("MseLossBackward0", loss, [x, target], [x, target], (g, x, target) => {
    const slope = widened(x).sub(target).mul(scale).mul(g);
    return [wantX ? slope : null, wantT ? slope.neg() : null];
  });
}
