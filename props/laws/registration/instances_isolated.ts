/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { demand, outputsOf, sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode instancesIsolated}. */
export interface IsolationCase {
  /** The seed of the watched instance; the other has another. */
  seed: number;
  /** Forward arguments, if the subject takes any. */
  args: readonly Argument[] | null;
}

/** What happens to one instance leaves every other as it is. */
export const instancesIsolated: Law<IsolationCase> = law({
  id: "registration/instances-isolated",
  claim:
    "Two instances share no memory: training, writing to or moving the one changes neither the state nor the outputs of the other.",
  source: "https://github.com/cornellius-gp/gpytorch/issues/1360",
  needs: ["module", "observable"],
  runs: 5,
  detects: ["shared-default-tensor", "counter-of-the-class"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs ?? fc.constant(null) }),
  async check(context, { seed, args }) {
    const evidence = new Evidence().compared();
    const watched = (await context.make(seed)).eval();
    const output = () => {
      context.reseed(seed);
      return outputsOf(noGrad(() => context.forward(watched, context.args(args!))));
    };
    const state = await snapshots(registered(watched));
    const before = args === null ? null : await output();

    const other = (await context.make(seed ^ 0x85ebca6b)).train();
    const memory = new Map(registered(watched).map(([name, { storage }]) => [storage, name]));
    for (const [name, { storage }] of registered(other)) {
      demand(evidence, !memory.has(storage), {
        what: "Two instances hold the same memory",
        where: name,
        expected: "memory of its own",
        actual: `the memory of ${memory.get(storage)} in another instance`,
      });
    }
    if (args !== null) noGrad(() => context.forward(other, context.args(args)));
    noGrad(() => registered(other).forEach(([, value]) => void value.detach().fill_(1)));
    await context.wait(`to("${context.otherDevice}")`, () => other.to(context.otherDevice));

    const what = "What happened to another instance changes the state of this one";
    sameStates(evidence, what, await snapshots(registered(watched)), state);
    if (before !== null) {
      const changed = "What happened to another instance changes what this one computes";
      sameStates(evidence, changed, await output(), before);
    }
    return evidence;
  },
});
