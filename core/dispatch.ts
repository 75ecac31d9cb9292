/**
 * From tensors to recipes and back: how an operation's operands enter one expression, and how its
 * result becomes a tensor.
 *
 * @module
 */
import { noGrad } from "./autograd.ts";
import type { Device } from "./device.ts";
import type { DType } from "./dtype.ts";
import { DeviceError, DeviceLostError } from "./errors.ts";
import { cast, constant, load, type Node } from "./node.ts";
import {
  broadcastStrides,
  contiguousStrides,
  isContiguous,
  numelOf,
  sameShape,
  show,
} from "./shape.ts";
import { collectStorages, Storage } from "./storage.ts";
import type { Tensor } from "./tensor.ts";

type TensorClass = new (
  storage: Storage,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
) => Tensor;

let tensorClass: TensorClass;

/** Called once by `tensor.ts`: operations make tensors without importing the class. */
export function defineTensor(cls: TensorClass): void {
  tensorClass = cls;
}

/** A tensor over a storage. */
export function makeTensor(
  storage: Storage,
  shape: readonly number[],
  strides: readonly number[] = contiguousStrides(shape),
  offset = 0,
): Tensor {
  return new tensorClass(storage, shape, strides, offset);
}

/** Whether a value is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof tensorClass;
}

/** A tensor whose value is a recipe; its own shape may drop sizes of 1. */
export function fromNode(
  node: Node,
  device: Device,
  shape: readonly number[] = node.shape,
): Tensor {
  return makeTensor(Storage.pending(node, device), shape);
}

/** The device that all operands are on. */
export function commonDevice(operation: string, operands: readonly Tensor[]): Device {
  const first = operands[0].storage.connector;
  for (const operand of operands) {
    if (operand.storage.connector !== first && operand.device === first.name) {
      throw new DeviceLostError(
        `${operation}: shape ${show(operands[0].shape)} and shape ${show(operand.shape)} are on ` +
          `"${first.name}", but one of them since before the device was lost and opened again`,
      );
    }
    if (operand.storage.connector !== first) {
      throw new DeviceError(
        `${operation}: expected all tensors on one device, got shape ${
          show(operands[0].shape)
        } on ` +
          `"${operands[0].device}" and shape ${show(operand.shape)} on "${operand.device}"`,
      );
    }
  }
  return first;
}

/** A recipe is cooked before it grows past these. WebGPU binds 8 storage buffers by default. */
const MAX_NODES = 96;
const MAX_BLOCKS = 7;

/** Whether a tensor is its whole storage, in row-major order. */
export function isWhole(tensor: Tensor): boolean {
  return tensor.offset === 0 && tensor.numel === tensor.storage.length &&
    isContiguous(tensor.shape, tensor.strides);
}

/** A tensor's value as an expression over `shape`, which it broadcasts to, cooked if need be. */
export function read(tensor: Tensor, shape: readonly number[]): Node {
  const node = tensor.storage.node;
  if (node?.kind === "const") return constant(tensor.dtype, shape, node.value);
  return load(
    tensor.dtype,
    shape,
    tensor.storage.block(),
    tensor.offset,
    sameShape(tensor.shape, shape)
      ? tensor.strides
      : broadcastStrides(tensor.shape, tensor.strides, shape),
  );
}

/** The pending expression of a tensor, if the tensor is all of it, in the expression's own shape. */
function pendingNode(tensor: Tensor): Node | null {
  const node = tensor.storage.node;
  return node !== null && isWhole(tensor) && sameShape(node.shape, tensor.shape) ? node : null;
}

/** Whether a node's value can be used at each point of `shape` as it stands. */
function fits(node: Node, shape: readonly number[]): boolean {
  const { inner } = node;
  if (inner === null) return sameShape(node.shape, shape);
  if (node.shape.length !== shape.length) return false;
  const split = shape.length - inner.length;
  for (let i = 0; i < split; i++) if (node.shape[i] !== shape[i]) return false;
  const ones = (sizes: readonly number[]) => sizes.every((size, i) => i < split || size === 1);
  const whole = (sizes: readonly number[]) =>
    sizes.every((size, i) => i < split || size === inner[i - split]);
  return (whole(shape) && (ones(node.shape) || whole(node.shape))) ||
    (ones(shape) && ones(node.shape));
}

