/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode buffersHoldNoGraph}. */
export interface GraphCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments, of one call after the other. */
  calls: readonly (readonly Argument[])[];
}

/** What is remembered is numbers, not how they came about. */
export const buffersHoldNoGraph: Law<GraphCase> = law({
  id: "math/buffers-hold-no-graph",
  claim:
    "After forward in training mode no buffer requires a gradient or has a history: one that has would grow with each step.",
  source: "https://github.com/bayesiains/nflows/pull/11",
  needs: ["instance", "inputs", "buffers", "gradients"],
  runs: 4,
  detects: ["running-mean-with-history", "buffer-starts-to-require-grad"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), calls: fc.tuple(inputs!, inputs!) }),
  async check(context, { seed, calls }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    await instance.train(true);
    for (const args of calls) await instance.forward(context.given(args), { recorded: true });
    for (const { name, role, history, requiresGrad } of (await instance.list()).entries) {
      if (role !== "buffer") continue;
      demand(evidence, history === null && !requiresGrad, {
        what: "A buffer keeps the history of what it was computed from",
        where: name,
        expected: "numbers alone",
        actual: history === null ? "requiresGrad true" : `the history of ${history}`,
      });
    }
    return evidence;
  },
});
