/**
 * Arguments as views: the same elements, laid out otherwise in memory.
 *
 * @module
 */
import { type DeviceName, type Tensor, zeros } from "../core/mod.ts";
import { buildTensor, type TensorSpec } from "./argument.ts";

/** How a tensor lies in memory. */
export type Layout = "contiguous" | "transposed" | "offset" | "every second";

/** A specification's numbers as a view of a larger or a turned tensor. */
export function arrange(spec: TensorSpec, layout: Layout, device: DeviceName): Tensor {
  const { tensor: shape } = spec;
  const last = shape.length - 1;
  if (layout === "contiguous" || last < 0) return buildTensor(spec, device);
  const of = (tensor: readonly number[]) => buildTensor({ ...spec, tensor }, device);
  switch (layout) {
    case "transposed":
      return of(shape.with(0, shape[last]).with(last, shape[0])).transpose(0, last);
    case "offset":
      return of(shape.with(0, shape[0] + 1)).narrow(0, 1, shape[0]);
    case "every second":
      return of(shape.with(last, 2 * shape[last])).slice(last, 0, Infinity, 2);
  }
}

/** The same elements in memory of their own, one after the other. */
export function packed(view: Tensor): Tensor {
  const { shape, dtype, device } = view;
  return zeros(shape, { dtype, device }).copy_(view.detach());
}
