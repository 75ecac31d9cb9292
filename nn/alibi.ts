/**
 * Positions as a bias on attention scores.
 *
 * @module
 */
import { arange, ShapeError, type Tensor, tensor } from "../core/mod.ts";
import { assertSizes } from "./_sizes.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";

/**
 * Adds to attention scores `[..., numHeads, queries, keys]` a bias of `-slope * distance`, with a
 * slope for each head. The last query is at the last key, also when there are fewer queries than
 * keys. There is no longest sequence. Where keys come after a query, mask them.
 *
 * The slopes are a buffer that moves along and is not saved: it follows from the number of heads.
 *
 * Source: Press et al., "Train short, test long: attention with linear biases enables input length
 * extrapolation" (2021), and its reference code for numbers of heads that are no power of two.
 *
 * @example
 * ```ts
 * import { zeros } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const alibi = new nn.AlibiPositionalBias(2);
 * const scores = alibi.forward(zeros([2, 1, 3]));
 * assertEquals(await scores.tolist(), [[[-0.125, -0.0625, 0]], [[-0.0078125, -0.00390625, 0]]]);
 * ```
 */
export class AlibiPositionalBias extends Module {
  /** The slope of each head, `[numHeads]`. */
  declare slopes: Tensor;

  /**
   * Makes the slopes.
   *
   * @param numHeads How many heads there are.
   * @param options `device`, `dtype`.
   * @throws {ShapeError} If the number is no whole number from 0 up.
   */
  constructor(numHeads: number, options: LayerOptions = {}) {
    super();
    assertSizes("AlibiPositionalBias", { numHeads });
    const slopes = tensor(slopesOf(numHeads), { dtype: "float32", ...options });
    this.registerBuffer("slopes", slopes, { persistent: false });
  }

  /**
   * `scores - slope * distance`.
   *
   * @param scores `[..., numHeads, queries, keys]`.
   * @throws {ShapeError} If there are other heads, or more queries than keys.
   */
  override forward(scores: Tensor): Tensor {
    const [numHeads] = this.slopes.shape;
    const [heads, queries, keys] = scores.shape.slice(-3);
    if (scores.ndim < 3 || heads !== numHeads || queries > keys) {
      throw new ShapeError(
        `AlibiPositionalBias: expected [..., ${numHeads}, queries, keys] with no more queries than keys, got shape [${
          scores.shape.join(", ")
        }]`,
      );
    }
    const positions = arange(0, keys, 1, { dtype: "float32", device: scores.device });
    const distance = positions.sub(positions.narrow(0, keys - queries, queries).unsqueeze(1)).abs();
    const bias = this.slopes.reshape([numHeads, 1, 1]).mul(distance);
    return scores.sub(bias.type(scores.dtype));
  }

  /** The number of heads. */
  override extraRepr(): string {
    return String(this.slopes.shape[0]);
  }
}

/** `2^(-8 i / n)` from i = 1; between two powers of two, every second slope of the larger is added. */
function slopesOf(numHeads: number): number[] {
  const power = 2 ** Math.floor(Math.log2(numHeads));
  const slope = (i: number) =>
    i < power ? 2 ** (-8 * (i + 1) / power) : 2 ** (-8 * (2 * (i - power) + 1) / (2 * power));
  return Array.from({ length: numHeads }, (_, i) => slope(i));
}
