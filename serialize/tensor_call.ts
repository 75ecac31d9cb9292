/**
 * The calls by which a pickle rebuilds tensors, read as descriptions that are checked before any
 * storage is looked at.
 *
 * @module
 */
import { CheckpointError, type DType, DTYPES } from "../core/mod.ts";
import {
  PickleDict,
  PickleGlobal,
  type PickleNode,
  PickleObject,
  PicklePersistent,
  PickleTuple,
} from "./pickle_nodes.ts";
import { dtypeOfStorageClass, torchDTypeName, UNTYPED_STORAGE } from "./torch_names.ts";

/** One storage of the checkpoint, as tensors refer to it. */
export interface StorageCall {
  /** The record's name below `data/`. */
  readonly key: string;
  /** The dtype of its elements. */
  readonly dtype: DType;
  /** Its length in bytes. */
  readonly nbytes: number;
  /** Whether the file names it without a dtype, which only the tensor gives. */
  readonly untyped: boolean;
  /**
   * Whether PyTorch left an operation to be done on reading: `neg` turns the sign of every number,
   * `conj` that of imaginary parts.
   */
  readonly pending: "" | "neg" | "conj" | "neg conj";
}

/** One tensor, as the pickle describes it. */
export interface TensorCall {
  /** What it looks into. */
  readonly storage: StorageCall;
  /** Its sizes. */
  readonly shape: number[];
  /** Its strides, in elements. */
  readonly strides: number[];
  /** Its first element's index in the storage. */
  readonly offset: number;
  /** Whether it is a leaf that gradients are wanted for. */
  readonly requiresGrad: boolean;
}

/** PyTorch's own limit (`MAX_DIMS` of its iterators). */
const MAX_DIMENSIONS = 64;
/** How deep rebuild calls wrap each other: a parameter in a subclass, and one to spare. */
const MAX_WRAPPERS = 4;

/**
 * Reads a node as the rebuilding of a tensor.
 *
 * @param node Any node.
 * @param depth How many wrappers surround it.
 * @returns The tensor's description, or undefined when the node is something else.
 * @throws CheckpointError when it is a tensor whose description makes no sense.
 */
export function readTensorCall(node: PickleNode, depth = 0): TensorCall | undefined {
  if (node instanceof PicklePersistent) return wholeStorage(node);
  if (!(node instanceof PickleObject)) return undefined;
  const { items: args } = node.args;
  switch (node.callable.path) {
    case "torch._utils._rebuild_tensor":
      return strided(args, undefined, undefined, false);
    case "torch._utils._rebuild_tensor_v2":
      return strided(args, undefined, args[6], flag(args[4]));
    case "torch._utils._rebuild_tensor_v3":
      return strided(args, args[6], args[7], flag(args[4]));
    case "torch._utils._rebuild_parameter":
    case "torch._utils._rebuild_parameter_with_state": {
      const inner = depth < MAX_WRAPPERS ? readTensorCall(args[0] ?? null, depth + 1) : undefined;
      if (inner === undefined) throw bad("a Parameter is made of what is no tensor");
      return { ...inner, requiresGrad: gradOf(flag(args[1]), inner.storage.dtype) };
    }
    case "torch._tensor._rebuild_from_type_v2": {
      const [callable, , inner] = args;
      if (!(callable instanceof PickleGlobal && inner instanceof PickleTuple)) {
        throw bad("a Tensor subclass is made of no call");
      }
      const call = depth < MAX_WRAPPERS
        ? readTensorCall(new PickleObject(callable, inner), depth + 1)
        : undefined;
      if (call === undefined) throw bad(`a Tensor subclass is made by ${callable.path}`);
      return call;
    }
  }
  return undefined;
}

function bad(what: string): CheckpointError {
  return new CheckpointError(`The checkpoint's pickle is damaged: ${what}`);
}

function flag(value: PickleNode | undefined): boolean {
  if (typeof value !== "boolean") throw bad("a tensor's requires_grad is no boolean");
  return value;
}

function count(value: PickleNode | undefined, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    const shown = typeof value === "number" || typeof value === "bigint" ? value : "no integer";
    throw bad(`${what} is ${shown}`);
  }
  return value;
}

function counts(value: PickleNode | undefined, what: string): number[] {
  const isSize = value instanceof PickleObject && value.callable.path === "torch.Size";
  const tuple = isSize ? value.args.items[0] : value;
  const items = tuple instanceof PickleTuple ? tuple.items : tuple;
  if (!Array.isArray(items)) throw bad(`a tensor's ${what} is no tuple`);
  if (items.length > MAX_DIMENSIONS) throw bad(`a tensor has ${items.length} dimensions`);
  return items.map((item: PickleNode) => count(item, `a tensor's ${what}`));
}

