/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand, sameBits, snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { registered } from "../../walk.ts";

/** A state dict shows what the module holds, now and later. */
export const stateDictAliases: Law<{ seed: number }> = law({
  id: "registration/state-dict-aliases",
  claim:
    "Each tensor in stateDict() is the module's own memory without its history: a write to the one shows in the other.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict",
  needs: ["module", "state"],
  runs: 3,
  detects: ["state-dict-of-copies", "state-dict-with-history"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence().compared();
    const module = await context.make(seed);
    const state = context.call("stateDict", () => module.stateDict());
    for (const [name, live] of registered(module)) {
      const value = state.get(name);
      if (value === undefined) continue;
      demand(evidence, !value.requiresGrad, {
        what: "stateDict() holds a tensor with a history",
        where: name,
        expected: "requiresGrad false",
        actual: "requiresGrad true",
      });
      demand(evidence, value.storage === live.storage && value.offset === live.offset, {
        what: "stateDict() holds a copy, not the live value",
        where: name,
        expected: "the memory that the module uses",
        actual: "memory of its own",
      });
      if (live.numel === 0) continue;
      for (
        const [what, write, read] of [
          ["A change of the module does not show in stateDict()", live.detach(), value],
          ["A change of stateDict() does not show in the module", value, live],
        ] as const
      ) {
        noGrad(() => write.fill_(what.length % 2));
        sameBits(evidence, what, name, await snapshot(read), await snapshot(write));
      }
    }
    return evidence;
  },
});
