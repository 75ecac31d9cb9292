/**
 * @module
 */
import type { DeviceName } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { demand, sameBits, sameList } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { ModuleInstance } from "../../module_instance.ts";
import { tieGroups } from "../../state.ts";
import { registered } from "../../walk.ts";
import { judgeMove, type Move, moves } from "./move.ts";

/** `to` moves what is registered and nothing else, and everything stays the object it is. */
export const movesAllRegistered: Law<Move> = law({
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
    const { device, otherDevice } = context;
    const evidence = new Evidence().note("to", otherDevice);
    const module = await context.make(testCase.seed);
    demandAllOn(evidence, module, device);
    // The move to the judged device has to keep ties too.
    const ties = tieGroups(registered(context.construct(testCase.seed)));
    const untied = "to() unties what shares memory";
    sameList(evidence, untied, "ties", tieGroups(registered(module)), ties);

    const instance = new ModuleInstance(module, device);
    const before = await judgeMove(evidence, instance, testCase, otherDevice);
    demandAllOn(evidence, module, otherDevice);

    await instance.to(device);
    for (const [name, value] of await instance.read()) {
      sameBits(evidence, "There and back again changes a value", name, value, before.get(name)!);
    }
    return evidence;
  },
});

function demandAllOn(evidence: Evidence, module: Module, device: DeviceName): void {
  for (const [name, value] of registered(module)) {
    for (const [where, tensor] of [[name, value], [`${name}.grad`, value.grad]] as const) {
      if (tensor === null) continue;
      demand(evidence, tensor.device === device, {
        what: "to() leaves behind what is registered",
        where,
        expected: `on "${device}"`,
        actual: `on "${tensor.device}"`,
      });
    }
  }
}
