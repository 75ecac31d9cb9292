/**
 * @module
 */
import { type DType, DTYPES } from "../../../core/mod.ts";
import { type Argument, mapTensorSpecs, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers, encodeNumbers } from "../../fill.ts";
import type { Instance } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loaded } from "../../loaded.ts";
import { isCounter } from "../../state.ts";

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
  needs: ["instance", "inputs", "counters", "casts", "stateDict"],
  runs: 6,
  detects: ["recomputation-counts-twice", "counter-is-a-float"],
  axes: () => ({ past: [0, 2048, 1 << 24] }),
  cases: ({ capabilities, inputs }) =>
    fc.record({
      seed: seeds(),
      args: inputs!,
      dtype: fc.constantFrom<DType>(
        "float32",
        ...(capabilities.has("float16") ? ["float16" as const] : []),
        "bfloat16",
      ),
      steps: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    }),
  async check(context, { seed, args, dtype, past, steps }) {
    const evidence = new Evidence().note("dtype", dtype).note("past", past);
    const typed = args.map((argument) =>
      mapTensorSpecs(
        argument,
        (spec) => DTYPES[spec.dtype].kind === "float" ? { ...spec, dtype } : spec,
      )
    );
    const step = async (instance: Instance) => {
      const output = await instance.forward(context.given(typed), { recorded: true });
      if (output.requiresGrad) await output.backward(seed);
    };

    // A module that is called twice inside counts twice: one forward says by how much.
    const once = await context.instance(seed);
    await once.train(true);
    const counters = (await once.list()).entries
      .filter((entry) => entry.role === "buffer" && isCounter(entry));
    const counts = async (instance: Instance) => {
      const values = await instance.read();
      return new Map(counters.map(({ name }): [string, number] => {
        const { bytes, dtype } = values.get(name)!;
        return [name, decodeNumbers(bytes, dtype)[0]];
      }));
    };
    const start = await counts(once);
    await once.forward(context.given(args), { recorded: true });
    const stride = new Map(
      [...await counts(once)].map(([name, count]) => [name, count - start.get(name)!]),
    );

    const first = await context.instance(seed);
    await first.train(true);
    await first.write(
      new Map(
        counters.map(({ name, shape, dtype }) => [
          name,
          { shape, dtype, bytes: encodeNumbers([past], dtype) },
        ]),
      ),
    );
    await first.to(dtype);
    for (let i = 0; i < steps[0]; i++) await step(first);
    await first.train(false);
    await step(first);
    const second = await context.instance(~seed);
    await second.to(dtype);
    await loaded(second, await first.stateDict());
    await second.train(true);
    for (let i = 0; i < steps[1]; i++) await step(second);
    for (const [name, count] of await counts(second)) {
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
