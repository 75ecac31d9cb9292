/** Random programs of views, writes in place and functions, differentiated, against differences. */
import { assert } from "@std/assert";
import fc from "fast-check";
import {
  AutogradError,
  cat,
  grad,
  ShapeError,
  type Tensor,
  tensor,
  type TypedArray,
  where,
} from "./mod.ts";
import { elements } from "./testdata/elements.ts";
import { forDevices, HOST_DEVICES } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

const OPS = [
  "sin",
  "tanh",
  "add",
  "mul",
  "sub",
  "where",
  "cat",
  "sum",
  "mean of columns",
  "softmax",
  "matmul",
  "clone",
  "transpose",
  "select",
  "slice",
  "diagonal",
  "expand",
  "reshape",
  "view",
  "unsqueeze",
  "asStrided",
  "sin_",
  "add_",
  "mul_",
  "mul_ by itself",
  "copy_",
  "fill_",
] as const;
interface Step {
  op: typeof OPS[number];
  a: number;
  b: number;
  k: number;
}

function apply({ op, a, b, k }: Step, held: readonly Tensor[]): Tensor {
  const x = held[a % held.length], y = held[b % held.length];
  const d = x.ndim === 0 ? 0 : k % x.ndim;
  switch (op) {
    case "sin":
    case "tanh":
    case "clone":
      return x[op]();
    case "add":
    case "mul":
    case "sub":
      return x[op](y);
    case "where":
      return where(tensor([true, false, true], { device: x.device as DeviceName }), x, y);
    case "cat":
      return cat([x, y], d);
    case "sum":
      return x.sum(d, k % 2 === 0);
    case "mean of columns":
      return x.mean(0);
    case "softmax":
      return x.softmax(d);
    case "matmul":
      return x.matmul(y.transpose(-1, -2));
    case "transpose":
      return x.transpose(-1, -2);
    case "select":
      return x.select(d, 0);
    case "slice":
      return x.slice(d, k % 2, Infinity, 1 + k % 2);
    case "diagonal":
      return x.diagonal();
    case "expand":
      return x.expand([2, ...x.shape]);
    case "reshape":
      return x.reshape([-1]);
    case "view":
      return x.view(x.shape.toReversed());
    case "unsqueeze":
      return x.unsqueeze(d);
    case "asStrided":
      // What it reaches outside of a view has no gradient, as in PyTorch.
      return x.isWhole() ? x.asStrided([2, 2], [3, 1], 1) : x;
    case "sin_":
      return x.sin_();
    case "add_":
      return x.add_(y);
    case "mul_":
      return x.mul_(y);
    case "mul_ by itself":
      return x.mul_(x.clone());
    case "copy_":
      return x.copy_(y);
    case "fill_":
      return x.fill_(0.5);
  }
}

/** Runs a program at a point; steps that are refused there are refused everywhere. */
function run(at: Tensor, steps: readonly Step[]): Tensor {
  // A value before anything else, so that there is something to write into.
  const held: Tensor[] = [at, at.mul(1)];
  for (const step of steps) {
    if (held.length > 12) break;
    try {
      const out = apply(step, held);
      if (out.numel > 0 && out.numel <= 24 && out.ndim <= 3) held.push(out);
    } catch (error) {
      const refused = error instanceof RangeError || error instanceof AutogradError ||
        error instanceof ShapeError;
      if (!refused) throw error;
    }
  }
  const terms = held.map((x, i) => {
    const weights = x.newArange(x.numel).mul(5).remainder(7).sub(2.5 + i).reshape(x.shape);
    return x.mul(weights.type(x.dtype)).sum();
  });
  return terms.reduce((sum, term) => sum.add(term));
}

const START = Float64Array.of(0.3, -0.7, 1.1, 0.9, -0.2, 0.5);

async function holds(steps: readonly Step[], device: DeviceName, counted: { n: number }) {
  const point = (values: Float64Array<ArrayBuffer>) =>
    tensor(values, { device }).reshape([2, 3]).clone().realize().requiresGrad_();
  const x = point(START);
  let found: Tensor | null;
  try {
    [found] = grad(run(x, steps), [x]);
  } catch (error) {
    // What the gradient needs was written: refused, as in PyTorch.
    if (error instanceof AutogradError && error.message.includes("changed in place")) return;
    throw error;
  }
  const analytic = await elements(found!) as number[];
  const h = 1e-6;
  for (let i = 0; i < START.length; i++) {
    const at = async (by: number) => {
      const moved = START.slice();
      moved[i] += by;
      return (await elements(run(point(moved), steps)))[0] as number;
    };
    const [high, low] = [await at(h), await at(-h)];
    const numeric = (high - low) / (2 * h);
    const scale = Math.max(1, Math.abs(numeric), Math.abs(high) * 1e-3);
    assert(
      Math.abs(numeric - analytic[i]) <= 1e-5 * scale,
      `element ${i}: ${analytic[i]} against ${numeric}`,
    );
  }
  counted.n++;
}

/** The same gradient on WebGPU, in float32, as on the CPU in float64; whether there was one. */
async function agrees(steps: readonly Step[]): Promise<boolean> {
  const gradient = async (values: TypedArray, device: DeviceName) => {
    const x = tensor(values, { device }).reshape([2, 3]).clone().realize().requiresGrad_();
    const y = run(x, steps);
    return await elements(grad(y, [x])[0]!) as number[];
  };
  let expected: number[];
  try {
    expected = await gradient(Float64Array.from(Float32Array.from(START)), "cpu");
  } catch (error) {
    if (error instanceof AutogradError && error.message.includes("changed in place")) return false;
    throw error;
  }
  const actual = await gradient(Float32Array.from(START), "webgpu");
  const scale = Math.max(1, ...expected.map(Math.abs));
  actual.forEach((value, i) => {
    assert(
      Math.abs(value - expected[i]) <= 2e-5 * scale,
      `element ${i}: ${value} against ${expected[i]} of at most ${scale}`,
    );
  });
  return true;
}

const small = fc.nat({ max: 11 });
const program = fc.array(
  fc.record({ op: fc.constantFrom(...OPS), a: small, b: small, k: fc.nat({ max: 3 }) }),
  { minLength: 1, maxLength: 9, size: "max" },
);

for (const device of HOST_DEVICES) {
  Deno.test(`programs with views and writes in place have right gradients [${device}]`, async () => {
    const counted = { n: 0 };
    await fc.assert(
      fc.asyncProperty(program, (steps) => holds(steps, device, counted)),
      { numRuns: device === "cpu" ? 250 : 100, seed: 20240303 },
    );
    assert(counted.n > 50, `only ${counted.n} programs could be differentiated`);
  });
}

forDevices(
  "programs with views and writes in place have the CPU's gradients on WebGPU, in 60 programs",
  async () => {
    let differentiated = 0;
    await fc.assert(
      fc.asyncProperty(program, async (steps) => void (await agrees(steps) && differentiated++)),
      { numRuns: 60, seed: 20240304 },
    );
    assert(differentiated > 30, `only ${differentiated} programs could be differentiated`);
  },
  ["webgpu"],
);
