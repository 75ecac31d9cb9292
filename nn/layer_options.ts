/**
 * Where and as what a layer makes its tensors.
 *
 * @module
 */
import type { DeviceLike, DType } from "../core/mod.ts";

/** Options that every layer with tensors takes. */
export interface LayerOptions {
  /** The device of its tensors; `"cpu"` by default. */
  device?: DeviceLike;
  /** The floating dtype of its tensors; `float32` by default. */
  dtype?: DType;
}
