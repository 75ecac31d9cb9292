/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { contentsIn } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode inputsUnchanged}. */
export interface InputsCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** Whether it is in training mode. */
  training: boolean;
  /** Whether operations are recorded. */
  recorded: boolean;
}

/** forward leaves what the caller passes in as it is. */
export const inputsUnchanged: Law<InputsCase> = law({
  id: "math/inputs-unchanged",
  claim: "forward does not write to its arguments, in either mode, with gradients or without.",
  source: "https://github.com/pytorch/pytorch/blob/main/test/test_modules.py",
  needs: ["instance", "inputs"],
  detects: ["writes-its-input", "writes-a-view-of-its-input"],
  axes: () => ({ training: [false, true], recorded: [false, true] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args, training, recorded }) {
    const evidence = new Evidence().note("training", training).note("recorded", recorded);
    const instance = await context.instance(seed);
    await instance.train(training);
    const given = context.given(args);
    const output = await instance.forward(given, { recorded });
    // What is pending may write when it is computed.
    await output.values();
    const before = new Map(contentsIn(given));
    sameStates(evidence, "forward writes to its argument", await output.inputs(), before);
    return evidence;
  },
});
