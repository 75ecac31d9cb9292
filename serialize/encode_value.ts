/**
 * From values to pickle nodes that PyTorch reads back as the same values.
 *
 * @module
 */
import { type Storage, Tensor } from "../core/mod.ts";
import { StateDict } from "../nn/mod.ts";
import { Complex } from "./complex.ts";
import {
  PickleDict,
  PickleGlobal,
  type PickleNode,
  PickleObject,
  PicklePersistent,
  PickleTuple,
} from "./pickle_nodes.ts";
import { encodeInteger } from "./pickle_text.ts";
import { storageClassOf } from "./torch_names.ts";

/** A value as nodes, and the storages that they refer to by their place in the list. */
export interface EncodedValue {
  /** The pickle's value. */
  readonly root: PickleNode;
  /** Every distinct storage, in order of first use. */
  readonly storages: readonly Storage[];
}

/** Python's unpickler and ours go this deep. */
const MAX_DEPTH = 1000;
const MAX_INTEGER_BYTES = 255;

const ORDERED_DICT = new PickleGlobal("collections", "OrderedDict");
const NOTHING = new PickleTuple([]);

/**
 * Takes a value apart.
 *
 * @param value Tensors, numbers, strings, booleans, null, bigints, bytes, and arrays, Maps, Sets,
 * StateDicts and plain objects of these.
 * @returns Its nodes and storages.
 * @throws TypeError for anything else, and for a value inside of itself, naming the path to it.
 */
export function encodeValue(value: unknown): EncodedValue {
  const encoder = new Encoder();
  return {
    root: encoder.encode(value, { parent: null, step: "value" }),
    storages: encoder.storages,
  };
}

/** Where a value is: its step below its parent's place. Text is only made for an error. */
interface Place {
  readonly parent: Place | null;
  readonly step: string | number;
}

function spell(place: Place): string {
  const steps: string[] = [];
  for (let at: Place | null = place; at !== null; at = at.parent) {
    steps.unshift(typeof at.step === "number" ? `[${at.step}]` : at.step);
  }
  const shown = steps.length > 20 ? [...steps.slice(0, 10), " ... ", ...steps.slice(-9)] : steps;
  return shown.join("");
}

function refuse(place: Place, what: string): TypeError {
  return new TypeError(`Cannot save ${spell(place)}: ${what}`);
}

class Encoder {
  readonly storages: Storage[] = [];
  #keys = new Map<Storage, string>();
  /** One node an object, so that what is shared stays shared. */
  #made = new Map<object, PickleNode>();
  /** The objects that surround the current one. */
  #open = new Set<object>();

  encode(value: unknown, place: Place): PickleNode {
    switch (typeof value) {
      case "boolean":
      case "number":
      case "string":
        return value;
      case "bigint":
        if (encodeInteger(value).length > MAX_INTEGER_BYTES) {
          throw refuse(place, `an integer of more than ${MAX_INTEGER_BYTES} bytes`);
        }
        return value;
      case "object":
        return value === null ? null : this.#object(value, place);
      case "function":
        throw refuse(place, `the function ${value.name || "(anonymous)"}`);
      default:
        throw refuse(place, value === undefined ? "it is undefined" : `a ${typeof value}`);
    }
  }

