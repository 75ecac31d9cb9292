/**
 * @module
 */
import { fromStorage, noGrad, Storage, type Tensor } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import {
  type Argument,
  buildTensor,
  mapTensorSpecs,
  seeds,
  type TensorSpec,
} from "../../argument.ts";
import { indexText, tensorsIn } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { randomStream } from "../../hash.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";

/** A case of {@linkcode gradcheck}. */
export interface GradCase {
  /** The seed of the instance, of the directions and of the weights of the outputs. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
}

/** The gradient is the slope. */
export const gradcheck: Law<GradCase> = law({
  id: "math/gradcheck",
  claim:
    "The gradients that backward gives are the slopes that differences of forward show, in float64, for parameters and arguments together and one by one.",
  source: "https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.html",
  needs: ["module", "inputs", "gradients", "float64"],
  runs: 3,
  detects: ["detached-parameter", "gradient-of-the-wrong-scale", "detached-input"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence();
    const module = (await context.make(seed)).eval();
    await context.wait('to("float64")', () => module.to("float64"));
    // Zeros and ones sit on the kinks of relu, max and abs, where there is no one slope.
    const given = context.args(args.map((argument) => mapTensorSpecs(argument, smooth)));
    const named: [string, Tensor][] = [
      ...module.namedParameters().filter(([, value]) => value.requiresGrad),
      ...tensorsIn(given, "arguments").filter(([, value]) => isFloating(value)),
    ];
    for (const [, value] of named) value.requiresGrad_(true);
    const loss = weightedSum(context, module, given, seed);
    const total = loss();
    if (total === null || named.length === 0) return evidence;
    if (!total.requiresGrad) {
      throw new Refutation({
        what: "The output has no history: nothing can be trained through this module",
        where: "output",
        expected: `a gradient of ${named.map(([name]) => name).join(", ")}`,
        actual: "requiresGrad false",
      });
    }
    for (const [, value] of named) value.grad = null;
    context.call("backward", () => total.backward());
    const next = randomStream(seed);
    const points: Point[] = [];
    for (const [name, value] of named) {
      const tied = points.find(({ tensor }) => tensor.storage === value.storage);
      if (tied === undefined) points.push(await pointOf(name, value, next));
      else if (sameWindow(tied.tensor, value)) await join(tied, name, value);
      else return evidence; // One can't be changed without a part of the other.
    }
    const slope = (some: readonly Point[]) => compareSlopes(evidence, some, loss);
    await slope(points);
    if (points.length > 1) { for (const point of points) await slope([point]); }
    evidence.note("tensors", points.length);
    return evidence;
  },
});

function smooth(spec: TensorSpec): TensorSpec {
  if (spec.dtype.startsWith("float") || spec.dtype === "bfloat16") {
    return { ...spec, dtype: "float64", fill: spec.fill === "uniform" ? "uniform" : "normal" };
  }
  return spec;
}

/** A sum of all outputs with fixed random weights, so that no two errors cancel. */
function weightedSum(
  context: Context,
  module: Module,
  args: readonly unknown[],
  seed: number,
): () => Tensor | null {
  return () => {
    context.reseed(seed);
    const outputs = tensorsIn(context.forward(module, args)).filter(([, value]) =>
      isFloating(value)
    );
    let total: Tensor | null = null;
    outputs.forEach(([, value], i) => {
      const spec = {
        tensor: value.shape,
        dtype: value.dtype,
        fill: "normal" as const,
        seed: seed ^ i,
      };
      const part = value.mul(buildTensor(spec, value.device)).sum();
      total = total === null ? part : (total as Tensor).add(part);
    });
    return total;
  };
}

/** A tensor, where it is, which way to go from there, and what backward says of it. */
interface Point {
  name: string;
  tensor: Tensor;
  at: Float64Array;
  direction: Float64Array;
  gradient: Float64Array;
}

async function pointOf(name: string, tensor: Tensor, next: () => number): Promise<Point> {
  const at = await tensor.detach().data() as Float64Array;
  const gradient = tensor.grad === null
    ? new Float64Array(at.length)
    : await tensor.grad.data() as Float64Array;
  const direction = at.map(() => next() * 2 - 1);
  return { name, tensor, at, direction, gradient };
}

/** Whether two tensors show the same elements. */
function sameWindow(a: Tensor, b: Tensor): boolean {
  return a.offset === b.offset && a.shape.join() === b.shape.join() &&
    a.strides.join() === b.strides.join();
}

/** Two tensors that are one: a change of one changes both, so their gradients add up. */
async function join(tied: Point, name: string, { grad }: Tensor): Promise<void> {
  tied.name += ` = ${name}`;
  if (grad === null) return;
  (await grad.data() as Float64Array).forEach((value, i) => tied.gradient[i] += value);
}

/** What the loss is a step away from where it is. */
async function lossAt(
  points: readonly Point[],
  step: number,
  loss: () => Tensor | null,
): Promise<number> {
  const write = (by: number) =>
    noGrad(() => {
      for (const { tensor, at, direction } of points) {
        const values = at.map((value, i) => value + by * direction[i]);
        tensor.detach().copy_(doubles(values, tensor));
      }
    });
  write(step);
  const value = Number(await noGrad(loss)!.item());
  write(0);
  return value;
}

function doubles(values: Float64Array, like: Tensor): Tensor {
  const storage = Storage.fromBytes("float64", new Uint8Array(values.buffer), like.device);
  return fromStorage(storage, { shape: [...like.shape] });
}

/** The central difference over steps of this size, and half of it, for the share of curvature. */
const STEP = 2 ** -14;

async function compareSlopes(
  evidence: Evidence,
  points: readonly Point[],
  loss: () => Tensor | null,
): Promise<void> {
  const central = async (step: number) => {
    const above = await lossAt(points, step, loss), below = await lossAt(points, -step, loss);
    return { slope: (above - below) / (2 * step), size: Math.abs(above) + Math.abs(below) };
  };
  const coarse = await central(STEP), fine = await central(STEP / 2);
  let analytic = 0, scale = 0;
  for (const { direction, gradient } of points) {
    direction.forEach((d, i) => {
      analytic += d * gradient[i];
      scale += Math.abs(d * gradient[i]);
    });
  }
  if (!Number.isFinite(coarse.slope) || !Number.isFinite(fine.slope)) return;
  // Curvature: the error of the fine difference is a third of what it differs from the coarse one,
  // times 4 for higher orders and kinks. Rounding: the loss has some hundred roundings of its size.
  const curvature = 4 * Math.abs(coarse.slope - fine.slope);
  const rounding = 256 * 2 ** -53 * (1 + fine.size) / STEP;
  const allowed = curvature + rounding + 1e-9 * scale;
  evidence.compared();
  if (Math.abs(fine.slope - analytic) <= allowed) return;
  const at = points.length === 1
    ? await worst(points[0], loss)
    : points.map(({ name }) => name).join(", ");
  throw new Refutation({
    what: "The gradient is not the slope",
    where: at,
    expected: `${fine.slope} (difference quotient, within ${allowed.toExponential(1)})`,
    actual: `${analytic} (backward)`,
  });
}

/** The element, of the first few, whose gradient is the furthest off. */
async function worst(point: Point, loss: () => Tensor | null): Promise<string> {
  let most = -1, at = 0;
  for (let i = 0; i < Math.min(point.at.length, 32); i++) {
    const direction = new Float64Array(point.at.length);
    direction[i] = 1;
    const [above, below] = [
      await lossAt([{ ...point, direction }], STEP, loss),
      await lossAt([{ ...point, direction }], -STEP, loss),
    ];
    const off = Math.abs((above - below) / (2 * STEP) - point.gradient[i]);
    if (off > most) [most, at] = [off, i];
  }
  return `${point.name}${indexText(at, point.tensor.shape)}`;
}
