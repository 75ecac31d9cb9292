/**
 * @module
 */
import { DTYPES } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode everyParameterLive}. */
export interface LiveCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
}

/** What an optimizer is given can be trained. */
export const everyParameterLive: Law<LiveCase> = law({
  id: "registration/every-parameter-live",
  claim:
    "After forward and backward in training mode every parameter that requires a gradient has one.",
  source: "https://github.com/imbue-ai/slot_attention/issues/8",
  needs: ["instance", "inputs", "parameters", "gradients"],
  runs: 4,
  detects: ["parameter-never-used", "parameter-replaced-by-its-copy"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args }) {
    const evidence = new Evidence().compared();
    const instance = await context.instance(seed);
    await instance.train(true);
    const output = await instance.forward(context.given(args), { seed, recorded: true });
    if (!output.requiresGrad) {
      const floating = [...(await output.values()).values()]
        .some(({ dtype }) => DTYPES[dtype].kind === "float");
      const trained = (await instance.list()).entries.filter(({ requiresGrad }) => requiresGrad);
      demand(evidence, !floating || trained.length === 0, {
        what: "The output has no history: nothing can be trained through this module",
        where: "output",
        expected: `a history that reaches ${trained.map(({ name }) => name).join(", ")}`,
        actual: "requiresGrad false",
      });
      return evidence;
    }
    await output.backward(seed);
    const { entries } = await instance.list();
    for (const { name, role, requiresGrad, gradient } of entries) {
      if (role !== "parameter") continue;
      demand(evidence, !requiresGrad || gradient !== null, {
        what: "A parameter takes no part in the output: it is saved, decayed and never trained",
        where: name,
        expected: "a gradient",
        actual: "none",
      });
    }
    return evidence;
  },
});
