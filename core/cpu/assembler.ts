/**
 * A small WebAssembly assembler: expressions are nested arrays of bytes, instructions go by their
 * names in the text format, and a module is encoded in one pass at the end.
 *
 * Source: the WebAssembly core specification 3.0, binary format.
 *
 * @module
 */
import { OPCODES, type OpName } from "./opcodes.ts";

/** A function that can be called: its index is known when the module is encoded. */
export interface FuncRef {
  /** The position in the module's function index space, set by the encoder. */
  index: number;
}

/** Tells the compiler that the conditional whose opcode comes next is rarely taken. */
const UNLIKELY = { unlikely: true } as const;

/** Bytes, nested as the expression is; a function stands for its index. */
export type Code = readonly (number | Code | Uint8Array | FuncRef | typeof UNLIKELY)[];

/** The value types that kernels use. */
export const I32 = 0x7f, I64 = 0x7e, F32 = 0x7d, F64 = 0x7c, V128 = 0x7b;

/** One of the value types. */
export type ValType = 0x7f | 0x7e | 0x7d | 0x7c | 0x7b;

/** Unsigned LEB128. */
export function uleb(value: number): number[] {
  const out: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    out.push(value > 0 ? low | 128 : low);
  } while (value > 0);
  return out;
}

/** Signed LEB128. */
export function sleb(value: bigint | number): number[] {
  let rest = BigInt(value);
  const out: number[] = [];
  for (;;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    const done = (rest === 0n && (low & 64) === 0) || (rest === -1n && (low & 64) !== 0);
    out.push(done ? low : low | 128);
    if (done) return out;
  }
}

/** An instruction after its operands. */
export function op(name: OpName, ...operands: Code[]): Code {
  return [...operands, OPCODES[name]];
}

/** An instruction with a lane after its operands. */
export function lane(name: OpName, at: number, ...operands: Code[]): Code {
  return [...operands, OPCODES[name], at];
}

/** A load from `address + offset`; lane loads take the vector to load into. */
export function load(name: OpName, address: Code, offset = 0): Code {
  return [address, OPCODES[name], 0, uleb(offset)];
}

/** A load of one lane of `vector`. */
export function loadLane(
  name: OpName,
  at: number,
  address: Code,
  vector: Code,
  offset = 0,
): Code {
  return [address, vector, OPCODES[name], 0, uleb(offset), at];
}

/** A store to `address + offset`. */
export function store(name: OpName, address: Code, value: Code, offset = 0): Code {
  return [address, value, OPCODES[name], 0, uleb(offset)];
}

/** A store of one lane. */
export function storeLane(
  name: OpName,
  at: number,
  address: Code,
  value: Code,
  offset = 0,
): Code {
  return [address, value, OPCODES[name], 0, uleb(offset), at];
}

/** A 32-bit constant. */
export function i32(value: number): Code {
  return [0x41, sleb(value | 0)];
}

/** A 64-bit constant. */
export function i64(value: bigint | number): Code {
  return [0x42, sleb(BigInt.asIntN(64, BigInt(value)))];
}

/** A double constant. */
export function f64(value: number): Code {
  return [0x44, ...new Uint8Array(Float64Array.of(value).buffer)];
}

/** A float constant. */
export function f32(value: number): Code {
  return [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
}

/** A permutation of the 32 bytes of two vectors. */
export function shuffle(bytes: readonly number[], a: Code, b: Code): Code {
  return [a, b, OPCODES["i8x16.shuffle"], bytes];
}

/** A permutation of the eight 32-bit words of two vectors. */
export function shuffle32(words: readonly number[], a: Code, b: Code): Code {
  return shuffle(words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]), a, b);
}

/** A choice between two values by an i32. */
export function select(a: Code, b: Code, condition: Code): Code {
  return [a, b, condition, 0x1b];
}

/** A call. */
export function call(target: FuncRef, ...operands: Code[]): Code {
  return [...operands, 0x10, target];
}

/** The place that a branch goes to. */
export interface Label {
  /** How many blocks were open inside of the function when this one was. */
  readonly depth: number;
}

