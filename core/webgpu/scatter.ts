/**
 * Scatter of values that replace what is there: elements, or rows of them, by index. Bits move; what
 * they mean does not matter. Where an index comes twice, the last in order of `m` stays.
 *
 * @module
 */
import type { ScatterCall } from "../device.ts";
import { DTYPES } from "../dtype.ts";
import type { WebGpuDevice } from "./device.ts";
import { narrowLoader, narrowStorer } from "./elements.ts";
import {
  CHECKED,
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
  type Unit,
  unitFor,
  unitType,
  writes,
} from "./family_kernel.ts";

/** Runs one call. What an index outside of `[0, n)` names is skipped, and the index is noted. */
export function scatterSet(device: WebGpuDevice, call: ScatterCall): void {
  const at = indexArgs(call);
  // One winner for each place that differs by index: a row, where one index serves a row.
  const outer = at.so === 0 ? 1 : call.outer, inner = at.si === 0 ? 1 : call.inner;
  const scratch = new Scratch(device);
  const size = outer * at.n * inner;
  const winner = scratch.take(size);
  launch(device, {
    key: "scatter: clear",
    bindings: [writes("winner", "u32", winner)],
    args: {},
    count: size,
    text: () => ({ main: "winner[id] = 0u;\n" }),
  });
  const choose = splitKey(outer, inner);
  launch(device, {
    key: `scatter: choose ${choose}`,
    bindings: [
      indexBinding(call),
      writes("winner", "atomic<u32>", winner),
      faultBinding(device),
    ],
    args: { ...at, m: call.m, inner },
    count: outer * call.m * inner,
    text: () => ({
      functions: NOTED,
      main: `${split("id", choose)}let k = noted_at(o, m, i);
if (k == ${OUTSIDE}) { return; }
atomicMax(&winner[(o * args.n + k) * args.inner + i], m + 1u);
`,
    }),
  });
  const unit = unitOf(call, at.si);
  const narrow = unit < 4, type = unitType(unit);
  const shrink = DTYPES[call.dtype].itemSize / unit;
  const { src } = call, how = splitKey(call.outer, call.inner * shrink);
  launch(device, {
    key: `scatter ${unit} ${how}`,
    bindings: [
      indexBinding(call),
      reads("winner", "u32", winner),
      reads("src", type, src.block),
      writes("out", narrow ? "atomic<u32>" : type, call.out),
    ],
    args: {
      ...at,
      m: call.m,
      inner: call.inner * shrink,
      wo: outer === 1 ? 0 : at.n * inner,
      wk: inner,
      wi: inner === 1 ? 0 : 1,
      source: src.offset * shrink,
      xo: src.strides[0] * shrink,
      xm: src.strides[1] * shrink,
      xi: shrink === 1 ? src.strides[2] : 1,
    },
    count: call.outer * call.m * call.inner * shrink,
    text: () => ({
      functions: CHECKED +
        (narrow ? narrowLoader("load", "src", unit) + narrowStorer("store", "out", unit) : ""),
      main: `${split("id", how)}let k = index_at(o, m, i);
if (k == ${OUTSIDE}) { return; }
if (winner[o * args.wo + k * args.wk + i * args.wi] != m + 1u) { return; }
let origin = args.source + o * args.xo + m * args.xm + i * args.xi;
let to = (o * args.n + k) * args.inner + i;
${narrow ? "store(to, load(origin));" : "out[to] = src[origin];"}
`,
    }),
  });
  scratch.free();
}

/** What moves as one: more than an element where one index serves a row that lies in one piece. */
function unitOf({ dtype, inner, src: { offset, strides } }: ScatterCall, si: number): Unit {
  const { itemSize } = DTYPES[dtype];
  if (si !== 0 || strides[2] !== 1) return itemSize as Unit;
  return unitFor(itemSize, [inner, offset, strides[0], strides[1]].map((x) => x * itemSize));
}
