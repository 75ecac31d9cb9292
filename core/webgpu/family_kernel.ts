/**
 * What the kernels of the families share: their module's text around a body, and indices that are
 * checked.
 *
 * @module
 */
import type { Block } from "../block.ts";
import type { View3 } from "../device.ts";
import type { WebGpuDevice } from "./device.ts";
import { wgslFunctions } from "./functions.ts";
import { INVOCATION, WORKGROUP } from "./pointwise.ts";
import type { GpuBlock, PooledBuffer } from "./pool.ts";
import type { KernelSource } from "./queue.ts";
import { FAULT_INDEX } from "./shader.ts";

/** A buffer that a kernel works on. */
export interface Binding {
  /** Its name in WGSL. */
  readonly name: string;
  /** The WGSL type of its elements. */
  readonly type: string;
  /** Whether it is only read (`r`) or also written (`w`). */
  readonly use: "r" | "w";
  /** The memory. */
  readonly memory: PooledBuffer;
}

/** The body of a kernel. */
export interface Text {
  /** Library functions that it calls. */
  readonly library?: readonly string[];
  /** Functions of its own. */
  readonly functions?: string;
  /** Statements; `id` is the number of the invocation, `args` has the arguments as u32. */
  readonly main: string;
}

/** A launch of a kernel. */
export interface Launch {
  /** What the text depends on; also the kernel's name in messages. */
  readonly key: string;
  /** The buffers. */
  readonly bindings: readonly Binding[];
  /** Whole numbers that the kernel is told, by name. One key has always the same names. */
  readonly args: Readonly<Record<string, number>>;
  /** How many invocations. */
  readonly count: number;
  /** Writes the text, if the kernel is new. */
  readonly text: () => Text;
}

/** Starts a kernel. */
export function launch(device: WebGpuDevice, { key, bindings, args, count, text }: Launch): void {
  if (count === 0) return;
  const kernel = device.queue.kernel(key, () => source(key, bindings, Object.keys(args), text()));
  device.queue.dispatch(
    kernel,
    bindings.map(({ memory }) => memory),
    [0, count, ...Object.values(args)],
    Math.ceil(count / WORKGROUP),
  );
}

function source(
  label: string,
  bindings: readonly Binding[],
  names: readonly string[],
  { library = [], functions = "", main }: Text,
): KernelSource {
  const members = ["zero", "count", ...names];
  const buffers = bindings.map(({ name, type, use }, i) =>
    `@group(0) @binding(${i}) var<storage, ${
      use === "r" ? "read" : "read_write"
    }> ${name}: array<${type}>;\n`
  );
  const code = `${buffers.join("")}struct Args { ${
    members.map((name) => `${name}: u32`).join(", ")
  } }
@group(1) @binding(0) var<uniform> args: Args;
fn zero() -> u32 { return args.zero; }
${wgslFunctions(library)}${functions}
@compute @workgroup_size(${WORKGROUP})
fn main(${INVOCATION}) {
let id = (group.y * groups.x + group.x) * ${WORKGROUP}u + local;
if (id >= args.count) { return; }
${main}}
`;
  const access = bindings.map(({ use }) => use).join("");
  return { label, code, access, words: members.length };
}

/** A block that is read. */
export function reads(name: string, type: string, block: Block): Binding {
  return { name, type, use: "r", memory: (block as GpuBlock).memory };
}

/** A block that is written, and may be read. */
export function writes(name: string, type: string, block: Block): Binding {
  return { name, type, use: "w", memory: (block as GpuBlock).memory };
}

/** Memory for the time of a call: it goes back to the pool, for commands that come later. */
export class Scratch {
  readonly #device: WebGpuDevice;
  readonly #blocks: Block[] = [];

  constructor(device: WebGpuDevice) {
    this.#device = device;
  }

  /** Takes memory for a number of 32-bit words. */
  take(words: number): Block {
    const block = this.#device.alloc(4 * words);
    this.#blocks.push(block);
    return block;
  }

  /** Gives all of it back. */
  free(): void {
    for (const block of this.#blocks.splice(0)) this.#device.free(block);
  }
}

// ---- indices

/** What an index outside of its dimension is read as. */
export const OUTSIDE = "0xffffffffu";

/** Sizes of a call, and its indices. */
export interface Indexed {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
  readonly index: View3;
}

/** The arguments that `CHECKED` and `NOTED` read an index by. */
export function indexArgs({ outer, n, inner, index: { offset, strides } }: Indexed) {
  return {
    n,
    offset,
    so: outer === 1 ? 0 : strides[0],
    sm: strides[1],
    si: inner === 1 ? 0 : strides[2],
  };
}

/** The buffer of the indices. */
export function indexBinding({ index }: Indexed): Binding {
  return reads("index", "vec2<u32>", index.block);
}

/** The buffer where `NOTED` notes an index. */
export function faultBinding({ faults }: WebGpuDevice): Binding {
  return { name: "fault", type: "atomic<u32>", use: "w", memory: faults };
}

/** `index_at(o, m, i)`, or `OUTSIDE`. */
export const CHECKED = `fn index_at(o: u32, m: u32, i: u32) -> u32 {
  let at = index[args.offset + o * args.so + m * args.sm + i * args.si];
  return select(${OUTSIDE}, at.x, at.y == 0u && at.x < args.n);
}
`;

/** `noted_at(o, m, i)` is the same, and notes what is outside. The first that is noted stays. */
export const NOTED = `${CHECKED}fn noted_at(o: u32, m: u32, i: u32) -> u32 {
  let k = index_at(o, m, i);
  if (k == ${OUTSIDE}) {
    let at = index[args.offset + o * args.so + m * args.sm + i * args.si];
    for (var seen = 0u; seen == 0u;) {
      let swap = atomicCompareExchangeWeak(&fault[0], 0u, ${FAULT_INDEX}u);
      if (swap.exchanged) {
        atomicStore(&fault[1], at.x);
        atomicStore(&fault[2], at.y);
        atomicStore(&fault[3], args.n);
        break;
      }
      seen = swap.old_value;
    }
  }
  return k;
}
`;

/** What splits the number of an element of `[outer, m, inner]`; divisions are slow. */
export function splitKey(outer: number, inner: number): string {
  return `${outer > 1 ? "o" : ""}m${inner > 1 ? "i" : ""}`;
}

/** Statements that give `o`, `m` and `i` for a number, of a kernel with the arguments `m` and `inner`. */
export function split(number: string, key: string): string {
  const row = key.includes("i")
    ? `let row = ${number} / args.inner;
let i = ${number} - row * args.inner;
`
    : `let row = ${number};
let i = 0u;
`;
  const m = key.includes("o")
    ? `let o = row / args.m;
let m = row - o * args.m;
`
    : `let o = 0u;
let m = row;
`;
  return row + m;
}

// ---- bits

/** Bytes that move as one, whatever they mean. */
export type Unit = 1 | 2 | 4 | 8 | 16;

/** The WGSL type that holds a unit. */
export function unitType(unit: Unit): string {
  return unit === 16 ? "vec4<u32>" : unit === 8 ? "vec2<u32>" : "u32";
}

/** The largest unit that divides all these numbers of bytes; at least an element. */
export function unitFor(itemSize: number, bytes: readonly number[]): Unit {
  const units: readonly Unit[] = [16, 8, 4];
  const unit = units.find((unit) => unit > itemSize && bytes.every((n) => n % unit === 0));
  return unit ?? itemSize as Unit;
}
