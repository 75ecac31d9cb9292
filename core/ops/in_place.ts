/**
 * Writing in place: every such operation is its out-of-place form whose result then becomes the
 * tensor's value. A whole storage takes the new recipe as it is; a view is written by one kernel.
 *
 * @module
 */
import { GradNode, isGradEnabled, record } from "../autograd.ts";
import { commonDevice, isWhole, makeTensor, read } from "../dispatch.ts";
import { DTYPES } from "../dtype.ts";
import { AutogradError, DTypeError, ShapeError } from "../errors.ts";
import { load, type Node, operandsOf } from "../node.ts";
import { PlanBuilder } from "../plan.ts";
import { sameShape, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Gives `x` the value of `compute(x)`, which keeps its shape and converts to its dtype. The value
 * is `fresh` when nobody else holds it.
 */
export function inPlace(
  operation: string,
  x: Tensor,
  compute: (x: Tensor) => Tensor,
  fresh = true,
): Tensor {
  const recording = isGradEnabled();
  if (recording && x.requiresGrad) assertNoLeaf(operation, x);
  assertNoOverlap(operation, x);
  const old = recording && x.requiresGrad ? before(x) : x;
  const out = compute(old);
  if (!sameShape(out.shape, x.shape)) {
    throw new ShapeError(
      `${operation}: a result of shape ${show(out.shape)} does not fit in place into ${
        show(x.shape)
      }`,
    );
  }
  const rank = (dtype: Tensor["dtype"]) =>
    ["bool", "int", "float", "storage"].indexOf(DTYPES[dtype].kind);
  if (rank(out.dtype) > rank(x.dtype) && operation !== "copy_") {
    throw new DTypeError(`${operation}: a result of ${out.dtype} can't be written into ${x.dtype}`);
  }
  const converted = out.dtype === x.dtype ? out : out.type(x.dtype);
  if (old !== x && !saves(out, old)) old.storage.free();
  write(x, converted);
  if ((fresh || converted !== out) && !converted.requiresGrad) converted.storage.free();
  if (recording && (x.requiresGrad || converted.requiresGrad)) rebase(x, converted);
  return x;
}

/** The value before the write, which the gradient may need: the memory is shared until then. */
function before(x: Tensor): Tensor {
  const old = makeTensor(x.storage.copy(), x.shape, x.strides, x.offset);
  return record("AliasBackward0", old, [x], [], (g) => [g]);
}

/** Whether the history of a result reads a tensor's memory, which is as old as that history. */
function saves(out: Tensor, old: Tensor): boolean {
  const oldest = old.gradFn!.id;
  const stack: unknown[] = [out.gradFn];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (!(node instanceof GradNode) || node.id < oldest) continue;
    if (node.saved.some((tensor) => tensor.storage === old.storage)) return true;
    stack.push(...node.edges);
  }
  return false;
}

function assertNoLeaf(operation: string, x: Tensor): void {
  const base = x.base ?? x;
  if (x.isLeaf || (base.isLeaf && base.requiresGrad)) {
    throw new AutogradError(
      `${operation}: a leaf of shape ${show(base.shape)} that requires grad ${
        x.isLeaf ? "" : "(seen through a view) "
      }can't be changed in place while operations are recorded; use noGrad()`,
    );
  }
}

/** Elements that share memory have no one value to be given. */
function assertNoOverlap(operation: string, x: Tensor): void {
  if (x.strides.some((stride, i) => stride === 0 && x.shape[i] > 1)) {
    throw new ShapeError(
      `${operation}: several elements of ${
        show(x.shape)
      } share memory (it was expanded); clone() first`,
    );
  }
}

/** Whether an expression reads `block` elsewhere than at the element that is written. */
function readsElsewhere(node: Node, x: Tensor, target: Node): boolean {
  if (node.kind === "load") {
    if (target.kind !== "load" || node.view.block !== target.view.block) return false;
    return node.dtype !== x.dtype || node.view.offset !== target.view.offset ||
      !sameShape(node.view.strides, target.view.strides);
  }
  if (node.kind === "reduce" || node.kind === "contract") {
    return target.kind === "load" && node.blocks.includes(target.view.block);
  }
  return operandsOf(node).some((operand) => readsElsewhere(operand, x, target));
}

/** Writes a value of the same shape and dtype. */
function write(x: Tensor, value: Tensor): void {
  const whole = isWhole(x);
  // First of all: to cook what is written to may write over what the pending value reads.
  if (!whole) x.storage.block();
  const pending = value.storage.node;
  if (
    pending !== null && isWhole(value) && sameShape(pending.shape, x.shape) &&
    pending.kind !== "const"
  ) {
    if (whole) return x.storage.replace(pending);
    const own = load(x.dtype, x.shape, x.storage.block(), x.offset, x.strides);
    if (!readsElsewhere(pending, x, own)) return store(x, pending);
  }
  const node = read(value, x.shape);
  if (whole) return x.storage.replace(node);
  const own = load(x.dtype, x.shape, x.storage.block(), x.offset, x.strides);
  if (readsElsewhere(node, x, own)) {
    const copy = value.clone().realize();
    store(x, read(copy, x.shape));
  } else store(x, node);
}

/** Runs one kernel whose result goes through a view into its storage. */
export function store(x: Tensor, node: Node): void {
  for (const block of node.blocks) block.retain();
  try {
    const block = x.storage.blockForWrite();
    const builder = new PlanBuilder(node);
    const step = builder.add(node);
    const strides = x.strides.map((stride, i) => x.shape[i] === 1 ? 0 : stride);
    const { shape, split, steps } = builder;
    const view = { block, offset: x.offset, strides };
    x.storage.connector.cook({ shape, split, steps, outputs: [{ step, view }] });
  } finally {
    for (const block of node.blocks) block.release();
  }
}

/** Lets the graph know: the tensor's history is now the value's, and so is its base's region. */
function rebase(x: Tensor, value: Tensor): void {
  const { base } = x;
  if (base === null) {
    // What was replaced has the gradient 0, not none.
    x.setGradFn(
      value.gradFn ?? new GradNode("CopyBackwards", [x, value], (g) => [g.newZeros(g.shape), g]),
    );
    return;
  }
  const again = x.again!;
  const node = new GradNode("CopySlices", [base, value], (g) => {
    // A view is remade on a gradient laid out as its base is.
    const whole = g.contiguous(), rest = whole.clone();
    again(rest).zero_();
    return [rest, again(whole)];
  });
  base.setGradFn(node);
}

/** `x.copy_(source)`: the source broadcasts and converts. */
export function copyInto(x: Tensor, source: Tensor): Tensor {
  commonDevice("copy_", [x, source]);
  return inPlace("copy_", x, () => source.expand(x.shape), false);
}
