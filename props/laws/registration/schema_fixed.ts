/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { sameList } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
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
  needs: ["module", "inputs"],
  runs: 6,
  detects: ["buffer-made-by-forward", "buffer-grows-with-the-batch"],
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), calls: fc.array(inputs!, { minLength: 1, maxLength: 3 }) }),
  async check(context, { seed, calls }) {
    const evidence = new Evidence().note("calls", calls.length);
    const module = await context.make(seed);
    const fresh = schema(module);
    const twin = schema(await context.make(seed ^ 0x3c6ef372));
    sameList(evidence, "Two new instances register other state", "registered", twin, fresh);
    for (const training of [true, false]) {
      module.train(training);
      for (const args of calls) {
        noGrad(() => context.forward(module, context.args(args)));
        const what = `forward changes what is registered, in ${
          training ? "training" : "evaluation"
        }`;
        sameList(evidence, what, "registered", schema(module), fresh);
      }
    }
    return evidence;
  },
});

function schema(module: Module): string[] {
  const all = { removeDuplicate: false };
  const saved = new Set(module.stateDict().keys());
  const of = (
    role: string,
    named: readonly (readonly [string, { dtype: string; shape: readonly number[] }])[],
  ) =>
    named.map(([name, { dtype, shape }]) =>
      `${role} ${name}: ${dtype}[${shape.join(", ")}]${saved.has(name) ? "" : ", not saved"}`
    );
  return [
    ...of("parameter", module.namedParameters(all)),
    ...of("buffer", module.namedBuffers(all)),
    ...module.namedModules(all).map(([name, child]) => `module ${name}: ${child.constructor.name}`),
  ];
}
