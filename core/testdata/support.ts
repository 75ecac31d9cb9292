/** What the tests of operations share: every operation is tested on every device. */
import { assert } from "@std/assert";
import {
  type DeviceName,
  type DType,
  grad,
  manualSeed,
  noGrad,
  type Tensor,
  tensor,
} from "../mod.ts";
import { forDevices, HOST_DEVICES } from "./devices.ts";
import { elements } from "./elements.ts";

/** The elements as JavaScript numbers. */
export async function numbers(x: Tensor): Promise<number[]> {
  return (await elements(x)).map(Number);
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

/** Where gradients are checked, and how. */
export interface GradientCheck {
  readonly device: DeviceName;
  readonly dtype: DType;
  /** Checks the gradients of a function by tensors of that device and dtype. */
  readonly check: typeof checkGradients;
}

/**
 * Registers a test of gradients for each device: against central differences where there is
 * float64, and on WebGPU in float32 against what the CPU finds in float64.
 */
export function gradientTest(name: string, body: (on: GradientCheck) => Promise<void>): void {
  forDevices(
    name,
    (device) => body({ device, dtype: "float64", check: checkGradients }),
    HOST_DEVICES,
  );
  forDevices(name, (device) => againstCpu(device, body), ["webgpu"]);
}

interface Gradients {
  readonly inputs: readonly { shape: readonly number[]; values: Float32Array<ArrayBuffer> }[];
  readonly first: readonly number[][];
  readonly second: readonly number[][];
}

async function againstCpu(
  device: DeviceName,
  body: (on: GradientCheck) => Promise<void>,
): Promise<void> {
  const expected: Gradients[] = [];
  manualSeed(0);
  await body({
    device: "cpu",
    dtype: "float64",
    async check(fn, inputs, { second = true } = {}) {
      const rounded = await Promise.all(inputs.map(async (x) => ({
        shape: x.shape,
        values: Float32Array.from(await numbers(x)),
      })));
      const at = rounded.map(({ shape, values }) =>
        tensor(Float64Array.from(values)).reshape(shape)
      );
      expected.push({ inputs: rounded, ...await gradients(fn, at, second) });
    },
  });
  let checked = 0;
  manualSeed(0);
  await body({
    device,
    dtype: "float32",
    async check(fn, _inputs, { second = true } = {}) {
      const { inputs, ...wanted } = expected[checked++];
      const at = inputs.map(({ shape, values }) => tensor(values, { device }).reshape(shape));
      const found = await gradients(fn, at, second);
      for (const order of ["first", "second"] as const) {
        found[order].forEach((actual, k) => {
          const scale = Math.max(1, ...wanted[order][k].map(Math.abs));
          assertNear(
            actual.map((x) => x / scale),
            wanted[order][k].map((x) => x / scale),
            1e-5,
            `${order} gradient of input ${k}`,
          );
        });
      }
    },
  });
  assert(checked > 0 && checked === expected.length, `${checked} of ${expected.length} checks`);
}

/** The gradients, and the gradients of gradients, by each input. */
async function gradients(
  fn: (...inputs: Tensor[]) => Tensor | Tensor[],
  inputs: readonly Tensor[],
  second: boolean,
): Promise<Omit<Gradients, "inputs">> {
  const of = async (scalar: (at: readonly Tensor[]) => Tensor) => {
    const leaves = inputs.map((x) => x.detach().clone().requiresGrad_());
    const found = grad(scalar(leaves), leaves, { allowUnused: true });
    return await Promise.all(
      found.map((x, k) => x === null ? new Array(inputs[k].numel).fill(0) : numbers(x)),
    );
  };
  return { first: await of(scalarOf(fn)), second: second ? await of(slopeOf(fn)) : [] };
}

function scalarOf(fn: (...inputs: Tensor[]) => Tensor | Tensor[]) {
  return (at: readonly Tensor[]): Tensor => {
    const out = fn(...at);
    return mixed(Array.isArray(out) ? out : [out]);
  };
}

/** Squares, so that the second derivative does not vanish for operations that are linear. */
function slopeOf(fn: (...inputs: Tensor[]) => Tensor | Tensor[]) {
  return (at: readonly Tensor[]): Tensor => {
    const out = fn(...at);
    const squares = (Array.isArray(out) ? out : [out]).map((x) => x.mul(x));
    const grads = grad(mixed(squares), at, { createGraph: true, allowUnused: true });
    return mixed(grads.filter((x) => x !== null));
  };
}

/**
 * Checks gradients, and gradients of gradients, against central differences in float64.
 *
 * @param fn Makes one or more floating outputs.
 * @param inputs float64 tensors that it is differentiable by.
 */
async function checkGradients(
  fn: (...inputs: Tensor[]) => Tensor | Tensor[],
  inputs: readonly Tensor[],
  options: { second?: boolean } = {},
): Promise<void> {
  const { second = true } = options;
  await againstDifferences(scalarOf(fn), inputs, "gradient");
  if (second) await againstDifferences(slopeOf(fn), inputs, "second gradient");
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
