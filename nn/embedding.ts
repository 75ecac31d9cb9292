/**
 * The table of learnt vectors.
 *
 * @module
 */
import { empty, noGrad, type Tensor } from "../core/mod.ts";
import { assertSizes } from "./_sizes.ts";
import * as F from "./functional.ts";
import * as init from "./init.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of an `Embedding`. */
export interface EmbeddingOptions extends LayerOptions {
  /** The row that starts as zeros and gets no gradient; none by default. Negative: from the end. */
  paddingIdx?: number | null;
}

/**
 * Whole numbers to vectors: `[...]` to `[..., embeddingDim]`. `weight` is
 * `[numEmbeddings, embeddingDim]`, drawn from the standard normal distribution.
 *
 * PyTorch: `torch.nn.Embedding`.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const words = new nn.Embedding(10, 3);
 * assertEquals(words.forward(tensor([[1n, 2n], [9n, 0n]])).shape, [2, 2, 3]);
 * ```
 */
export class Embedding extends Module {
  /** `[numEmbeddings, embeddingDim]`. */
  weight: Parameter;
  /** The number of rows. */
  readonly numEmbeddings: number;
  /** The size of each. */
  readonly embeddingDim: number;
  /** The row that gets no gradient, counted from the start, or null. */
  readonly paddingIdx: number | null;

  /**
   * Makes the table.
   *
   * @param numEmbeddings The number of rows.
   * @param embeddingDim The size of each.
   * @param options `paddingIdx`, `device`, `dtype`.
   * @throws {ShapeError} If a size is no whole number from 0 up.
   * @throws {RangeError} If `paddingIdx` is no row.
   */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super();
    assertSizes("Embedding", { numEmbeddings, embeddingDim });
    const { paddingIdx = null, ...where } = options;
    if (paddingIdx !== null && (paddingIdx >= numEmbeddings || paddingIdx < -numEmbeddings)) {
      throw new RangeError(
        `Embedding: paddingIdx must be within numEmbeddings, got ${paddingIdx} of ${numEmbeddings}`,
      );
    }
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingIdx !== null && paddingIdx < 0
      ? paddingIdx + numEmbeddings
      : paddingIdx;
    this.weight = new Parameter(empty([numEmbeddings, embeddingDim], where));
    this.resetParameters();
  }

  /** Draws the table anew. */
  resetParameters(): void {
    init.normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.select(0, paddingIdx).zero_());
  }

  /**
   * `[...]` whole numbers to `[..., embeddingDim]`.
   *
   * @throws {IndexError} If one is no row.
   */
  override forward(x: Tensor): Tensor {
    return F.embedding(x, this.weight, { paddingIdx: this.paddingIdx });
  }

  /** The sizes, and the padding row if there is one. */
  override extraRepr(): string {
    const padding = this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}
