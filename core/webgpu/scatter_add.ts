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
  narrow,
  narrowLoader,
  narrowStorer,
  NOTED,
  OUTSIDE,
  reads,
  Scratch,
  writes,
} from "./family_kernel.ts";
import { sortKeys } from "./merge_sort.ts";

/** Columns that keep a GPU busy. */
const COLUMNS = 2048;
/** Columns so short that sorting takes longer. */
const SHORT = 64;

/** Runs one call. What an index outside of `[0, n)` names is skipped, and the index is noted. */
export function scatterAdd(device: WebGpuDevice, call: ScatterCall): void {
  if (DTYPES[call.dtype].kind !== "float") return addAnyhow(device, call);
  const few = call.outer * call.inner < COLUMNS && call.m > SHORT;
  // A software adapter is busy with one column, and sorts slowly.
  if (few && !device.info.software) addSorted(device, call);
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
  launch(device, {
    key: `scatterAdd ${dtype}`,
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
      main: `let row = id / args.inner;
let i = id - row * args.inner;
let o = row / args.m;
let m = row - o * args.m;
let k = noted_at(o, m, i);
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

/** `value(p)` of the source, `load(i)` and `store(i, x)` of the result, `rounded(x)` to the dtype. */
function floatText(dtype: DType): string {
  if (dtype === "float32") {
    return `fn value(p: u32) -> f32 { return src[p]; }
fn load(i: u32) -> f32 { return out[i]; }
fn store(i: u32, x: f32) { out[i] = x; }
fn rounded(x: f32) -> f32 { return x; }
`;
  }
  const { shift, mask, offset } = narrow(2);
  const half = dtype === "float16";
  const number = (bits: string) =>
    half ? `unpack2x16float(${bits}).x` : `bitcast<f32>((${bits}) << 16u)`;
  return `${narrowLoader("value_bits", "src", 2)}${narrowStorer("store_bits", "out", 2)}
fn value(p: u32) -> f32 { return ${number("value_bits(p)")}; }
fn load(i: u32) -> f32 {
  let bits = (atomicLoad(&out[i >> ${shift}u]) >> (${offset})) & ${mask}u;
  return ${number("bits")};
}
fn bits_of(x: f32) -> u32 { ${half ? "return pack2x16float(vec2<f32>(x, 0.0));" : BFLOAT} }
fn store(i: u32, x: f32) { store_bits(i, bits_of(x)); }
fn rounded(x: f32) -> f32 { return ${number("bits_of(x)")}; }
`;
}

/** Half to even, and NaN stays NaN. */
const BFLOAT = `let w = bitcast<u32>(x);
  if ((w & 0x7fffffffu) > 0x7f800000u) { return (w >> 16u) | 64u; }
  return (w + 0x7fffu + ((w >> 16u) & 1u)) >> 16u;`;

function floatBindings(call: ScatterCall): Binding[] {
  const { dtype, src, out } = call;
  const whole = dtype === "float32";
  return [
    reads("src", whole ? "f32" : "u32", src.block),
    writes("out", whole ? "f32" : "atomic<u32>", out),
  ];
}

/** Each invocation adds up one column in order of `m`; no other writes there. */
export function addColumns(device: WebGpuDevice, call: ScatterCall): void {
  const { dtype, outer, inner } = call;
  launch(device, {
    key: `scatterAdd: columns ${dtype}`,
    bindings: [indexBinding(call), ...floatBindings(call), faultBinding(device)],
    args: argsOf(call),
    count: outer * inner,
    text: () => ({
      functions: NOTED + SOURCE + floatText(dtype),
      main: `let o = id / args.inner;
let i = id - o * args.inner;
for (var m = 0u; m < args.m; m++) {
  let k = noted_at(o, m, i);
  if (k == ${OUTSIDE}) { continue; }
  let to = (o * args.n + k) * args.inner + i;
  store(to, load(to) + value(source_at(o, m, i)));
}
`,
    }),
  });
}

/** Each invocation adds up what goes to one place, in order of `m`. */
export function addSorted(device: WebGpuDevice, call: ScatterCall): void {
  const { dtype, outer, m, inner } = call;
  const args = argsOf(call);
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
  launch(device, {
    key: `scatterAdd: places ${dtype}`,
    bindings: [
      reads("keys", "u32", sorted.keys),
      reads("order", "u32", sorted.order),
      ...floatBindings(call),
    ],
    args: {
      ...args,
      ro: args.so === 0 ? 0 : columns * m,
      ri: columns === 1 ? 0 : m,
    },
    count: outer * m * inner,
    text: () => ({
      functions: SOURCE + floatText(dtype),
      main: `let line = id / args.inner;
let i = id - line * args.inner;
let o = line / args.m;
let row = o * args.ro + i * args.ri;
let p = line - o * args.m;
let k = keys[row + p];
if (k == ${OUTSIDE}) { return; }
// The first of equal indices adds for all of them.
if (p > 0u) { if (keys[row + p - 1u] == k) { return; } }
let to = (o * args.n + k) * args.inner + i;
var sum = load(to);
for (var q = p; q < args.m; q++) {
  if (keys[row + q] != k) { break; }
  sum = rounded(sum + value(source_at(o, order[row + q], i)));
}
store(to, sum);
`,
    }),
  });
  scratch.free();
}
