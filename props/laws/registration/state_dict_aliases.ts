/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand, sameStates } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { filled } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A state dict shows what the module holds, now and later. */
export const stateDictAliases: Law<{ seed: number }> = law({
  id: "registration/state-dict-aliases",
  claim:
    "Each tensor in stateDict() is the module's own memory without its history: a write to the one shows in the other.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict",
  needs: ["instance", "state", "stateDict"],
  runs: 3,
  detects: ["state-dict-of-copies", "state-dict-with-history"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence().compared();
    const instance = await context.instance(seed);
    const state = await instance.stateDict();
    const { entries } = await instance.list();
    const held = new Map(state.entries.map((entry) => [entry.name, entry]));
    const saved = entries.filter(({ name }) => held.has(name));
    for (const { name, memory, offset } of saved) {
      const value = held.get(name)!;
      demand(evidence, !value.requiresGrad, {
        what: "stateDict() holds a tensor with a history",
        where: name,
        expected: "requiresGrad false",
        actual: "requiresGrad true",
      });
      demand(evidence, value.memory === memory && value.offset === offset, {
        what: "stateDict() holds a copy, not the live value",
        where: name,
        expected: "the memory that the module uses",
        actual: "memory of its own",
      });
    }
    const ones = filled(saved, "ones"), zeros = filled(saved, "zeros");
    await instance.write(ones);
    const what = "A change of the module does not show in stateDict()";
    sameStates(evidence, what, await state.read(), ones);
    await state.write(zeros);
    const back = "A change of stateDict() does not show in the module";
    sameStates(evidence, back, await instance.read(), zeros);
    return evidence;
  },
});
