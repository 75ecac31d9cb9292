/**
 * @module
 */
import type { DeviceName } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { seeds } from "../../argument.ts";
import { sameList, sameStates, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode constructThere}. */
export interface ConstructCase {
  /** The seed of the instances. */
  seed: number;
  /** On the judged device, or on another. */
  where: "here" | "there";
}

/** A constructor that takes a device puts everything there. */
export const constructThere: Law<ConstructCase> = law({
  id: "device/construct-there-equals-move-there",
  claim:
    "An instance constructed on a device is the instance constructed elsewhere and moved there: the same names, dtypes, flags and bits, all of it on that device.",
  source: "https://github.com/pytorch/pytorch/blob/main/test/test_modules.py",
  needs: ["module", "constructOn", "state"],
  runs: 4,
  detects: ["constructor-leaves-a-buffer-behind", "constructor-draws-by-device"],
  axes: () => ({ where: ["here", "there"] }),
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed, where }) {
    const device = where === "here" ? context.device : context.otherDevice;
    const evidence = new Evidence().note("where", where);
    const constructOn = context.subject.claims.constructOn!;
    context.reseed(seed);
    const there = context.call("The constructor", () => constructOn(device));
    const moved = await context.make(seed, device);
    const expected = facts(moved, device);
    const what = "What is constructed on a device is not what is moved there";
    sameList(evidence, what, "registered", facts(there), expected);
    const bits = "What is constructed on a device holds other values than what is moved there";
    sameStates(
      evidence,
      bits,
      await snapshots(registered(there)),
      await snapshots(registered(moved)),
    );
    return evidence;
  },
});

/** What is registered; on the given device, or where it is. */
function facts(module: Module, on?: DeviceName): string[] {
  return registered(module).map(([name, { dtype, shape, requiresGrad, device }]) =>
    `${name}: ${dtype}[${shape.join(", ")}] on "${on ?? device}", requiresGrad ${requiresGrad}`
  );
}
