/**
 * Gradients as values.
 *
 * @module
 */
import { type BackwardOptions, runBackward } from "./autograd.ts";
import { AutogradError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

/** Options of `grad()`. */
export interface GradOptions extends BackwardOptions {
  /** The gradients of the outputs; 1 for scalars. */
  gradOutputs?: Tensor | readonly (Tensor | null)[];
  /** Whether an input that the outputs don't depend on gives null instead of an error. */
  allowUnused?: boolean;
}

/**
 * The gradients of outputs with respect to inputs; nothing's `.grad` is touched.
 *
 * PyTorch: `torch.autograd.grad`.
 *
 * @param outputs What to differentiate.
 * @param inputs What to differentiate by.
 * @param options gradOutputs, retainGraph, createGraph, allowUnused.
 * @returns One gradient for each input, in order.
 * @throws {AutogradError} If an input has no influence on the outputs.
 *
 * @example
 * ```ts
 * import { grad, tensor } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor(3, { requiresGrad: true });
 * const [dx] = grad(x.pow(3), [x], { createGraph: true });
 * const [ddx] = grad(dx!, [x]);
 * assertEquals([await dx!.item(), await ddx!.item()], [27, 18]);
 * ```
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const { gradOutputs, allowUnused = false, ...backward } = options;
  const heads = Array.isArray(outputs) ? outputs as Tensor[] : [outputs as Tensor];
  const wanted = Array.isArray(inputs) ? inputs as Tensor[] : [inputs as Tensor];
  const given = gradOutputs === undefined
    ? []
    : Array.isArray(gradOutputs)
    ? gradOutputs as (Tensor | null)[]
    : [gradOutputs as Tensor];
  wanted.forEach((input, i) => {
    if (!input.requiresGrad) throw new AutogradError(`grad: input ${i} does not require gradients`);
  });
  const roots = heads.map((tensor, i) => ({
    tensor,
    grad: () => tensor.rootGradient(given[i] ?? null),
  }));
  const grads = runBackward(roots, backward, wanted);
  if (!allowUnused) {
    grads.forEach((found, i) => {
      if (found === null) {
        throw new AutogradError(
          `grad: the outputs do not depend on input ${i}; pass allowUnused: true to get null for it`,
        );
      }
    });
  }
  return grads;
}

/**
 * Computes the gradients of several tensors in one pass, with respect to all leaves, and adds their
 * sums to `.grad`.
 *
 * PyTorch: `torch.autograd.backward`.
 *
 * @param tensors What to differentiate.
 * @param gradients The gradient of each, of its shape; 1 for a scalar where it is null or left out.
 * @param options retainGraph, createGraph.
 * @throws {AutogradError} If nothing was recorded for one, it needs a gradient that is missing, or there
 * are more gradients than tensors.
 * @throws {ShapeError} If a gradient has another shape than its tensor.
 *
 * @example
 * ```ts
 * import { backward, tensor } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor(3, { requiresGrad: true });
 * const y = x.mul(x);
 * backward([y, y.mul(y)], [tensor(10)]);
 * assertEquals(await x.grad!.item(), 10 * 6 + 4 * 27);
 * ```
 */
export function backward(
  tensors: readonly Tensor[],
  gradients: readonly (Tensor | null)[] = [],
  options: BackwardOptions = {},
): void {
  if (gradients.length > tensors.length) {
    throw new AutogradError(
      `backward: ${gradients.length} gradients for ${tensors.length} tensors`,
    );
  }
  const roots = tensors.map((tensor, i) => ({
    tensor,
    grad: () => tensor.rootGradient(gradients[i] ?? null),
  }));
  runBackward(roots, options, null);
}
