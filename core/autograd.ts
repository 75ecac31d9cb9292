/**
 * Reverse-mode differentiation: a graph of vector-Jacobian products written in tensor operations,
 * so that gradients fuse like everything else and can be differentiated again.
 *
 * @module
 */
import { AutogradError } from "./errors.ts";
import { sameShape, show } from "./shape.ts";
import { collectStorages, type Storage } from "./storage.ts";
import { outlive } from "./storage.ts";
import type { Tensor } from "./tensor.ts";

/** The gradient of one operation: from the gradient of its result to those of its inputs. */
export type Vjp = (grad: Tensor) => (Tensor | null)[];

/** Sees a gradient on its way, and may replace it. */
export type GradHook = (grad: Tensor) => Tensor | null | void;

let nextId = 0;

/**
 * One recorded operation.
 *
 * PyTorch: what `tensor.grad_fn` shows.
 */
export class GradNode {
  /** Grows with creation: an input's node is always older than its user's. */
  readonly id: number;
  /** The operation, as PyTorch names it: `MulBackward0`. */
  readonly name: string;
  /** Where the gradients of the inputs go: an older node, a leaf, or nowhere. */
  readonly edges: readonly (GradNode | Tensor | null)[];
  /** Hooks on the result of this operation. */
  hooks: Set<GradHook> | null = null;
  /** Storages that the gradient needs; a scope that returns the result keeps them. */
  saved: readonly Tensor[] = [];
  #vjp: Vjp | null;

  /** Records an operation on these inputs. */
  constructor(name: string, inputs: readonly Tensor[], vjp: Vjp) {
    this.name = name;
    // To ask a view for its history may record it anew: the edges come first, then the number.
    this.edges = inputs.map(edgeOf);
    this.id = nextId++;
    this.#vjp = vjp;
  }

  /** The gradients of the inputs. */
  apply(grad: Tensor): (Tensor | null)[] {
    if (this.#vjp === null) {
      throw new AutogradError(
        `Trying to go backward through ${this.name} a second time: what it saved was freed by the ` +
          "first backward(). Pass retainGraph: true to the first one.",
      );
    }
    return this.#vjp(grad);
  }

  /** Forgets what the gradient needed. */
  release(): void {
    this.#vjp = null;
    this.saved = [];
  }
}

/** Where the gradient of a tensor goes. */
export function edgeOf(tensor: Tensor): GradNode | Tensor | null {
  return tensor.gradFn ?? (tensor.requiresGrad ? tensor : null);
}

let enabled = true;

/**
 * Whether operations are recorded now.
 *
 * PyTorch: `torch.is_grad_enabled`.
 *
 * @returns False inside `noGrad`.
 */
export function isGradEnabled(): boolean {
  return enabled;
}

function withGrad<T>(value: boolean, fn: () => T, name: string): T {
  const before = enabled;
  enabled = value;
  try {
    const result = fn();
    if (result instanceof Promise) {
      throw new AutogradError(
        `${name} takes a synchronous function: after an await, other code would run inside of it. ` +
          "Compute in it, and await what it returns.",
      );
    }
    return result;
  } finally {
    enabled = before;
  }
}

/**
 * Runs a function whose operations are not recorded.
 *
 * PyTorch: `torch.no_grad()`.
 *
 * @param fn A synchronous function.
 * @returns What it returns.
 * @throws {AutogradError} If it returns a promise.
 *
 * @example
 * ```ts
 * import { noGrad, ones } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const w = ones([2], { requiresGrad: true });
 * assertEquals(noGrad(() => w.mul(2)).requiresGrad, false);
 * ```
 */
export function noGrad<T>(fn: () => T): T {
  return withGrad(false, fn, "noGrad");
}

/**
 * Runs a function whose operations are recorded, also inside `noGrad`.
 *
 * PyTorch: `torch.enable_grad()`.
 *
 * @param fn A synchronous function.
 * @returns What it returns.
 * @throws {AutogradError} If it returns a promise.
 */
export function enableGrad<T>(fn: () => T): T {
  return withGrad(true, fn, "enableGrad");
}

/** Whether an operation on these inputs is recorded. */
export function records(inputs: readonly Tensor[]): boolean {
  if (!enabled) return false;
  for (const input of inputs) if (input.requiresGrad) return true;
  return false;
}

