/**
 * @module
 */
import { DTYPES } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { watchTransient } from "../../transient.ts";

/** A case of {@linkcode nonPersistent}. */
export interface TransientCase {
  /** The seed of the instance. */
  seed: number;
  /** To another device, or cast. */
  to: "device" | "float64";
}

/** What is registered as not persistent is state like any other but for files. */
export const nonPersistent: Law<TransientCase> = law({
  id: "registration/non-persistent-moves-not-saved",
  claim:
    "A buffer registered with persistent false is in buffers(), follows to(), is not in stateDict(), and a strict load does not ask for it.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer",
  needs: ["module", "buffers"],
  runs: 4,
  detects: ["transient-stays-behind", "load-makes-transient-persistent"],
  axes: () => ({ to: ["device", "float64"] }),
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed, to }) {
    const evidence = new Evidence().note("to", to);
    const { module, transient } = await watchTransient(context, seed);
    const state = context.call("stateDict", () => module.stateDict());
    evidence.compared();
    const unsaved = (when: string) => {
      const saved = context.call("stateDict", () => module.stateDict());
      for (const name of transient) {
        demand(evidence, !saved.has(name), {
          what: `A buffer that is not persistent is in stateDict() ${when}`,
          where: name,
          expected: "not saved",
          actual: "saved",
        });
      }
    };
    unsaved("of a new module");
    await context.wait("loadStateDict", () => module.loadStateDict(state));
    unsaved("after a load");
    const target = to === "device" ? context.otherDevice : to;
    await context.wait(`to("${target}")`, () => module.to(target));
    const buffers = new Map(module.namedBuffers({ removeDuplicate: false }));
    for (const name of transient) {
      const value = buffers.get(name);
      const floating = value !== undefined && DTYPES[value.dtype].kind === "float";
      const arrived = value !== undefined &&
        (to === "device" ? value.device === target : !floating || value.dtype === target);
      demand(evidence, arrived, {
        what: "to() leaves a buffer behind because files do not hold it",
        where: name,
        expected: `a buffer in ${target}`,
        actual: value === undefined ? "no such buffer" : `${value.dtype} on "${value.device}"`,
      });
    }
    return evidence.note("transient", transient.size);
  },
});
