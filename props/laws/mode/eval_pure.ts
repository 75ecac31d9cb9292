/**
 * @module
 */
import { isGradEnabled, noGrad } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { sameList, sameStates, snapshots, tensorsIn } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode evalPure}. */
export interface PureCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments, of one call after the other. */
  calls: readonly (readonly Argument[])[];
  /** Whether operations are recorded. */
  recorded: boolean;
}

/** Evaluation reads and writes nothing. */
export const evalPure: Law<PureCase> = law({
  id: "mode/eval-pure",
  claim:
    "In evaluation mode forward leaves as they are: what is registered, under which names, its bits and requiresGrad, every module's mode, its arguments, and whether operations are recorded.",
  source: "https://github.com/pytorch/pytorch/issues/8208",
  needs: ["module", "inputs"],
  runs: 6,
  detects: ["statistics-move-in-eval", "vector-turns-in-eval", "eval-wakes-a-child"],
  axes: () => ({ recorded: [false, true] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), calls: fc.tuple(inputs!, inputs!) }),
  async check(context, { seed, calls, recorded }) {
    const evidence = new Evidence().note("recorded", recorded);
    const module = (await context.make(seed)).eval();
    const given = calls.map((args) => context.args(args));
    const tensors = () => [...registered(module), ...tensorsIn(given, "arguments")];
    const bits = await snapshots(tensors());
    const facts = flags(module, tensors());
    for (const args of given) {
      const forward = () => context.forward(module, args);
      const output = recorded ? forward() : noGrad(forward);
      // What is pending may write when it is computed.
      for (const [, value] of tensorsIn(output)) await value.data();
    }
    const changed = "forward changes in evaluation mode what it should only read";
    sameList(evidence, changed, "names and flags", flags(module, tensors()), facts);
    sameStates(evidence, changed, await snapshots(tensors()), bits);
    return evidence;
  },
});

function flags(module: Module, tensors: ReturnType<typeof registered>): string[] {
  return [
    ...tensors.map(([name, { requiresGrad }]) => `${name} requiresGrad=${requiresGrad}`),
    ...module.namedModules().map(([name, { training }]) => `${name} training=${training}`),
    `recording=${isGradEnabled()}`,
  ];
}