/**
 * Records an operation whose result is `out`, if it is to be.
 *
 * @param name PyTorch's name of the operation's backward.
 * @param out The result.
 * @param inputs Its inputs.
 * @param needs Tensors that the gradient reads; their versions are checked then.
 * @param vjp The gradient, given the saved tensors. What was broadcast is summed, and dtypes are
 * converted back, by this function.
 */
export function record<Saved extends readonly Tensor[]>(
  name: string,
  out: Tensor,
  inputs: readonly Tensor[],
  needs: Saved,
  vjp: (grad: Tensor, ...saved: Saved) => (Tensor | null)[],
): Tensor {
  if (!records(inputs)) return out;
  const versions = needs.map((tensor) => {
    tensor.storage.kept = true;
    return tensor.storage.version;
  });
  const node: GradNode = new GradNode(name, inputs, (grad) => {
    needs.forEach((tensor, i) => {
      if (tensor.storage.version !== versions[i]) {
        throw new AutogradError(
          `${name}: a tensor of shape ${
            show(tensor.shape)
          } that the gradient needs was changed in ` +
            `place: it is at version ${tensor.storage.version}, expected ${versions[i]}`,
        );
      }
    });
    // Inputs that lead nowhere may have another shape by now.
    const parts = () =>
      vjp(grad, ...needs).map((part, i) =>
        part === null || node.edges[i] === null ? null : part.fitTo(inputs[i])
      );
    // What came in between is freed, unless a graph is made of it.
    return enabled ? parts() : collectStorages(parts, storagesOf);
  });
  node.saved = needs;
  out.setGradFn(node);
  return out;
}

function storagesOf(parts: (Tensor | null)[]): Storage[] {
  const storages: Storage[] = [];
  for (const part of parts) if (part !== null) storages.push(part.storage);
  return storages;
}

/** Options of a backward pass. */
export interface BackwardOptions {
  /** Keep what the gradient needs, for another backward. By default what `createGraph` is. */
  retainGraph?: boolean;
  /** Record the backward itself, for higher derivatives. */
  createGraph?: boolean;
}

/** Runs a backward pass; captures go to `capture` instead of `.grad` where given. */
export function runBackward(
  roots: { tensor: Tensor; grad: () => Tensor }[],
  options: BackwardOptions,
  capture: readonly Tensor[] | null,
): (Tensor | null)[] {
  const { createGraph = false } = options;
  const retainGraph = options.retainGraph ?? createGraph;
  const pending = new Map<GradNode, Tensor>();
  const leaves = new Map<Tensor, Tensor>();
  const captured = new Map<GradNode | Tensor, Tensor>();
  const wanted = capture === null ? null : new Set(capture.map(edgeOf));
  /** Storages of more than one gradient on its way. */
  const shared = new Set<Storage>();

  const deliver = (edge: GradNode | Tensor | null, grad: Tensor) => {
    if (edge === null) return;
    if (edge instanceof GradNode) {
      const sum = pending.get(edge);
      pending.set(edge, sum === undefined ? grad : sum.add(grad));
    } else {
      const sum = leaves.get(edge);
      leaves.set(edge, sum === undefined ? grad : sum.add(grad));
    }
  };

  // A gradient that has become one other is freed before that is computed: so it is not written
  // out along with it. Two others may still be computed of it one by one.
  const pass = (from: Storage, to: readonly Storage[], made: readonly Storage[]) => {
    if (to.length > 1) {
      to.forEach((storage, i) => {
        if (storage === from || to.indexOf(storage) !== i) shared.add(storage);
      });
    } else if (to[0] !== from && from.scope === made && !shared.has(from)) from.free();
  };

  const starts = roots.map(({ tensor }) => edgeOf(tensor));
  const run = (order: Set<GradNode>, made: readonly Storage[] | null) => {
    roots.map(({ grad }) => grad()).forEach((grad, i) => deliver(starts[i], grad));
    for (const node of order) {
      let grad = pending.get(node);
      pending.delete(node);
      if (grad === undefined) continue;
      if (node.hooks !== null) {
        for (const hook of node.hooks) grad = hook(grad) ?? grad;
      }
      if (wanted?.has(node)) {
        captured.set(node, grad);
        shared.add(grad.storage);
      }
      // What nothing wanted lies behind is left as it is, for another grad() to go through.
      if (wanted === null || leadsOn(node, order, wanted)) {
        const grads = node.apply(grad);
        node.edges.forEach((edge, i) => {
          const part = grads[i];
          if (edge !== null && part !== null && part !== undefined) deliver(edge, part);
        });
        if (made !== null) pass(grad.storage, storagesOf(grads), made);
        if (!retainGraph) node.release();
      }
    }
    for (const [leaf, sum] of leaves) {
      if (wanted !== null && !wanted.has(leaf)) continue;
      let grad = sum;
      if (leaf.hooks !== null) { for (const hook of leaf.hooks) grad = hook(grad) ?? grad; }
      if (wanted !== null) captured.set(leaf, grad);
      else accumulate(leaf, grad, createGraph, made);
    }
  };
  const start = () => {
    const order = reachable(starts.filter((edge) => edge instanceof GradNode), wanted);
    // What a hook sees, it may keep. Without one, all that comes in between is freed.
    const hooked = isHooked(starts) || [...order].some((node) => isHooked(node.edges));
    if (createGraph || hooked) run(order, null);
    else collectStorages((made) => run(order, made), () => storagesOf([...captured.values()]));
  };
  if (createGraph) enableGrad(start);
  else noGrad(start);

  return capture === null ? [] : capture.map((tensor) => captured.get(edgeOf(tensor)!) ?? null);
}

