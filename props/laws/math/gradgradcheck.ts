/**
 * @module
 */
import { fromStorage, grad, noGrad, Storage, type Tensor } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { tensorsIn } from "../../compare.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";
import { gradientsAreSlopes, type Point, smooth } from "../../slopes.ts";
import type { GradCase } from "./gradcheck.ts";

/** The gradient of the gradient is the slope of the gradient. */
export const gradgradcheck: Law<GradCase> = law({
  id: "math/gradgradcheck",
  claim:
    "Gradients with createGraph have gradients of their own, which are the slopes that differences of the first ones show, in float64.",
  source: "https://pytorch.org/docs/stable/generated/torch.autograd.gradgradcheck.html",
  needs: ["module", "inputs", "gradients", "float64"],
  runs: 1,
  detects: ["second-gradient-of-a-constant", "gradient-without-history"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence().compared();
    const module = (await context.make(seed)).eval();
    await context.wait('to("float64")', () => module.to("float64"));
    const given = context.args(smooth(args));
    const named = [
      ...module.namedParameters().filter(([, value]) => value.requiresGrad),
      ...tensorsIn(given, "arguments").filter(([, value]) => isFloating(value)),
    ];
    const values = named.map(([, value]) => value.requiresGrad_(true));
    /** A sum of all gradients with fixed random weights. */
    const loss = () => {
      context.reseed(seed);
      const first = weightedSum(context.forward(module, given), seed);
      if (!first?.requiresGrad || values.length === 0) return null;
      const options = { createGraph: true, allowUnused: true };
      return weightedSum(context.call("grad", () => grad(first, values, options)), ~seed);
    };
    const total = loss();
    if (total === null) return evidence;
    const seconds = total.requiresGrad
      ? context.call("grad", () => grad(total, values, { allowUnused: true }))
      : values.map(() => null);
    const points: Point[] = [], tensors: Tensor[] = [];
    for (const [i, [name, value]] of named.entries()) {
      const point = await pointOf(name, value, seconds[i]);
      const tied = tensors.findIndex(({ storage }) => storage === value.storage);
      if (tied < 0) {
        points.push(point);
        tensors.push(value);
      } else if (sameWindow(tensors[tied], value)) points[tied] = joined(points[tied], point);
      else return evidence; // One can't be changed without a part of the other.
    }
    const what = "The gradient of the gradient is not its slope";
    await gradientsAreSlopes(evidence, what, lossAt, points, seed);
    return evidence;

    async function lossAt(moved: readonly (readonly number[])[]): Promise<number> {
      noGrad(() => tensors.forEach((tensor, i) => tensor.detach().copy_(like(tensor, moved[i]))));
      return Number(await loss()!.detach().item());
    }
  },
});

async function pointOf(name: string, tensor: Tensor, grad: Tensor | null): Promise<Point> {
  const at = await numbersOf(tensor);
  const gradient = grad === null ? at.map(() => 0) : await numbersOf(grad);
  return { name, shape: tensor.shape, at, gradient };
}

async function numbersOf(tensor: Tensor): Promise<number[]> {
  return [...await tensor.detach().data() as Float64Array];
}

function like({ shape, device }: Tensor, numbers: readonly number[]): Tensor {
  const storage = Storage.fromBytes("float64", encodeNumbers(numbers, "float64"), device);
  return fromStorage(storage, { shape: [...shape] });
}

/** Whether two tensors show the same elements. */
function sameWindow(a: Tensor, b: Tensor): boolean {
  return a.offset === b.offset && a.shape.join() === b.shape.join() &&
    a.strides.join() === b.strides.join();
}

/** Two tensors that are one: a change of one changes both, so their gradients add up. */
function joined(point: Point, { name, gradient }: Point): Point {
  return {
    ...point,
    name: `${point.name} = ${name}`,
    gradient: point.gradient.map((value, i) => value + gradient[i]),
  };
}
