/**
 * The embedding layer of "Attention is all you need".
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { assertSizes } from "./_sizes.ts";
import { sinusoids } from "./_sinusoids.ts";
import { Dropout } from "./dropout.ts";
import { Embedding } from "./embedding.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";
import { addPositions } from "./positional_encoding.ts";

/**
 * Words with their positions: the word's learnt vector times sqrt(dModel), plus the position's row of
 * the fixed table `pe`, then dropout. The table is a buffer: saved and moved, never trained.
 *
 * Source: Vaswani et al., "Attention is all you need" (2017), sections 3.4 and 3.5.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const embeddings = new nn.Embeddings(5, 3);
 * assertEquals([...embeddings.stateDict().keys()], ["pe", "embs.weight"]);
 * assertEquals(embeddings.forward(tensor([[1n, 2n, 4n, 0n]])).shape, [1, 4, 3]);
 * ```
 */
export class Embeddings extends Module {
  /** The word embedding. */
  embs: Embedding;
  /** What follows the sum. */
  dropout: Dropout;
  /** The table of positions `[1, maxLen, dModel]`. */
  declare pe: Tensor;
  /** The size of each vector. */
  readonly dModel: number;

  /**
   * Makes the layer.
   *
   * @param vocabSize The number of words.
   * @param dModel The size of each vector.
   * @param dropout The probability of a zero while training.
   * @param maxLen The longest sequence.
   * @param options `device`, `dtype`.
   * @throws {ShapeError} If a size is no whole number from 0 up.
   */
  constructor(
    vocabSize: number,
    dModel: number,
    dropout = 0.1,
    maxLen = 5000,
    options: LayerOptions = {},
  ) {
    super();
    assertSizes("Embeddings", { vocabSize, dModel, maxLen });
    this.dModel = dModel;
    this.embs = new Embedding(vocabSize, dModel, options);
    this.dropout = new Dropout(dropout);
    this.registerBuffer("pe", sinusoids(maxLen, dModel, options));
  }

  /**
   * `[N, seqLen]` word numbers to `[N, seqLen, dModel]`.
   *
   * @throws {ShapeError} If a sequence is longer than the table.
   * @throws {IndexError} If a number is no word's.
   */
  override forward(x: Tensor): Tensor {
    const words = this.embs.forward(x).mul(Math.sqrt(this.dModel));
    return this.dropout.forward(addPositions(words, this.pe));
  }
}
