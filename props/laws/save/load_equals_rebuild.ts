/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import type { Instance } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loaded } from "../../loaded.ts";

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
  needs: ["instance", "inputs", "state", "stateDict"],
  runs: 6,
  detects: ["packed-weight-goes-stale"],
  // Another library may have one device.
  axes: ({ subject, capabilities }) => ({
    history: [
      "forwards",
      ...(subject.elsewhere === null ? ["moved"] : []),
      ...(capabilities.has("casts") ? ["cast"] : []),
    ],
  }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args, history }) {
    const evidence = new Evidence().note("history", history);
    const given = context.given(args);
    const state = await (await context.instance(seed)).stateDict();
    const used = await context.instance(seed ^ 0x165667b1);
    for (const training of [true, false]) {
      await used.train(training);
      await used.forward(given);
    }
    if (history === "moved") {
      await used.to(context.otherDevice);
      await used.to(context.device);
    } else if (history === "cast") {
      // Wider and back: a narrower dtype rounds what no file restores.
      await used.to("float64");
      await used.to("float32");
    }
    const fresh = await context.instance(seed ^ 0x2545f491);
    const saved = new Set(state.entries.map(({ name }) => name));
    const outcome = async (instance: Instance) => {
      await loaded(instance, state);
      await instance.train(false);
      const output = await instance.forward(given, { seed });
      const now = [...await instance.read()].filter(([name]) => saved.has(name));
      return new Map([...now, ...await output.values()]);
    };
    const what = "A load into a used module leaves something of what was before";
    sameStates(evidence, what, await outcome(used), await outcome(fresh));
    return evidence;
  },
});
