/** What the tests of operations share: every operation is tested on every device. */
import { assert } from "@std/assert";
import { grad, noGrad, type Tensor, tensor } from "../mod.ts";

/** The elements as JavaScript numbers. */
export async function numbers(x: Tensor): Promise<number[]> {
  return Array.from(await x.type("float64").data() as Float64Array);
}

/** Throws unless numbers are the same up to a relative and absolute tolerance. NaN equals NaN. */
export function assertNear(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  assert(actual.length === expected.length, `${what}: ${actual.length} against ${expected.length}`);
  actual.forEach((value, i) => {
    const same = Object.is(value, expected[i]) || value === expected[i] ||
      Math.abs(value - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i]));
    assert(same, `${what}: element ${i} is ${value}, expected ${expected[i]}`);
  });
}

/** A scalar that depends on every element of the outputs, each in its own way. */
export function mixed(outputs: readonly Tensor[]): Tensor {
  const terms = outputs.map((x) => {
    const weights = x.newArange(x.numel).mul(5).remainder(7).sub(2.5).reshape(x.shape);
    return x.mul(weights.type(x.dtype)).sum();
  });
  return terms.reduce((sum, term) => sum.add(term));
}

/**
 * Checks gradients, and gradients of gradients, against central differences in float64.
 *
 * @param fn Makes one or more floating outputs.
 * @param inputs float64 tensors that it is differentiable by.
 */
export async function checkGradients(
  fn: (...inputs: Tensor[]) => Tensor | Tensor[],
  inputs: readonly Tensor[],
  options: { second?: boolean } = {},
): Promise<void> {
  const { second = true } = options;
  const scalar = (at: readonly Tensor[]) => {
    const out = fn(...at);
    return mixed(Array.isArray(out) ? out : [out]);
  };
  await againstDifferences(scalar, inputs, "gradient");
  if (!second) return;
  // Squares, so that the second derivative does not vanish for operations that are linear.
  const slope = (at: readonly Tensor[]) => {
    const out = fn(...at);
    const squares = (Array.isArray(out) ? out : [out]).map((x) => x.mul(x));
    const grads = grad(mixed(squares), at, { createGraph: true, allowUnused: true });
    return mixed(grads.filter((x) => x !== null));
  };
  await againstDifferences(slope, inputs, "second gradient");
}

async function againstDifferences(
  fn: (at: readonly Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  what: string,
): Promise<void> {
  const leaves = inputs.map((x) => x.detach().clone().requiresGrad_());
  const found = grad(fn(leaves), leaves, { allowUnused: true });
  const step = 1e-5;
  for (let k = 0; k < inputs.length; k++) {
    const analytic = found[k] === null ? inputs[k].newZeros(inputs[k].shape) : found[k]!;
    const values = await numbers(inputs[k]);
    const numeric: number[] = [];
    for (let i = 0; i < values.length; i++) {
      const shifted = async (by: number) => {
        const moved = values.slice();
        moved[i] += by;
        const x = tensor(Float64Array.from(moved), { device: inputs[k].device });
        const at = inputs.map((input, j) =>
          (j === k ? x.reshape(input.shape) : input).detach().clone().requiresGrad_()
        );
        return await fn(at).item() as number;
      };
      numeric.push((await shifted(step) - await shifted(-step)) / (2 * step));
    }
    assertNear(await numbers(noGrad(() => analytic)), numeric, 2e-6, `${what} of input ${k}`);
  }
}