function isHooked(edges: readonly (GradNode | Tensor | null)[]): boolean {
  return edges.some((edge) => edge !== null && edge.hooks !== null);
}

/** All nodes that can be reached, newest first: an order in which users come before inputs. */
function reachable(
  roots: Iterable<GradNode>,
  wanted: Set<GradNode | Tensor | null> | null,
): Set<GradNode> {
  const seen = new Set<GradNode>(roots);
  const stack = [...seen];
  while (stack.length > 0) {
    for (const edge of stack.pop()!.edges) {
      if (edge instanceof GradNode && !seen.has(edge)) {
        seen.add(edge);
        stack.push(edge);
      }
    }
  }
  const newestFirst = [...seen].sort((a, b) => b.id - a.id);
  if (wanted === null) return new Set(newestFirst);
  // Only what leads to something wanted: found from the oldest on.
  const useful = new Set<GradNode>();
  for (let i = newestFirst.length - 1; i >= 0; i--) {
    const node = newestFirst[i];
    if (wanted.has(node) || leadsOn(node, useful, wanted)) useful.add(node);
  }
  return new Set(newestFirst.filter((node) => useful.has(node)));
}

function leadsOn(
  node: GradNode,
  useful: Set<GradNode>,
  wanted: Set<GradNode | Tensor | null>,
): boolean {
  return node.edges.some((edge) =>
    edge !== null && (wanted.has(edge) || (edge instanceof GradNode && useful.has(edge)))
  );
}

/**
 * Adds to a leaf's `.grad`, as PyTorch does: in place, unless a graph is being made.
 *
 * @param made Storages that this backward pass made and will free, if it does.
 */
function accumulate(
  leaf: Tensor,
  grad: Tensor,
  createGraph: boolean,
  made: readonly Storage[] | null,
): void {
  if (!sameShape(leaf.shape, grad.shape)) {
    throw new AutogradError(
      `backward: a gradient of shape ${show(grad.shape)} reached a leaf of shape ${
        show(leaf.shape)
      }`,
    );
  }
  const before = leaf.peekGrad();
  if (createGraph) {
    leaf.grad = before === null ? grad : before.add(grad);
    outlive(leaf.grad.storage);
  } else if (before !== null) {
    before.add_(grad);
  } else {
    // Not an alias of anything: later accumulation writes in place. What this pass made, and no
    // other leaf has taken, is as good as a copy.
    const { storage } = grad;
    const own = storage.scope === made && made !== null && grad.isContiguous() &&
      storage.length === grad.numel;
    const mine = own ? grad.detach() : grad.ownGradient();
    outlive(mine.storage);
    leaf.giveGrad(mine);
  }
}
