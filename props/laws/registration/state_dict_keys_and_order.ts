/**
 * @module
 */
import type { Tensor } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { seeds } from "../../argument.ts";
import { sameList } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { watchTransient } from "../../transient.ts";

/** A state dict has PyTorch's names in PyTorch's order. */
export const stateDictKeysAndOrder: Law<{ seed: number }> = law({
  id: "registration/state-dict-keys-and-order",
  claim:
    "stateDict() holds, per module, its parameters, then its persistent buffers, then its children.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict",
  needs: ["module", "state"],
  runs: 3,
  detects: ["state-dict-buffers-first", "state-dict-saves-transient"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const { module, transient } = await watchTransient(context, seed);
    const expected = expectedEntries(module, transient);
    const state = context.call("stateDict", () => module.stateDict());
    const keys = [...state.keys()].filter((key) => !/(^|\.)_extra_state$/.test(key));
    sameList(
      evidence,
      "stateDict() has other names, or another order",
      "keys",
      keys,
      expected.map(([name]) => name),
    );
    return evidence;
  },
});

function expectedEntries(root: Module, transient: ReadonlySet<string>): [string, Tensor][] {
  const own = { recurse: false, removeDuplicate: false };
  const persists = ([name]: [string, Tensor]): boolean => !transient.has(name);
  return root.namedModules({ removeDuplicate: false }).flatMap(([prefix, module]) => [
    ...module.namedParameters({ ...own, prefix }),
    ...module.namedBuffers({ ...own, prefix }).filter(persists),
  ]);
}