/** A function under construction. */
export class Func implements FuncRef {
  index = -1;
  readonly #locals: ValType[] = [];
  readonly #pool = new Map<string, Code>();
  #head: Code[] = [];
  #body: Code[] = [];
  #depth = 0;

  /**
   * Starts a function.
   *
   * @param params Types of the parameters: locals from 0 up.
   * @param results Types of the results.
   */
  constructor(readonly params: readonly ValType[], readonly results: readonly ValType[] = []) {}

  /** Reads a parameter. */
  param(at: number): Code {
    return [0x20, uleb(at)];
  }

  /** A new local, as the code that reads it. */
  local(type: ValType): Code {
    return [0x20, uleb(this.params.length + this.#locals.push(type) - 1)];
  }

  /** Adds an instruction. */
  emit(code: Code): void {
    this.#body.push(code);
  }

  /** Assigns to a local. */
  set(local: Code, value: Code): void {
    this.#body.push([value, 0x21, local[1]]);
  }

  /** Adds to an i32 local. */
  bump(local: Code, by: Code): void {
    this.set(local, op("i32.add", local, by));
  }

  /** Gives a value a name: a new local that holds it. */
  let(type: ValType, value: Code): Code {
    const local = this.local(type);
    this.set(local, value);
    return local;
  }

  /** Gives a vector a name. */
  vec(value: Code): Code {
    return this.let(V128, value);
  }

  /**
   * A vector constant, kept in a local that is set once at the start: V8 rebuilds a constant
   * written inside of a loop on every turn, which halves the speed of a polynomial.
   */
  constant(bytes: Uint8Array): Code {
    const key = bytes.join();
    let local = this.#pool.get(key);
    if (local === undefined) {
      this.#pool.set(key, local = this.local(V128));
      this.#head.push([OPCODES["v128.const"], ...bytes, 0x21, local[1]]);
    }
    return local;
  }

  /** Adds an instruction that runs at the start of the function. */
  atStart(type: ValType, value: Code): Code {
    const local = this.local(type);
    this.#head.push([value, 0x21, local[1]]);
    return local;
  }

  #open(opcode: number, body: (label: Label) => void): void {
    this.#body.push([opcode, 0x40]);
    body({ depth: this.#depth++ });
    this.#depth--;
    this.#body.push([0x0b]);
  }

  /** A block; branching to its label leaves it. */
  block(body: (label: Label) => void): void {
    this.#open(0x02, body);
  }

  /** A loop; branching to its label starts it again. */
  loop(body: (label: Label) => void): void {
    this.#open(0x03, body);
  }

  /** A conditional. */
  if(condition: Code, yes: () => void, no?: () => void): void {
    this.#body.push([condition, 0x04, 0x40]);
    this.#depth++;
    yes();
    if (no !== undefined) {
      this.#body.push([0x05]);
      no();
    }
    this.#depth--;
    this.#body.push([0x0b]);
  }

  /** A conditional for rare cases: the compiler is told, and leaves the registers to the others. */
  ifRarely(condition: Code, yes: () => void, no?: () => void): void {
    this.if([condition, UNLIKELY], yes, no);
  }

  /** Branches, if a condition is given only when it holds. */
  br(label: Label, condition?: Code): void {
    const to = uleb(this.#depth - 1 - label.depth);
    this.#body.push(condition === undefined ? [0x0c, to] : [condition, 0x0d, to]);
  }

  /** Runs the body while an i32 (signed) condition holds. */
  while(condition: () => Code, body: () => void): void {
    this.block((out) =>
      this.loop((again) => {
        this.br(out, op("i32.eqz", condition()));
        body();
        this.br(again);
      })
    );
  }

  /** Encodes locals and code. */
  encode(): Code {
    const runs: number[][] = [];
    for (let i = 0; i < this.#locals.length;) {
      let j = i;
      while (j < this.#locals.length && this.#locals[j] === this.#locals[i]) j++;
      runs.push([...uleb(j - i), this.#locals[i]]);
      i = j;
    }
    return [uleb(runs.length), ...runs, this.#head, this.#body, 0x0b];
  }
}

/** A function that the host gives. */
export interface Import extends FuncRef {
  readonly name: string;
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}

/** How the module imports `env.memory`. */
export interface MemoryType {
  /** Whether threads share it. */
  readonly shared: boolean;
  /** Its largest size in pages of 64 KiB. */
  readonly maximum: number;
}

/** A module under construction. */
export class ModuleBuilder {
  readonly #imports = new Map<string, Import>();
  readonly #funcs: Func[] = [];
  readonly #exports: [string, Func][] = [];

  /** Imports `env.name`, once. */
  import(name: string, params: readonly ValType[], results: readonly ValType[]): Import {
    let known = this.#imports.get(name);
    if (known === undefined) {
      this.#imports.set(name, known = { index: this.#imports.size, name, params, results });
    }
    return known;
  }

  /** Adds a function, under a name when it is exported. */
  add(func: Func, name?: string): Func {
    this.#funcs.push(func);
    if (name !== undefined) this.#exports.push([name, func]);
    return func;
  }

  /** Encodes the module. */
  encode(memory: MemoryType): Uint8Array<ArrayBuffer> {
    const types: string[] = [];
    const typeCodes: Code[] = [];
    const typeOf = (f: { params: readonly ValType[]; results: readonly ValType[] }): number => {
      const key = `${f.params}>${f.results}`;
      const known = types.indexOf(key);
      if (known >= 0) return known;
      typeCodes.push([0x60, uleb(f.params.length), f.params, uleb(f.results.length), f.results]);
      return types.push(key) - 1;
    };
    const imports: Code[] = [[
      text("env"),
      text("memory"),
      0x02,
      memory.shared ? 0x03 : 0x01,
      uleb(1),
      uleb(memory.maximum),
    ]];
    for (const f of this.#imports.values()) {
      imports.push([text("env"), text(f.name), 0x00, uleb(typeOf(f))]);
    }
    this.#funcs.forEach((f, i) => f.index = this.#imports.size + i);
    const declared = this.#funcs.map((f) => uleb(typeOf(f)));
    const exported = this.#exports.map(([name, f]): Code => [text(name), 0x00, uleb(f.index)]);
    const hints: Code[] = [];
    const bodies = this.#funcs.map((f): Code => {
      const at: number[] = [];
      const body = flatten(f.encode(), at);
      if (at.length > 0) {
        const each = at.map((offset): Code => [uleb(offset), 1, 0]);
        hints.push([uleb(f.index), uleb(each.length), each]);
      }
      return [uleb(body.length), body];
    });
    return flatten([
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, typeCodes),
      section(2, imports),
      section(3, declared),
      section(7, exported),
      hints.length > 0 ? custom("metadata.code.branch_hint", hints) : [],
      section(10, bodies),
    ]);
  }
}

function text(value: string): Code {
  const bytes = new TextEncoder().encode(value);
  return [uleb(bytes.length), ...bytes];
}

function section(id: number, items: Code[]): Code {
  const content = flatten([uleb(items.length), items]);
  return [id, uleb(content.length), content];
}

/** A section that engines may ignore: here, the branch hints of WebAssembly 3.0. */
function custom(name: string, items: Code[]): Code {
  const content = flatten([text(name), uleb(items.length), items]);
  return [0, uleb(content.length), content];
}

/** The bytes; `unlikely` takes the positions of conditionals that are rarely taken. */
function flatten(code: Code, unlikely: number[] = []): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(256), length = 0;
  const room = (more: number) => {
    if (length + more <= bytes.length) return;
    const longer = new Uint8Array(2 * (length + more));
    longer.set(bytes);
    bytes = longer;
  };
  const write = (code: Code) => {
    for (let i = 0; i < code.length; i++) {
      const item = code[i];
      if (typeof item === "number") {
        room(1);
        bytes[length++] = item;
      } else if (Array.isArray(item)) write(item);
      else if (item instanceof Uint8Array) {
        room(item.length);
        bytes.set(item, length);
        length += item.length;
      } else if (item === UNLIKELY) unlikely.push(length);
      else write(uleb((item as FuncRef).index));
    }
  };
  write(code);
  return bytes.slice(0, length);
}
