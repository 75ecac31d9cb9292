/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { sameList } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import type { Instance } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode schemaFixed}. */
export interface SchemaCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments, call by call. */
  calls: readonly (readonly Argument[])[];
}

/** What a checkpoint must hold is decided by the constructor. */
export const schemaFixed: Law<SchemaCase> = law({
  id: "registration/schema-fixed-by-constructor",
  claim:
    "Names, roles, shapes and dtypes of what is registered are the same in every new instance, and no forward changes them.",
  source: "https://github.com/huggingface/transformers/issues/6882",
  needs: ["instance", "inputs"],
  runs: 6,
  detects: ["buffer-made-by-forward", "buffer-grows-with-the-batch"],
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), calls: fc.array(inputs!, { minLength: 1, maxLength: 3 }) }),
  async check(context, { seed, calls }) {
    const evidence = new Evidence().note("calls", calls.length);
    const instance = await context.instance(seed);
    const fresh = await schema(context, instance);
    const twin = await schema(context, await context.instance(seed ^ 0x3c6ef372));
    sameList(evidence, "Two new instances register other state", "registered", twin, fresh);
    for (const training of [true, false]) {
      await instance.train(training);
      for (const args of calls) {
        await instance.forward(context.given(args));
        const what = `forward changes what is registered, in ${
          training ? "training" : "evaluation"
        }`;
        sameList(evidence, what, "registered", await schema(context, instance), fresh);
      }
    }
    return evidence;
  },
});

async function schema(context: Context, instance: Instance): Promise<string[]> {
  const { entries, parts } = await instance.list();
  const held = context.has("stateDict") ? (await instance.stateDict()).entries : entries;
  const saved = new Set(held.map(({ name }) => name));
  return [
    ...entries.map(({ name, role, dtype, shape }) =>
      `${role} ${name}: ${dtype}[${shape.join(", ")}]${saved.has(name) ? "" : ", not saved"}`
    ),
    ...parts.map(({ name, type }) => `module ${name}: ${type}`),
  ];
}
