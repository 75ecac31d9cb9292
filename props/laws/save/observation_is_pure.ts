/**
 * @module
 */
import { getRngState } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { AdamW } from "../../../nn/optim/mod.ts";
import { toBytes } from "../../../serialize/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { sameList, sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode observationIsPure}. */
export interface ObservationCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments that gradients come from, if the subject takes any. */
  args: readonly Argument[] | null;
  /** What looks at the module. */
  look: "list" | "stateDict" | "save" | "print" | "optimizer";
}

/** A way to look at a module. */
type Look = ObservationCase["look"];

const LOOKS: Readonly<Record<Look, (module: Module) => void | Promise<void>>> = {
  list: (module: Module) => {
    module.parameters();
    module.buffers();
    module.modules();
  },
  stateDict: (module: Module) => void module.stateDict(),
  save: async (module: Module) => void await toBytes(module.stateDict()),
  print: (module: Module) => void String(module),
  optimizer: (module: Module) => {
    if (module.parameters().length > 0) new AdamW(module.parameters());
  },
};

/** Looking at a module does not change it. */
export const observationIsPure: Law<ObservationCase> = law({
  id: "save/observation-is-pure",
  claim:
    "Listing, stateDict(), saving, printing and making an optimizer change no value, gradient, flag, mode or random state.",
  source: "https://github.com/pytorch/pytorch/issues/188166",
  needs: ["module", "observable"],
  runs: 10,
  detects: ["state-dict-sets-eval", "printing-draws-numbers", "state-dict-clears-gradients"],
  axes: () => ({ look: Object.keys(LOOKS) }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs ?? fc.constant(null) }),
  async check(context, { seed, args, look }) {
    const evidence = new Evidence().note("look", look);
    const module = (await context.make(seed)).train();
    if (args !== null) {
      const loss = weightedSum(context.forward(module, context.args(args)), seed);
      if (loss?.requiresGrad) context.call("backward", () => loss.backward());
    }
    const values = () =>
      snapshots(
        registered(module).flatMap(([name, value]) =>
          value.grad === null ? [[name, value] as const] : [
            [name, value] as const,
            [`${name}.grad`, value.grad] as const,
          ]
        ),
      );
    const facts = () => [
      ...module.namedModules().map(([name, { training }]) => `${name} training=${training}`),
      ...registered(module).map(([name, { requiresGrad, grad }]) =>
        `${name} requiresGrad=${requiresGrad} grad=${grad !== null}`
      ),
      `random state ${
        JSON.stringify(getRngState(), (_, each) => typeof each === "bigint" ? `${each}` : each)
      }`,
    ];
    const [before, was] = [await values(), facts()];
    await context.wait(look, () => Promise.resolve().then(() => LOOKS[look](module)));
    sameList(evidence, `Looking at a module (${look}) changes it`, look, facts(), was);
    sameStates(evidence, `Looking at a module (${look}) changes a value`, await values(), before);
    return evidence;
  },
});
