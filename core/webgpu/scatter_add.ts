/**
 * Scatter of values that are added to what is there.
 *
 * Integers are added by atomic operations: their sums are the same in any order. Floats are added in
 * order of `m`, as on the CPU, so that results are the same bits every time and everywhere. One
 * invocation goes down a column of the source; where there are few columns, the indices are sorted
 * first, and one invocation adds up what goes to one place.
 *
 * @module
 */
import type { ScatterCall } from "../device.ts";
import { type DType, DTYPES } from "../dtype.ts";
import type { WebGpuDevice } from "./device.ts";
import {
  type Binding,
  faultBinding,
  indexArgs,
  indexBinding,
  launch,
  NOTED,
  OUTSIDE,
  reads,
  Scratch,
  split,
  splitKey,
  writes,
} from "./family_kernel.ts";
import { elementType, loader, narrow, narrowLoader, narrowStorer, quadStorer } from "./elements.ts";
import { sortKeys } from "./merge_sort.ts";

/** Columns that keep a GPU busy, and as many as make a sort of the indices worth its while. */
const COLUMNS = 2048, WIDE = 32;
/** Columns so short that sorting takes longer. */
const SHORT = 64;

/** Runs one call. What an index outside of `[0, n)` names is skipped, and the index is noted. */
export function scatterAdd(device: WebGpuDevice, call: ScatterCall): void {
  if (DTYPES[call.dtype].kind !== "float") return addAnyhow(device, call);
  const { so, si } = indexArgs(call);
  const columns = call.outer * call.inner;
  const shared = so === 0 && si === 0 && columns >= WIDE;
  // A software adapter is busy with one column, and sorts slowly.
  const few = columns < COLUMNS && !device.info.software;
  if (call.m > SHORT && (shared || few)) addSorted(device, call);
  else addColumns(device, call);
}

/** The arguments of every kernel here. */
function argsOf(call: ScatterCall) {
  const { m, inner, src: { offset: source, strides: [xo, xm, xi] } } = call;
  return { ...indexArgs(call), m, inner, source, xo, xm, xi };
}

/** `source_at(o, m, i)`, the place of an element of the source. */
const SOURCE = `fn source_at(o: u32, m: u32, i: u32) -> u32 {
  return args.source + o * args.xo + m * args.xm + i * args.xi;
}
`;

// ---- integers

function addAnyhow(device: WebGpuDevice, call: ScatterCall): void {
  const { dtype, outer, m, inner } = call;
  const how = splitKey(outer, inner);
  launch(device, {
    key: `scatterAdd ${dtype} ${how}`,
    bindings: [
      indexBinding(call),
      reads("src", dtype === "int64" ? "vec2<u32>" : "u32", call.src.block),
      writes("out", "atomic<u32>", call.out),
      faultBinding(device),
    ],
    args: argsOf(call),
    count: outer * m * inner,
    text: () => ({
      functions: NOTED + SOURCE + integerAdd(dtype),
      main: `${split("id", how)}let k = noted_at(o, m, i);
if (k == ${OUTSIDE}) { return; }
add((o * args.n + k) * args.inner + i, source_at(o, m, i));
`,
    }),
  });
}

/** `add(i, p)`: adds element `p` of the source to element `i`. */
function integerAdd(dtype: DType): string {
  const { itemSize } = DTYPES[dtype];
  if (itemSize === 4) return `fn add(i: u32, p: u32) { atomicAdd(&out[i], src[p]); }\n`;
  if (itemSize === 8) {
    return `fn add(i: u32, p: u32) {
  let x = src[p];
  // Every carry is seen by the one that caused it.
  let carry = select(0u, 1u, atomicAdd(&out[2u * i], x.x) > ~x.x);
  atomicAdd(&out[2u * i + 1u], x.y + carry);
}
`;
  }
  const { shift, mask, offset } = narrow(itemSize);
  const load = narrowLoader("load", "src", itemSize);
  if (dtype === "bool") {
    return `${load}fn add(i: u32, p: u32) {
  if (load(p) != 0u) { atomicOr(&out[i >> ${shift}u], 1u << (${offset})); }
}
`;
  }
  return `${load}fn add(i: u32, p: u32) {
  let x = load(p);
  let s = ${offset};
  var word = atomicLoad(&out[i >> ${shift}u]);
  loop {
    let sum = ((word >> s) + x) & ${mask}u;
    let swap = atomicCompareExchangeWeak(&out[i >> ${shift}u], word, (word & ~(${mask}u << s)) | (sum << s));
    if (swap.exchanged) { break; }
    word = swap.old_value;
  }
}
`;
}

// ---- floats

/** How many columns an invocation takes side by side: four where they lie in whole words. */
function lanesOf(call: ScatterCall): 1 | 4 {
  const { inner, src: { offset, strides } } = call;
  const aligned = [inner, offset, strides[0], strides[1]].every((x) => x % 4 === 0);
  return aligned && strides[2] === 1 && indexArgs(call).si === 0 ? 4 : 1;
}

/** The library's function that rounds to a dtype; float32 needs none. */
const GRID: Partial<Record<DType, string>> = {
  float16: "f_toHalfGrid",
  bfloat16: "f_toBfloatGrid",
};

/** Those of its functions that `floatText` calls. */
function libraryOf(dtype: DType): string[] {
  const grid = GRID[dtype];
  return grid === undefined ? [] : [grid];
}

