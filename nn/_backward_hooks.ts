/**
 * Seeing the gradients of a module's arguments and results on their way back.
 *
 * @module
 */
import { AutogradError, isGradEnabled, Tensor } from "../core/mod.ts";

/** Sees both lists of gradients; what it returns, if anything, replaces the first. */
export type GradientsHook = (
  gradInput: (Tensor | null)[],
  gradOutput: (Tensor | null)[],
) => (Tensor | null)[] | void;

/**
 * Calls `run` on views of the tensors in `args`, so that gradient hooks are this call's alone, and
 * hands back views of its results.
 */
export function callWithBackwardHooks(
  hooks: readonly GradientsHook[],
  args: readonly unknown[],
  run: (args: unknown[]) => unknown,
): unknown {
  if (!isGradEnabled()) return run([...args]);
  const tensors = args.filter((arg) => arg instanceof Tensor);
  const watched = tensors.filter((tensor) => tensor.requiresGrad).length;
  let gradInput: (Tensor | null)[] = tensors.map(() => null);
  let gradOutput: (Tensor | null)[] = [];
  let outputs = 0;
  let arrived = 0;

  const fire = (): (Tensor | null)[] | null => {
    let replaced: (Tensor | null)[] | null = null;
    for (const hook of hooks) {
      const result = hook(gradInput, gradOutput);
      if (result === undefined) continue;
      if (watched !== 1) {
        throw new AutogradError(
          `A full backward hook can replace gradInput where one argument needs a gradient, here ${watched} do`,
        );
      }
      if (!Array.isArray(result) || result.length !== gradInput.length) {
        throw new TypeError(
          `A full backward hook returns an array of ${gradInput.length} gradients or nothing`,
        );
      }
      gradInput = replaced = result;
    }
    gradInput = tensors.map(() => null);
    gradOutput = gradOutput.map(() => null);
    arrived = 0;
    return replaced;
  };

  let next = 0;
  const inputs = args.map((arg) => {
    if (!(arg instanceof Tensor)) return arg;
    const at = next++;
    if (!arg.requiresGrad) return arg;
    const seen = arg.view(arg.shape);
    seen.registerHook((grad) => {
      gradInput[at] = grad;
      if (++arrived === watched) return fire()?.[at];
    });
    return seen;
  });

  const watch = (value: unknown): unknown => {
    if (!(value instanceof Tensor)) return value;
    const at = gradOutput.push(null) - 1;
    if (!value.requiresGrad) return value;
    outputs++;
    const seen = value.view(value.shape);
    seen.registerHook((grad) => {
      gradOutput[at] = grad;
      if (watched === 0 && ++arrived === outputs) fire();
    });
    return seen;
  };
  const watchAll = (output: unknown): unknown => {
    if (Array.isArray(output)) return output.map(watch);
    const plain = typeof output === "object" && output !== null &&
      Object.getPrototypeOf(output) === Object.prototype;
    if (!plain) return watch(output);
    return Object.fromEntries(Object.entries(output).map(([name, value]) => [name, watch(value)]));
  };
  const output = run(inputs);
  return output instanceof Promise ? output.then(watchAll) : watchAll(output);
}
