/**
 * @module
 */
import { DTYPES } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loaded } from "../../loaded.ts";

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
  needs: ["instance", "buffers", "stateDict", "persistence", "casts"],
  runs: 4,
  detects: ["transient-stays-behind", "load-makes-transient-persistent"],
  // Another library may have one device.
  axes: ({ subject }) => ({
    to: subject.elsewhere === null ? ["device", "float64"] : ["float64"],
  }),
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed, to }) {
    const evidence = new Evidence().note("to", to);
    const instance = await context.instance(seed);
    const transient = (await instance.list()).entries.filter(({ persistent }) => !persistent);
    evidence.compared();
    const unsaved = async (when: string) => {
      const state = await instance.stateDict();
      const saved = new Set(state.entries.map(({ name }) => name));
      for (const { name } of transient) {
        demand(evidence, !saved.has(name), {
          what: `A buffer that is not persistent is in stateDict() ${when}`,
          where: name,
          expected: "not saved",
          actual: "saved",
        });
      }
      return state;
    };
    await loaded(instance, await unsaved("of a new module"));
    await unsaved("after a load");
    const target = to === "device" ? context.otherDevice : to;
    await instance.to(target);
    const now = new Map((await instance.list()).entries.map((entry) => [entry.name, entry]));
    for (const { name } of transient) {
      const value = now.get(name);
      const floating = value !== undefined && DTYPES[value.dtype].kind === "float";
      const arrived = value?.role === "buffer" &&
        (to === "device" ? value.device === target : !floating || value.dtype === target);
      demand(evidence, arrived, {
        what: "to() leaves a buffer behind because files do not hold it",
        where: name,
        expected: `a buffer in ${target}`,
        actual: value === undefined ? "no such buffer" : `${value.dtype} on "${value.device}"`,
      });
    }
    return evidence.note("transient", transient.length);
  },
});
