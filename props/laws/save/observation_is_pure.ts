/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { sameList, sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import type { Look } from "../../instance.ts";
import { type Capability, Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode observationIsPure}. */
export interface ObservationCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments that gradients come from, if the subject takes any. */
  args: readonly Argument[] | null;
  /** What looks at the module. */
  look: Look;
}

/** The ways to look, and what each needs. */
const LOOKS: Readonly<Record<Look, Capability>> = {
  list: "instance",
  stateDict: "stateDict",
  save: "files",
  print: "instance",
  optimizer: "optimizers",
};

/** Looking at a module does not change it. */
export const observationIsPure: Law<ObservationCase> = law({
  id: "save/observation-is-pure",
  claim:
    "Listing, stateDict(), saving, printing and making an optimizer change no value, gradient, flag, mode or random state.",
  source: "https://github.com/pytorch/pytorch/issues/188166",
  needs: ["instance", "observable"],
  runs: 10,
  detects: ["state-dict-sets-eval", "printing-draws-numbers", "state-dict-clears-gradients"],
  axes: ({ capabilities }) => ({
    look: Object.entries(LOOKS).filter(([, need]) => capabilities.has(need)).map(([look]) => look),
  }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs ?? fc.constant(null) }),
  async check(context, { seed, args, look }) {
    const evidence = new Evidence().note("look", look);
    const instance = await context.instance(seed);
    await instance.train(true);
    let differentiated = false;
    if (args !== null) {
      const output = await instance.forward(context.given(args), { recorded: true });
      differentiated = output.requiresGrad;
      if (differentiated) await output.backward(seed);
    }
    const observe = async () => {
      // What listing itself would change is read before.
      const values = await instance.read();
      const gradients = differentiated ? await instance.gradients() : [];
      for (const [name, value] of gradients) values.set(`${name}.grad`, value);
      const random = context.has("random") ? await instance.randomState() : "unknown";
      const { entries, parts } = await instance.list();
      const facts = [
        ...parts.map(({ name, training }) => `${name} training=${training}`),
        ...entries.map(({ name, requiresGrad, gradient }) =>
          `${name} requiresGrad=${requiresGrad} grad=${gradient !== null}`
        ),
        `random state ${random}`,
      ];
      return { values, facts };
    };
    const before = await observe();
    await instance.look(look);
    const now = await observe();
    sameList(evidence, `Looking at a module (${look}) changes it`, look, now.facts, before.facts);
    sameStates(
      evidence,
      `Looking at a module (${look}) changes a value`,
      now.values,
      before.values,
    );
    return evidence;
  },
});
