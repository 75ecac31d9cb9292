/**
 * Running sums and products along lines. Where there are many lines, each is one invocation's, in
 * order as on the CPU. A few long lines are cut into parts: their totals first, then the running
 * values of the totals, then those of the elements. So no more than twice the root of `n` roundings
 * add up.
 *
 * @module
 */
import type { ScanCall } from "../device.ts";
import type { DType } from "../dtype.ts";
import type { WebGpuDevice } from "./device.ts";
import { launch, reads, Scratch, type Text, writes } from "./family_kernel.ts";

/** Lines that keep a GPU busy. */
const LINES = 256;
/** Lines that are worth cutting. */
const LONG = 2048;

/** Runs one call. */
export function scan(device: WebGpuDevice, call: ScanCall): void {
  const { dtype, op, outer, n, inner, x, out } = call;
  const text = TEXTS[dtype];
  if (text === undefined) throw new TypeError(`scan: no kernel for ${dtype}`);
  const { type } = text;
  const combine = text[op];
  const lines = outer * inner;
  const parts = n >= LONG && lines < LINES ? 2 ** Math.ceil(Math.log2(n) / 2) : 1;
  const scratch = new Scratch(device);
  const totals = scratch.take(parts * lines * 2);
  const args = { n, inner, parts, length: Math.ceil(n / parts) };
  const make = (main: string) => (): Text => ({
    library: text.library,
    functions: `fn combine(a: ${type}, b: ${type}) -> ${type} { ${combine} }\n`,
    main,
  });
  if (parts > 1) {
    launch(device, {
      key: `scan: totals ${op} ${dtype}`,
      bindings: [reads("x", type, x), writes("totals", type, totals)],
      args,
      count: lines * parts,
      text: make(`${PLACE}if (start == end) { return; }
var value = x[start];
for (var at = start + args.inner; at < end; at += args.inner) { value = combine(value, x[at]); }
totals[id] = value;
`),
    });
    launch(device, {
      key: `scan: running totals ${op} ${dtype}`,
      bindings: [writes("totals", type, totals)],
      args,
      count: lines,
      text: make(`let used = (args.n + args.length - 1u) / args.length;
var value = totals[id * args.parts];
for (var part = 1u; part < used; part++) {
  value = combine(value, totals[id * args.parts + part]);
  totals[id * args.parts + part] = value;
}
`),
    });
  }
  launch(device, {
    key: `scan ${op} ${dtype}`,
    bindings: [reads("x", type, x), reads("totals", type, totals), writes("out", type, out)],
    args,
    count: lines * parts,
    text: make(`${PLACE}if (start == end) { return; }
var value = x[start];
if (part > 0u) { value = combine(totals[id - 1u], value); }
out[start] = value;
for (var at = start + args.inner; at < end; at += args.inner) {
  value = combine(value, x[at]);
  out[at] = value;
}
`),
  });
  scratch.free();
}

/** The line and the part of it that an invocation has, from `start` to before `end`. */
const PLACE = `let line = id / args.parts;
let part = id - line * args.parts;
let o = line / args.inner;
let first = o * args.n * args.inner + line - o * args.inner;
let start = first + min(part * args.length, args.n) * args.inner;
let end = first + min((part + 1u) * args.length, args.n) * args.inner;
`;

/** How a dtype adds and multiplies: the statements of a function of `a` and `b`. */
interface Arithmetic {
  readonly type: string;
  readonly library: readonly string[];
  readonly sum: string;
  readonly prod: string;
}

/** The dtypes that scans compute in: narrower ones are converted before. */
const TEXTS: Partial<Record<DType, Arithmetic>> = {
  float32: { type: "f32", library: [], sum: "return a + b;", prod: "return a * b;" },
  int32: { type: "i32", library: [], sum: "return a + b;", prod: "return a * b;" },
  int64: {
    type: "vec2<u32>",
    library: ["l_mul"],
    sum: `let lo = a.x + b.x;
  return vec2<u32>(lo, a.y + b.y + select(0u, 1u, lo < a.x));`,
    prod: `let p = l_mul(I64(a.xxxx, a.yyyy), I64(b.xxxx, b.yyyy));
  return vec2<u32>(p.lo.x, p.hi.x);`,
  },
};
