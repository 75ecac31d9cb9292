/**
 * Starting values for parameters, written in place and not recorded.
 *
 * PyTorch: `torch.nn.init`.
 *
 * @module
 */
import {
  eye,
  fromStorage,
  noGrad,
  rand,
  randn,
  ShapeError,
  Storage,
  type Tensor,
} from "../core/mod.ts";

/** The functions that `calculateGain` knows. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

/** Options of the Kaiming initialisations. */
export interface KaimingOptions {
  /** The negative slope after this layer, for `leaky_relu`; 0 by default. */
  a?: number;
  /** Whether variance is kept forward (`fan_in`, the default) or backward (`fan_out`). */
  mode?: "fan_in" | "fan_out";
  /** What comes after this layer; `leaky_relu` by default. */
  nonlinearity?: Nonlinearity;
}

function written(x: Tensor, write: () => void): Tensor {
  noGrad(write);
  return x;
}

/**
 * Uniform random values in [a, b).
 *
 * PyTorch: `torch.nn.init.uniform_`.
 */
export function uniform_(x: Tensor, a = 0, b = 1): Tensor {
  return written(x, () => x.uniform_(a, b));
}

/**
 * Normal random values.
 *
 * PyTorch: `torch.nn.init.normal_`.
 */
export function normal_(x: Tensor, mean = 0, std = 1): Tensor {
  return written(x, () => x.normal_(mean, std));
}

/**
 * Normal random values, of which only those within [a, b] are taken. The draws are made on the host,
 * the same on each device.
 *
 * PyTorch: `torch.nn.init.trunc_normal_`.
 *
 * @throws {RangeError} If b is not above a, or std is not positive.
 */
export function truncNormal_(x: Tensor, mean = 0, std = 1, a = -2, b = 2): Tensor {
  if (!(std > 0) || !(a < b)) {
    throw new RangeError(`truncNormal_: expected std > 0 and a < b, got ${std}, ${a} and ${b}`);
  }
  const [low, high] = [(a - mean) / std, (b - mean) / std];
  const nearest = low > 0 ? low : high < 0 ? high : 0;
  // Beyond this the density is below 2^-53 of its largest value.
  const far = Math.sqrt(nearest * nearest + 74);
  const from = Math.max(low, -far), width = Math.min(high, far) - from;
  const values = new Float64Array(x.numel);
  let filled = 0;
  while (filled < values.length) {
    // Uniform points under the density's largest value: those under the density are kept.
    const tries = drawn(rand([2, values.length - filled], { dtype: "float64" }));
    for (let i = 0; i < tries.length / 2; i++) {
      const z = from + width * tries[i];
      const density = Math.exp((nearest * nearest - z * z) / 2);
      if (tries[tries.length / 2 + i] < density) values[filled++] = mean + std * z;
    }
  }
  return assigned(x, values);
}

/**
 * One value everywhere.
 *
 * PyTorch: `torch.nn.init.constant_`.
 */
export function constant_(x: Tensor, value: number): Tensor {
  return written(x, () => x.fill_(value));
}

/**
 * Ones.
 *
 * PyTorch: `torch.nn.init.ones_`.
 */
export function ones_(x: Tensor): Tensor {
  return constant_(x, 1);
}

/**
 * Zeros.
 *
 * PyTorch: `torch.nn.init.zeros_`.
 */
export function zeros_(x: Tensor): Tensor {
  return constant_(x, 0);
}

/**
 * Ones on the diagonal of a matrix, zeros elsewhere.
 *
 * PyTorch: `torch.nn.init.eye_`.
 *
 * @throws {ShapeError} If it is no matrix.
 */
export function eye_(x: Tensor): Tensor {
  if (x.ndim !== 2) {
    throw new ShapeError(`eye_: expected a matrix, got shape [${x.shape.join(", ")}]`);
  }
  const [n, m] = x.shape;
  return written(x, () => x.copy_(eye(n, m, { dtype: x.dtype, device: x.device })));
}

/**
 * How much a nonlinearity shrinks what goes through it, and weights make up for.
 *
 * PyTorch: `torch.nn.init.calculate_gain`.
 *
 * @param nonlinearity Its name, as PyTorch spells it.
 * @param slope The negative slope of `leaky_relu`; 0.01 by default.
 * @returns The factor.
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  switch (nonlinearity) {
    case "linear":
    case "conv1d":
    case "conv2d":
    case "conv3d":
    case "sigmoid":
      return 1;
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leaky_relu":
      return Math.sqrt(2 / (1 + slope ** 2));
    case "selu":
      return 3 / 4;
    default:
      throw new RangeError(`calculateGain: unknown nonlinearity "${nonlinearity}"`);
  }
}

/** How many values go into and come out of each output of a weight `[out, in, ...kernel]`. */
function fans(x: Tensor, name: string): { in: number; out: number } {
  if (x.ndim < 2) {
    throw new ShapeError(
      `${name}: fan in and fan out need two dimensions or more, got shape [${x.shape.join(", ")}]`,
    );
  }
  const kernel = x.shape.slice(2).reduce((product, size) => product * size, 1);
  return { in: x.shape[1] * kernel, out: x.shape[0] * kernel };
}

