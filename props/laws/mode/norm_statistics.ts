/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { sameStates, type Snapshot } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers, encodeNumbers } from "../../fill.ts";
import { hash } from "../../hash.ts";
import { type Contents, contentsOf, type Instance, type Layer, partsOnce } from "../../instance.ts";
import { Evidence, IllConditioned, type Law, law } from "../../law.ts";
import { type Results, type Sample, withinNoise } from "../../noise.ts";

/** A case of {@linkcode normStatistics}. */
export interface NormCase {
  /** The seed of the instance and of the numbers. */
  seed: number;
  /** The size of each batch that it is trained on. */
  batches: readonly number[];
}

/** The running values are what the formula says. */
export const normStatistics: Law<NormCase> = law({
  id: "mode/norm-statistics",
  version: 2,
  claim:
    "Training moves the running mean and the running variance of a BatchNorm1d towards those of the batch, the variance without its bias, by its momentum, or by one part in the number of batches, as near to that formula in float64 as roundings allow; evaluation leaves them.",
  source: "https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html",
  needs: ["instance", "runningStatistics"],
  runs: 4,
  detects: ["running-variance-with-bias", "momentum-the-other-way-round"],
  cases: () =>
    fc.record({
      seed: seeds(),
      batches: fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 1, maxLength: 4 }),
    }),
  async check(context, { seed, batches }) {
    const evidence = new Evidence();
    const what = "Running statistics are not what the formula gives";
    const unjudged = await withinNoise(evidence, what, {
      sample: (index) => trained(context, hash(`${seed} ${index}`) >>> 1, batches),
    });
    if (unjudged.length > 0) throw new IllConditioned(unjudged[0]);
    const instance = await context.instance(seed);
    for (const [path, { features }] of await normsOf(instance)) {
      const norm = await instance.part(path);
      const before = await norm.read();
      await norm.train(false);
      await norm.forward([batch(features, 2, seed)]);
      sameStates(evidence, "Evaluation changes running statistics", await norm.read(), before);
    }
    return evidence;
  },
});

type Norm = Extract<Layer, { kind: "batchNorm" }>;

async function normsOf(instance: Instance): Promise<[path: string, layer: Norm][]> {
  return partsOnce(await instance.list()).flatMap(({ name, layer }): [string, Norm][] =>
    layer?.kind === "batchNorm" ? [[name, layer]] : []
  );
}

function batch(features: number, size: number, seed: number): Contents {
  return contentsOf({ tensor: [size, features], dtype: "float32", fill: "normal", seed });
}

/** What training leaves, and what the formula gives in float64 and in float32. */
async function trained(
  context: Context,
  seed: number,
  batches: readonly number[],
): Promise<Sample> {
  const instance = await context.instance(seed);
  const out = { actual: new Map(), exact: new Map(), rounded: new Map() };
  for (const [path, { features, momentum }] of await normsOf(instance)) {
    const norm = await instance.part(path);
    const exact = numbersOf(await norm.read()), rounded = exact.map((numbers) => [...numbers]);
    await norm.train(true);
    for (const [i, size] of batches.entries()) {
      const x = batch(features, size, seed ^ (i + 1));
      await norm.forward([x]);
      const values = decodeNumbers(x.bytes, x.dtype), share = momentum ?? 1 / (i + 1);
      follow(exact, values, share, (value) => value);
      follow(rounded, values, share, Math.fround);
    }
    const left = await norm.read();
    for (const [i, name] of STATISTICS.entries()) {
      const place = path === "" ? name : `${path}.${name}`;
      const { shape } = left.get(name)!;
      const as = (numbers: readonly number[]): Snapshot => ({
        shape,
        dtype: "float64",
        bytes: encodeNumbers(numbers, "float64"),
      });
      out.actual.set(place, left.get(name)!);
      out.exact.set(place, as(exact[i]));
      out.rounded.set(place, as(rounded[i]));
    }
  }
  return out;
}

const STATISTICS = ["running_mean", "running_var"] as const;

function numbersOf(values: Results): number[][] {
  return STATISTICS.map((name) => {
    const { bytes, dtype } = values.get(name)!;
    return decodeNumbers(bytes, dtype);
  });
}

/** The formula, with each number rounded. */
function follow(
  [means, variances]: number[][],
  values: readonly number[],
  momentum: number,
  round: (x: number) => number,
): void {
  const channels = means.length, size = values.length / channels;
  const towards = (from: number, to: number) => round(from + round(momentum * round(to - from)));
  for (let c = 0; c < channels; c++) {
    const column = values.filter((_, i) => i % channels === c);
    const mean = round(column.reduce((sum, value) => round(sum + value), 0) / size);
    const squares = column.map((value) => round(round(value - mean) ** 2));
    const variance = round(squares.reduce((sum, value) => round(sum + value), 0) / (size - 1));
    means[c] = towards(means[c], mean);
    variances[c] = towards(variances[c], variance);
  }
}
