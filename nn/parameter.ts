/**
 * Tensors that are trained.
 *
 * @module
 */
import { DTypeError, DTYPES, Tensor } from "../core/mod.ts";

/** Options of a `Parameter`. */
export interface ParameterOptions {
  /** Whether gradients are computed for it; true by default. */
  requiresGrad?: boolean;
}

/**
 * A tensor that is a parameter of the module it is assigned to: optimizers train it, checkpoints
 * hold it, `to` moves it. It shares the memory of the tensor it is made from, and is a leaf.
 *
 * Only floating dtypes can require grad. What is not trained is better a `Buffer`: a frozen
 * parameter is still among `parameters()`.
 *
 * PyTorch: `torch.nn.Parameter`.
 *
 * @example
 * ```ts
 * import { zeros } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * class Shift extends nn.Module {
 *   by: nn.Parameter = new nn.Parameter(zeros([3]));
 * }
 * assertEquals([...new Shift().stateDict().keys()], ["by"]);
 * ```
 */
export class Parameter extends Tensor {
  /**
   * Makes a parameter over a tensor's memory.
   *
   * @param data Its value.
   * @param options `requiresGrad`, true by default.
   * @throws {DTypeError} If it is to require grad and its dtype is not floating.
   */
  constructor(data: Tensor, options: ParameterOptions = {}) {
    if (!(data instanceof Tensor)) {
      throw new TypeError(`Parameter: expected a Tensor, got ${typeof data}`);
    }
    const { requiresGrad = true } = options;
    if (requiresGrad && DTYPES[data.dtype].kind !== "float") {
      throw new DTypeError(
        `Parameter: only tensors of floating point dtype can require gradients, got ${data.dtype}: ` +
          "pass { requiresGrad: false }, or make it a Buffer",
      );
    }
    super(data.storage, data.shape, data.strides, data.offset);
    this.requiresGrad = requiresGrad;
  }

  /** The printed form, `Parameter containing:` before the tensor's. */
  override async repr(): Promise<string> {
    return `Parameter containing:\n${await super.repr()}`;
  }

  /** The same, for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    const inspect = Reflect.get(Tensor.prototype, Symbol.for("Deno.customInspect")) as () => string;
    return `Parameter containing:\n${inspect.call(this)}`;
  }
}