/**
 * Uniform values whose variance suits both directions. Source: Glorot and Bengio (2010).
 *
 * PyTorch: `torch.nn.init.xavier_uniform_`.
 *
 * @throws {ShapeError} If there are fewer than two dimensions.
 */
export function xavierUniform_(x: Tensor, gain = 1): Tensor {
  const fan = fans(x, "xavierUniform_");
  const bound = gain * Math.sqrt(6 / (fan.in + fan.out));
  return uniform_(x, -bound, bound);
}

/**
 * Normal values whose variance suits both directions. Source: Glorot and Bengio (2010).
 *
 * PyTorch: `torch.nn.init.xavier_normal_`.
 *
 * @throws {ShapeError} If there are fewer than two dimensions.
 */
export function xavierNormal_(x: Tensor, gain = 1): Tensor {
  const fan = fans(x, "xavierNormal_");
  return normal_(x, 0, gain * Math.sqrt(2 / (fan.in + fan.out)));
}

function kaimingStd(x: Tensor, options: KaimingOptions, name: string): number {
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" } = options;
  if (mode !== "fan_in" && mode !== "fan_out") {
    throw new RangeError(`${name}: mode is "fan_in" or "fan_out", got "${mode}"`);
  }
  const fan = fans(x, name)[mode === "fan_in" ? "in" : "out"];
  return calculateGain(nonlinearity, a) / Math.sqrt(fan);
}

/**
 * Uniform values that keep the variance through rectifiers. Source: He, Zhang, Ren and Sun (2015).
 *
 * PyTorch: `torch.nn.init.kaiming_uniform_`.
 *
 * @throws {ShapeError} If there are fewer than two dimensions.
 */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  const std = kaimingStd(x, options, "kaimingUniform_");
  if (x.numel === 0) return x;
  const bound = Math.sqrt(3) * std;
  return uniform_(x, -bound, bound);
}

/**
 * Normal values that keep the variance through rectifiers. Source: He, Zhang, Ren and Sun (2015).
 *
 * PyTorch: `torch.nn.init.kaiming_normal_`.
 *
 * @throws {ShapeError} If there are fewer than two dimensions.
 */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  const std = kaimingStd(x, options, "kaimingNormal_");
  return x.numel === 0 ? x : normal_(x, 0, std);
}

/**
 * A random matrix with orthogonal rows or columns (the shorter of the two), by Gram-Schmidt in float64
 * on the host; dimensions after the first count as one.
 *
 * PyTorch: `torch.nn.init.orthogonal_`.
 *
 * @throws {ShapeError} If there are fewer than two dimensions.
 */
export function orthogonal_(x: Tensor, gain = 1): Tensor {
  if (x.ndim < 2) {
    throw new ShapeError(
      `orthogonal_: expected two dimensions or more, got shape [${x.shape.join(", ")}]`,
    );
  }
  const rows = x.shape[0], columns = rows === 0 ? 0 : x.numel / rows;
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const basis = orthonormal(count, length);
  const values = new Float64Array(x.numel);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < length; j++) {
      values[rows < columns ? i * columns + j : j * columns + i] = gain * basis[i][j];
    }
  }
  return assigned(x, values);
}

/** Random vectors of unit length, orthogonal to each other. */
function orthonormal(count: number, length: number): Float64Array[] {
  const draws = drawn(randn([count, length], { dtype: "float64" }));
  const basis: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = draws.slice(i * length, (i + 1) * length);
    // Twice is enough. Source: Giraud, Langou and Rozloznik (2005).
    for (const other of [...basis, ...basis]) {
      const along = dot(vector, other);
      for (let j = 0; j < length; j++) vector[j] -= along * other[j];
    }
    const norm = Math.sqrt(dot(vector, vector));
    basis.push(vector.map((value) => value / norm));
  }
  return basis;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** Draws on the CPU, which can be read at once. */
function drawn(x: Tensor): Float64Array {
  return x.dataSync() as Float64Array;
}

/** Writes values of the host, rounded once. */
function assigned(x: Tensor, values: Float64Array): Tensor {
  const wide = x.dtype === "float64";
  const { buffer } = wide ? values : Float32Array.from(values);
  const storage = Storage.fromBytes(
    wide ? "float64" : "float32",
    new Uint8Array(buffer),
    x.device,
  );
  return written(x, () => x.copy_(fromStorage(storage, { shape: x.shape })));
}
