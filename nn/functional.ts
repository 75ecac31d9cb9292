/**
 * Layers and losses as functions: `F`.
 *
 * PyTorch: `torch.nn.functional`.
 *
 * @module
 */
import * as core from "../core/mod.ts";
import type { CrossEntropyOptions, LayerNormOptions, Reduction, Tensor } from "../core/mod.ts";

export type { CrossEntropyOptions, LayerNormOptions, Reduction };

/**
 * `x @ weight^T + bias`.
 *
 * PyTorch: `torch.nn.functional.linear`.
 *
 * @param x `[..., in]`.
 * @param weight `[out, in]`.
 * @param bias `[out]`, or null.
 * @returns `[..., out]`.
 * @throws {ShapeError} If the shapes don't fit.
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  return core.linear(x, weight, bias);
}

/** Options of `embedding`. */
export interface EmbeddingFunctionOptions {
  /** The row that gets no gradient; none by default. */
  paddingIdx?: number | null;
}

/**
 * The rows of a table at given indices.
 *
 * PyTorch: `torch.nn.functional.embedding`.
 *
 * @param x Row numbers, of any shape.
 * @param weight `[rows, size]`.
 * @param options `paddingIdx`; negative ones count from the end.
 * @returns The shape of `x`, and `size`.
 * @throws {IndexError} If an index is outside of the table.
 */
export function embedding(
  x: Tensor,
  weight: Tensor,
  options: EmbeddingFunctionOptions = {},
): Tensor {
  return core.embedding(x, weight, options);
}

/** Options of `dropout`. */
export interface DropoutFunctionOptions {
  /** The probability of an element to become zero; 0.5 by default. */
  p?: number;
  /** Whether it does anything at all; true by default. */
  training?: boolean;
  /** Whether `x` itself is changed; false by default. */
  inplace?: boolean;
}

/**
 * Zeros elements at random and scales the others by 1 / (1 - p), so that the mean stays.
 *
 * PyTorch: `torch.nn.functional.dropout`.
 *
 * @throws {RangeError} If p is not a probability.
 */
export function dropout(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  const { p = 0.5, training = true, inplace = false } = options;
  const out = core.dropout(x, p, training);
  return inplace && out !== x ? x.copy_(out) : out;
}

/**
 * Normalises over the last dimensions: `(x - mean) / sqrt(var + eps) * weight + bias`.
 *
 * PyTorch: `torch.nn.functional.layer_norm`.
 *
 * @param x Ends in `normalizedShape`.
 * @param normalizedShape The sizes of the dimensions to normalise over.
 * @param options `weight`, `bias`, `eps`.
 * @throws {ShapeError} If `x` ends otherwise.
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: readonly number[],
  options: LayerNormOptions = {},
): Tensor {
  return core.layerNorm(x, normalizedShape, options);
}

/** Options of `batchNorm`. */
export interface BatchNormFunctionOptions {
  /** The scale `[C]`; 1 by default. */
  weight?: Tensor | null;
  /** The shift `[C]`; 0 by default. */
  bias?: Tensor | null;
  /** Whether to normalise by the batch and update the running values; false by default. */
  training?: boolean;
  /** How much of the batch goes into the running values, a number or a scalar; 0.1 by default. */
  momentum?: number | Tensor;
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
}

