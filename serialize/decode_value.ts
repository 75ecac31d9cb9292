/**
 * From pickle nodes to values: what the globals of PyTorch's checkpoints mean.
 *
 * @module
 */
import { CheckpointError, type Tensor } from "../core/mod.ts";
import { StateDict } from "../nn/mod.ts";
import { Complex } from "./complex.ts";
import {
  PickleDict,
  PickleGlobal,
  type PickleNode,
  PickleObject,
  PicklePersistent,
  PickleSet,
  PickleTuple,
} from "./pickle_nodes.ts";
import { readTensorCall, type TensorCall } from "./tensor_call.ts";
import { torchDTypeName } from "./torch_names.ts";

/** A key of a dict of a checkpoint; a tuple's identity is its own. */
export type LoadedKey = null | boolean | number | bigint | string | Uint8Array | readonly Loaded[];

/**
 * What a checkpoint may hold: `None` is null, an `int` is a number (a bigint past 2^53), a `float`
 * a number, `bytes` a Uint8Array, a `complex` a `Complex`; a `list` is an array, a `tuple` or a
 * `torch.Size` a frozen array, a `set` a Set, a `dict` a Map in order, an `OrderedDict` a
 * `StateDict`, with `metadata`; a `torch.dtype` is its name, a `torch.device` too.
 */
export type Loaded =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Complex
  | Tensor
  | StateDict
  | readonly Loaded[]
  | ReadonlySet<Loaded>
  | ReadonlyMap<LoadedKey, Loaded>;

/** Python's own pickler gives up at this depth (its default recursion limit). */
const MAX_DEPTH = 1000;

/**
 * Finds every tensor below a node.
 *
 * @param root The pickle's value.
 * @returns Each rebuilding node with its description, in the order of the pickle.
 * @throws CheckpointError for a description that makes no sense.
 */
export function findTensors(root: PickleNode): Map<PickleNode, TensorCall> {
  const found = new Map<PickleNode, TensorCall>();
  const seen = new Set<PickleNode>();
  const waiting: PickleNode[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    const call = readTensorCall(node);
    if (call !== undefined) found.set(node, call);
    else {
      const inside = childrenOf(node);
      for (let i = inside.length - 1; i >= 0; i--) waiting.push(inside[i]);
    }
  }
  return found;
}

function childrenOf(node: PickleNode & object): readonly PickleNode[] {
  if (Array.isArray(node)) return node;
  if (node instanceof PickleTuple) return node.items;
  if (node instanceof PickleDict) return node.pairs.flat();
  if (node instanceof PickleSet) return node.members;
  if (node instanceof PickleObject) {
    return [node.args, ...node.items, ...node.pairs.flat(), node.state ?? null];
  }
  return [];
}

/**
 * Builds the value of a pickle.
 *
 * @param root The pickle's value, all of whose globals were admitted.
 * @param tensors The tensor of every rebuilding node that {@linkcode findTensors} found.
 * @returns The value. What is one object in the pickle is one object here.
 * @throws CheckpointError for calls with arguments that make no sense, and for too deep a nesting.
 */
export function decodeValue(root: PickleNode, tensors: Map<PickleNode, Tensor>): Loaded {
  return new Decoder(tensors).decode(root, 0);
}

function bad(what: string): CheckpointError {
  return new CheckpointError(`The checkpoint's pickle ${what}`);
}

class Decoder {
  #tensors: Map<PickleNode, Tensor>;
  /** Containers are entered before they are filled, so that cycles end. */
  #made = new Map<PickleNode, Loaded>();

  constructor(tensors: Map<PickleNode, Tensor>) {
    this.#tensors = tensors;
  }

  decode(node: PickleNode, depth: number): Loaded {
    if (typeof node !== "object" || node === null || node instanceof Uint8Array) return node;
    const made = this.#tensors.get(node) ?? this.#made.get(node);
    if (made !== undefined) return made;
    if (depth > MAX_DEPTH) throw bad(`nests values more than ${MAX_DEPTH} deep`);
    if (Array.isArray(node)) {
      const list: Loaded[] = [];
      this.#made.set(node, list);
      for (const item of node) list.push(this.decode(item, depth + 1));
      return list;
    }
    if (node instanceof PickleTuple) return this.#keep(node, this.#tuple(node.items, depth));
    if (node instanceof PickleDict) {
      return this.#fill(this.#keep(node, new Map()), node.pairs, depth);
    }
    if (node instanceof PickleSet) {
      const set = this.#keep(node, new Set<Loaded>());
      for (const member of node.members) set.add(this.decode(member, depth + 1));
      return set;
    }
    if (node instanceof PickleGlobal) {
      const name = torchDTypeName(node);
      if (name === undefined) throw bad(`holds the class ${node.path} as a value`);
      return name;
    }
    if (node instanceof PicklePersistent) throw bad("refers to something outside of itself");
    return this.#object(node, depth);
  }