function gradOf(requiresGrad: boolean, dtype: DType): boolean {
  if (requiresGrad && DTYPES[dtype].kind !== "float" && dtype !== "complex64") {
    throw bad(`a tensor of ${dtype} requires gradients`);
  }
  return requiresGrad && dtype !== "complex64"; // which moves and never computes
}

interface StorageId {
  key: string;
  dtype: DType | undefined;
  length: number;
}

function storageId(node: PickleNode | undefined): StorageId {
  const id = node instanceof PicklePersistent ? node.id : undefined;
  const items = id instanceof PickleTuple ? id.items : [];
  const [tag, cls, key, location, length] = items;
  if (tag !== "storage" || !(cls instanceof PickleGlobal) || typeof key !== "string") {
    throw bad("a tensor does not refer to a storage");
  }
  if (location === "meta") {
    throw new CheckpointError(`Storage "${key}" is on the meta device and has no data`);
  }
  const dtype = dtypeOfStorageClass(cls);
  if (dtype === undefined && cls.path !== UNTYPED_STORAGE) {
    throw bad(`storage "${key}" is of the class ${cls.path}`);
  }
  return { key, dtype, length: count(length, `the length of storage "${key}"`) };
}

function storageCall(
  id: StorageId,
  named: DType | undefined,
  pending: StorageCall["pending"],
): StorageCall {
  const untyped = id.dtype === undefined;
  const dtype = named ?? id.dtype ?? "uint8";
  const nbytes = untyped ? id.length : id.length * DTYPES[id.dtype!].itemSize;
  if (!Number.isSafeInteger(nbytes) || nbytes % DTYPES[dtype].itemSize !== 0) {
    throw bad(`storage "${id.key}" has ${nbytes} bytes, no whole number of ${dtype} elements`);
  }
  return { key: id.key, dtype, nbytes, untyped, pending };
}

/** A storage saved on its own: the tensor of all its elements. */
function wholeStorage(node: PicklePersistent): TensorCall {
  const storage = storageCall(storageId(node), undefined, "");
  const length = storage.nbytes / DTYPES[storage.dtype].itemSize;
  return { storage, shape: [length], strides: [1], offset: 0, requiresGrad: false };
}

function namedDType(value: PickleNode | undefined): DType {
  const name = value instanceof PickleGlobal ? torchDTypeName(value) : undefined;
  if (name === undefined) throw bad("a tensor's dtype is none");
  if (!Object.hasOwn(DTYPES, name)) {
    throw new CheckpointError(`The checkpoint has a ${name} tensor: not supported yet`);
  }
  return name as DType;
}

function pendingOf(metadata: PickleNode | undefined, dtype: DType): StorageCall["pending"] {
  if (metadata === undefined || metadata === null) return "";
  if (!(metadata instanceof PickleDict)) throw bad("a tensor's metadata is no dict");
  const set = new Set<PickleNode>();
  for (const [name, value] of metadata.pairs) {
    if (name !== "conj" && name !== "neg") {
      throw new CheckpointError(
        `A tensor has the metadata ${typeof name === "string" ? `"${name}"` : "of no name"}: ` +
          `not supported yet`,
      );
    }
    if (flag(value)) set.add(name);
    else set.delete(name);
  }
  if (set.has("conj") && dtype !== "complex64") throw bad(`a ${dtype} tensor is conjugated`);
  if (set.has("neg") && DTYPES[dtype].kind !== "float" && dtype !== "complex64") {
    throw bad(`a ${dtype} tensor has the negative bit`);
  }
  return [...["neg", "conj"].filter((name) => set.has(name))].join(" ") as StorageCall["pending"];
}

function strided(
  args: readonly PickleNode[],
  dtypeArg: PickleNode | undefined,
  metadata: PickleNode | undefined,
  requiresGrad: boolean,
): TensorCall {
  const id = storageId(args[0]);
  const dtype = dtypeArg === undefined ? id.dtype ?? "uint8" : namedDType(dtypeArg);
  const storage = storageCall(id, dtype, pendingOf(metadata, dtype));
  const offset = count(args[1], "a tensor's offset");
  const shape = counts(args[2], "size"), strides = counts(args[3], "stride");
  if (shape.length !== strides.length) {
    throw bad(`a tensor has ${shape.length} sizes and ${strides.length} strides`);
  }
  // Products past 2^53 lose digits, and are then far past any storage's end as well.
  const numel = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  if (numel > Number.MAX_SAFE_INTEGER) throw bad(`a tensor of shape [${shape}] is too large`);
  const last = shape.reduce((sum, size, dim) => sum + (size - 1) * strides[dim], offset);
  const length = storage.nbytes / DTYPES[dtype].itemSize;
  if (numel > 0 && last >= length) {
    throw bad(
      `a tensor of shape [${shape}], strides [${strides}] and offset ${offset} ` +
        `reaches past the ${length} elements of storage "${storage.key}"`,
    );
  }
  return { storage, shape, strides, offset, requiresGrad: gradOf(requiresGrad, dtype) };
}
