/**
 * Slopes: what differences of a function of some tensors show, against what backward says.
 *
 * @module
 */
import { fromStorage, noGrad, Storage, type Tensor } from "../core/mod.ts";
import type { Module } from "../nn/mod.ts";
import { type Argument, mapTensorSpecs, type TensorSpec } from "./argument.ts";
import { indexText, tensorsIn } from "./compare.ts";
import type { Context } from "./context.ts";
import { isFloating } from "./examine.ts";
import { randomStream } from "./hash.ts";
import { type Evidence, Refutation } from "./law.ts";

/** A number that depends on some tensors. */
export type Loss = () => Tensor | null;

/**
 * Demands that the gradients of tensors are the slopes that central differences show, for all of them
 * together and for each alone.
 *
 * @param evidence Where comparisons are counted.
 * @param what What it means if they differ, in one sentence.
 * @param loss Computes the number anew.
 * @param named The tensors, float64, with their gradients; null is zero.
 * @param seed Where the directions begin.
 * @throws {Refutation} If a gradient is not the slope.
 */
export async function gradientsAreSlopes(
  evidence: Evidence,
  what: string,
  loss: Loss,
  named: readonly (readonly [string, Tensor, Tensor | null])[],
  seed: number,
): Promise<void> {
  const next = randomStream(seed);
  const points: Point[] = [];
  for (const [name, value, gradient] of named) {
    const tied = points.find(({ tensor }) => tensor.storage === value.storage);
    if (tied === undefined) points.push(await pointOf(name, value, gradient, next));
    else if (sameWindow(tied.tensor, value)) await join(tied, name, gradient);
    else return; // One can't be changed without a part of the other.
  }
  const slope = (some: readonly Point[]) => compareSlopes(evidence, what, some, loss);
  await slope(points);
  if (points.length > 1) { for (const point of points) await slope([point]); }
  evidence.note("tensors", points.length);
}

/** A module in float64 with arguments, and everything in both that a gradient is asked of. */
export interface Differentiable {
  /** The module, in evaluation mode. */
  readonly module: Module;
  /** What `forward` is given. */
  readonly given: readonly unknown[];
  /** Parameters and arguments, which all require gradients. */
  readonly named: readonly (readonly [string, Tensor])[];
}

/** Makes an instance whose slopes can be compared. */
export async function differentiable(
  context: Context,
  seed: number,
  args: readonly Argument[],
): Promise<Differentiable> {
  const module = (await context.make(seed)).eval();
  await context.wait('to("float64")', () => module.to("float64"));
  const given = context.args(args.map((argument) => mapTensorSpecs(argument, smooth)));
  const named = [
    ...module.namedParameters().filter(([, value]) => value.requiresGrad),
    ...tensorsIn(given, "arguments").filter(([, value]) => isFloating(value)),
  ];
  for (const [, value] of named) value.requiresGrad_(true);
  return { module, given, named };
}

/** Zeros and ones sit on the kinks of relu, max and abs, where there is no one slope. */
function smooth(spec: TensorSpec): TensorSpec {
  if (spec.dtype.startsWith("float") || spec.dtype === "bfloat16") {
    return { ...spec, dtype: "float64", fill: spec.fill === "uniform" ? "uniform" : "normal" };
  }
  return spec;
}

/** A tensor, where it is, which way to go from there, and what backward says of it. */
interface Point {
  name: string;
  tensor: Tensor;
  at: Float64Array;
  direction: Float64Array;
  gradient: Float64Array;
}

async function pointOf(
  name: string,
  tensor: Tensor,
  grad: Tensor | null,
  next: () => number,
): Promise<Point> {
  const at = await tensor.detach().data() as Float64Array;
  const gradient = grad === null
    ? new Float64Array(at.length)
    : (await grad.detach().data() as Float64Array).slice();
  const direction = at.map(() => next() * 2 - 1);
  return { name, tensor, at, direction, gradient };
}

/** Whether two tensors show the same elements. */
function sameWindow(a: Tensor, b: Tensor): boolean {
  return a.offset === b.offset && a.shape.join() === b.shape.join() &&
    a.strides.join() === b.strides.join();
}

/** Two tensors that are one: a change of one changes both, so their gradients add up. */
async function join(tied: Point, name: string, grad: Tensor | null): Promise<void> {
  tied.name += ` = ${name}`;
  if (grad === null) return;
  (await grad.detach().data() as Float64Array).forEach((value, i) => tied.gradient[i] += value);
}

/** What the loss is a step away from where it is. */
async function lossAt(
  points: readonly Point[],
  step: number,
  loss: Loss,
): Promise<number> {
  const write = (by: number) =>
    noGrad(() => {
      for (const { tensor, at, direction } of points) {
        const values = at.map((value, i) => value + by * direction[i]);
        tensor.detach().copy_(doubles(values, tensor));
      }
    });
  write(step);
  const value = Number(await loss()!.detach().item());
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
  what: string,
  points: readonly Point[],
  loss: Loss,
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
    what,
    where: at,
    expected: `${fine.slope} (difference quotient, within ${allowed.toExponential(1)})`,
    actual: `${analytic} (backward)`,
  });
}

/** The element, of the first few, whose gradient is the furthest off. */
async function worst(point: Point, loss: Loss): Promise<string> {
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