  #object(value: object, place: Place): PickleNode {
    const made = this.#made.get(value);
    if (made !== undefined) return made;
    if (this.#open.has(value)) throw refuse(place, "it contains itself");
    if (this.#open.size >= MAX_DEPTH) throw refuse(place, `it is nested ${MAX_DEPTH} deep`);
    this.#open.add(value);
    const node = this.#compose(value, place);
    this.#open.delete(value);
    this.#made.set(value, node);
    return node;
  }

  #compose(value: object, place: Place): PickleNode {
    if (value instanceof Tensor) return this.#tensor(value);
    if (value instanceof Complex) {
      const args = new PickleTuple([value.re, value.im]);
      return new PickleObject(new PickleGlobal("builtins", "complex"), args);
    }
    if (value instanceof Uint8Array) return value;
    if (Array.isArray(value)) {
      // Not `map`, which would skip holes.
      const items = Array.from(value, (item, i) => this.encode(item, { parent: place, step: i }));
      return Object.isFrozen(value) ? new PickleTuple(items) : items;
    }
    if (value instanceof StateDict) return this.#stateDict(value, place);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Map.prototype) {
      return new PickleDict(this.#pairs(value as Map<unknown, unknown>, place));
    }
    if (prototype === Set.prototype) {
      const members = Array.from(value as Set<unknown>, (member, i) => {
        return this.encode(member, { parent: place, step: `.member(${i})` });
      });
      return new PickleObject(new PickleGlobal("builtins", "set"), new PickleTuple([members]));
    }
    if (prototype === Object.prototype || prototype === null) return this.#record(value, place);
    const name = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
    const hint = ArrayBuffer.isView(value) ? "; wrap it in tensor(...)" : "";
    throw refuse(place, `an instance of ${name || "a class without a name"}${hint}`);
  }

  #record(value: object, place: Place): PickleDict {
    if (Object.getOwnPropertySymbols(value).length > 0) {
      throw refuse(place, "an object with a symbol for a key");
    }
    return new PickleDict(
      Object.entries(value).map(([name, item]) => {
        const step = /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
        return [name, this.encode(item, { parent: place, step })];
      }),
    );
  }

  #pairs(map: ReadonlyMap<unknown, unknown>, place: Place): [PickleNode, PickleNode][] {
    return Array.from(map, ([key, item]) => {
      const simple = key === null || typeof key === "string" || typeof key === "boolean" ||
        typeof key === "number" || typeof key === "bigint";
      if (!simple) {
        const shown = typeof key === "symbol" ? String(key) : Object.prototype.toString.call(key);
        throw refuse(place, `a Map with the key ${shown}`);
      }
      const step = `[${typeof key === "string" ? JSON.stringify(key) : key}]`;
      const inside = { parent: place, step };
      return [this.encode(key, inside), this.encode(item, inside)];
    });
  }

  #stateDict(dict: StateDict, place: Place): PickleObject {
    const node = new PickleObject(ORDERED_DICT, NOTHING);
    for (const pair of this.#pairs(dict, place)) node.pairs.push(pair);
    if (dict.metadata.size > 0) {
      const metadata = new PickleObject(ORDERED_DICT, NOTHING);
      const inside = { parent: place, step: ".metadata" };
      for (const pair of this.#pairs(dict.metadata, inside)) metadata.pairs.push(pair);
      node.state = new PickleDict([["_metadata", metadata]]);
    }
    return node;
  }

  #tensor(tensor: Tensor): PickleObject {
    const { storage, dtype } = tensor;
    let key = this.#keys.get(storage);
    if (key === undefined) {
      key = String(this.storages.length);
      this.#keys.set(storage, key);
      this.storages.push(storage);
    }
    const typed = storageClassOf(dtype);
    const cls = typed === undefined
      ? new PickleGlobal("torch.storage", "UntypedStorage")
      : new PickleGlobal("torch", typed);
    const length = typed === undefined ? storage.nbytes : storage.length;
    const args: PickleNode[] = [
      new PicklePersistent(new PickleTuple(["storage", cls, key, "cpu", length])),
      tensor.offset,
      new PickleTuple([...tensor.shape]),
      new PickleTuple([...tensor.strides]),
      tensor.requiresGrad,
      new PickleObject(ORDERED_DICT, NOTHING), // backward hooks: always none
    ];
    // PyTorch gave the dtypes that came later no storage class of their own.
    if (typed === undefined) args.push(new PickleGlobal("torch", dtype));
    const rebuild = typed === undefined ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2";
    return new PickleObject(new PickleGlobal("torch._utils", rebuild), new PickleTuple(args));
  }
}
