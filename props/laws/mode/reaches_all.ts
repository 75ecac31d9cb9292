/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { reachable } from "../../walk.ts";

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
  needs: ["module"],
  runs: 8,
  detects: ["train-stops-at-children", "eval-misses-plain-array"],
  cases: () =>
    fc.record({ seed: seeds(), modes: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }) }),
  async check(context, { seed, modes }) {
    const evidence = new Evidence();
    const module = await context.make(seed);
    for (const mode of modes) {
      const name = mode ? "train()" : "eval()";
      context.call(name, () => mode ? module.train() : module.eval());
      evidence.note("mode", name);
      for (const { path, value } of [{ path: "", value: module }, ...reachable(module).modules]) {
        demand(evidence, value.training === mode, {
          what: `${name} does not reach a module`,
          where: path === "" ? "the module itself" : `this.${path} (${value.constructor.name})`,
          expected: `training ${mode}`,
          actual: `training ${value.training}`,
        });
      }
    }
    return evidence;
  },
});
