/**
 * @module
 */
import { getRngState, setRngState } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { Adam, AdamW, type Optimizer, SGD } from "../../../nn/optim/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loadTraining, saveTraining, trainStep } from "../../training.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode resume}. */
export interface ResumeCase {
  /** The seed of the instance; the one that goes on is built under another. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** Steps before the checkpoint. */
  before: number;
  /** Steps after it. */
  after: number;
  /** What trains. */
  optimizer: "SGD" | "Adam" | "AdamW";
}

const OPTIMIZERS: Readonly<Record<ResumeCase["optimizer"], (module: Module) => Optimizer>> = {
  SGD: (module: Module) =>
    new SGD(module.parameters(), { lr: 0.01, momentum: 0.9, weightDecay: 0.01 }),
  Adam: (module: Module) => new Adam(module.parameters(), { lr: 0.01 }),
  AdamW: (module: Module) => new AdamW(module.parameters(), { lr: 0.01 }),
};

/** A training that was stopped goes on as if it had not been. */
export const resume: Law<ResumeCase> = law({
  id: "save/resume",
  claim:
    "Training that is saved (model, optimizer, random state) and goes on in another instance ends with the same bits as training that was not interrupted.",
  source: "https://pytorch.org/tutorials/beginner/saving_loading_models.html",
  needs: ["module", "inputs", "parameters"],
  runs: 9,
  runsOn: { reference: 1, webgpu: 1 },
  detects: ["counter-in-a-plain-field", "noise-of-its-own"],
  cases: ({ inputs }) =>
    fc.record({
      seed: seeds(),
      args: inputs!,
      before: fc.integer({ min: 1, max: 2 }),
      after: fc.integer({ min: 1, max: 2 }),
      optimizer: fc.constantFrom<ResumeCase["optimizer"]>("SGD", "Adam", "AdamW"),
    }),
  async check(context, { seed, args, before, after, optimizer }) {
    const evidence = new Evidence().note("optimizer", optimizer);
    const straight = (await context.make(seed)).train();
    const first = OPTIMIZERS[optimizer](straight);
    context.reseed(seed);
    for (let i = 0; i < before; i++) trainStep(context, straight, first, args, seed);
    const bytes = await saveTraining(context, straight, first);
    const rng = getRngState();
    for (let i = 0; i < after; i++) trainStep(context, straight, first, args, seed);
    const expected = await snapshots(registered(straight));

    const other = (await context.make(seed ^ 0x7f4a7c15)).train();
    const second = OPTIMIZERS[optimizer](other);
    await loadTraining(context, other, second, bytes);
    setRngState(rng);
    for (let i = 0; i < after; i++) trainStep(context, other, second, args, seed);
    const what = "Training that went on from a checkpoint differs from training that did not stop";
    sameStates(evidence, what, await snapshots(registered(other)), expected);
    return evidence;
  },
});
