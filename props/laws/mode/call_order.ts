/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { sameList, sameStates, type Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import type { Instance } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode callOrderIndependent}. */
export interface CallOrderCase {
  /** The seed of all instances. */
  seed: number;
  /** Forward arguments, several times. */
  calls: readonly (readonly Argument[])[];
  /** Which of the calls follow each other on one instance. */
  order: readonly number[];
}

/** The answer is to the question, not to those before it. */
export const callOrderIndependent: Law<CallOrderCase> = law({
  id: "mode/call-order-independent",
  claim:
    "In evaluation mode what forward returns does not depend on the calls before it: in any order, with repeats, each answer is that of a fresh instance.",
  source: "https://github.com/huggingface/transformers/issues/25306",
  needs: ["instance", "inputs"],
  runs: 4,
  detects: ["long-input-rescales-for-good", "cache-keyed-by-length-only"],
  cases: ({ inputs }) =>
    fc.record({
      seed: seeds(),
      calls: fc.tuple(inputs!, inputs!, inputs!),
      order: fc.array(fc.nat(2), { minLength: 3, maxLength: 5 }),
    }),
  async check(context, { seed, calls, order }) {
    const evidence = new Evidence();
    const make = async () => {
      const instance = await context.instance(seed);
      await instance.train(false);
      return instance;
    };
    const answer = async (instance: Instance, args: readonly Argument[]) =>
      (await instance.forward(context.given(args), { seed })).values();
    const fresh: Map<string, Snapshot>[] = [];
    for (const args of calls) fresh.push(await answer(await make(), args));
    const used = await make();
    for (const [i, which] of [...order, 0, 1, 2].entries()) {
      const found = await answer(used, calls[which]);
      const what = `Call ${i} is answered otherwise than by a fresh instance`;
      sameList(evidence, what, "outputs", [...found.keys()], [...fresh[which].keys()]);
      sameStates(evidence, what, found, fresh[which]);
    }
    return evidence;
  },
});
