/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { demand, sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { filled } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

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
  needs: ["instance", "observable"],
  runs: 5,
  detects: ["shared-default-tensor", "counter-of-the-class"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs ?? fc.constant(null) }),
  async check(context, { seed, args }) {
    const evidence = new Evidence().compared();
    const given = args === null ? null : context.given(args);
    const watched = await context.instance(seed);
    await watched.train(false);
    const output = async () => (await watched.forward(given!, { seed })).values();
    const state = await watched.read();
    const before = given === null ? null : await output();

    const other = await context.instance(seed ^ 0x85ebca6b);
    await other.train(true);
    const memories = new Map(
      (await watched.list()).entries.map(({ name, memory }) => [memory, name]),
    );
    const { entries } = await other.list();
    for (const { name, memory } of entries) {
      demand(evidence, !memories.has(memory), {
        what: "Two instances hold the same memory",
        where: name,
        expected: "memory of its own",
        actual: `the memory of ${memories.get(memory)} in another instance`,
      });
    }
    if (given !== null) await other.forward(given);
    await other.write(filled(entries, "ones"));
    // Another library may have one device.
    if (context.subject.elsewhere === null) await other.to(context.otherDevice);

    const what = "What happened to another instance changes the state of this one";
    sameStates(evidence, what, await watched.read(), state);
    if (before !== null) {
      const changed = "What happened to another instance changes what this one computes";
      sameStates(evidence, changed, await output(), before);
    }
    return evidence;
  },
});
