/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode modeReachesAll}. */
export interface ModeCase {
  /** The seed of the instance. */
  seed: number;
  /** The modes that it is put in, one after the other. */
  modes: readonly boolean[];
}

/** train() and eval() reach every module, wherever it is kept. */
export const modeReachesAll: Law<ModeCase> = law({
  id: "mode/reaches-all",
  claim: "train(mode) and eval() set the mode of the module and of every module that hangs on it.",
  source: "https://github.com/pytorch/pytorch/issues/59925",
  needs: ["instance"],
  runs: 8,
  detects: ["train-stops-at-children", "eval-misses-plain-array"],
  cases: () =>
    fc.record({ seed: seeds(), modes: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }) }),
  async check(context, { seed, modes }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    for (const mode of modes) {
      const name = mode ? "train()" : "eval()";
      await instance.train(mode);
      evidence.note("mode", name);
      for (const [where, training] of await instance.modes()) {
        demand(evidence, training === mode, {
          what: `${name} does not reach a module`,
          where,
          expected: `training ${mode}`,
          actual: `training ${training}`,
        });
      }
    }
    return evidence;
  },
});
