/**
 * @module
 */
import type { DType } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { ROUNDING } from "../../tolerance.ts";
import { compute, demandWithinNoise, varied } from "./computed.ts";

/** A case of {@linkcode halfPrecisionAgrees}. */
export interface HalfCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** The narrow dtype. */
  dtype: DType;
}

/** Narrow numbers give nearly the same answers. */
export const halfPrecisionAgrees: Law<HalfCase> = law({
  id: "device/half-precision-agrees",
  version: 2,
  claim:
    "In evaluation mode a module that is cast to float16 or bfloat16 answers as it does in float64, as near as that does whose arguments and tensors are rounded to that dtype (class N of the tolerance), and with finite numbers where those are.",
  source: "https://github.com/huggingface/transformers/pull/17306",
  needs: ["module", "inputs"],
  runs: 4,
  runsOn: { webgpu: 2 },
  detects: ["sentinel-overflows-in-half", "angles-in-half"],
  axes: () => ({ dtype: ["float16", "bfloat16"] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, testCase) {
    const { dtype } = testCase;
    const evidence = new Evidence().note("dtype", dtype).compared();
    const { device } = context;
    const given = (index: number) =>
      varied({ ...testCase, layout: "contiguous", training: false, gradients: false }, index);
    const exact = { device: "cpu", dtype: "float64" } as const;
    const u = ROUNDING[dtype]!;
    const what = `In ${dtype} an answer is another than roundings explain`;
    await demandWithinNoise(evidence, what, {
      sample: async (index) => ({
        actual: await compute(context, given(index), { device, stored: dtype, dtype }),
        exact: await compute(context, given(index), exact),
        rounded: await compute(context, given(index), { ...exact, stored: dtype, off: u }),
      }),
      shaken: (index, roundings) =>
        compute(context, given(index), { ...exact, off: roundings * u }),
    });
    return evidence;
  },
});
