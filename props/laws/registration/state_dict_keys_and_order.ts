/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { sameList } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import type { Listing } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A state dict has PyTorch's names in PyTorch's order. */
export const stateDictKeysAndOrder: Law<{ seed: number }> = law({
  id: "registration/state-dict-keys-and-order",
  claim:
    "stateDict() holds, per module, its parameters, then its persistent buffers, then its children.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict",
  needs: ["instance", "state", "stateDict"],
  runs: 3,
  detects: ["state-dict-buffers-first", "state-dict-saves-transient"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    const expected = expectedKeys(await instance.list());
    const { entries } = await instance.stateDict();
    const keys = entries.map(({ name }) => name).filter((key) => !/(^|\.)_extra_state$/.test(key));
    sameList(evidence, "stateDict() has other names, or another order", "keys", keys, expected);
    return evidence;
  },
});

/** The persistent names, module by module; each module's parameters are listed before its buffers. */
function expectedKeys({ entries, parts }: Listing): string[] {
  const own = Map.groupBy(
    entries.filter(({ persistent }) => persistent),
    ({ name }) => name.slice(0, Math.max(0, name.lastIndexOf("."))),
  );
  return parts.flatMap(({ name }) => own.get(name) ?? []).map(({ name }) => name);
}
