/**
 * The kernels that recipes can't express: gather, scatter, scans and sorts, over views of the
 * memory.
 *
 * @module
 */
import type { FamilyCall, GatherCall, ScanCall, ScatterCall, SortCall, View3 } from "../device.ts";
import { type DType, DTYPES } from "../dtype.ts";
import { IndexError } from "../errors.ts";
import type { Block } from "../block.ts";
import { bfloat16Bits, bfloat16Value } from "../scalar_math.ts";
import type { CpuBlock, Memory } from "./memory.ts";

/** Runs one family call. */
export function runFamily(memory: Memory, call: FamilyCall): void {
  switch (call.family) {
    case "gather":
      return gather(memory, call);
    case "scatter":
      return scatter(memory, call);
    case "scan":
      return scan(memory, call);
    case "sort":
      return sort(memory, call);
  }
}

/** The elements of a block as the dtype stores them. */
function elements(memory: Memory, block: Block, dtype: DType): Numbers {
  const { array, itemSize } = DTYPES[dtype];
  const { address, nbytes } = block as CpuBlock;
  return new array(
    memory.wasm.buffer,
    address,
    Math.floor(nbytes / itemSize),
  ) as unknown as Numbers;
}

/** A typed array of numbers, or of bigints. */
interface Numbers {
  [at: number]: number;
  readonly length: number;
  subarray(from: number, to: number): Numbers;
  copyWithin(to: number, from: number, end: number): void;
}

/** int64 indices, read as pairs of words: bigints would cost more than the work. */
class Indices {
  readonly #words: Int32Array;
  readonly #offset: number;
  readonly #strides: readonly [number, number, number];

  constructor(memory: Memory, view: View3, readonly n: number) {
    const { address, nbytes } = view.block as CpuBlock;
    this.#words = new Int32Array(memory.wasm.buffer, address, Math.floor(nbytes / 4));
    this.#offset = view.offset;
    this.#strides = view.strides;
  }

  /** Whether one index serves a whole run along the last dimension. */
  get shared(): boolean {
    return this.#strides[2] === 0;
  }

  /** The checked index. */
  at(o: number, m: number, i: number): number {
    const [so, sm, si] = this.#strides;
    const word = 2 * (this.#offset + o * so + m * sm + i * si);
    const low = this.#words[word], high = this.#words[word + 1];
    if (high !== 0 || low < 0 || low >= this.n) {
      const value = high * 2 ** 32 + (low >>> 0);
      if (value < 0 || value >= this.n) {
        throw new IndexError(
          `Index ${value} is out of bounds for a dimension of size ${this.n}`,
        );
      }
    }
    return low >>> 0;
  }
}

function gather(memory: Memory, call: GatherCall): void {
  const { dtype, outer, n, m, inner, src, index, out } = call;
  const from = elements(memory, src, dtype), to = elements(memory, out, dtype);
  const indices = new Indices(memory, index, n);
  if (indices.shared && inner > 1) {
    const { itemSize } = DTYPES[dtype];
    const bytes = memory.views.u8;
    const source = (src as CpuBlock).address, target = (out as CpuBlock).address;
    const run = inner * itemSize;
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < m; j++) {
        const start = source + (o * n + indices.at(o, j, 0)) * run;
        bytes.copyWithin(target + (o * m + j) * run, start, start + run);
      }
    }
    return;
  }
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++) {
      for (let i = 0; i < inner; i++) {
        to[(o * m + j) * inner + i] = from[(o * n + indices.at(o, j, i)) * inner + i];
      }
    }
  }
}

/** Checks every index before anything is written. */
function check(indices: Indices, { outer, m, inner }: ScatterCall): void {
  const width = indices.shared ? Math.min(inner, 1) : inner;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++) for (let i = 0; i < width; i++) indices.at(o, j, i);
  }
}

function scatter(memory: Memory, call: ScatterCall): void {
  const { mode, dtype, outer, n, m, inner, src, index, out } = call;
  const from = elements(memory, src.block, dtype), to = elements(memory, out, dtype);
  const indices = new Indices(memory, index, n);
  check(indices, call);
  const [so, sm, si] = src.strides;
  const combine = mode === "set" ? null : adder(dtype);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++) {
      const start = src.offset + o * so + j * sm;
      const run = indices.shared && inner > 0 ? indices.at(o, j, 0) : -1;
      for (let i = 0; i < inner; i++) {
        const k = run >= 0 ? run : indices.at(o, j, i);
        const position = (o * n + k) * inner + i;
        const x = from[start + i * si];
        to[position] = combine === null ? x : combine(to[position], x);
      }
    }
  }
}

