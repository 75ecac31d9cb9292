/**
 * @module
 */
import { sameBits, snapshots } from "../../compare.ts";
import { type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";
import { judgeMove, type Move, moves } from "./move.ts";

/** A case of {@linkcode movesAllRegistered}. */
export type MoveCase = Omit<Move, "to">;

/** `to` moves what is registered and nothing else, and everything stays the object it is. */
export const movesAllRegistered: Law<MoveCase> = law({
  id: "device/moves-all-registered",
  version: 2,
  claim:
    "to(device) moves every registered tensor and no other, and keeps objects, ties, requiresGrad, gradients and values.",
  source: "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to",
  needs: ["module", "state"],
  runs: 6,
  detects: [
    "move-forgets-buffers",
    "move-unties",
    "move-replaces-parameters",
    "move-drops-gradients",
    "move-leaves-gradients",
  ],
  cases: moves,
  async check(context, testCase) {
    const { module, evidence, before } = await judgeMove(context, { ...testCase, to: "device" });
    await context.wait(`to("${context.device}")`, () => module.to(context.device));
    for (const [name, value] of await snapshots(registered(module))) {
      sameBits(evidence, "There and back again changes a value", name, value, before.get(name)!);
    }
    return evidence;
  },
});
