/**
 * Writes pickle nodes with protocol 2, opcode for opcode as CPython's pickler does, using only what
 * `torch.load(..., weights_only=True)` accepts.
 *
 * @module
 */
import {
  PickleDict,
  PickleGlobal,
  type PickleNode,
  PickleObject,
  PicklePersistent,
  PickleSet,
  PickleTuple,
} from "./pickle_nodes.ts";
import { decodeLatin1, encodeInteger, encodeUtf8 } from "./pickle_text.ts";

/** CPython's batch: this many items per APPENDS or SETITEMS. */
const BATCH = 1000;
/** Integers past this many bytes need LONG4, which the safe readers refuse. */
const MAX_INTEGER_BYTES = 255;
/** Protocol 2 names modules as Python 2 did. */
const PYTHON2_MODULES: Record<string, string> = { builtins: "__builtin__", copyreg: "copy_reg" };

const NO_ARGUMENTS = new PickleTuple([]);

/**
 * Writes one pickle.
 *
 * @param value The root. Nodes met twice are written once, and stay one object for the reader.
 * @returns The pickle.
 * @throws RangeError for an integer of more than 255 bytes, and for a tuple that contains itself.
 */
export function writePickle(value: PickleNode): Uint8Array {
  return new Writer().write(value);
}

class Writer {
  #bytes = new Uint8Array(4096);
  #length = 0;
  /** Keys are nodes, and for strings and globals their text: one object each, as in Python. */
  #memo = new Map<unknown, number>();

  write(value: PickleNode): Uint8Array {
    this.#emit(0x80, 2);
    this.#save(value);
    this.#emit(0x2e);
    return this.#bytes.slice(0, this.#length);
  }

  #save(node: PickleNode): void {
    if (node === null) return this.#emit(0x4e);
    if (typeof node === "boolean") return this.#emit(node ? 0x88 : 0x89);
    if (typeof node === "number") return this.#number(node);
    if (typeof node === "bigint") return this.#integer(node);
    if (typeof node === "string") return this.#string(node);
    const key = node instanceof PickleGlobal ? globalKey(node) : node;
    if (this.#recall(key)) return;
    if (node instanceof PickleGlobal) return this.#global(node);
    if (node instanceof Uint8Array) return this.#byteString(node);
    if (Array.isArray(node)) {
      this.#emit(0x5d);
      this.#memoise(node);
      return this.#appends(node);
    }
    if (node instanceof PickleTuple) return this.#tuple(node);
    if (node instanceof PickleDict) {
      this.#emit(0x7d);
      this.#memoise(node);
      return this.#setItems(node.pairs);
    }
    if (node instanceof PickleSet) {
      // The set opcodes belong to protocol 4; protocol 2 calls the class with a list.
      this.#call(new PickleGlobal("builtins", "set"), new PickleTuple([node.members]), node);
      return;
    }
    if (node instanceof PickleObject) {
      this.#call(node.callable, node.args, node);
      this.#appends(node.items);
      this.#setItems(node.pairs);
      if (node.state !== undefined) {
        this.#save(node.state);
        this.#emit(0x62);
      }
      return;
    }
    if (node instanceof PicklePersistent) {
      this.#save(node.id);
      return this.#emit(0x51);
    }
    node satisfies never;
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return this.#integer(BigInt(value));
    this.#emit(0x47);
    this.#field(8, (view, at) => view.setFloat64(at, value, false));
  }

  #integer(value: bigint): void {
    const small = Number(value);
    if (small >= 0 && small <= 0xff) return this.#emit(0x4b, small);
    if (small >= 0 && small <= 0xffff) return this.#emit(0x4d, small & 0xff, small >> 8);
    if (small >= -(2 ** 31) && small < 2 ** 31) {
      this.#emit(0x4a);
      return this.#field(4, (view, at) => view.setInt32(at, small, true));
    }
    const bytes = encodeInteger(value);
    if (bytes.length > MAX_INTEGER_BYTES) {
      throw new RangeError(`An integer of ${bytes.length} bytes does not fit 255`);
    }
    this.#emit(0x8a, bytes.length);
    this.#append(bytes);
  }

  #string(text: string): void {
    const key = `s${text}`;
    if (this.#recall(key)) return;
    const bytes = encodeUtf8(text);
    this.#emit(0x58);
    this.#field(4, (view, at) => view.setUint32(at, bytes.length, true));
    this.#append(bytes);
    this.#memoise(key);
  }

  #global(node: PickleGlobal): void {
    const module = Object.hasOwn(PYTHON2_MODULES, node.module)
      ? PYTHON2_MODULES[node.module]
      : node.module;
    this.#emit(0x63);
    this.#append(encodeUtf8(`${module}\n${node.name}\n`));
    this.#memoise(globalKey(node));
  }

  #byteString(bytes: Uint8Array): void {
    const args = new PickleTuple([decodeLatin1(bytes), "latin1"]);
    this.#call(new PickleGlobal("_codecs", "encode"), args, bytes);
  }

  #call(callable: PickleGlobal, args: PickleTuple, made: PickleNode): void {
    this.#save(callable);
    this.#save(args.items.length === 0 ? NO_ARGUMENTS : args);
    this.#emit(0x52);
    this.#memoise(made);
  }

  #tuple(node: PickleTuple): void {
    const { items } = node;
    if (items.length === 0) return this.#emit(0x29);
    if (items.length > 3) this.#emit(0x28);
    for (const item of items) this.#save(item);
    this.#emit(items.length > 3 ? 0x74 : 0x84 + items.length);
    this.#memoise(node);
  }

  #appends(items: readonly PickleNode[]): void {
    for (let from = 0; from < items.length; from += BATCH) {
      const batch = items.slice(from, from + BATCH);
      if (batch.length > 1) this.#emit(0x28);
      for (const item of batch) this.#save(item);
      this.#emit(batch.length > 1 ? 0x65 : 0x61);
    }
  }

  #setItems(pairs: readonly [PickleNode, PickleNode][]): void {
    for (let from = 0; from < pairs.length; from += BATCH) {
      const batch = pairs.slice(from, from + BATCH);
      if (batch.length > 1) this.#emit(0x28);
      for (const [key, value] of batch) {
        this.#save(key);
        this.#save(value);
      }
      this.#emit(batch.length > 1 ? 0x75 : 0x73);
    }
  }

  #recall(key: unknown): boolean {
    const index = this.#memo.get(key);
    if (index === undefined) return false;
    if (index <= 0xff) this.#emit(0x68, index);
    else {
      this.#emit(0x6a);
      this.#field(4, (view, at) => view.setUint32(at, index, true));
    }
    return true;
  }

  #memoise(key: unknown): void {
    if (this.#memo.has(key)) throw new RangeError("A tuple contains itself");
    const index = this.#memo.size;
    this.#memo.set(key, index);
    if (index <= 0xff) return this.#emit(0x71, index);
    this.#emit(0x72);
    this.#field(4, (view, at) => view.setUint32(at, index, true));
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  #emit(...values: number[]): void {
    this.#append(values);
  }

  #append(bytes: ArrayLike<number>): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #field(length: number, set: (view: DataView, at: number) => void): void {
    this.#reserve(length);
    set(new DataView(this.#bytes.buffer), this.#length);
    this.#length += length;
  }
}

function globalKey(node: PickleGlobal): string {
  return `g${node.module}\n${node.name}`;
}
