/**
 * Slopes: what differences of a function of some tensors show, against what backward says.
 *
 * @module
 */
import { type Argument, mapTensorSpecs, type TensorSpec } from "./argument.ts";
import { indexText } from "./compare.ts";
import { randomStream } from "./hash.ts";
import { type Evidence, Refutation } from "./law.ts";

/** A tensor of float64: where it is, and what backward says of it. */
export interface Point {
  /** Its name, or all that it has. */
  readonly name: string;
  /** The sizes. */
  readonly shape: readonly number[];
  /** Where it is. */
  readonly at: readonly number[];
  /** Its gradient. */
  readonly gradient: readonly number[];
}

/** A number that depends on some tensors, when they are given these values, in the order of the points. */
export type Loss = (values: readonly (readonly number[])[]) => Promise<number>;

/**
 * Demands that the gradients of tensors are the slopes that central differences show, for all of them
 * together and for each alone.
 *
 * @param evidence Where comparisons are counted.
 * @param what What it means if they differ, in one sentence.
 * @param loss Computes the number anew.
 * @param points The tensors.
 * @param seed Where the directions begin.
 * @throws {Refutation} If a gradient is not the slope.
 */
export async function gradientsAreSlopes(
  evidence: Evidence,
  what: string,
  loss: Loss,
  points: readonly Point[],
  seed: number,
): Promise<void> {
  const next = randomStream(seed);
  const directions = points.map(({ at }) => at.map(() => next() * 2 - 1));
  const all = [...points.keys()];
  for (const which of points.length > 1 ? [all, ...all.map((i) => [i])] : [all]) {
    const some = directions.map((direction, i) => which.includes(i) ? direction : null);
    await compareSlopes(evidence, what, { points, loss, directions: some });
  }
  evidence.note("tensors", points.length);
}

/** Zeros and ones sit on the kinks of relu, max and abs, where there is no one slope: other numbers, in float64. */
export function smooth(args: readonly Argument[]): Argument[] {
  return args.map((argument) => mapTensorSpecs(argument, smoothSpec));
}

function smoothSpec(spec: TensorSpec): TensorSpec {
  if (spec.dtype.startsWith("float") || spec.dtype === "bfloat16") {
    return { ...spec, dtype: "float64", fill: spec.fill === "uniform" ? "uniform" : "normal" };
  }
  return spec;
}

/** Which way tensors go from where they are; null for one that stays. */
interface Way {
  readonly points: readonly Point[];
  readonly loss: Loss;
  readonly directions: readonly (readonly number[] | null)[];
}

/** What the loss is a step away from where it is. */
function lossAt(step: number, { points, loss, directions }: Way): Promise<number> {
  return loss(points.map(({ at }, i) => {
    const direction = directions[i];
    return direction === null ? at : at.map((value, j) => value + step * direction[j]);
  }));
}

/** How far central differences reach: half of it too, for the share of curvature. */
const STEP = 2 ** -14;

/** A kink that is nearer than a sixth of a step spoils its difference: then a shorter one decides. */
const SHORTER = [STEP / 8, STEP / 64, STEP / 512];

/** A slope by backward, and by differences. */
interface Compared {
  readonly analytic: number;
  readonly slope: number;
  /** By how much they may differ, and the parts of it that curvature and roundings make. */
  readonly allowed: number;
  readonly curvature: number;
  readonly rounding: number;
}

const off = ({ analytic, slope }: Compared): number => Math.abs(slope - analytic);
const near = (of: Compared): boolean => Number.isFinite(of.analytic) && off(of) <= of.allowed;

async function compareSlopes(evidence: Evidence, what: string, way: Way): Promise<void> {
  const first = await slopesAt(STEP, way);
  if (!Number.isFinite(first.curvature)) return;
  evidence.compared();
  if (near(first)) return;
  for (const step of SHORTER) {
    const shorter = await slopesAt(step, way);
    // What roundings could explain is not taken for a kink.
    if (off(first) <= 2 * shorter.rounding) break;
    if (near(shorter)) return;
  }
  const moved = way.points.filter((_, i) => way.directions[i] !== null);
  throw new Refutation({
    what,
    where: moved.length === 1
      ? await worst(moved[0], way)
      : moved.map(({ name }) => name).join(", "),
    expected: `${first.slope} (difference quotient, within ${first.allowed.toExponential(1)})`,
    actual: `${first.analytic} (backward)`,
  });
}

async function slopesAt(step: number, way: Way): Promise<Compared> {
  const central = async (step: number) => {
    const above = await lossAt(step, way), below = await lossAt(-step, way);
    return { slope: (above - below) / (2 * step), size: Math.abs(above) + Math.abs(below) };
  };
  const coarse = await central(step), fine = await central(step / 2);
  let analytic = 0, scale = 0;
  way.points.forEach(({ gradient }, i) => {
    way.directions[i]?.forEach((d, j) => {
      analytic += d * gradient[j];
      scale += Math.abs(d * gradient[j]);
    });
  });
  // Curvature: the error of the fine difference is a third of what it differs from the coarse one,
  // times 4 for higher orders and kinks. Rounding: the loss has some hundred roundings of its size.
  const curvature = 4 * Math.abs(coarse.slope - fine.slope);
  const rounding = 256 * 2 ** -53 * (1 + fine.size) / step;
  const allowed = curvature + rounding + 1e-9 * scale;
  return { analytic, slope: fine.slope, allowed, curvature, rounding };
}

/** The element, of the first few, whose gradient is the furthest off. */
async function worst(point: Point, way: Way): Promise<string> {
  let most = -1, at = 0;
  for (let i = 0; i < Math.min(point.at.length, 32); i++) {
    const direction = point.at.map((_, j) => j === i ? 1 : 0);
    const directions = way.points.map((each) => each === point ? direction : null);
    const above = await lossAt(STEP, { ...way, directions });
    const below = await lossAt(-STEP, { ...way, directions });
    const off = Math.abs((above - below) / (2 * STEP) - point.gradient[i]);
    if (off > most) [most, at] = [off, i];
  }
  return `${point.name}${indexText(at, point.shape)}`;
}
