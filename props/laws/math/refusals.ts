/**
 * @module
 */
import { isGradEnabled } from "../../../core/mod.ts";
import {
  type Argument,
  isTensorSpec,
  mapTensorSpecs,
  seeds,
  type TensorSpec,
} from "../../argument.ts";
import { demand, sameList, sameStates, snapshots, tensorsIn } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";

/** What is wrong with the arguments. */
export type BadInput =
  | "text in place of a tensor"
  | "one row"
  | "one column more"
  | "one dimension more"
  | "one dimension less"
  | "another dtype";

/** A case of {@linkcode refusals}. */
export interface RefusalCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments, before they are made bad. */
  args: readonly Argument[];
  /** What is made wrong. */
  bad: BadInput;
}

/** A module refuses at once, or not at all. */
export const refusals: Law<RefusalCase> = law({
  id: "math/refusals",
  claim:
    "What forward does not take in training mode it refuses at the call, with an Error that says something, and leaves state, modes and flags as they were; what it takes can be read.",
  source: "https://github.com/pytorch/pytorch/blob/main/test/test_modules.py",
  needs: ["module", "inputs"],
  runs: 6,
  detects: ["counts-what-it-refuses", "throws-a-string", "takes-text"],
  axes: () => ({
    bad: [
      "text in place of a tensor",
      "one row",
      "one column more",
      "one dimension more",
      "one dimension less",
      "another dtype",
    ],
  }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args, bad }) {
    const evidence = new Evidence().compared();
    const module = (await context.make(seed)).train();
    const given = bad === "text in place of a tensor"
      ? args.map((argument) => isTensorSpec(argument) ? "text" : argument)
      : context.args(args.map((argument) => mapTensorSpecs(argument, (spec) => spoilt(spec, bad))));
    const flags = () => [
      ...registered(module).map(([name, { requiresGrad }]) =>
        `${name} requiresGrad=${requiresGrad}`
      ),
      ...module.namedModules().map(([name, { training }]) => `${name} training=${training}`),
      `recording=${isGradEnabled()}`,
    ];
    const [facts, state] = [flags(), await snapshots(registered(module))];
    let output: unknown, refused: { error: unknown } | null = null;
    try {
      output = module.forward(...given);
    } catch (error) {
      refused = { error };
    }
    evidence.note(bad, refused === null ? "taken" : "refused");
    if (refused === null) {
      const nonsense = bad === "text in place of a tensor" && args.some(isTensorSpec);
      demand(evidence, !nonsense, {
        what: "forward takes a text in place of a tensor",
        where: "arguments",
        expected: "an error",
        actual: "none",
      });
      for (const [name, value] of tensorsIn(output)) {
        await context.wait(`Reading ${name} of what forward took`, () => value.data());
      }
      return evidence;
    }
    const { error } = refused;
    demand(evidence, error instanceof Error && error.message !== "", {
      what: "forward refuses with something that says nothing",
      where: "forward",
      expected: "an Error with a message",
      actual: error instanceof Error ? `${error.name} without a message` : `${typeof error} thrown`,
    });
    const what = "forward changes something before it refuses";
    sameList(evidence, what, "modes and flags", flags(), facts);
    sameStates(evidence, what, await snapshots(registered(module)), state);
    return evidence;
  },
});

function spoilt(spec: TensorSpec, bad: BadInput): TensorSpec {
  const { tensor: shape, dtype } = spec;
  const last = shape.length - 1;
  switch (bad) {
    case "one row":
      return { ...spec, tensor: last < 0 ? shape : shape.with(0, 1) };
    case "one column more":
      return { ...spec, tensor: last < 0 ? shape : shape.with(last, shape[last] + 1) };
    case "one dimension more":
      return { ...spec, tensor: [...shape, 2] };
    case "one dimension less":
      return { ...spec, tensor: shape.slice(1) };
    default:
      return { ...spec, dtype: dtype === "int64" ? "float32" : "int64" };
  }
}
