/**
 * Positions as rotations.
 *
 * @module
 */
import { cat, ShapeError, stack, type Tensor } from "../core/mod.ts";
import { assertSizes } from "./_sizes.ts";
import { sinusoids } from "./_sinusoids.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";

/** Options of `RotaryPositionalEmbeddings`. */
export interface RotaryOptions extends LayerOptions {
  /** The longest sequence; 4096 by default. */
  maxLen?: number;
  /**
   * Whether columns 2i and 2i + 1 are a pair, as in the paper, in torchtune and in Meta's Llama; true
   * by default. Where false columns i and i + dim/2 are, as in Hugging Face's models and GPT-NeoX.
   * Weights trained with one do not work with the other.
   */
  interleaved?: boolean;
}

/**
 * Turns each pair i of columns of queries or keys `[..., seqLen, dim]` by the angle
 * `pos / 10000^(2i/dim)`, so that a query's product with a key depends on how far they are apart only.
 *
 * The sines and cosines are buffers that move along and are not saved: they follow from the sizes.
 *
 * Source: Su et al., "RoFormer: Enhanced transformer with rotary position embedding" (2021).
 * torchtune: `torchtune.modules.RotaryPositionalEmbeddings`, with the heads before the positions.
 *
 * @example
 * ```ts
 * import { randn } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const rope = new nn.RotaryPositionalEmbeddings(8, { maxLen: 16 });
 * const queries = randn([2, 4, 16, 8]);
 * const last = rope.forward(queries.narrow(2, 15, 1), 15);
 * assertEquals(await last.tolist(), await rope.forward(queries).narrow(2, 15, 1).tolist());
 * ```
 */
export class RotaryPositionalEmbeddings extends Module {
  /** The cosine of each pair's angle, `[maxLen, dim / 2]`. */
  declare cos: Tensor;
  /** The sine of each pair's angle, `[maxLen, dim / 2]`. */
  declare sin: Tensor;
  /** Whether neighbouring columns are pairs. */
  readonly interleaved: boolean;

  /**
   * Makes the tables.
   *
   * @param dim The size of the last dimension: that of one head.
   * @param options `maxLen`, `interleaved`, `device`, `dtype`.
   * @throws {ShapeError} If a size is no whole number from 0 up, or `dim` is odd.
   */
  constructor(dim: number, options: RotaryOptions = {}) {
    super();
    const { maxLen = 4096, interleaved = true, ...where } = options;
    assertSizes("RotaryPositionalEmbeddings", { dim, maxLen });
    if (dim % 2 === 1) {
      throw new ShapeError(`RotaryPositionalEmbeddings: dim is even, got ${dim}`);
    }
    this.interleaved = interleaved;
    const table = sinusoids(maxLen, dim, where).reshape([maxLen, dim / 2, 2]);
    this.registerBuffer("cos", table.select(2, 1).contiguous(), { persistent: false });
    this.registerBuffer("sin", table.select(2, 0).contiguous(), { persistent: false });
  }

  /**
   * Turns queries or keys.
   *
   * @param x `[..., seqLen, dim]`.
   * @param offset The position of the first: how many came before, when decoding step by step.
   * @throws {ShapeError} If a position is past the table, or the width is another.
   */
  override forward(x: Tensor, offset: number = 0): Tensor {
    const [maxLen, pairs] = this.cos.shape;
    if (x.ndim < 2 || x.shape[x.ndim - 1] !== 2 * pairs) {
      throw new ShapeError(
        `RotaryPositionalEmbeddings: expected [..., seqLen, ${2 * pairs}], got shape [${
          x.shape.join(", ")
        }]`,
      );
    }
    assertSizes("RotaryPositionalEmbeddings", { offset });
    const seqLen = x.shape[x.ndim - 2];
    if (offset + seqLen > maxLen) {
      throw new ShapeError(
        `RotaryPositionalEmbeddings: a sequence of ${seqLen} at offset ${offset} ends past the table of ${maxLen} positions`,
      );
    }
    const [cos, sin] = [this.cos, this.sin].map((table) => table.narrow(0, offset, seqLen));
    const split = this.interleaved ? x.unflatten(-1, [pairs, 2]) : x.unflatten(-1, [2, pairs]);
    const along = this.interleaved ? -1 : -2;
    const [a, b] = [split.select(along, 0), split.select(along, 1)];
    const turned = [a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))];
    const out = this.interleaved ? stack(turned, -1).flatten(-2) : cat(turned, -1);
    return out.type(x.dtype);
  }

  /** The sizes of the table. */
  override extraRepr(): string {
    const [maxLen, pairs] = this.cos.shape;
    return `${2 * pairs}, max_len=${maxLen}, interleaved=${this.interleaved ? "True" : "False"}`;
  }
}