/**
 * Normalises each channel over the batch, or by running values, which training updates in place
 * (the variance without its bias).
 *
 * PyTorch: `torch.nn.functional.batch_norm`.
 *
 * @param x `[N, C, ...]`.
 * @param runningMean `[C]`, or null.
 * @param runningVar `[C]`, or null.
 * @throws {ShapeError} If a channel has only one value to train on, or the shapes don't fit.
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormFunctionOptions = {},
): Tensor {
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options;
  if (x.ndim < 2) {
    throw new core.ShapeError(`batchNorm: expected [N, C, ...], got shape [${x.shape.join(", ")}]`);
  }
  const channels = x.shape[1];
  for (const part of [runningMean, runningVar, weight, bias]) {
    if (part !== null && (part.ndim !== 1 || part.shape[0] !== channels)) {
      throw new core.ShapeError(
        `batchNorm: expected [${channels}] for an input of shape [${x.shape.join(", ")}], got [${
          part.shape.join(", ")
        }]`,
      );
    }
  }
  // Of size C in dimension 1, 1 elsewhere.
  const column = (part: Tensor): Tensor =>
    part.view([channels, ...new Array<number>(x.ndim - 2).fill(1)]);
  let mean: Tensor, variance: Tensor;
  if (training) {
    const count = x.numel / channels;
    if (count <= 1) {
      throw new core.ShapeError(
        `batchNorm: expected more than 1 value per channel when training, got shape [${
          x.shape.join(", ")
        }]`,
      );
    }
    const others = x.shape.map((_, i) => i).filter((i) => i !== 1);
    mean = x.mean(others);
    const centered = x.sub(column(mean));
    variance = centered.mul(centered).mean(others);
    core.noGrad(() => {
      runningMean?.lerp_(mean.detach(), momentum);
      runningVar?.lerp_(variance.detach().mul(count / (count - 1)), momentum);
    });
  } else {
    if (runningMean === null || runningVar === null) {
      throw new TypeError("batchNorm: expected running values when not training, got null");
    }
    [mean, variance] = [runningMean, runningVar];
  }
  const scale = variance.add(eps).rsqrt();
  const normal = x.sub(column(mean)).mul(column(scale));
  const scaled = weight === null ? normal : normal.mul(column(weight));
  return bias === null ? scaled : scaled.add(column(bias));
}

/** Where a function writes. */
export interface InPlaceOptions {
  /** Whether `x` itself is changed; false by default. */
  inplace?: boolean;
}

/** `max(x, 0)`. PyTorch: `torch.nn.functional.relu`. */
export function relu(x: Tensor, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.relu_() : x.relu();
}

/** `x Phi(x)`, or its approximation by tanh. PyTorch: `torch.nn.functional.gelu`. */
export function gelu(x: Tensor, options: { approximate?: "none" | "tanh" } = {}): Tensor {
  const { approximate = "none" } = options;
  if (approximate !== "none" && approximate !== "tanh") {
    throw new RangeError(`gelu: approximate is "none" or "tanh", got "${approximate}"`);
  }
  return x.gelu({ approximate });
}

/** `x sigmoid(x)`. PyTorch: `torch.nn.functional.silu`. */
export function silu(x: Tensor, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.silu_() : x.silu();
}

/** `1 / (1 + exp(-x))`. PyTorch: `torch.nn.functional.sigmoid`. */
export function sigmoid(x: Tensor): Tensor {
  return x.sigmoid();
}

/** The hyperbolic tangent. PyTorch: `torch.nn.functional.tanh`. */
export function tanh(x: Tensor): Tensor {
  return x.tanh();
}

/** `x`, or `slope * x` below zero. PyTorch: `torch.nn.functional.leaky_relu`. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.leakyRelu_(negativeSlope) : x.leakyRelu(negativeSlope);
}

/**
 * `x`, or `weight * x` below zero.
 *
 * PyTorch: `torch.nn.functional.prelu`.
 *
 * @param x Any shape.
 * @param weight One slope for all, or one for each channel, which is dimension 1.
 * @throws {DTypeError} If the weight's dtype is another.
 * @throws {ShapeError} If there is neither one weight nor one for each channel.
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  return x.prelu(weight);
}

/** `x`, or `alpha (exp(x) - 1)` below zero. PyTorch: `torch.nn.functional.elu`. */
export function elu(x: Tensor, alpha = 1, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.elu_(alpha) : x.elu(alpha);
}

/** `x`, or `alpha (exp(x / alpha) - 1)` below zero. PyTorch: `torch.nn.functional.celu`. */
export function celu(x: Tensor, alpha = 1, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.celu_(alpha) : x.celu(alpha);
}

/** `elu` with the scale and alpha that keep a mean of 0 and a variance of 1. PyTorch: `torch.nn.functional.selu`. */
export function selu(x: Tensor, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.selu_() : x.selu();
}

/** `x tanh(softplus(x))`. PyTorch: `torch.nn.functional.mish`. */
export function mish(x: Tensor, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.mish_() : x.mish();
}

/** Held between bounds. PyTorch: `torch.nn.functional.hardtanh`. */
export function hardtanh(x: Tensor, min = -1, max = 1, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.hardtanh_(min, max) : x.hardtanh(min, max);
}

