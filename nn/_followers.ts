/**
 * Tensors that go where a parameter goes: the state of optimizers that train it. Optimizers are
 * known weakly, so that a model doesn't keep them alive.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";

/** Something that keeps tensors beside a parameter, on the parameter's device. */
export interface Follower {
  /** The tensors that it keeps for this parameter now. */
  tensorsOf(parameter: Tensor): Iterable<Tensor>;
}

const followers = new WeakMap<Tensor, Set<WeakRef<Follower>>>();

/** From now on the follower's tensors move with the parameter. */
export function follow(parameter: Tensor, follower: Follower): void {
  const known = followers.get(parameter) ?? new Set();
  for (const ref of known) if (ref.deref() === undefined) known.delete(ref);
  known.add(new WeakRef(follower));
  followers.set(parameter, known);
}

/** Every tensor that goes where the parameter goes. */
export function followersOf(parameter: Tensor): Tensor[] {
  const found: Tensor[] = [];
  for (const ref of followers.get(parameter) ?? []) {
    found.push(...(ref.deref()?.tensorsOf(parameter) ?? []));
  }
  return found;
}
