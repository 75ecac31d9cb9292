/**
 * @module
 */
import { type DeviceName, type DType, noGrad } from "../../../core/mod.ts";
import { type Argument, buildTensor, seeds } from "../../argument.ts";
import { demand, indexText, tensorsIn } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { ROUNDING } from "../../rounding.ts";
import { registered } from "../../walk.ts";

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
  claim:
    "In evaluation mode a module that is cast to float16 or bfloat16 answers as it does in float64, within some times what rounding its arguments and tensors to that dtype does, and with finite numbers where those are.",
  source: "https://github.com/huggingface/transformers/pull/17306",
  needs: ["module", "inputs"],
  runs: 4,
  detects: ["sentinel-overflows-in-half", "angles-in-half"],
  axes: () => ({ dtype: ["float16", "bfloat16"] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, testCase) {
    const { dtype } = testCase;
    const evidence = new Evidence().note("dtype", dtype).compared();
    const { device } = context;
    const exact = await outputs(context, testCase, "cpu", "float64", null);
    const noisy: Outputs[] = [];
    for (const noise of [1, 2, 3]) {
      noisy.push(await outputs(context, testCase, "cpu", "float64", noise));
    }
    const actual = await outputs(context, testCase, device, dtype, null);
    const u = ROUNDING[dtype]!;
    for (const [name, { shape, values }] of exact) {
      const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const noise = noisy.flatMap((some) =>
        some.get(name)!.values.map((value, i) => Math.abs(value - values[i]))
      ).reduce((most, value) => Math.max(most, value), 0);
      const allowed = 8 * noise + 16 * u * size + 2 ** -20;
      if (!Number.isFinite(allowed)) continue;
      const found = actual.get(name)?.values ?? [];
      demand(evidence, found.length === values.length, {
        what: `In ${dtype} an output has another shape`,
        where: name,
        expected: `${values.length} numbers`,
        actual: `${found.length}`,
      });
      evidence.compared(values.length);
      values.forEach((value, i) => {
        if (Math.abs(found[i] - value) <= allowed) return;
        throw new Refutation({
          what: `In ${dtype} an answer is another than roundings explain`,
          where: `${name}${indexText(i, shape)}`,
          expected: `${value} within ${allowed.toExponential(1)}`,
          actual: String(found[i]),
        });
      });
    }
    return evidence;
  },
});

type Outputs = Map<string, { shape: readonly number[]; values: number[] }>;

/** The floating outputs, computed in a dtype; with noise all it computes from is off by a rounding. */
async function outputs(
  context: Context,
  { seed, args, dtype }: HalfCase,
  device: DeviceName,
  computed: DType,
  noise: number | null,
): Promise<Outputs> {
  const module = (await context.make(seed, device)).eval();
  await context.wait(`to("${computed}")`, () => module.to(computed));
  const given = context.args(args, device);
  for (const [, value] of tensorsIn(given)) {
    if (isFloating(value)) value.setData(value.type(computed));
  }
  if (noise !== null) {
    const u = ROUNDING[dtype]!;
    for (const [i, [, value]] of [...registered(module), ...tensorsIn(given)].entries()) {
      if (!isFloating(value)) continue;
      const spec = { tensor: value.shape, dtype: value.dtype, fill: "uniform" as const };
      const off = { ...spec, seed: seed ^ (noise << 16) ^ i, low: 1 - u, high: 1 + u };
      value.detach().mul_(buildTensor(off, device));
    }
  }
  context.reseed(seed);
  const found = tensorsIn(noGrad(() => context.forward(module, given)));
  const out: Outputs = new Map();
  for (const [name, value] of found) {
    if (!isFloating(value)) continue;
    const numbers = await context.wait(`Reading ${name}`, () => value.type("float64").cpu())
      .then((there) => there.data());
    out.set(name, { shape: value.shape, values: Array.from(numbers, Number) });
  }
  return out;
}