/** Held between 0 and 6. PyTorch: `torch.nn.functional.relu6`. */
export function relu6(x: Tensor, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.relu6_() : x.relu6();
}

/** `x / 6 + 1 / 2`, held between 0 and 1. PyTorch: `torch.nn.functional.hardsigmoid`. */
export function hardsigmoid(x: Tensor, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.hardsigmoid_() : x.hardsigmoid();
}

/** `x hardsigmoid(x)`. PyTorch: `torch.nn.functional.hardswish`. */
export function hardswish(x: Tensor, options: InPlaceOptions = {}): Tensor {
  return options.inplace ? x.hardswish_() : x.hardswish();
}

/** `x / (1 + |x|)`. PyTorch: `torch.nn.functional.softsign`. */
export function softsign(x: Tensor): Tensor {
  return x.softsign();
}

/** log(sigmoid(x)). PyTorch: `torch.nn.functional.logsigmoid`. */
export function logsigmoid(x: Tensor): Tensor {
  return x.logsigmoid();
}

/** `log(1 + exp(beta x)) / beta`, without overflow. PyTorch: `torch.nn.functional.softplus`. */
export function softplus(x: Tensor, options: { beta?: number; threshold?: number } = {}): Tensor {
  return x.softplus(options.beta, options.threshold);
}

/** `exp(x)` over its sum along a dimension. PyTorch: `torch.nn.functional.softmax`. */
export function softmax(x: Tensor, dim: number): Tensor {
  return x.softmax(dim);
}

/** The logarithm of softmax. PyTorch: `torch.nn.functional.log_softmax`. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  return x.logSoftmax(dim);
}

/**
 * The cross entropy of logits and classes.
 *
 * PyTorch: `torch.nn.functional.cross_entropy`.
 *
 * @param x Logits: `[N, C]`, `[N, C, ...]` or `[C]`.
 * @param target Class numbers `[N]`, `[N, ...]` or `[]`, or probabilities of the logits' shape.
 * @param options `weight` per class, `ignoreIndex`, `reduction`, `labelSmoothing`.
 * @returns A scalar, or with reduction `"none"` one loss per target.
 */
export function crossEntropy(
  x: Tensor,
  target: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  return core.crossEntropy(x, target, options);
}

/**
 * The negative log likelihood of classes, given log-probabilities.
 *
 * PyTorch: `torch.nn.functional.nll_loss`.
 *
 * @param x Log-probabilities: `[N, C]`, `[N, C, ...]` or `[C]`.
 * @param target Class numbers `[N]`, `[N, ...]` or `[]`.
 * @param options `weight` per class, `ignoreIndex`, `reduction`.
 * @returns A scalar, or with reduction `"none"` one loss per target.
 */
export function nllLoss(
  x: Tensor,
  target: Tensor,
  options: Omit<CrossEntropyOptions, "labelSmoothing"> = {},
): Tensor {
  return core.nllLoss(x, target, options);
}

/**
 * The squared difference.
 *
 * PyTorch: `torch.nn.functional.mse_loss`.
 *
 * @param x Any shape.
 * @param target The same shape.
 * @param options `reduction`: `"mean"` by default.
 * @throws {ShapeError} If the shapes differ.
 */
export function mseLoss(
  x: Tensor,
  target: Tensor,
  options: { reduction?: Reduction } = {},
): Tensor {
  return core.mseLoss(x, target, options.reduction);
}

/**
 * The absolute difference.
 *
 * PyTorch: `torch.nn.functional.l1_loss`.
 *
 * @param x Any shape.
 * @param target The same shape.
 * @param options `reduction`: `"mean"` by default.
 * @throws {ShapeError} If the shapes differ.
 */
export function l1Loss(
  x: Tensor,
  target: Tensor,
  options: { reduction?: Reduction } = {},
): Tensor {
  if (x.shape.join() !== target.shape.join()) {
    throw new core.ShapeError(
      `l1Loss: an input of shape [${x.shape.join(", ")}] and a target of shape [${
        target.shape.join(", ")
      }] differ`,
    );
  }
  const loss = x.sub(target).abs();
  const { reduction = "mean" } = options;
  return reduction === "none" ? loss : reduction === "sum" ? loss.sum() : loss.mean();
}
