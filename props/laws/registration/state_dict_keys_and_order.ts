/**
 * @module
 */
import { noGrad, type Tensor } from "../../../core/mod.ts";
import { Buffer, Module } from "../../../nn/mod.ts";
import { seeds } from "../../argument.ts";
import type { Context } from "../../context.ts";
import { demand, sameBits, sameList, snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A state dict holds the live values under PyTorch's names in PyTorch's order. */
export const stateDictKeysAndOrder: Law<{ seed: number }> = law({
  id: "registration/state-dict-keys-and-order",
  claim:
    "stateDict() holds, per module, its parameters, then its persistent buffers, then its children, each the live value.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict",
  needs: ["module", "state"],
  runs: 3,
  detects: ["state-dict-buffers-first", "state-dict-of-copies", "state-dict-saves-transient"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const { module, transient } = await makeWatched(context, seed);
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
    for (const [name, live] of expected) {
      const value = state.get(name)!;
      demand(evidence, value.storage === live.storage && value.offset === live.offset, {
        what: "stateDict() holds a copy, not the live value",
        where: name,
        expected: "the memory that the module uses",
        actual: "memory of its own",
      });
      sameBits(
        evidence,
        "stateDict() holds another value than the module",
        name,
        ...await Promise
          .all([snapshot(value), snapshot(live)]),
      );
      if (live.numel === 0) continue;
      noGrad(() => live.detach().fill_(1));
      sameBits(
        evidence,
        "A change of the module does not show in stateDict()",
        name,
        ...await Promise
          .all([snapshot(value), snapshot(live)]),
      );
    }
    return evidence;
  },
});

/** Makes an instance and notes which buffers were registered as not persistent. */
async function makeWatched(
  context: Context,
  seed: number,
): Promise<{ module: Module; transient: ReadonlySet<string> }> {
  const modules = new Map<Module, Set<string>>();
  const { registerBuffer } = Module.prototype;
  Module.prototype.registerBuffer = function (name, tensor, options = {}) {
    registerBuffer.call(this, name, tensor, options);
    const own = tensor instanceof Buffer ? tensor.persistent : true;
    if (options.persistent ?? own) return;
    modules.set(this, (modules.get(this) ?? new Set()).add(name));
  };
  // Restored before anything is awaited: constructors are synchronous.
  let made: Promise<Module>;
  try {
    made = context.make(seed);
  } finally {
    Module.prototype.registerBuffer = registerBuffer;
  }
  const module = await made;
  const transient = new Set<string>();
  for (const [path, inner] of module.namedModules({ removeDuplicate: false })) {
    for (const name of modules.get(inner) ?? []) {
      transient.add(path === "" ? name : `${path}.${name}`);
    }
  }
  return { module, transient };
}

function expectedEntries(root: Module, transient: ReadonlySet<string>): [string, Tensor][] {
  const own = { recurse: false, removeDuplicate: false };
  const persists = ([name, value]: [string, Tensor]): boolean =>
    value instanceof Buffer ? value.persistent : !transient.has(name);
  return root.namedModules({ removeDuplicate: false }).flatMap(([prefix, module]) => [
    ...module.namedParameters({ ...own, prefix }),
    ...module.namedBuffers({ ...own, prefix }).filter(persists),
  ]);
}
