/**
 * Stable sort of rows. Values become unsigned keys in the same order, the keys are sorted, and the
 * values follow: their bits, whatever they are, stay as they were.
 *
 * @module
 */
import type { SortCall } from "../device.ts";
import { type DType, DTYPES } from "../dtype.ts";
import type { WebGpuDevice } from "./device.ts";
import { narrow, narrowLoader } from "./elements.ts";
import { launch, reads, Scratch, unitType, writes } from "./family_kernel.ts";
import { sortKeys } from "./merge_sort.ts";

/** Runs one call. */
export function sort(device: WebGpuDevice, call: SortCall): void {
  const { dtype, rows, n, descending, x, values, indices } = call;
  const { itemSize } = DTYPES[dtype];
  const wide = itemSize === 8, count = rows * n;
  const type = unitType(itemSize as 8), keyType = wide ? "vec2<u32>" : "u32";
  const load = itemSize < 4
    ? narrowLoader("load", "x", itemSize)
    : `fn load(i: u32) -> ${type} { return x[i]; }\n`;
  const scratch = new Scratch(device);
  const keys = scratch.take(count * (wide ? 2 : 1));
  launch(device, {
    key: `sort: keys ${dtype} ${descending ? "descending" : "ascending"}`,
    bindings: [reads("x", type, x), writes("keys", keyType, keys)],
    args: {},
    count,
    text: () => ({
      functions: `${load}fn key_of(bits: ${type}) -> ${keyType} { ${keyText(dtype)} }\n`,
      // The same order the other way round, in which equal values still keep theirs.
      main: `keys[id] = ${descending ? "~" : ""}key_of(load(id));\n`,
    }),
  });
  const { order } = sortKeys(device, keys, wide, rows, n, scratch);
  const { perWord, width } = itemSize < 4 ? narrow(itemSize) : { perWord: 1, width: 0 };
  launch(device, {
    key: `sort: values ${itemSize}`,
    bindings: [
      reads("x", type, x),
      reads("order", "u32", order),
      writes("values", type, values),
      writes("indices", "vec2<u32>", indices),
    ],
    args: { n, elements: count },
    count: Math.ceil(count / perWord),
    text: () => ({
      functions: load,
      main: perWord === 1
        ? `let k = order[id];
values[id] = load(id / args.n * args.n + k);
indices[id] = vec2<u32>(k, 0u);
`
        : `var word = 0u;
for (var e = 0u; e < ${perWord}u; e++) {
  let at = id * ${perWord}u + e;
  if (at >= args.elements) { break; }
  let k = order[at];
  word |= load(at / args.n * args.n + k) << (e * ${width}u);
  indices[at] = vec2<u32>(k, 0u);
}
values[id] = word;
`,
    }),
  });
  scratch.free();
}

/** Statements that give an element's key: unsigned, and in the order of the values. */
function keyText(dtype: DType): string {
  switch (dtype) {
    case "float32":
      return floatKey("bits", "0x7f800000u");
    case "bfloat16":
      return floatKey("bits << 16u", "0x7f800000u");
    case "float16":
      return floatKey("bits << 16u", "0x7c000000u");
    case "int64":
      return "return vec2<u32>(bits.y ^ 0x80000000u, bits.x);";
    case "int32":
      return "return bits ^ 0x80000000u;";
    case "int16":
      return "return bits ^ 0x8000u;";
    case "int8":
      return "return bits ^ 0x80u;";
    case "uint8":
      return "return bits;";
    case "bool":
      return "return min(bits, 1u);";
    default:
      throw new TypeError(`sort: no kernel for ${dtype}`);
  }
}

/** Both zeros have one key, and so have all NaNs: the largest. */
function floatKey(word: string, infinity: string): string {
  return `let w = ${word};
  let magnitude = w & 0x7fffffffu;
  if (magnitude > ${infinity}) { return 0xffffffffu; }
  return select(0x80000000u | magnitude, ~w, w > 0x80000000u);`;
}
