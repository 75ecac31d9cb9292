/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { outputsOf, sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode loadEqualsRebuild}. */
export interface RebuildCase {
  /** The seed of the saved instance; the two that load have others. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** What one of them has been through before. */
  history: "forwards" | "moved" | "cast";
}

/** A load leaves nothing of what was before: a used module becomes as good as a new one. */
export const loadEqualsRebuild: Law<RebuildCase> = law({
  id: "save/load-equals-rebuild",
  claim:
    "A state loaded into an instance that was used, moved or cast gives the same persistent state and outputs as in a new one.",
  source: "https://github.com/pytorch/pytorch/issues/65688",
  needs: ["module", "inputs", "state"],
  runs: 6,
  detects: ["packed-weight-goes-stale"],
  axes: () => ({ history: ["forwards", "moved", "cast"] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args, history }) {
    const evidence = new Evidence().note("history", history);
    const state = (await context.make(seed)).stateDict();
    const used = await context.make(seed ^ 0x165667b1);
    for (const training of [true, false]) {
      used.train(training);
      noGrad(() => context.forward(used, context.args(args)));
    }
    if (history === "moved") {
      await context.wait(`to("${context.otherDevice}")`, () => used.to(context.otherDevice));
      await context.wait(`to("${context.device}")`, () => used.to(context.device));
    } else if (history === "cast") {
      // Wider and back: a narrower dtype rounds what no file restores.
      await context.wait('to("float64")', () => used.to("float64"));
      await context.wait('to("float32")', () => used.to("float32"));
    }
    const fresh = await context.make(seed ^ 0x2545f491);
    const outcome = async (module: Module) => {
      await context.wait("loadStateDict", () => module.loadStateDict(state));
      context.reseed(seed);
      const output = noGrad(() => context.forward(module.eval(), context.args(args)));
      const saved = registered(module).filter(([name]) => state.has(name));
      return new Map([...await snapshots(saved), ...await outputsOf(output)]);
    };
    const what = "A load into a used module leaves something of what was before";
    sameStates(evidence, what, await outcome(used), await outcome(fresh));
    return evidence;
  },
});
