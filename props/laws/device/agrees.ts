/**
 * @module
 */
import { type DeviceName, type DType, DTYPES, type Tensor, tolerance } from "../../../core/mod.ts";
import {
  type Argument,
  buildArgument,
  buildTensor,
  mapTensorSpecs,
  seeds,
  type TensorSpec,
} from "../../argument.ts";
import { indexText, tensorsIn } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { arrange, type Layout } from "../../layout.ts";
import { ROUNDING } from "../../rounding.ts";

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
  claim:
    "Outputs, gradients and running statistics are on every device those of the same computation in float64 on another one, as near as roundings allow: some of the table's, and a few times what they do on that other device.",
  source: "https://www.w3.org/TR/WGSL/#floating-point-accuracy",
  needs: ["module", "inputs", "gradients"],
  runs: 6,
  runsOn: { webgpu: 3 },
  detects: ["agrees-forward-in-half", "agrees-gradient-of-its-own"],
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
    const other = device === "cpu" ? "reference" : "cpu";
    const actual = await results(context, testCase, device, dtype, false);
    const exact = await results(context, testCase, other, "float64", false);
    // What roundings do: those of another engine, and those of the arguments and parameters alone.
    const rounded = [
      await results(context, testCase, other, dtype, false),
      await results(context, testCase, other, "float64", true),
    ];
    for (const [name, wanted] of exact) {
      const off = (some: ReadonlyMap<string, Computed>) =>
        some.get(name)!.values.reduce(
          (most, y, i) => Math.max(most, Math.abs(y - wanted.values[i])),
          0,
        );
      const allowed = 8 * Math.max(...rounded.map(off)) + roundings(device, dtype, wanted.values);
      if (!Number.isFinite(allowed)) continue;
      agree(evidence, device, name, actual.get(name)!, wanted, allowed);
    }
    return evidence;
  },
});

/** A tensor's numbers. */
interface Computed {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** The functions that layers are made of. */
const FUNCTIONS = ["exp", "log", "tanh", "erf", "sigmoid", "gelu", "geluTanh", "div", "rsqrt"];

/** What a chain of some sums, and a function with the table's tolerance, may be off at this size. */
function roundings(device: DeviceName, dtype: DType, values: readonly number[]): number {
  const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const { flush } = tolerance(device, "add");
  const ulps = Math.max(...FUNCTIONS.map((op) => tolerance(device, op).ulps));
  // Below 2^-14 the numbers of float16 are 2^-24 apart.
  const spacing = dtype === "float16" ? 2 ** -24 : 0;
  return (16 * ROUNDING[dtype]! + 2 * ulps * ROUNDING.float32!) * size + 16 * (flush + spacing);
}

/**
 * Outputs, gradients and floating buffers of one run. The numbers that it starts from are those of the
 * case's dtype, whatever they are computed in; noisy ones are off by as much as a rounding.
 */
async function results(
  context: Context,
  { seed, args, dtype, layout, training }: AgreeCase,
  device: DeviceName,
  computed: DType,
  noisy: boolean,
): Promise<Map<string, Computed>> {
  const module = (await context.make(seed, device)).train(training);
  await context.wait(`to("${dtype}")`, () => module.to(dtype));
  if (computed !== dtype) await context.wait(`to("${computed}")`, () => module.to(computed));
  const given = args.map((argument) =>
    buildArgument(mapTensorSpecs(argument, typed), device, (spec) => {
      const x = arrange(buildTensor(spec, device), layout);
      return isFloating(x) ? x.type(computed) : x;
    })
  );
  const inputs = tensorsIn(given, "arguments").filter(([, value]) => isFloating(value));
  const named = [
    ...module.namedParameters().filter(([, { requiresGrad }]) => requiresGrad),
    ...inputs,
  ];
  for (const [i, [, value]] of named.entries()) {
    if (noisy) shake(value, ROUNDING[dtype]!, ~seed ^ i);
    value.requiresGrad_(true);
  }
  context.reseed(seed);
  const outputs = tensorsIn(context.forward(module, given)).filter(([, value]) =>
    isFloating(value)
  );
  const loss = outputs.map(([, value], i) => weighted(value, dtype, seed ^ i))
    .reduce((sum, value) => sum.add(value));
  if (loss.requiresGrad) context.call("backward", () => loss.backward());
  const gradients = named.flatMap(([name, { grad }]): [string, Tensor][] =>
    grad === null ? [] : [[`gradient of ${name}`, grad]]
  );
  const buffers = module.namedBuffers().filter(([, value]) => isFloating(value));
  const out = new Map<string, Computed>();
  for (const [name, value] of [...outputs, ...gradients, ...buffers]) {
    const data = await context.wait(`Reading ${name}`, () => value.detach().type("float64").data());
    out.set(name, { shape: value.shape, values: Array.from(data as ArrayLike<number>) });
  }
  return out;

  function typed(spec: TensorSpec): TensorSpec {
    return DTYPES[spec.dtype].kind === "float" ? { ...spec, dtype } : spec;
  }
}

/** Changes each element by up to a rounding. */
function shake(value: Tensor, rounding: number, seed: number): void {
  const spec = { tensor: value.shape, dtype: value.dtype, fill: "uniform" as const, seed };
  const factors = buildTensor({ ...spec, low: 1 - rounding, high: 1 + rounding }, value.device);
  value.detach().mul_(factors);
}

/** A sum with random weights, so that no two errors cancel. */
function weighted(value: Tensor, dtype: DType, seed: number): Tensor {
  const spec = { tensor: value.shape, dtype, fill: "normal" as const, seed };
  return value.mul(buildTensor(spec, value.device).type(value.dtype)).sum();
}

function agree(
  evidence: Evidence,
  device: DeviceName,
  name: string,
  actual: Computed,
  expected: Computed,
  allowed: number,
): void {
  const what = `"${device}" computes something else than float64 does on another device`;
  evidence.compared();
  if (actual === undefined || actual.shape.join() !== expected.shape.join()) {
    const text = (of?: Computed) => of === undefined ? "nothing" : `[${of.shape.join(", ")}]`;
    throw new Refutation({ what, where: name, expected: text(expected), actual: text(actual) });
  }
  evidence.compared(expected.values.length);
  expected.values.forEach((value, i) => {
    if (Math.abs(actual.values[i] - value) <= allowed) return;
    throw new Refutation({
      what,
      where: `${name}${indexText(i, expected.shape)}`,
      expected: `${value} within ${allowed.toExponential(1)}`,
      actual: String(actual.values[i]),
    });
  });
}
