/**
 * @module
 */
import type { Module } from "../../../nn/mod.ts";
import { AdamW, SGD } from "../../../nn/optim/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { trainStep } from "../../training.ts";
import { registered } from "../../walk.ts";

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

/** What is frozen stays as it is. */
export const freezeHolds: Law<FreezeCase> = law({
  id: "mode/freeze-holds",
  claim:
    "A part that is frozen, without gradients and in evaluation mode, keeps the bits of its parameters and buffers while the rest is trained, whatever momentum or weight decay there is.",
  source: "https://github.com/pgniewko/gt-pyg/issues/112",
  needs: ["module", "inputs", "state"],
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
    const module = await context.make(seed);
    const parts = module.namedModules().filter(([, part]) => registered(part).length > 0);
    const [name, part] = parts[which % parts.length];
    const optimizer = optimizerOf(module, kind);
    const step = (args: readonly Argument[]) => {
      context.reseed(seed);
      trainStep(context, module, optimizer, args, seed);
    };
    // Before it is frozen it is trained: now there is momentum that could go on.
    step(steps[0]);
    part.requiresGrad_(false);
    const frozen = ownState(module, part);
    const before = await snapshots(frozen);
    for (const args of steps.slice(1)) {
      module.eval();
      module.train();
      part.eval();
      step(args);
    }
    evidence.note("frozen", name === "" ? "all" : "a part");
    const what = `Training changes ${name === "" ? "the module" : name}, which is frozen`;
    sameStates(evidence, what, await snapshots(frozen), before);
    return evidence.compared();
  },
});

function optimizerOf(module: Module, kind: FreezeCase["optimizer"]): SGD | AdamW | null {
  const parameters = module.parameters();
  if (parameters.length === 0) return null;
  return kind === "SGD"
    ? new SGD(parameters, { lr: 0.1, momentum: 0.9, weightDecay: 0.1 })
    : new AdamW(parameters, { lr: 0.1, weightDecay: 0.1 });
}

/** What a part holds and shares with nothing that is trained. */
function ownState(module: Module, part: Module): ReturnType<typeof registered> {
  const frozen = registered(part);
  const inside = new Set(frozen.map(([, value]) => value));
  const trained = new Set(
    registered(module).filter(([, value]) => !inside.has(value)).map(([, value]) => value.storage),
  );
  return frozen.filter(([, value]) => !trained.has(value.storage));
}
