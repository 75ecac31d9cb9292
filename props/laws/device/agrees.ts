/**
 * @module
 */
import type { DType } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import type { Layout } from "../../layout.ts";
import { ROUNDING } from "../../tolerance.ts";
import { compute, demandWithinNoise, varied } from "./computed.ts";

/** A case of {@linkcode devicesAgree}. */
export interface AgreeCase {
  /** The seed of the instance, of what it drops, and of the weights of the outputs. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** The dtype of parameters and floating arguments. */
  dtype: DType;
  /** How the arguments lie in memory. */
  layout: Layout;
  /** Whether in training mode. */
  training: boolean;
}

/** What a module computes is the same wherever it does. */
export const devicesAgree: Law<AgreeCase> = law({
  id: "device/agrees",
  version: 2,
  claim:
    "Outputs, gradients and running statistics are on every device those of the same computation in float64 on another one, as near as the roundings of a plain interpreter that sums one by one come to them (class N of the tolerance).",
  source: "https://www.w3.org/TR/WGSL/#floating-point-accuracy",
  needs: ["module", "inputs", "gradients"],
  runs: 6,
  runsOn: { webgpu: 3 },
  detects: [
    "agrees-inputs-in-tf32",
    "agrees-scale-off",
    "agrees-forward-in-half",
    "agrees-gradient-of-its-own",
  ],
  axes: () => ({ dtype: ["float32", "float16", "bfloat16"] }),
  cases: ({ inputs }) =>
    fc.record({
      seed: seeds(),
      args: inputs!,
      layout: fc.constantFrom<Layout>("contiguous", "transposed", "offset", "every second"),
      training: fc.boolean(),
    }),
  async check(context, testCase) {
    const { dtype, layout, training } = testCase;
    const evidence = new Evidence();
    evidence.note("dtype", dtype).note("layout", layout).note("training", training);
    const { device } = context;
    // Neither float64 nor the yardstick is computed on the device that is judged.
    const exact = { device: device === "cpu" ? "reference" : "cpu", stored: dtype } as const;
    const yardstick = device === "reference" ? "cpu" : "reference";
    const given = (index: number) => varied(testCase, index);
    const what = `"${device}" computes something else than float64 does on another device`;
    await demandWithinNoise(evidence, what, {
      sample: async (index) => ({
        actual: await compute(context, given(index), { device, stored: dtype, dtype }),
        exact: await compute(context, given(index), { ...exact, dtype: "float64" }),
        rounded: await compute(context, given(index), { device: yardstick, stored: dtype, dtype }),
      }),
      shaken: (index, roundings) => {
        const off = roundings * ROUNDING[dtype]!;
        return compute(context, given(index), { ...exact, dtype: "float64", off });
      },
    });
    return evidence;
  },
});
