/**
 * What `module.stateDict()` returns and checkpoints hold.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";

/**
 * The saved state of a module: names to tensors, in PyTorch's order, with what each module says
 * about itself in `metadata`. It is a `Map`, so iterating, `get`, `has` and spreading work as usual.
 *
 * The tensors of a fresh one are the module's own, detached: they show later changes. Where a
 * snapshot is wanted, clone them.
 *
 * PyTorch: the `OrderedDict` with `_metadata` that `torch.nn.Module.state_dict` returns.
 *
 * @example
 * ```ts
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const state = new nn.Linear(4, 2).stateDict();
 * assertEquals([...state.keys()], ["weight", "bias"]);
 * assertEquals(state.metadata.get("")?.get("version"), 1);
 * ```
 */
export class StateDict extends Map<string, Tensor> {
  /** What each module says about itself, by its path (`""` is the root): at least its `version`. */
  metadata: Map<string, Map<string, unknown>> = new Map();
}
