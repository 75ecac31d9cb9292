/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { sameStates } from "../../compare.ts";
import type { Context } from "../../context.ts";
import type { Examined } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import type { Instance, OptimizerChoice } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

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

const schedule = { stepSize: 2, gamma: 0.5 };

const CHOICES: Readonly<Record<ResumeCase["optimizer"], OptimizerChoice>> = {
  SGD: { kind: "SGD", lr: 0.01, momentum: 0.9, weightDecay: 0.01, schedule },
  Adam: { kind: "Adam", lr: 0.01, schedule },
  AdamW: { kind: "AdamW", lr: 0.01, schedule },
};

/** Trains on from a checkpoint in another instance, and demands what training without a stop gives. */
async function resumes(
  context: Context,
  { seed, args, before, after, optimizer }: ResumeCase,
  make: (seed: number) => Promise<Instance>,
): Promise<Evidence> {
  const evidence = new Evidence().note("optimizer", optimizer);
  const given = context.given(args);
  const straight = await context.instance(seed);
  await straight.train(true);
  const first = await straight.optimizer(CHOICES[optimizer]);
  await straight.seed(seed);
  for (let i = 0; i < before; i++) await first.step(given, seed);
  const bytes = await first.save();
  const random = await straight.randomState();
  for (let i = 0; i < after; i++) await first.step(given, seed);
  const expected = await straight.read();

  const other = await make(seed ^ 0x7f4a7c15);
  await other.train(true);
  const second = await other.optimizer(CHOICES[optimizer]);
  await second.load(bytes);
  await other.setRandomState(random);
  for (let i = 0; i < after; i++) await second.step(given, seed);
  const what = "Training that went on from a checkpoint differs from training that did not stop";
  sameStates(evidence, what, await other.read(), expected);
  return evidence;
}

const NEEDS = ["inputs", "parameters", "optimizers", "files", "random"] as const;

function cases({ inputs }: Examined): fc.Arbitrary<ResumeCase> {
  return fc.record({
    seed: seeds(),
    args: inputs!,
    before: fc.integer({ min: 1, max: 2 }),
    after: fc.integer({ min: 1, max: 2 }),
    optimizer: fc.constantFrom<ResumeCase["optimizer"]>("SGD", "Adam", "AdamW"),
  });
}

/** A training that was stopped goes on as if it had not been. */
export const resume: Law<ResumeCase> = law({
  id: "save/resume",
  version: 2,
  claim:
    "Training that is saved (model, optimizer, schedule, random state) and goes on in another instance ends with the same bits as training that was not interrupted.",
  source: "https://pytorch.org/tutorials/beginner/saving_loading_models.html",
  needs: ["instance", ...NEEDS],
  runs: 9,
  runsOn: { reference: 1, webgpu: 1 },
  detects: ["counter-in-a-plain-field", "noise-of-its-own"],
  cases,
  check: (context, testCase) => resumes(context, testCase, (seed) => context.instance(seed)),
});

/** So it does where nothing is left of what was before but the file. */
export const resumeInAFreshProcess: Law<ResumeCase> = law({
  id: "save/resume-in-a-fresh-process",
  claim:
    "Training that is saved and goes on in another process ends with the same bits as training that was not interrupted: nothing is kept in a class, a variable or a cache that the file does not hold.",
  source: "https://pytorch.org/tutorials/beginner/saving_loading_models.html",
  needs: ["module", "process", ...NEEDS],
  runs: 2,
  runsOn: { reference: 1, webgpu: 1 },
  detects: ["table-of-the-process"],
  cases,
  check: (context, testCase) => resumes(context, testCase, (seed) => context.instanceApart(seed)),
});
