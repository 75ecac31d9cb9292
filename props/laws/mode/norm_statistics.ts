/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import { buildTensor, seeds, type TensorSpec } from "../../argument.ts";
import { demand, indexText, sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { fillNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { ROUNDING } from "../../rounding.ts";
import { type Tracking, tracksStatistics } from "../../state.ts";
import { registered } from "../../walk.ts";

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
  needs: ["module", "runningStatistics"],
  runs: 4,
  detects: ["running-variance-with-bias", "momentum-the-other-way-round"],
  cases: () =>
    fc.record({
      seed: seeds(),
      batches: fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 1, maxLength: 4 }),
    }),
  async check(context, { seed, batches }) {
    const evidence = new Evidence();
    const module = await context.make(seed);
    for (const [path, layer] of module.namedModules()) {
      if (!tracksStatistics(layer)) continue;
      const expected = await running(layer);
      layer.train();
      const batch = (size: number, i: number): TensorSpec => ({
        tensor: [size, layer.numFeatures],
        dtype: "float32",
        fill: "normal",
        seed: seed ^ (i + 1),
      });
      batches.forEach((size, i) => {
        const spec = batch(size, i);
        noGrad(() => context.forward(layer, [buildTensor(spec, context.device)]));
        follow(expected, Float32Array.from(fillNumbers(spec)), layer.momentum ?? 1 / (i + 1));
      });
      const actual = await running(layer);
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
      layer.eval();
      const before = await snapshots(registered(layer));
      noGrad(() => context.forward(layer, [buildTensor(batch(2, 9), context.device)]));
      const what = "Evaluation changes running statistics";
      sameStates(evidence, what, await snapshots(registered(layer)), before);
    }
    return evidence;
  },
});

interface Running {
  running_mean: number[];
  running_var: number[];
}

async function running({ running_mean, running_var }: Tracking): Promise<Running> {
  return {
    running_mean: Array.from(await running_mean.data(), Number),
    running_var: Array.from(await running_var.data(), Number),
  };
}

/** The formula, in float64. */
function follow(into: Running, values: Float32Array, momentum: number): void {
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
