/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { demand, sameList, sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { contentsIn, flagsIn } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode evalPure}. */
export interface PureCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments, of one call after the other. */
  calls: readonly (readonly Argument[])[];
  /** Whether operations are recorded. */
  recorded: boolean;
}

/** Evaluation reads and writes nothing. */
export const evalPure: Law<PureCase> = law({
  id: "mode/eval-pure",
  claim:
    "In evaluation mode forward leaves as they are: what is registered, under which names, its bits and requiresGrad, every module's mode, its arguments, and whether operations are recorded.",
  source: "https://github.com/pytorch/pytorch/issues/8208",
  needs: ["instance", "inputs"],
  runs: 6,
  detects: [
    "statistics-move-in-eval",
    "vector-turns-in-eval",
    "eval-wakes-a-child",
    "eval-asks-its-input",
  ],
  axes: () => ({ recorded: [false, true] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), calls: fc.tuple(inputs!, inputs!) }),
  async check(context, { seed, calls, recorded }) {
    const evidence = new Evidence().note("recorded", recorded);
    const instance = await context.instance(seed);
    await instance.train(false);
    const bits = await instance.read();
    const flags = flagsIn(await instance.list());
    const made = [];
    for (const args of calls) {
      const given = context.given(args);
      const output = await instance.forward(given, { recorded });
      // What is pending may write when it is computed.
      await output.values();
      made.push({ given, output });
    }
    const changed = "forward changes in evaluation mode what it should only read";
    sameList(evidence, changed, "names and flags", flagsIn(await instance.list()), flags);
    sameStates(evidence, changed, await instance.read(), bits);
    for (const { given, output } of made) {
      const inputs = await output.inputs();
      sameStates(evidence, changed, inputs, new Map(contentsIn(given)));
      for (const [where, { requiresGrad }] of inputs) {
        const [expected, actual] = ["requiresGrad false", "requiresGrad true"];
        demand(evidence, !requiresGrad, { what: changed, where, expected, actual });
      }
    }
    return evidence;
  },
});
