/**
 * Gather: elements, or rows of them, by index. Bits move; what they mean does not matter.
 *
 * @module
 */
import type { GatherCall } from "../device.ts";
import { DTYPES } from "../dtype.ts";
import type { WebGpuDevice } from "./device.ts";
import { narrow, narrowLoader } from "./elements.ts";
import {
  faultBinding,
  indexArgs,
  indexBinding,
  launch,
  NOTED,
  OUTSIDE,
  reads,
  split,
  splitKey,
  type Unit,
  unitFor,
  unitType,
  writes,
} from "./family_kernel.ts";

/** Units of a row that one invocation moves. */
const EACH = 4;

/** Runs one call. What an index outside of `[0, n)` names is 0, and the index is noted. */
export function gather(device: WebGpuDevice, call: GatherCall): void {
  const { itemSize } = DTYPES[call.dtype];
  const at = indexArgs(call);
  const unit = at.si === 0 ? unitFor(itemSize, [call.inner * itemSize]) : itemSize as Unit;
  const { outer, m } = call, inner = call.inner * itemSize / unit;
  if (unit < 4) gatherNarrow(device, call, unit);
  else {
    // Where one index serves a row, an invocation looks it up for several units of it.
    const each = at.si === 0 && inner % EACH === 0 ? EACH : 1;
    const type = unitType(unit), how = splitKey(outer, inner / each);
    const moves = Array.from({ length: each }, (_, e) => e).map((e) =>
      `out[to + ${e}u * args.inner] = src[origin + ${e}u * args.inner];\n`
    );
    launch(device, {
      key: `gather ${unit} x ${each} ${how}`,
      bindings: [
        indexBinding(call),
        reads("src", type, call.src),
        writes("out", type, call.out),
        faultBinding(device),
      ],
      args: { ...at, m, inner: inner / each },
      count: outer * m * inner / each,
      text: () => ({
        functions: NOTED,
        main: `${split("id", how)}let k = noted_at(o, m, i);
let to = row * ${each}u * args.inner + i;
if (k == ${OUTSIDE}) {
  for (var e = 0u; e < ${each}u; e++) { out[to + e * args.inner] = ${type}(0u); }
  return;
}
let origin = (o * args.n + k) * ${each}u * args.inner + i;
${moves.join("")}`,
      }),
    });
  }
}

/** Gathers elements narrower than a word: an invocation has a whole word of the result. */
function gatherNarrow(device: WebGpuDevice, call: GatherCall, itemSize: Unit): void {
  const { outer, m, inner } = call;
  const elements = outer * m * inner;
  const { perWord, width } = narrow(itemSize);
  const how = splitKey(outer, inner);
  launch(device, {
    key: `gather ${itemSize} ${how}`,
    bindings: [
      indexBinding(call),
      reads("src", "u32", call.src),
      writes("out", "u32", call.out),
      faultBinding(device),
    ],
    args: { ...indexArgs(call), m, inner, elements },
    count: Math.ceil(elements / perWord),
    text: () => ({
      functions: NOTED + narrowLoader("load", "src", itemSize),
      main: `var word = 0u;
for (var e = 0u; e < ${perWord}u; e++) {
  let at = id * ${perWord}u + e;
  if (at >= args.elements) { break; }
  ${split("at", how)}let k = noted_at(o, m, i);
  if (k != ${OUTSIDE}) { word |= load((o * args.n + k) * args.inner + i) << (e * ${width}u); }
}
out[id] = word;
`,
    }),
  });
}
