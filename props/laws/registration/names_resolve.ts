/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import type { Instance } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode namesResolve}. */
export interface NamesCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments, if the subject takes any. */
  args: readonly Argument[] | null;
}

/** A name leads to the tensor that forward uses, also after training has begun. */
export const namesResolve: Law<NamesCase> = law({
  id: "registration/names-resolve",
  claim:
    "Each registered name leads to its object by getParameter, getBuffer or getSubmodule, and by the properties that it spells, before and after forwards.",
  source: "https://github.com/dotnet/TorchSharp/issues/845",
  needs: ["instance", "lookups"],
  runs: 5,
  detects: ["registry-drifts-from-field", "lookup-drops-the-path"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs ?? fc.constant(null) }),
  async check(context, { seed, args }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    await instance.train(true);
    await resolve(evidence, instance, "fresh");
    if (args === null) return evidence;
    for (let i = 0; i < 2; i++) await instance.forward(context.given(args));
    await resolve(evidence, instance, "used");
    return evidence;
  },
});

async function resolve(evidence: Evidence, instance: Instance, when: string): Promise<void> {
  for (const { name, by, way, listed, found } of await instance.leads()) {
    demand(evidence, found === listed, {
      what: by === "lookup"
        ? `${way} gives another object than the list of names, in a ${when} module`
        : `The property holds another object than the registry, in a ${when} module: forward uses one, files hold the other`,
      where: by === "lookup" ? name : way,
      expected: "the registered object",
      actual: typeof found === "string" ? found : "another object",
    });
  }
}
