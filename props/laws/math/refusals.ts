/**
 * @module
 */
import {
  type Argument,
  isTensorSpec,
  mapTensorSpecs,
  seeds,
  type TensorSpec,
} from "../../argument.ts";
import { demand, sameList, sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { flagsIn, isRefusal } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

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
  needs: ["instance", "inputs"],
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
    const instance = await context.instance(seed);
    await instance.train(true);
    const given = context.given(
      bad === "text in place of a tensor"
        ? args.map((argument) => isTensorSpec(argument) ? "text" : argument)
        : args.map((argument) => mapTensorSpecs(argument, (spec) => spoilt(spec, bad))),
    );
    const flags = flagsIn(await instance.list());
    const state = await instance.read();
    const outcome = await instance.attempt(given);
    evidence.note(bad, isRefusal(outcome) ? "refused" : "taken");
    if (!isRefusal(outcome)) {
      const nonsense = bad === "text in place of a tensor" && args.some(isTensorSpec);
      demand(evidence, !nonsense, {
        what: "forward takes a text in place of a tensor",
        where: "arguments",
        expected: "an error",
        actual: "none",
      });
      await outcome.values();
      return evidence;
    }
    const { isError, name, message } = outcome;
    demand(evidence, isError && message !== "", {
      what: "forward refuses with something that says nothing",
      where: "forward",
      expected: "an Error with a message",
      actual: isError ? `${name} without a message` : `${name} thrown`,
    });
    const what = "forward changes something before it refuses";
    sameList(evidence, what, "modes and flags", flagsIn(await instance.list()), flags);
    sameStates(evidence, what, await instance.read(), state);
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
