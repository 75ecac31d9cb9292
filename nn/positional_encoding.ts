/**
 * Positions as sines and cosines.
 *
 * @module
 */
import { ShapeError, type Tensor } from "../core/mod.ts";
import { assertSizes } from "./_sizes.ts";
import { sinusoids } from "./_sinusoids.ts";
import { Dropout } from "./dropout.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";

/** Options of a `SinusoidalPositionalEncoding`. */
export interface PositionalEncodingOptions extends LayerOptions {
  /** The longest sequence; 5000 by default. */
  maxLen?: number;
  /** The probability of a zero in the sum while training; no dropout by default. */
  dropout?: number;
}

/**
 * Adds to each position of `[N, seqLen, dModel]` its row of a fixed table, the buffer `pe`
 * `[1, maxLen, dModel]`: `sin(pos / 10000^(2i/dModel))` in column 2i, the cosine in column 2i + 1.
 * Any width will do; an odd one has a cosine fewer.
 *
 * Source: Vaswani et al., "Attention is all you need" (2017), section 3.5.
 *
 * @example
 * ```ts
 * import { zeros } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const encoding = new nn.SinusoidalPositionalEncoding(4, { maxLen: 10 });
 * const y = encoding.forward(zeros([2, 3, 4]));
 * assertEquals(y.shape, [2, 3, 4]);
 * assertEquals(await y.select(1, 0).tolist(), [[0, 1, 0, 1], [0, 1, 0, 1]]);
 * ```
 */
export class SinusoidalPositionalEncoding extends Module {
  /** The table `[1, maxLen, dModel]`. */
  declare pe: Tensor;
  /** What follows the sum, or null. */
  dropout: Dropout | null = null;

  /**
   * Makes the table.
   *
   * @param dModel The size of the last dimension.
   * @param options `maxLen`, `dropout`, `device`, `dtype`.
   * @throws {ShapeError} If a size is no whole number from 0 up.
   */
  constructor(dModel: number, options: PositionalEncodingOptions = {}) {
    super();
    const { maxLen = 5000, dropout, ...where } = options;
    assertSizes("SinusoidalPositionalEncoding", { dModel, maxLen });
    this.registerBuffer("pe", sinusoids(maxLen, dModel, where));
    if (dropout !== undefined) this.dropout = new Dropout(dropout);
  }

  /**
   * `x + pe[:, :seqLen]`.
   *
   * @param x `[N, seqLen, dModel]`, or `[seqLen, dModel]`.
   * @throws {ShapeError} If it is longer than the table, or of another width.
   */
  override forward(x: Tensor): Tensor {
    const sum = addPositions(x, this.pe);
    return this.dropout === null ? sum : this.dropout.forward(sum);
  }

  /** The sizes of the table. */
  override extraRepr(): string {
    const [, maxLen, dModel] = this.pe.shape;
    return `${dModel}, max_len=${maxLen}`;
  }
}

/** `x + pe[:, :seqLen]`, where the table is long enough. */
export function addPositions(x: Tensor, pe: Tensor): Tensor {
  const [, maxLen, dModel] = pe.shape;
  if (x.ndim < 2 || x.shape[x.ndim - 1] !== dModel) {
    throw new ShapeError(
      `Positional encoding: expected [N, seqLen, ${dModel}], got shape [${x.shape.join(", ")}]`,
    );
  }
  const seqLen = x.shape[x.ndim - 2];
  if (seqLen > maxLen) {
    throw new ShapeError(
      `Positional encoding: a sequence of ${seqLen} is longer than the table of ${maxLen} positions`,
    );
  }
  const rows = pe.narrow(1, 0, seqLen);
  return x.add(x.ndim === 2 ? rows.squeeze(0) : rows);
}
