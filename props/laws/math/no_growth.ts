/**
 * @module
 */
import type { GradNode, Storage, Tensor } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { weightedSum } from "../../loss.ts";
import { reachable } from "../../walk.ts";

/** A case of {@linkcode noGrowth}. */
export interface GrowthCase {
  /** The seed of the instance, of what it draws and of the loss. */
  seed: number;
  /** Forward arguments, the same in every step. */
  args: readonly Argument[];
  /** How many steps there are between two looks. */
  steps: number;
  /** Whether in training mode, with a backward. */
  training: boolean;
}

/** A step leaves no more behind than the step before. */
export const noGrowth: Law<GrowthCase> = law({
  id: "math/no-growth",
  claim:
    "From some steps on, what a module holds does not grow: neither tensors, nor their bytes, nor the operations in their histories.",
  source: "https://github.com/bayesiains/nflows/pull/11",
  needs: ["module", "inputs"],
  runs: 4,
  detects: ["running-loss-with-history", "keeps-every-output"],
  axes: () => ({ training: [true, false] }),
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), args: inputs!, steps: fc.integer({ min: 2, max: 4 }) }),
  async check(context, { seed, args, steps, training }) {
    const evidence = new Evidence().note("training", training);
    const module = (await context.make(seed)).train(training);
    const given = context.args(args);
    const run = () => {
      for (let i = 0; i < steps; i++) {
        module.zeroGrad();
        const loss = weightedSum(context.forward(module, given), seed);
        // A history that goes on into the step before has to be there still.
        if (training && loss?.requiresGrad) {
          context.call("backward", () => loss.backward(null, { retainGraph: true }));
        }
      }
      return held(module);
    };
    run(); // the first steps may fill what is filled once
    const before = run(), after = run();
    const grown = [...after.paths].find(([path, count]) => count > (before.paths.get(path) ?? 0));
    for (const what of ["tensors", "bytes", "operations"] as const) {
      demand(evidence, after[what] <= before[what], {
        what: "A module holds more after each step",
        where: grown?.[0] ?? "the module",
        expected: `${before[what]} ${what} after ${3 * steps} steps, as after ${2 * steps}`,
        actual: `${after[what]}`,
      });
    }
    return evidence;
  },
});

/** What a module holds: what hangs on it, and on the histories of that. */
function held(module: Module): {
  tensors: number;
  bytes: number;
  operations: number;
  paths: Map<string, number>;
} {
  const tensors = new Set<Tensor>(), nodes = new Set<GradNode>();
  const add = (tensor: Tensor | null) => {
    if (tensor === null || tensors.has(tensor)) return;
    tensors.add(tensor);
    const stack = [tensor.gradFn];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node === null || nodes.has(node)) continue;
      nodes.add(node);
      node.saved.forEach(add);
      for (const edge of node.edges) {
        if (edge !== null && "edges" in edge) stack.push(edge);
        else add(edge);
      }
    }
    add(tensor.grad);
  };
  const paths = new Map<string, number>();
  for (const { path, value } of reachable(module).tensors) {
    const before = tensors.size + nodes.size;
    add(value);
    paths.set(`this.${path}`, tensors.size + nodes.size - before);
  }
  const storages = new Set<Storage>([...tensors].map(({ storage }) => storage));
  const bytes = [...storages].reduce((sum, { nbytes }) => sum + nbytes, 0);
  return { tensors: tensors.size, bytes, operations: nodes.size, paths };
}
