/**
 * What the laws of devices compare: all that a module computes, somewhere and in some dtype.
 *
 * @module
 */
import { type DeviceName, type DType, DTYPES, type Tensor } from "../../../core/mod.ts";
import {
  type Argument,
  buildArgument,
  buildTensor,
  mapTensorSpecs,
  type TensorSpec,
} from "../../argument.ts";
import { type Snapshot, snapshot, tensorsIn } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { isFloating } from "../../examine.ts";
import { hash } from "../../hash.ts";
import { type Evidence, IllConditioned } from "../../law.ts";
import { arrange, type Layout } from "../../layout.ts";
import { weightedSum } from "../../loss.ts";
import { type Computation, withinNoise } from "../../noise.ts";
import { registered } from "../../walk.ts";

/** What a module is given. */
export interface Given {
  /** The seed of the instance, of what it drops, and of the weights of the outputs. */
  readonly seed: number;
  /** Forward arguments. */
  readonly args: readonly Argument[];
  /** How the arguments lie in memory. */
  readonly layout: Layout;
  /** Whether it is in training mode. */
  readonly training: boolean;
}

/** Where and how it is computed. */
export interface Place {
  /** The device. */
  readonly device: DeviceName;
  /** What floating numbers are rounded to before anything is computed; by default to nothing else. */
  readonly stored?: DType;
  /** The dtype of the computation. */
  readonly dtype: DType;
  /** How far each number that it starts from may be off, as a share of it. */
  readonly off?: number;
}

/** The same with other numbers in its place; 0 is the same itself. */
export function varied<T extends Pick<Given, "seed" | "args">>(given: T, index: number): T {
  if (index === 0) return given;
  const other = (seed: number) => hash(`${seed} ${index}`) >>> 1;
  const args = given.args.map((argument) =>
    mapTensorSpecs(argument, (spec) => ({ ...spec, seed: other(spec.seed) }))
  );
  return { ...given, seed: other(given.seed), args };
}

/** Outputs, gradients and floating buffers of one run. */
export async function compute(
  context: Context,
  { seed, args, layout, training }: Given,
  { device, stored, dtype, off = 0 }: Place,
): Promise<Map<string, Snapshot>> {
  const module = (await context.make(seed, device)).train(training);
  if (stored !== undefined) await context.wait(`to("${stored}")`, () => module.to(stored));
  if (stored !== dtype) await context.wait(`to("${dtype}")`, () => module.to(dtype));
  const given = args.map((argument) =>
    buildArgument(mapTensorSpecs(argument, typed), device, (spec) => {
      const x = arrange(buildTensor(spec, device), layout);
      return isFloating(x) ? x.type(dtype) : x;
    })
  );
  const floating = (of: [string, Tensor][]) => of.filter(([, value]) => isFloating(value));
  const inputs = floating(tensorsIn(given, "arguments"));
  if (off > 0) {
    for (const [i, [, value]] of [...floating(registered(module)), ...inputs].entries()) {
      shake(value, off, seed ^ hash(`${off} ${i}`));
    }
  }
  context.reseed(seed);
  const named = [
    ...module.namedParameters().filter(([, value]) => value.requiresGrad),
    ...inputs,
  ];
  for (const [, value] of named) value.requiresGrad_(true);
  const output = context.forward(module, given);
  const results = floating(tensorsIn(output));
  const loss = weightedSum(output, seed, stored ?? dtype);
  if (loss?.requiresGrad) context.call("backward", () => loss.backward());
  for (const [name, { grad }] of named) {
    if (grad !== null) results.push([`gradient of ${name}`, grad]);
  }
  for (const [name, value] of floating(module.namedBuffers())) {
    results.push([`buffer ${name}`, value]);
  }
  const out = new Map<string, Snapshot>();
  for (const [name, value] of results) {
    out.set(name, await context.wait(`Reading ${name}`, () => snapshot(value)));
  }
  return out;

  function typed(spec: TensorSpec): TensorSpec {
    const floats = stored !== undefined && DTYPES[spec.dtype].kind === "float";
    return floats ? { ...spec, dtype: stored } : spec;
  }
}

/** Changes each element by up to a share of it. */
function shake(value: Tensor, off: number, seed: number): void {
  const spec = { tensor: value.shape, dtype: value.dtype, fill: "uniform" as const, seed };
  value.detach().mul_(buildTensor({ ...spec, low: 1 - off, high: 1 + off }, value.device));
}

/**
 * Demands that results are within the noise that class N of the tolerance grants.
 *
 * @param evidence Where comparisons are counted.
 * @param what What it means if they are not, in one sentence.
 * @param computation Where the results come from.
 * @throws {IllConditioned} If an output could not be judged.
 */
export async function demandWithinNoise(
  evidence: Evidence,
  what: string,
  computation: Computation,
): Promise<void> {
  const unjudged = await withinNoise(evidence, what, computation);
  const output = unjudged.find((name) => name.startsWith("output"));
  if (output !== undefined) throw new IllConditioned(output);
}
