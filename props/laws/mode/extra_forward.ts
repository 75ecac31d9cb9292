/**
 * @module
 */
import { getRngState, noGrad } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import {
  canonical,
  demand,
  outputsOf,
  sameList,
  sameStates,
  type Snapshot,
  snapshots,
} from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";
import { registered } from "../../walk.ts";

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
  needs: ["module", "inputs"],
  runs: 4,
  detects: ["probe-leaves-a-merged-weight", "probe-initialises"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs!, probe: inputs! }),
  async check(context, { seed, args, probe }) {
    const evidence = new Evidence();
    const step = async (probed: boolean) => {
      const module = (await context.make(seed)).eval();
      context.reseed(seed);
      if (probed) noGrad(() => context.forward(module, context.args(probe)));
      module.train();
      const output = context.forward(module, context.args(args));
      const loss = weightedSum(output, seed);
      if (loss?.requiresGrad) context.call("backward", () => loss.backward());
      const { counter } = getRngState();
      const gradients = module.namedParameters().flatMap(([name, { grad }]) =>
        grad === null ? [] : [[`gradient of ${name}`, grad] as const]
      );
      const state = registered(module);
      const values = [...await outputsOf(output), ...await snapshots([...gradients, ...state])];
      return {
        counter,
        values: new Map(
          values.map(([name, value]): [string, Snapshot] => [name, canonical(value)]),
        ),
        flags: [
          ...state.map(([name, { requiresGrad }]) => `${name} requiresGrad=${requiresGrad}`),
          ...module.namedModules().map(([name, { training }]) => `${name} training=${training}`),
        ],
      };
    };
    const plain = await step(false), probed = await step(true);
    const what = "A forward in evaluation mode before a step changes that step";
    sameList(evidence, what, "flags", probed.flags, plain.flags);
    const names = [plain, probed].map(({ values }) => [...values.keys()]);
    sameList(evidence, what, "outputs, gradients and state", names[1], names[0]);
    sameStates(evidence, what, probed.values, plain.values);
    demand(evidence, probed.counter === plain.counter, {
      what,
      where: "the random state",
      expected: `${plain.counter} numbers drawn`,
      actual: `${probed.counter} numbers drawn`,
    });
    return evidence;
  },
});
