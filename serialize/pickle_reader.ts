/**
 * A pickle machine (protocols 0 to 5) that runs nothing: globals stay names, calls stay data.
 *
 * Every length is held against the bytes that remain before memory is taken, an opcode takes at
 * least one byte and makes at most one value, and values are shared, never copied: so time and
 * memory are bounded by the pickle's real size.
 *
 * Source: the opcode table and comments of CPython's `pickletools`.
 *
 * @module
 */
import { CheckpointError } from "../core/mod.ts";
import {
  PickleDict,
  PickleGlobal,
  type PickleNode,
  PickleObject,
  PicklePersistent,
  PickleSet,
  PickleTuple,
} from "./pickle_nodes.ts";
import {
  decodeInteger,
  decodeLatin1,
  decodeRawUnicode,
  decodeUtf8,
  parseDecimal,
  parseFloat64,
  parseQuoted,
  parseTextInt,
} from "./pickle_text.ts";

/** How {@linkcode readPickle} reads. */
export interface ReadPickleOptions {
  /** How messages call the pickle. Default "the pickle". */
  label?: string;
  /** Where in `bytes` the pickle starts. Default 0. */
  start?: number;
  /**
   * Judges a global where it is named, by throwing. Names are Python 3's.
   *
   * @param named The global.
   * @param at Where the pickle names it, in words.
   */
  admit?: (named: PickleGlobal, at: string) => void;
}

/** A pickle's value, and where it ended. */
export interface ReadPickleResult {
  /** The value. */
  value: PickleNode;
  /** The position after the pickle's STOP: pickles may follow each other. */
  end: number;
}

/** Modules that Python 3 renamed; protocols up to 2 write Python 2's names. */
const RENAMED_MODULES: Record<string, string> = {
  __builtin__: "builtins",
  copy_reg: "copyreg",
  exceptions: "builtins",
};
const RENAMED_BUILTINS: Record<string, string> = { xrange: "range", unicode: "str", long: "int" };

/** Longest binary integer taken, in bytes; torch writes none past 255. */
const MAX_INTEGER_BYTES = 2048;

const MARK = Symbol("mark");
type Slot = PickleNode | typeof MARK;

/**
 * Reads one pickle.
 *
 * @param bytes Bytes that hold the pickle.
 * @param options A label for messages, a start, and a judge of globals.
 * @returns The value and the position after the pickle.
 * @throws CheckpointError for damage, with the byte where it was met.
 * @throws Whatever `admit` throws.
 */
export function readPickle(bytes: Uint8Array, options: ReadPickleOptions = {}): ReadPickleResult {
  return new Machine(bytes, options).run();
}

class Machine {
  #bytes: Uint8Array;
  #view: DataView;
  #label: string;
  #admit: (named: PickleGlobal, at: string) => void;
  #at: number;
  #opcodeAt = 0;
  #stack: Slot[] = [];
  #marks: number[] = [];
  #memo = new Map<number, PickleNode>();

  constructor(bytes: Uint8Array, options: ReadPickleOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#label = options.label ?? "the pickle";
    this.#admit = options.admit ?? (() => {});
    this.#at = options.start ?? 0;
  }

