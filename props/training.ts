/**
 * Steps of training, and the file that they are interrupted by.
 *
 * @module
 */
import type { Module } from "../nn/mod.ts";
import type { Optimizer } from "../nn/optim/mod.ts";
import { load, toBytes } from "../serialize/mod.ts";
import type { Argument } from "./argument.ts";
import type { Context } from "./context.ts";
import { weightedSum } from "./loss.ts";

/**
 * One step: clears the gradients, computes new ones, and changes the parameters.
 *
 * @param context Calls the subject.
 * @param module What is trained.
 * @param optimizer What trains it; null where there is no parameter.
 * @param args Forward arguments.
 * @param seed Where the weights of the loss begin.
 */
export function trainStep(
  context: Context,
  module: Module,
  optimizer: Optimizer | null,
  args: readonly Argument[],
  seed: number,
): void {
  optimizer?.zeroGrad();
  const loss = weightedSum(context.forward(module, context.args(args)), seed);
  if (loss?.requiresGrad) context.call("backward", () => loss.backward());
  context.call("step", () => optimizer?.step());
}

/** A checkpoint of training: the module's state and the optimizer's. */
export function saveTraining(
  context: Context,
  module: Module,
  optimizer: Optimizer,
): Promise<Uint8Array> {
  const both = new Map<string, unknown>([
    ["model", module.stateDict()],
    ["optimizer", optimizer.stateDict()],
  ]);
  return context.wait("save", () => toBytes(both));
}

/** Gives a module and an optimizer what a checkpoint holds. */
export async function loadTraining(
  context: Context,
  module: Module,
  optimizer: Optimizer,
  bytes: Uint8Array,
): Promise<void> {
  const state: ReadonlyMap<string, unknown> = await context.wait("load", () => load(bytes));
  const of = (name: string) => state.get(name) as ReadonlyMap<string, unknown>;
  await context.wait("loadStateDict", () => module.loadStateDict(of("model")));
  await context.wait(
    "the optimizer's loadStateDict",
    () => optimizer.loadStateDict(of("optimizer")),
  );
}
