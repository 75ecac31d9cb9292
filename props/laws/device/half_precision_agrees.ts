/**
 * @module
 */
import { type DType, DTYPES } from "../../../core/mod.ts";
import { type Argument, mapTensorSpecs, seeds, type TensorSpec } from "../../argument.ts";
import type { Snapshot } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers, encodeNumbers, fillNumbers } from "../../fill.ts";
import { hash } from "../../hash.ts";
import { buffersOnce, mapContents, widened } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import type { Results } from "../../noise.ts";
import { ROUNDING } from "../../tolerance.ts";
import { demandWithinNoise, type Place, varied } from "./computed.ts";

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
  needs: ["instance", "inputs", "casts"],
  runs: 4,
  runsOn: { webgpu: 2 },
  detects: ["sentinel-overflows-in-half", "angles-in-half"],
  axes: ({ capabilities }) => ({
    dtype: capabilities.has("float16") ? ["float16", "bfloat16"] : ["bfloat16"],
  }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, testCase) {
    const { dtype } = testCase;
    const evidence = new Evidence().note("dtype", dtype).compared();
    const exact = { device: "cpu", dtype: "float64" } as const;
    const u = ROUNDING[dtype]!;
    const what = `In ${dtype} an answer is another than roundings explain`;
    await demandWithinNoise(evidence, what, {
      sample: async (index) => {
        const given = varied(testCase, index);
        const there = { device: context.device, stored: dtype, dtype };
        return {
          actual: await answers(context, given, there),
          exact: await answers(context, given, exact),
          rounded: await answers(context, given, { ...exact, stored: dtype, off: u }),
        };
      },
      shaken: (index, roundings) =>
        answers(context, varied(testCase, index), { ...exact, off: roundings * u }),
    });
    return evidence;
  },
});

const isFloat = ({ dtype }: { dtype: DType }): boolean => DTYPES[dtype].kind === "float";

/** What forward answers, and floating buffers after it. */
async function answers(
  context: Context,
  { seed, args }: Pick<HalfCase, "seed" | "args">,
  { device, stored, dtype, off = 0 }: Place,
): Promise<Results> {
  const instance = await context.instance(seed, device);
  await instance.train(false);
  if (stored !== undefined) await instance.to(stored);
  if (stored !== dtype) await instance.to(dtype);
  const typed = (spec: TensorSpec) =>
    stored !== undefined && isFloat(spec) ? { ...spec, dtype: stored } : spec;
  let given = context.given(args.map((argument) => mapTensorSpecs(argument, typed)));
  if (dtype === "float64") given = widened(given);
  if (off > 0) {
    let count = 0;
    const shake = (of: Snapshot) =>
      isFloat(of) ? shaken(of, off, seed ^ hash(`${off} ${count++}`)) : of;
    await instance.write(
      new Map([...await instance.read()].map(([name, of]) => [name, shake(of)])),
    );
    given = given.map((item) => mapContents(item, shake));
  }
  const values = await (await instance.forward(given, { seed })).values();
  const results = [...values].filter(([, value]) => isFloat(value));
  const buffers = buffersOnce(await instance.list()).filter(isFloat);
  if (buffers.length > 0) {
    const contents = await instance.read();
    for (const { name } of buffers) results.push([`buffer ${name}`, contents.get(name)!]);
  }
  return new Map(results);
}

/** Each element changed by up to a share of it. */
function shaken({ shape: tensor, dtype, bytes }: Snapshot, off: number, seed: number): Snapshot {
  const spec = { tensor, dtype, fill: "uniform", seed, low: 1 - off, high: 1 + off } as const;
  const factors = fillNumbers(spec);
  const numbers = decodeNumbers(bytes, dtype).map((number, i) => number * factors[i]);
  return { shape: tensor, dtype, bytes: encodeNumbers(numbers, dtype) };
}