/** Adds two stored values; typed arrays round and wrap what is written. */
function adder(dtype: DType): (a: number, b: number) => number {
  switch (dtype) {
    case "bfloat16":
      return (a, b) => bfloat16Bits(Math.fround(bfloat16Value(a) + bfloat16Value(b)));
    case "float16":
      return (a, b) => Math.f16round(Math.fround(a + b));
    case "bool":
      return (a, b) => a | b;
    default:
      return (a, b) => a + b;
  }
}

function multiplier(dtype: DType): (a: number, b: number) => number {
  switch (dtype) {
    case "bfloat16":
      return (a, b) => bfloat16Bits(Math.fround(bfloat16Value(a) * bfloat16Value(b)));
    case "float16":
      return (a, b) => Math.f16round(Math.fround(a * b));
    case "bool":
      return (a, b) => a & b;
    case "int32":
    case "int16":
    case "int8":
    case "uint8":
      return Math.imul;
    default:
      return (a, b) => a * b;
  }
}

function scan(memory: Memory, { op, dtype, outer, n, inner, x, out }: ScanCall): void {
  const from = elements(memory, x, dtype), to = elements(memory, out, dtype);
  const combine = op === "sum" ? adder(dtype) : multiplier(dtype);
  for (let o = 0; o < outer; o++) {
    const start = o * n * inner;
    for (let i = start; i < start + inner && n > 0; i++) to[i] = from[i];
    for (let i = start + inner; i < start + n * inner; i++) to[i] = combine(to[i - inner], from[i]);
  }
}

function sort(memory: Memory, call: SortCall): void {
  const { dtype, rows, n, descending, x, values, indices } = call;
  const from = elements(memory, x, dtype), to = elements(memory, values, dtype);
  const words = elements(memory, indices, "int32");
  const order = new Uint32Array(n), spare = new Uint32Array(n);
  const keys: Numbers = dtype === "bfloat16"
    ? new Float32Array(n) as unknown as Numbers
    : from.subarray(0, n);
  for (let row = 0; row < rows; row++) {
    const start = row * n;
    let key = keys;
    if (dtype === "bfloat16") {
      for (let i = 0; i < n; i++) key[i] = bfloat16Value(from[start + i]);
    } else key = from.subarray(start, start + n);
    for (let i = 0; i < n; i++) order[i] = i;
    const sorted = mergeSort(order, spare, after(key, descending));
    for (let i = 0; i < n; i++) {
      to[start + i] = from[start + sorted[i]];
      words[2 * (start + i)] = sorted[i];
      words[2 * (start + i) + 1] = 0;
    }
  }
}

/** Whether element i belongs strictly after element j; NaN is the largest. */
function after(key: Numbers, descending: boolean): (i: number, j: number) => boolean {
  if (descending) {
    return (i, j) => {
      const a = key[i], b = key[j];
      return a < b || (b !== b && a === a);
    };
  }
  return (i, j) => {
    const a = key[i], b = key[j];
    return a > b || (a !== a && b === b);
  };
}

/** Stable bottom-up merge sort of positions, over runs that insertion has sorted. */
function mergeSort(
  order: Uint32Array<ArrayBuffer>,
  spare: Uint32Array<ArrayBuffer>,
  isAfter: (i: number, j: number) => boolean,
): Uint32Array<ArrayBuffer> {
  const n = order.length, RUN = 8;
  for (let start = 0; start < n; start += RUN) {
    const end = Math.min(start + RUN, n);
    for (let i = start + 1; i < end; i++) {
      const item = order[i];
      let j = i - 1;
      while (j >= start && isAfter(order[j], item)) {
        order[j + 1] = order[j];
        j--;
      }
      order[j + 1] = item;
    }
  }
  let source = order, target = spare;
  for (let width = RUN; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n), end = Math.min(start + 2 * width, n);
      let left = start, right = middle;
      for (let k = start; k < end; k++) {
        const takesRight = left >= middle ||
          (right < end && isAfter(source[left], source[right]));
        target[k] = takesRight ? source[right++] : source[left++];
      }
    }
    [source, target] = [target, source];
  }
  return source;
}
