/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { sameStates, type Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { type Listing, type OptimizerChoice, partsOnce } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode freezeHolds}. */
export interface FreezeCase {
  /** The seed of the instance, of what it draws and of the loss. */
  seed: number;
  /** Forward arguments of each step. */
  steps: readonly (readonly Argument[])[];
  /** Which of the modules with state inside is frozen. */
  which: number;
  /** What trains the rest. */
  optimizer: "SGD" | "AdamW";
}

const CHOICES: Readonly<Record<FreezeCase["optimizer"], OptimizerChoice>> = {
  SGD: { kind: "SGD", lr: 0.1, momentum: 0.9, weightDecay: 0.1 },
  AdamW: { kind: "AdamW", lr: 0.1, weightDecay: 0.1 },
};

/** What is frozen stays as it is. */
export const freezeHolds: Law<FreezeCase> = law({
  id: "mode/freeze-holds",
  claim:
    "A part that is frozen, without gradients and in evaluation mode, keeps the bits of its parameters and buffers while the rest is trained, whatever momentum or weight decay there is.",
  source: "https://github.com/pgniewko/gt-pyg/issues/112",
  needs: ["instance", "inputs", "state", "optimizers"],
  runs: 30,
  runsOn: { reference: 1, webgpu: 1 },
  detects: ["forward-sets-modes", "forward-decays-weights"],
  cases: ({ inputs }) =>
    fc.record({
      seed: seeds(),
      steps: fc.tuple(inputs!, inputs!, inputs!),
      which: fc.nat(63),
      optimizer: fc.constantFrom<FreezeCase["optimizer"]>("SGD", "AdamW"),
    }),
  async check(context, { seed, steps, which, optimizer: kind }) {
    const evidence = new Evidence().note("optimizer", kind);
    const instance = await context.instance(seed);
    const training = await instance.optimizer(CHOICES[kind]);
    const step = (args: readonly Argument[]) => training.step(context.given(args), seed);
    // Before it is frozen it is trained: now there is momentum that could go on.
    await step(steps[0]);
    const listing = await instance.list();
    const names = partsOnce(listing).map(({ name }) => name)
      .filter((name) => listing.entries.some((entry) => isIn(name, entry.name)));
    const name = names[which % names.length];
    const part = await instance.part(name);
    await part.requireGrad(false);
    const own = ownNames(listing, name);
    const frozen = async () => {
      const values = await part.read();
      return new Map(own.map((each): [string, Snapshot] => [each, values.get(each)!]));
    };
    const before = await frozen();
    for (const args of steps.slice(1)) {
      await instance.train(false);
      await instance.train(true);
      await part.train(false);
      await step(args);
    }
    evidence.note("frozen", name === "" ? "all" : "a part");
    const what = `Training changes ${name === "" ? "the module" : name}, which is frozen`;
    sameStates(evidence, what, await frozen(), before);
    return evidence.compared();
  },
});

/** Whether a path is inside of a module's. */
function isIn(part: string, path: string): boolean {
  return part === "" || path.startsWith(`${part}.`);
}

/** What a part holds and shares with nothing that is trained, by the part's own names. */
function ownNames({ entries }: Listing, part: string): string[] {
  const inside = entries.filter(({ name }) => isIn(part, name));
  const objects = new Set(inside.map(({ object }) => object));
  const trained = new Set(
    entries.filter(({ object }) => !objects.has(object)).map(({ memory }) => memory),
  );
  return inside.filter(({ memory }) => !trained.has(memory))
    .map(({ name }) => part === "" ? name : name.slice(part.length + 1));
}
