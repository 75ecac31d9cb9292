/**
 * Rows of a table by index.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { commonDevice, compose } from "../dispatch.ts";
import { IndexError, ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { asIndex, indexAdd, indexView, runGather } from "./index.ts";

/** Options of `embedding()`. */
export interface EmbeddingOptions {
  /** The row that gets no gradient; negative counts from the end. */
  paddingIdx?: number | null;
}

/**
 * The rows of a table that indices name.
 *
 * PyTorch: `torch.nn.functional.embedding`.
 *
 * @param input Indices, int64, of any shape.
 * @param weight The table, `[n, width]`.
 * @param options paddingIdx.
 * @returns A tensor of the indices' shape and the width.
 * @throws {IndexError} If an index is not in `[0, n)`.
 *
 * @example
 * ```ts
 * import { embedding, tensor } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = tensor([[1, 2], [3, 4], [5, 6]]);
 * assertEquals(await embedding(tensor([2n, 0n]), weight).tolist(), [[5, 6], [1, 2]]);
 * ```
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  options: EmbeddingOptions = {},
): Tensor {
  commonDevice("embedding", [input, weight]);
  if (weight.ndim !== 2) {
    throw new ShapeError(`embedding: expected a weight [n, width], got ${show(weight.shape)}`);
  }
  const at = asIndex("embedding", input);
  const [n, width] = weight.shape;
  const given = options.paddingIdx ?? null;
  const padding = given !== null && given < 0 ? given + n : given;
  if (padding !== null && !(padding >= 0 && padding < n)) {
    throw new IndexError(`embedding: paddingIdx ${given} is out of bounds for ${n} rows`);
  }
  const shape = [...at.shape, width];
  const out = compose(() => {
    const flat = at.ndim === 1 ? at : at.reshape([-1]);
    return runGather(weight, 0, at.numel, indexView(flat), shape);
  });
  return record("EmbeddingBackward0", out, [weight], [at], (g, at) => {
    const rows = padding === null ? g : at.ne(padding).unsqueeze(-1).where(g, 0);
    const zeros = g.newZeros([n, width]);
    return [indexAdd(zeros, 0, at.reshape([-1]), rows.reshape([-1, width]))];
  });
}