/**
 * The operands as expressions over one shape; what can't be part of one recipe is cooked.
 *
 * Cooking may write over memory that a pending expression reads (a value in place takes the memory
 * of the value before), so whatever is cooked, the expressions are looked up again.
 */
export function inline(operands: readonly Tensor[], shape: readonly number[]): Node[] {
  for (;;) {
    const nodes = operands.map((operand) => usable(operand, shape));
    const cooked = nodes.includes(null)
      ? nodes.map((node) => node === null)
      : misfits(nodes as Node[], shape);
    if (cooked === null) return nodes as Node[];
    operands.forEach((operand, i) => {
      if (cooked[i]) operand.storage.block();
    });
  }
}

/** A tensor's value as an expression over `shape` without cooking, or null if it must be cooked. */
function usable(tensor: Tensor, shape: readonly number[]): Node | null {
  const { node } = tensor.storage;
  if (node === null || node.kind === "const") return read(tensor, shape);
  return pendingNode(tensor) !== null && fits(node, shape) ? node : null;
}

/** Which of the expressions can't share a recipe with the others; null where all can. */
function misfits(nodes: readonly Node[], shape: readonly number[]): boolean[] | null {
  // Most expressions are small, and neither reduce nor contract.
  let size = 0, reads = 0, special = false;
  for (const node of nodes) {
    size += node.size;
    reads += node.blocks.length;
    special ||= node.inner !== null || node.contracts;
  }
  const small = size <= MAX_NODES && (reads <= MAX_BLOCKS || distinctBlocks(nodes) <= MAX_BLOCKS);
  if (small && !special) return null;

  // One set of inner dimensions, and one contraction, to a recipe; never both.
  const cooked = new Array<boolean>(nodes.length).fill(false);
  let inner: readonly number[] | null = null;
  let contraction: Node | null = null;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i];
    if (node.inner !== null) {
      if (inner !== null && !sameShape(inner, node.inner)) cooked[i] = true;
      else inner = node.inner;
    } else if (node.contracts) {
      if (contraction !== null && contraction !== node) cooked[i] = true;
      else contraction = node;
    }
  }
  if (inner !== null) {
    const { length } = inner;
    const rowLevel = shape.every((size, i) => i < shape.length - length || size === 1);
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i];
      if (node.contracts || (rowLevel && node.positional && node.inner === null)) cooked[i] = true;
    }
  }
  if (cooked.includes(true)) return cooked;
  if (small) return null;
  // The budget: the largest expression goes first.
  let largest = -1;
  nodes.forEach((node, i) => {
    if (node.kind === "load" || node.kind === "const") return;
    if (largest < 0 || node.size > nodes[largest].size) largest = i;
  });
  if (largest < 0) return null;
  cooked[largest] = true;
  return cooked;
}

function distinctBlocks(nodes: readonly Node[]): number {
  return new Set(nodes.flatMap((node) => node.blocks)).size;
}

/** A tensor's value as one expression of its own shape, for a reduction over the last dimensions. */
export function inlineForReduce(tensor: Tensor, count: number): Node {
  const node = pendingNode(tensor);
  if (node === null || node.contracts || node.kind === "const") return read(tensor, tensor.shape);
  if (node.inner !== null) {
    const last = tensor.shape.slice(tensor.ndim - count);
    if (!sameShape(node.inner, last)) return read(tensor, tensor.shape);
    if (numelOf(last) === 1) return read(tensor, tensor.shape);
  }
  return node;
}

/**
 * A pointwise operation: the operands broadcast to `shape`, convert to `dtype` where it is given,
 * and `build` makes the expression.
 */
export function pointwise(
  operation: string,
  operands: readonly Tensor[],
  shape: readonly number[],
  dtype: DType | null,
  build: (nodes: Node[]) => Node,
): Tensor {
  const device = commonDevice(operation, operands);
  const nodes = inline(operands, shape);
  return fromNode(build(dtype === null ? nodes : nodes.map((node) => cast(node, dtype))), device);
}

/**
 * Runs a composition of operations without recording it, and frees what it made but its result.
 * The caller records the whole as one operation.
 */
export function compose<T extends Tensor | Tensor[]>(fn: () => T): T {
  return noGrad(() =>
    collectStorages(
      fn,
      (result) =>
        (Array.isArray(result) ? result : [result as Tensor]).map(({ storage }) => storage),
    )
  );
}
