/**
 * @module
 */
import { type DType, DTYPES } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { type Argument, mapTensorSpecs, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";
import { counters } from "../../state.ts";

/** A case of {@linkcode countersCount}. */
export interface CountCase {
  /** The seed of the instances and of the loss. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** The dtype that the module is cast to before it goes on. */
  dtype: DType;
  /** How many steps were made before: about where some dtype has no more whole numbers. */
  past: number;
  /** How many are made before it is saved and loaded, and after. */
  steps: readonly [number, number];
}

/** Counters count. */
export const countersCount: Law<CountCase> = law({
  id: "mode/counters-count",
  claim:
    "Each training step advances a counter of batches by as much as one forward does, from any number on, in a module of any dtype, before and after saving and loading; evaluation does not advance it.",
  source: "https://github.com/pytorch/pytorch/issues/96136",
  needs: ["module", "inputs", "counters"],
  runs: 6,
  detects: ["recomputation-counts-twice", "counter-is-a-float"],
  axes: () => ({ past: [0, 2048, 1 << 24] }),
  cases: ({ inputs }) =>
    fc.record({
      seed: seeds(),
      args: inputs!,
      dtype: fc.constantFrom<DType>("float32", "float16", "bfloat16"),
      steps: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    }),
  async check(context, { seed, args, dtype, past, steps }) {
    const evidence = new Evidence().note("dtype", dtype).note("past", past);
    const typed = (argument: Argument, to: DType) =>
      mapTensorSpecs(
        argument,
        (spec) => DTYPES[spec.dtype].kind === "float" ? { ...spec, dtype: to } : spec,
      );
    const step = (module: Module, to: DType) => {
      const given = context.args(args.map((argument) => typed(argument, to)));
      const loss = weightedSum(context.forward(module, given), seed);
      if (loss?.requiresGrad) context.call("backward", () => loss.backward());
    };
    const counts = async (module: Module) =>
      new Map(
        await Promise.all(
          counters(module).map(async ([name, value]) =>
            [name, Number(await value.item())] as const
          ),
        ),
      );

    // A module that is called twice inside counts twice: one forward says by how much.
    const once = (await context.make(seed)).train();
    const start = await counts(once);
    context.forward(once, context.args(args));
    const stride = new Map(
      [...await counts(once)].map(([name, count]) => [name, count - start.get(name)!]),
    );

    let module = (await context.make(seed)).train();
    for (const [, value] of counters(module)) value.detach().fill_(past);
    await context.wait(`to("${dtype}")`, () => module.to(dtype));
    for (let i = 0; i < steps[0]; i++) step(module, dtype);
    step(module.eval(), dtype);
    const loaded = await context.make(~seed);
    await context.wait(`to("${dtype}")`, () => loaded.to(dtype));
    const state = context.call("stateDict", () => module.stateDict());
    await context.wait("loadStateDict", () => loaded.loadStateDict(state));
    module = loaded.train();
    for (let i = 0; i < steps[1]; i++) step(module, dtype);
    for (const [name, count] of await counts(module)) {
      const made = steps[0] + steps[1];
      const expected = past + made * stride.get(name)!;
      demand(evidence, count === expected, {
        what: "A counter is not the number of batches",
        where: name,
        expected: `${expected} after ${past} and ${made} steps more`,
        actual: String(count),
      });
    }
    return evidence;
  },
});