  run(): ReadPickleResult {
    while (true) {
      this.#opcodeAt = this.#at;
      const opcode = this.#byte();
      if (opcode === 0x2e) {
        const value = this.#pop();
        if (this.#stack.length > 0) {
          throw this.#fail(`stops with ${this.#stack.length} values left`);
        }
        return { value, end: this.#at };
      }
      this.#step(opcode);
    }
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        return this.#protocol(this.#byte());
      case 0x95: // FRAME: a hint for buffered readers
        this.#skip(8);
        return;
      case 0x28: // MARK
        this.#marks.push(this.#stack.length);
        this.#stack.push(MARK);
        return;
      case 0x30: // POP
        if (this.#stack.at(-1) === MARK) this.#popMark();
        else this.#pop();
        return;
      case 0x31: // POP_MARK
        this.#popMark();
        return;
      case 0x32: // DUP
        return this.#push(this.#top());

      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x49: // INT
        return this.#push(parseTextInt(this.#line()) ?? this.#invalid("a bad integer"));
      case 0x4a: // BININT
        return this.#push(this.#view.getInt32(this.#skip(4), true));
      case 0x4b: // BININT1
        return this.#push(this.#byte());
      case 0x4d: // BININT2
        return this.#push(this.#view.getUint16(this.#skip(2), true));
      case 0x4c: // LONG
        return this.#push(parseDecimal(this.#line()) ?? this.#invalid("a bad integer"));
      case 0x8a: // LONG1
        return this.#push(this.#integer(this.#byte()));
      case 0x8b: // LONG4
        return this.#push(this.#integer(this.#view.getInt32(this.#skip(4), true)));
      case 0x46: // FLOAT
        return this.#push(parseFloat64(this.#line()) ?? this.#invalid("a bad float"));
      case 0x47: // BINFLOAT
        return this.#push(this.#view.getFloat64(this.#skip(8), false));

      case 0x53: // STRING
        return this.#push(parseQuoted(this.#line()) ?? this.#invalid("a string without quotes"));
      case 0x54: // BINSTRING
        return this.#push(this.#python2String(this.#view.getInt32(this.#skip(4), true)));
      case 0x55: // SHORT_BINSTRING
        return this.#push(this.#python2String(this.#byte()));
      case 0x56: // UNICODE
        return this.#push(decodeRawUnicode(this.#line()) ?? this.#invalid("a bad \\u escape"));
      case 0x58: // BINUNICODE
        return this.#push(this.#utf8(this.#u32()));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#utf8(this.#byte()));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#utf8(this.#u64()));
      case 0x42: // BINBYTES
        return this.#push(this.#take(this.#u32()).slice());
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#take(this.#byte()).slice());
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#push(this.#take(this.#u64()).slice());

      case 0x5d: // EMPTY_LIST
        return this.#push([]);
      case 0x6c: // LIST
        return this.#push(this.#popMark());
      case 0x61: { // APPEND
        const item = this.#pop();
        this.#listBelow().push(item);
        return;
      }
      case 0x65: { // APPENDS
        const items = this.#popMark();
        const list = this.#listBelow();
        for (const item of items) list.push(item);
        return;
      }
      case 0x29: // EMPTY_TUPLE
        return this.#push(new PickleTuple([]));
      case 0x74: // TUPLE
        return this.#push(new PickleTuple(this.#popMark()));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push(new PickleTuple(this.#popMany(opcode - 0x84)));
      case 0x7d: // EMPTY_DICT
        return this.#push(new PickleDict());
      case 0x64: // DICT
        return this.#push(new PickleDict(this.#pairs(this.#popMark())));
      case 0x73: { // SETITEM
        const pairs = this.#pairs(this.#popMany(2));
        this.#dictBelow().push(pairs[0]);
        return;
      }
      case 0x75: { // SETITEMS
        const pairs = this.#pairs(this.#popMark());
        const dict = this.#dictBelow();
        for (const pair of pairs) dict.push(pair);
        return;
      }
      case 0x8f: // EMPTY_SET
        return this.#push(new PickleSet());
      case 0x91: // FROZENSET
        return this.#push(new PickleSet(this.#popMark()));
      case 0x90: { // ADDITEMS
        const members = this.#popMark();
        const target = this.#top();
        if (!(target instanceof PickleSet)) throw this.#fail("adds members to what is no set");
        for (const member of members) target.members.push(member);
        return;
      }

      case 0x67: // GET
        return this.#recall(this.#index(this.#line()));
      case 0x68: // BINGET
        return this.#recall(this.#byte());
      case 0x6a: // LONG_BINGET
        return this.#recall(this.#u32());
      case 0x70: // PUT
        return this.#memoise(this.#index(this.#line()));
      case 0x71: // BINPUT
        return this.#memoise(this.#byte());
      case 0x72: // LONG_BINPUT
        return this.#memoise(this.#u32());
      case 0x94: // MEMOIZE
        return this.#memoise(this.#memo.size);

      case 0x63: { // GLOBAL
        const module = this.#line();
        return this.#push(this.#global(module, this.#line()));
      }
      case 0x93: { // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string") {
          throw this.#fail("names a global by what is no string");
        }
        return this.#push(this.#global(module, name));
      }
      case 0x52: { // REDUCE
        const [callable, args] = this.#popMany(2);
        return this.#call(callable, args);
      }
      case 0x81: { // NEWOBJ
        const [callable, args] = this.#popMany(2);
        return this.#call(callable, args);
      }
      case 0x92: { // NEWOBJ_EX
        const [callable, args, named] = this.#popMany(3);
        if (!(named instanceof PickleDict) || named.pairs.length > 0) {
          throw this.#fail("calls with named arguments, which nothing allowed takes");
        }
        return this.#call(callable, args);
      }
      case 0x69: { // INST
        const module = this.#line();
        const callable = this.#global(module, this.#line());
        return this.#call(callable, new PickleTuple(this.#popMark()));
      }
      case 0x6f: { // OBJ
        const [callable, ...args] = this.#popMark();
        return this.#call(callable, new PickleTuple(args));
      }
      case 0x62: { // BUILD
        const state = this.#pop();
        const target = this.#top();
        if (!(target instanceof PickleObject)) throw this.#fail("gives a state to what has none");
        target.state = state;
        return;
      }
      case 0x50: // PERSID
        return this.#push(new PicklePersistent(this.#line()));
      case 0x51: // BINPERSID
        return this.#push(new PicklePersistent(this.#pop()));
    }
    throw this.#fail(`has the unsupported opcode 0x${opcode.toString(16).padStart(2, "0")}`);
  }

