/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand, indexText, sameStates, type Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";
import { contentsOf, partsOnce } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { ROUNDING } from "../../tolerance.ts";

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
  claim:
    "Training moves the running mean and the running variance of a BatchNorm1d towards those of the batch, the variance without its bias, by its momentum, or by one part in the number of batches; evaluation leaves them.",
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
    const instance = await context.instance(seed);
    for (const { name: path, layer } of partsOnce(await instance.list())) {
      if (layer?.kind !== "batchNorm") continue;
      const norm = await instance.part(path);
      const expected = running(await norm.read());
      const batch = (size: number, i: number) => {
        const tensor = [size, layer.features];
        return contentsOf({ tensor, dtype: "float32", fill: "normal", seed: seed ^ (i + 1) });
      };
      await norm.train(true);
      for (const [i, size] of batches.entries()) {
        const x = batch(size, i);
        await norm.forward([x]);
        follow(expected, decodeNumbers(x.bytes, x.dtype), layer.momentum ?? 1 / (i + 1));
      }
      const trained = await norm.read();
      const actual = running(trained);
      for (const name of ["running_mean", "running_var"] as const) {
        actual[name].forEach((value, c) => {
          // A batch of up to 6 normal numbers and as many roundings, for each of up to 4 batches.
          const allowed = 64 * ROUNDING.float32! * (8 + Math.abs(expected[name][c]));
          demand(evidence, Math.abs(value - expected[name][c]) <= allowed, {
            what: "Running statistics are not what the formula gives",
            where: `${path === "" ? "" : `${path}.`}${name}${indexText(c, [actual[name].length])}`,
            expected: `${expected[name][c]} within ${allowed.toExponential(1)}`,
            actual: String(value),
          });
        });
      }
      await norm.train(false);
      await norm.forward([batch(2, 9)]);
      const what = "Evaluation changes running statistics";
      sameStates(evidence, what, await norm.read(), trained);
    }
    return evidence;
  },
});

interface Running {
  running_mean: number[];
  running_var: number[];
}

function running(values: ReadonlyMap<string, Snapshot>): Running {
  const numbers = (name: keyof Running) => {
    const { bytes, dtype } = values.get(name)!;
    return decodeNumbers(bytes, dtype);
  };
  return { running_mean: numbers("running_mean"), running_var: numbers("running_var") };
}

/** The formula, in float64. */
function follow(into: Running, values: readonly number[], momentum: number): void {
  const channels = into.running_mean.length;
  const size = values.length / channels;
  for (let c = 0; c < channels; c++) {
    const column = values.filter((_, i) => i % channels === c);
    const mean = column.reduce((sum, value) => sum + value, 0) / size;
    const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (size - 1);
    into.running_mean[c] += momentum * (mean - into.running_mean[c]);
    into.running_var[c] += momentum * (variance - into.running_var[c]);
  }
}
