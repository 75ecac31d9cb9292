/**
 * Freeing memory by region.
 *
 * @module
 */
import { GradNode } from "./autograd.ts";
import { AutogradError } from "./errors.ts";
import { collectStorages, outlive, type Storage } from "./storage.ts";
import { Tensor } from "./tensor.ts";

/**
 * Runs a function and frees at once every tensor made in it, except what it returns.
 *
 * Kept are: tensors in the result (also in arrays, maps and plain objects), what their gradients
 * need, and the `.grad` of leaves. Everything else that was made inside raises when it is used again.
 *
 * @param fn A synchronous function.
 * @returns What it returns.
 * @throws {AutogradError} If it returns a promise.
 *
 * @example
 * ```ts
 * import { memory, ones, scope } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const x = ones([4]).realize();
 * const y = scope(() => x.add(1).mul(2).exp().log());
 * assertEquals(await y.tolist(), [4, 4, 4, 4]);
 * ```
 */
export function scope<T>(fn: () => T): T {
  return collectStorages(() => {
    const result = fn();
    if (result instanceof Promise) {
      throw new AutogradError("scope takes a synchronous function: await what it returns instead");
    }
    return result;
  }, (result) => {
    const keep = new Set<Storage>();
    collect(result, keep, new Set());
    return keep;
  });
}

/**
 * Takes a tensor out of every open scope: it lives on after they end.
 *
 * @param tensor What to keep, such as a state that an optimizer makes in its first step.
 * @returns The tensor.
 */
export function keep(tensor: Tensor): Tensor {
  outlive(tensor.storage);
  return tensor;
}

function collect(value: unknown, keep: Set<Storage>, seen: Set<unknown>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Tensor) {
    keep.add(value.storage);
    collect(value.peekGrad(), keep, seen);
    collectHistory(value.gradFn, keep, seen);
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      collect(key, keep, seen);
      collect(item, keep, seen);
    }
  } else if (Array.isArray(value) || value instanceof Set) {
    for (const item of value) collect(item, keep, seen);
  } else if (!ArrayBuffer.isView(value)) {
    for (const item of Object.values(value)) collect(item, keep, seen);
  }
}

/** What the gradients of a result will read. */
function collectHistory(root: GradNode | null, keep: Set<Storage>, seen: Set<unknown>): void {
  const stack = root === null ? [] : [root];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const tensor of node.saved) keep.add(tensor.storage);
    for (const edge of node.edges) if (edge instanceof GradNode) stack.push(edge);
  }
}
