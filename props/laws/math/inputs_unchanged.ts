/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { sameStates, snapshots, tensorsIn } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
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
  needs: ["module", "inputs"],
  detects: ["writes-its-input", "writes-a-view-of-its-input"],
  axes: () => ({ training: [false, true], recorded: [false, true] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args, training, recorded }) {
    const evidence = new Evidence().note("training", training).note("recorded", recorded);
    const module = (await context.make(seed)).train(training);
    const given = context.args(args);
    const before = await snapshots(tensorsIn(given, "arguments"));
    const output = recorded
      ? context.forward(module, given)
      : noGrad(() => context.forward(module, given));
    // What is pending may write when it is computed.
    for (const [, value] of tensorsIn(output)) await value.data();
    const after = await snapshots(tensorsIn(given, "arguments"));
    sameStates(evidence, "forward writes to its argument", after, before);
    return evidence;
  },
});
