/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import type { Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers, encodeNumbers } from "../../fill.ts";
import {
  type Contents,
  contentsIn,
  type Entry,
  type Instance,
  mapContents,
  type Output,
  parametersOnce,
} from "../../instance.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { gradientsAreSlopes, type Loss, type Point, smooth } from "../../slopes.ts";

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
  needs: ["instance", "inputs", "gradients", "casts", "float64"],
  runs: 3,
  detects: ["detached-parameter", "gradient-of-the-wrong-scale", "detached-input"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence();
    const instance = (await context.inFloat64(seed))!;
    await instance.train(false);
    const given = context.given(smooth(args));
    const parameters = parametersOnce(await instance.list())
      .filter(({ requiresGrad }) => requiresGrad);
    const inputs = contentsIn(given).filter(([, { dtype }]) => dtype === "float64");
    const names = [...parameters.map(({ name }) => name), ...inputs.map(([place]) => place)];
    const output = await instance.forward(given, { seed, recorded: true, inputGradients: true });
    const weights = output.weights(seed);
    if (weights.every((weight) => weight === null) || names.length === 0) return evidence;
    if (!output.requiresGrad) {
      throw new Refutation({
        what: "The output has no history: nothing can be trained through this module",
        where: "output",
        expected: `a gradient of ${names.join(", ")}`,
        actual: "requiresGrad false",
      });
    }
    await instance.setGradients(new Map(parameters.map(({ name }) => [name, null])));
    await output.backwardBy(weights);
    const values = await instance.read(), gradients = await instance.gradients();
    const inputGradients = await output.inputGradients();
    const variables = await untied(instance, parameters, values);
    if (variables === null) return evidence;
    const points = [
      ...variables.map((tied) => pointOf(tied, values.get(tied[0])!, gradients)),
      ...inputs.map(([place, value]) => pointOf([place], value, inputGradients)),
    ];
    const loss: Loss = async (moved) => {
      const contents = moved.map((numbers, i) => float64(points[i].shape, numbers));
      const to = new Map(inputs.map(([, value], i) => [value, contents[variables.length + i]]));
      await instance.write(new Map(variables.map(([name], i) => [name, contents[i]])));
      const args = given.map((item) => mapContents(item, (each) => to.get(each) ?? each));
      return lossOf(await instance.forward(args, { seed }), weights);
    };
    await gradientsAreSlopes(evidence, "The gradient is not the slope", loss, points, seed);
    return evidence;
  },
});

/**
 * The names of parameters, those of the same elements together: a change of one changes all. Null where
 * one can't be changed without a part of another.
 */
async function untied(
  instance: Instance,
  parameters: readonly Entry[],
  values: ReadonlyMap<string, Snapshot>,
): Promise<string[][] | null> {
  const groups = Map.groupBy(parameters, ({ memory }) => memory);
  const tied = [...groups.values()].map((group) => group.map(({ name }) => name));
  for (const [first, ...others] of tied) {
    if (others.length === 0) continue;
    const value = values.get(first)!;
    const ramp = float64(value.shape, numbersOf(value).map((_, i) => i + 1));
    await instance.write(new Map([[first, ramp]]));
    const written = await instance.read();
    await instance.write(new Map([[first, value]]));
    const same = ({ shape, bytes }: Snapshot) =>
      shape.join() === ramp.shape.join() && bytes.every((byte, i) => byte === ramp.bytes[i]);
    if (!others.every((name) => same(written.get(name)!))) return null;
  }
  return tied;
}

const numbersOf = ({ bytes, dtype }: Snapshot): number[] => decodeNumbers(bytes, dtype);

function float64(shape: readonly number[], numbers: readonly number[]): Contents {
  return { shape, dtype: "float64", bytes: encodeNumbers(numbers, "float64") };
}

/** The gradients of several names of one tensor add up; one that is missing is zero. */
function pointOf(
  names: readonly string[],
  value: Snapshot,
  gradients: ReadonlyMap<string, Snapshot>,
): Point {
  const at = numbersOf(value);
  const gradient = at.map(() => 0);
  for (const name of names) {
    const own = gradients.get(name);
    if (own !== undefined) numbersOf(own).forEach((number, i) => gradient[i] += number);
  }
  return { name: names.join(" = "), shape: value.shape, at, gradient };
}

/** The sum of outputs times weights. */
async function lossOf(
  output: Output,
  weights: readonly (Contents | null)[],
): Promise<number> {
  const values = await output.values();
  let sum = 0;
  output.outputs.forEach(({ place }, i) => {
    const weight = weights[i];
    if (weight === null) return;
    const factors = numbersOf(weight);
    numbersOf(values.get(place)!).forEach((number, j) => sum += factors[j] * number);
  });
  return sum;
}