/** `value(p)` of the source, `load(p)` and `store(p, x)` of the result, `rounded(x)` to the dtype. */
function floatText(dtype: DType, lanes: 1 | 4): string {
  const type = lanes === 4 ? "vec4<f32>" : "f32";
  const grid = GRID[dtype],
    four = grid === undefined ? "x" : `${grid}(${lanes === 4 ? "x" : "vec4<f32>(x)"})`;
  const rounded = `fn rounded(x: ${type}) -> ${type} { return ${
    lanes === 4 || grid === undefined ? four : `${four}.x`
  }; }\n`;
  if (lanes === 4) {
    return `${loader("value_at", "src", dtype, "quad")}${loader("load_at", "out", dtype, "quad")}
${quadStorer("store_at", "out", dtype)}
fn value(p: u32) -> vec4<f32> { return value_at(i32(p)); }
fn load(p: u32) -> vec4<f32> { return load_at(i32(p)); }
fn store(p: u32, x: vec4<f32>) { store_at(i32(p), x); }
${rounded}`;
  }
  if (dtype === "float32") {
    return `fn value(p: u32) -> f32 { return src[p]; }
fn load(p: u32) -> f32 { return out[p]; }
fn store(p: u32, x: f32) { out[p] = x; }
${rounded}`;
  }
  const { shift, mask, offset } = narrow(2);
  const half = dtype === "float16";
  const number = half ? "unpack2x16float(bits).x" : "bitcast<f32>(bits << 16u)";
  const bits = half ? "pack2x16float(vec2<f32>(x, 0.0))" : "bitcast<u32>(x) >> 16u";
  return `${narrowLoader("bits_at", "src", 2)}${narrowStorer("store_bits", "out", 2)}
fn value(p: u32) -> f32 { let bits = bits_at(p); return ${number}; }
fn load(i: u32) -> f32 {
  let bits = (atomicLoad(&out[i >> ${shift}u]) >> (${offset})) & ${mask}u;
  return ${number};
}
fn store(p: u32, x: f32) { store_bits(p, ${bits}); }
${rounded}`;
}

function floatBindings({ dtype, src, out }: ScatterCall, lanes: 1 | 4): Binding[] {
  const shape = lanes === 4 ? "quad" : "one";
  const type = elementType(dtype, shape);
  const written = lanes === 1 && dtype !== "float32" ? "atomic<u32>" : type;
  return [reads("src", type, src.block), writes("out", written, out)];
}

/** Each invocation adds up columns in order of `m`; no other writes there. */
export function addColumns(device: WebGpuDevice, call: ScatterCall): void {
  const { dtype, outer, inner } = call;
  const lanes = lanesOf(call);
  launch(device, {
    key: `scatterAdd: columns ${dtype} x ${lanes}`,
    bindings: [indexBinding(call), ...floatBindings(call, lanes), faultBinding(device)],
    args: argsOf(call),
    count: outer * inner / lanes,
    text: () => ({
      library: libraryOf(dtype),
      functions: NOTED + SOURCE + floatText(dtype, lanes),
      main: `let width = args.inner / ${lanes}u;
let o = id / width;
let i = (id - o * width) * ${lanes}u;
for (var m = 0u; m < args.m; m++) {
  let k = noted_at(o, m, i);
  if (k == ${OUTSIDE}) { continue; }
  let to = (o * args.n + k) * args.inner + i;
  store(to, rounded(load(to) + value(source_at(o, m, i))));
}
`,
    }),
  });
}

/** Each invocation adds up what goes to one place, in order of `m`. */
export function addSorted(device: WebGpuDevice, call: ScatterCall): void {
  const { dtype, outer, m, inner } = call;
  const args = argsOf(call), lanes = lanesOf(call);
  // Rows of indices: one, where one serves every column.
  const columns = args.si === 0 ? 1 : inner;
  const rows = (args.so === 0 ? 1 : outer) * columns;
  const scratch = new Scratch(device);
  const keys = scratch.take(rows * m);
  launch(device, {
    key: "scatterAdd: keys",
    bindings: [indexBinding(call), writes("keys", "u32", keys), faultBinding(device)],
    args: { ...indexArgs(call), m, columns },
    count: rows * m,
    text: () => ({
      functions: NOTED,
      main: `let row = id / args.m;
let o = row / args.columns;
keys[id] = noted_at(o, id - row * args.m, row - o * args.columns);
`,
    }),
  });
  const sorted = sortKeys(device, keys, false, rows, m, scratch);
  const how = splitKey(outer, inner / lanes);
  launch(device, {
    key: `scatterAdd: places ${dtype} x ${lanes} ${how}`,
    bindings: [
      reads("keys", "u32", sorted.keys),
      reads("order", "u32", sorted.order),
      ...floatBindings(call, lanes),
    ],
    args: {
      ...args,
      inner: inner / lanes,
      ro: args.so === 0 ? 0 : columns * m,
      ri: columns === 1 ? 0 : m,
    },
    count: outer * m * inner / lanes,
    text: () => ({
      library: libraryOf(dtype),
      functions: SOURCE + floatText(dtype, lanes),
      main: `${split("id", how)}let first = o * args.ro + i * args.ri;
let k = keys[first + m];
if (k == ${OUTSIDE}) { return; }
// The first of equal indices adds for all of them.
if (m > 0u) { if (keys[first + m - 1u] == k) { return; } }
let to = ((o * args.n + k) * args.inner + i) * ${lanes}u;
var sum = load(to);
for (var q = m; q < args.m; q++) {
  if (keys[first + q] != k) { break; }
  sum = rounded(sum + value(source_at(o, order[first + q], i * ${lanes}u)));
}
store(to, sum);
`,
    }),
  });
  scratch.free();
}
