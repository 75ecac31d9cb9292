/**
 * Gather: elements, or rows of them, by index. Bits move; what they mean does not matter.
 *
 * @module
 */
import type { GatherCall } from "../device.ts";
import { DTYPES } from "../dtype.ts";
import type { WebGpuDevice } from "./device.ts";
import {
  faultBinding,
  indexArgs,
  indexBinding,
  launch,
  narrow,
  narrowLoader,
  NOTED,
  OUTSIDE,
  reads,
  unitFor,
  unitType,
  writes,
} from "./family_kernel.ts";

/** Runs one call. What an index outside of `[0, n)` names is 0, and the index is noted. */
export function gather(device: WebGpuDevice, call: GatherCall): void {
  const { itemSize } = DTYPES[call.dtype];
  const { n, offset, so, sm, si } = indexArgs(call);
  const unit = si === 0 ? unitFor(itemSize, [call.inner * itemSize]) : itemSize;
  const { outer, m } = call, inner = call.inner * itemSize / unit;
  const elements = outer * m * inner;
  const args = { n, offset, so, sm, si, m, inner, elements };
  const type = unitType(unit as 4);
  const bindings = [
    indexBinding(call),
    reads("src", type, call.src),
    writes("out", type, call.out),
    faultBinding(device),
  ];
  const key = `gather ${unit}`;
  if (unit >= 4) {
    launch(device, {
      key,
      bindings,
      args,
      count: elements,
      text: () => ({
        functions: `${NOTED}${SOURCE}`,
        main: `let origin = source(id);
if (origin == ${OUTSIDE}) { out[id] = ${type}(0u); return; }
out[id] = src[origin];
`,
      }),
    });
    return;
  }
  const { perWord, width } = narrow(itemSize);
  launch(device, {
    key,
    bindings,
    args,
    count: Math.ceil(elements / perWord),
    text: () => ({
      functions: NOTED + SOURCE + narrowLoader("load", "src", itemSize),
      main: `var word = 0u;
for (var e = 0u; e < ${perWord}u; e++) {
  let at = id * ${perWord}u + e;
  if (at >= args.elements) { break; }
  let origin = source(at);
  if (origin != ${OUTSIDE}) { word |= load(origin) << (e * ${width}u); }
}
out[id] = word;
`,
    }),
  });
}

/** Where an element of the result comes from. */
const SOURCE = `fn source(at: u32) -> u32 {
  let row = at / args.inner;
  let i = at - row * args.inner;
  let o = row / args.m;
  let k = noted_at(o, row - o * args.m, i);
  return select((o * args.n + k) * args.inner + i, ${OUTSIDE}, k == ${OUTSIDE});
}
`;
