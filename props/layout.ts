/**
 * Arguments as views: the same elements, laid out otherwise in memory.
 *
 * @module
 */
import { cat, stack, type Tensor } from "../core/mod.ts";

/** How a tensor lies in memory. */
export type Layout = "contiguous" | "transposed" | "offset" | "every second";

/**
 * The same elements as a view of a larger or a turned tensor.
 *
 * @param x A contiguous tensor.
 * @param layout How the result lies in memory; a scalar stays as it is.
 * @returns A tensor of the same shape and values.
 */
export function arrange(x: Tensor, layout: Layout): Tensor {
  const { shape } = x;
  const last = shape.length - 1;
  if (layout === "contiguous" || last < 0) return x;
  switch (layout) {
    case "transposed":
      return x.transpose(0, last).contiguous().transpose(0, last);
    case "offset":
      return cat([x.narrow(0, 0, Math.min(1, shape[0])), x]).narrow(
        0,
        Math.min(1, shape[0]),
        shape[0],
      );
    case "every second":
      return stack([x, x], last + 1).reshape(shape.with(last, 2 * shape[last]))
        .slice(last, 0, Infinity, 2);
  }
}