  #fail(what: string): CheckpointError {
    return new CheckpointError(`${this.#label} ${what} at byte ${this.#opcodeAt}`);
  }

  #invalid(what: string): never {
    throw this.#fail(`has ${what}`);
  }

  /** Moves past `length` bytes that are there, and returns where they start. */
  #skip(length: number): number {
    const start = this.#at;
    const left = this.#bytes.length - start;
    if (length < 0) throw this.#fail(`gives the negative length ${length}`);
    if (length > left) throw this.#fail(`is truncated: ${length} bytes are due, ${left} left,`);
    this.#at += length;
    return start;
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)];
  }

  #u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  #u64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  #take(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The text up to the next line feed, which is consumed; one character a byte. */
  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#fail("is truncated: a line does not end,");
    const line = decodeLatin1(this.#take(end - this.#at));
    this.#at++;
    return line;
  }

  #protocol(version: number): void {
    if (version > 5) throw this.#fail(`has the unknown protocol ${version}`);
  }

  #utf8(length: number): string {
    return decodeUtf8(this.#take(length)) ?? this.#invalid("text that is not UTF-8");
  }

  /** Python 2's `str` is text or bytes, and nothing says which. */
  #python2String(length: number): string | Uint8Array {
    const raw = this.#take(length);
    return decodeUtf8(raw) ?? raw.slice();
  }

  #integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw this.#fail(`has an integer of ${length} bytes`);
    return decodeInteger(this.#take(length));
  }

  #index(line: string): number {
    if (!/^\d{1,15}$/.test(line)) throw this.#fail("has a bad memo index");
    return Number(line);
  }

  #push(value: PickleNode): void {
    this.#stack.push(value);
  }

  #top(): PickleNode {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#fail("needs a value that is not there");
    return value;
  }

  #pop(): PickleNode {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popMany(count: number): PickleNode[] {
    const values: PickleNode[] = [];
    for (let i = 0; i < count; i++) values.unshift(this.#pop());
    return values;
  }

  /** Everything above the last mark; the mark goes too. */
  #popMark(): PickleNode[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#fail("needs a mark that is not there");
    const values = this.#stack.splice(mark);
    values.shift();
    return values as PickleNode[];
  }

  #pairs(flat: PickleNode[]): [PickleNode, PickleNode][] {
    if (flat.length % 2 !== 0) throw this.#fail("has a key without a value");
    const pairs: [PickleNode, PickleNode][] = [];
    for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i], flat[i + 1]]);
    return pairs;
  }

  #listBelow(): PickleNode[] {
    const target = this.#top();
    if (Array.isArray(target)) return target;
    if (target instanceof PickleObject) return target.items;
    throw this.#fail("appends to what is no list");
  }

  #dictBelow(): [PickleNode, PickleNode][] {
    const target = this.#top();
    if (target instanceof PickleDict || target instanceof PickleObject) return target.pairs;
    throw this.#fail("sets items of what is no dict");
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#fail(`recalls value ${index}, which was never kept,`);
    this.#push(value);
  }

  #memoise(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #global(module: string, name: string): PickleGlobal {
    const renamed = Object.hasOwn(RENAMED_MODULES, module) ? RENAMED_MODULES[module] : module;
    const known = renamed === "builtins" && Object.hasOwn(RENAMED_BUILTINS, name)
      ? RENAMED_BUILTINS[name]
      : name;
    const named = new PickleGlobal(renamed, known);
    this.#admit(named, `at byte ${this.#opcodeAt} of ${this.#label}`);
    return named;
  }

  #call(callable: PickleNode | undefined, args: PickleNode): void {
    if (!(callable instanceof PickleGlobal)) throw this.#fail("calls what is no named global");
    if (!(args instanceof PickleTuple)) throw this.#fail("calls without a tuple of arguments");
    this.#push(new PickleObject(callable, args));
  }
}
