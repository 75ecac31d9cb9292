/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { canonical, demand, sameList, sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { flagsIn } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode extraForwardIsNeutral}. */
export interface ProbeCase {
  /** The seed of both instances, of what they draw and of the loss. */
  seed: number;
  /** Forward arguments of the step. */
  args: readonly Argument[];
  /** Forward arguments of the probe. */
  probe: readonly Argument[];
}

/** Looking at a module between steps does not change the next step. */
export const extraForwardIsNeutral: Law<ProbeCase> = law({
  id: "mode/extra-forward-is-neutral",
  claim:
    "A forward in evaluation mode without gradients, before a training step, changes nothing of that step: outputs, gradients, state and random numbers are those of a step without it.",
  source: "https://github.com/pytorch/pytorch/issues/96136",
  needs: ["instance", "inputs", "random"],
  runs: 4,
  detects: ["probe-leaves-a-merged-weight", "probe-initialises"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs!, probe: inputs! }),
  async check(context, { seed, args, probe }) {
    const evidence = new Evidence();
    const step = async (probed: boolean) => {
      const instance = await context.instance(seed);
      await instance.train(false);
      await instance.seed(seed);
      if (probed) await instance.forward(context.given(probe));
      await instance.train(true);
      const output = await instance.forward(context.given(args), { recorded: true });
      if (output.requiresGrad) await output.backward(seed);
      const random = await instance.randomState();
      const gradients = [...await instance.gradients()]
        .map(([name, value]) => [`gradient of ${name}`, value] as const);
      const values = [...await output.values(), ...gradients, ...await instance.read()]
        .map(([name, value]) => [name, canonical(value)] as const);
      return { random, values: new Map(values), flags: flagsIn(await instance.list()) };
    };
    const plain = await step(false), probed = await step(true);
    const what = "A forward in evaluation mode before a step changes that step";
    sameList(evidence, what, "flags", probed.flags, plain.flags);
    const names = [plain, probed].map(({ values }) => [...values.keys()]);
    sameList(evidence, what, "outputs, gradients and state", names[1], names[0]);
    sameStates(evidence, what, probed.values, plain.values);
    demand(evidence, probed.random === plain.random, {
      what,
      where: "the random state",
      expected: "that of a step without it",
      actual: "another",
    });
    return evidence;
  },
});