  #keep<T extends Loaded>(node: PickleNode, value: T): T {
    this.#made.set(node, value);
    return value;
  }

  #tuple(items: readonly PickleNode[], depth: number): readonly Loaded[] {
    return Object.freeze(items.map((item) => this.decode(item, depth + 1)));
  }

  #fill<T extends Map<LoadedKey, Loaded>>(
    map: T,
    pairs: readonly [PickleNode, PickleNode][],
    depth: number,
  ): T {
    for (const [key, value] of pairs) {
      map.set(this.decode(key, depth + 1) as LoadedKey, this.decode(value, depth + 1));
    }
    return map;
  }

  #object(node: PickleObject, depth: number): Loaded {
    const value = this.#call(node, depth);
    if (node.pairs.length > 0) {
      if (!(value instanceof Map)) throw bad(`sets items of a ${node.callable.path}`);
      this.#fill(value, node.pairs, depth);
    }
    if (node.items.length > 0) throw bad(`appends to a ${node.callable.path}`);
    if (node.state !== undefined) {
      if (!(value instanceof StateDict)) throw bad(`gives a state to a ${node.callable.path}`);
      this.#setMetadata(value, node.state, depth);
    }
    return value;
  }

  /** Python keeps an OrderedDict's attributes in a dict; PyTorch's modules add `_metadata`. */
  #setMetadata(dict: StateDict, state: PickleNode, depth: number): void {
    const attributes = this.decode(state, depth + 1);
    const metadata = attributes instanceof Map ? attributes.get("_metadata") : undefined;
    if (!(metadata instanceof Map)) return;
    for (const [path, facts] of metadata as Map<Loaded, Loaded>) {
      if (typeof path === "string" && facts instanceof Map) dict.metadata.set(path, facts);
    }
  }

  #call(node: PickleObject, depth: number): Loaded {
    const { path } = node.callable;
    const args = node.args.items;
    const wrong = () => bad(`calls ${path} with unexpected arguments`);
    const items = (value: PickleNode | undefined): readonly PickleNode[] => {
      if (value === undefined) return [];
      if (value instanceof PickleTuple) return value.items;
      if (!Array.isArray(value)) throw wrong();
      return value;
    };
    switch (path) {
      case "collections.OrderedDict": {
        // A StateDict whose values the file decides: callers narrow them.
        const dict = this.#keep(node, new StateDict()) as Map<LoadedKey, Loaded>;
        return this.#fill(dict, pairsOf(args[0], wrong), depth);
      }
      case "builtins.dict":
      case "collections.Counter":
        return this.#fill(this.#keep(node, new Map()), pairsOf(args[0], wrong), depth);
      case "collections.defaultdict": // its first argument makes missing values: a class
        return this.#fill(this.#keep(node, new Map()), pairsOf(args[1], wrong), depth);
      case "builtins.set":
      case "builtins.frozenset": {
        const set = this.#keep(node, new Set<Loaded>());
        for (const member of items(args[0])) set.add(this.decode(member, depth + 1));
        return set;
      }
      case "torch.Size":
      case "builtins.tuple":
        return this.#keep(node, this.#tuple(items(args[0]), depth));
      case "builtins.complex": {
        const [re, im = 0] = args;
        if (typeof re !== "number" || typeof im !== "number") throw wrong();
        return this.#keep(node, new Complex(re, im));
      }
      case "torch.device": {
        const [kind, index = null] = args;
        if (typeof kind !== "string" || (index !== null && typeof index !== "number")) {
          throw wrong();
        }
        return index === null ? kind : `${kind}:${index}`;
      }
      case "torch.serialization._get_layout": {
        if (typeof args[0] !== "string") throw wrong();
        return args[0];
      }
      case "_codecs.encode": {
        const [text, codec] = args;
        if (typeof text !== "string" || (codec !== "latin1" && codec !== "latin-1")) throw wrong();
        return this.#keep(node, encodeLatin1(text, wrong));
      }
      case "builtins.bytes":
      case "builtins.bytearray":
        return this.#keep(node, this.#bytes(args, depth, wrong));
    }
    throw bad(`calls ${path}: not supported yet`);
  }

  #bytes(args: readonly PickleNode[], depth: number, wrong: () => CheckpointError): Uint8Array {
    const [source, codec] = args;
    if (source === undefined) return new Uint8Array(0);
    if (typeof source === "string" && (codec === "latin1" || codec === "latin-1")) {
      return encodeLatin1(source, wrong);
    }
    const value = this.decode(source, depth + 1);
    if (!(value instanceof Uint8Array)) throw wrong();
    return value.slice();
  }
}

function encodeLatin1(text: string, wrong: () => CheckpointError): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    if (code > 0xff) throw wrong();
    return code;
  });
}

/** A dict, or (in Python 2's pickles of an OrderedDict) a list of pairs, as pairs. */
function pairsOf(
  node: PickleNode | undefined,
  wrong: () => CheckpointError,
): [PickleNode, PickleNode][] {
  if (node === undefined) return [];
  if (node instanceof PickleDict) return node.pairs;
  if (!Array.isArray(node)) throw wrong();
  return node.map((item: PickleNode) => {
    const pair = item instanceof PickleTuple ? item.items : item;
    if (!Array.isArray(pair) || pair.length !== 2) throw wrong();
    return [pair[0], pair[1]];
  });
}
