/**
 * State that is not trained.
 *
 * @module
 */
import { Tensor } from "../core/mod.ts";

/** Options of a `Buffer`. */
export interface BufferOptions {
  /** Whether checkpoints hold it; true by default. */
  persistent?: boolean;
}

/**
 * A tensor that is a buffer of the module it is assigned to: `to` moves it, checkpoints hold it
 * (unless it is not persistent), and optimizers never see it. It shares the memory of the tensor it
 * is made from, and does not require grad.
 *
 * PyTorch: `torch.nn.Buffer`.
 *
 * @example
 * ```ts
 * import { ones } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * class Mask extends nn.Module {
 *   mask: nn.Buffer = new nn.Buffer(ones([3]));
 *   scratch: nn.Buffer = new nn.Buffer(ones([3]), { persistent: false });
 * }
 * assertEquals(new Mask().buffers().length, 2);
 * assertEquals([...new Mask().stateDict().keys()], ["mask"]);
 * ```
 */
export class Buffer extends Tensor {
  /** Whether checkpoints hold it. */
  readonly persistent: boolean;

  /**
   * Makes a buffer over a tensor's memory.
   *
   * @param data Its value.
   * @param options `persistent`, true by default.
   */
  constructor(data: Tensor, options: BufferOptions = {}) {
    if (!(data instanceof Tensor)) {
      throw new TypeError(`Buffer: expected a Tensor, got ${typeof data}`);
    }
    super(data.storage, data.shape, data.strides, data.offset);
    this.persistent = options.persistent ?? true;
  }
}
