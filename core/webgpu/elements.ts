/**
 * How elements of each dtype lie in buffers, and how four of them at a time are read and written.
 * Narrow dtypes are packed as on the CPU, so that moving a tensor is a copy of its bytes.
 *
 * @module
 */
import { type DType, DTYPES } from "../dtype.ts";

/** What four values are in a kernel: `vec4<f32>`, `vec4<i32>`, `vec4<bool>`, or two words each. */
export type Class = "f" | "i" | "b" | "l";

/** The class of a dtype's values. Eight bytes are two words: float64 as its bits. */
export function classOf(dtype: DType): Class {
  switch (dtype) {
    case "float32":
    case "float16":
    case "bfloat16":
      return "f";
    case "bool":
      return "b";
    default:
      return DTYPES[dtype].itemSize === 8 ? "l" : "i";
  }
}

/** The WGSL type of four values. */
export const TYPE4: Readonly<Record<Class, string>> = {
  f: "vec4<f32>",
  i: "vec4<i32>",
  b: "vec4<bool>",
  l: "I64",
};

/** The WGSL type of one value as it is read. */
export const TYPE1: Readonly<Record<Class, string>> = {
  f: "f32",
  i: "i32",
  b: "bool",
  l: "vec2<u32>",
};

/**
 * How a buffer is used: four aligned elements at a time, one at a time, or written one at a time,
 * which for elements narrower than a word takes atomic operations.
 */
export type Shape4 = "quad" | "one" | "scatter";

/** The WGSL type of a buffer's elements. */
export function elementType(dtype: DType, shape: Shape4): string {
  const { itemSize } = DTYPES[dtype];
  const quad = shape === "quad";
  if (itemSize === 8) return quad ? "vec4<u32>" : "vec2<u32>";
  if (itemSize === 4) {
    const word = classOf(dtype) === "f" ? "f32" : "i32";
    return quad ? `vec4<${word}>` : word;
  }
  if (shape === "scatter") return "atomic<u32>";
  return quad && itemSize === 2 ? "vec2<u32>" : "u32";
}

/** The value of one element of a buffer; `i` is a WGSL expression of type u32. */
function one(buffer: string, dtype: DType, i: string): string {
  const half = `(${buffer}[${i} >> 1u] >> ((${i} & 1u) * 16u))`;
  const byte = `(${buffer}[${i} >> 2u] >> ((${i} & 3u) * 8u))`;
  switch (dtype) {
    case "float16":
      return `unpack2x16float(${half}).x`;
    case "bfloat16":
      return `bitcast<f32>(${half} << 16u)`;
    case "int16":
      return `(bitcast<i32>(${half} << 16u) >> 16u)`;
    case "uint16":
      return `bitcast<i32>(${half} & 65535u)`;
    case "int8":
      return `(bitcast<i32>(${byte} << 24u) >> 24u)`;
    case "bool":
      return `((${byte} & 255u) != 0u)`;
    case "uint8":
    case "float8_e4m3fn":
    case "float8_e5m2":
      return `bitcast<i32>(${byte} & 255u)`;
    default:
      return `${buffer}[${i}]`;
  }
}

/** Functions that read a stream: `NAME(p)` gives four values. */
export function loader(
  name: string,
  buffer: string,
  dtype: DType,
  lane: "same" | "quad" | "steps",
): string {
  const c = classOf(dtype), type = TYPE4[c];
  if (lane === "quad") return `fn ${name}(p: i32) -> ${type} { ${quad(buffer, dtype)} }\n`;
  const element = `fn ${name}_1(i: u32) -> ${TYPE1[c]} { return ${one(buffer, dtype, "i")}; }\n`;
  if (lane === "same") {
    const body = c === "l"
      ? `let w = ${name}_1(u32(p)); return I64(vec4<u32>(w.x), vec4<u32>(w.y));`
      : `return ${type}(${name}_1(u32(p)));`;
    return `${element}fn ${name}(p: i32) -> ${type} { ${body} }\n`;
  }
  const [x, y, z, w] = ["x", "y", "z", "w"].map((at) => `${name}_1(u32(p.${at}))`);
  const body = c === "l"
    ? `let x = ${x}; let y = ${y}; let z = ${z}; let w = ${w};
  return I64(vec4<u32>(x.x, y.x, z.x, w.x), vec4<u32>(x.y, y.y, z.y, w.y));`
    : `return ${type}(${x}, ${y}, ${z}, ${w});`;
  return `${element}fn ${name}(p: vec4<i32>) -> ${type} { ${body} }\n`;
}

function quad(buffer: string, dtype: DType): string {
  const at = `${buffer}[u32(p) >> 2u]`;
  switch (dtype) {
    case "float32":
    case "int32":
    case "uint32":
      return `return ${at};`;
    case "float16":
      return `let w = ${at}; return vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y));`;
    case "bfloat16":
      return `let w = ${at};
  return bitcast<vec4<f32>>(vec4<u32>(w.x << 16u, w.x & 0xffff0000u, w.y << 16u, w.y & 0xffff0000u));`;
    case "int16":
      return `let w = bitcast<vec2<i32>>(${at});
  return vec4<i32>(w.x << 16u, w.x, w.y << 16u, w.y) >> vec4<u32>(16u);`;
    case "uint16":
      return `let w = ${at};
  return bitcast<vec4<i32>>(vec4<u32>(w.x & 65535u, w.x >> 16u, w.y & 65535u, w.y >> 16u));`;
    case "int8":
      return `return unpack4xI8(${at});`;
    case "bool":
      return `return unpack4xU8(${at}) != vec4<u32>(0u);`;
    case "uint8":
    case "float8_e4m3fn":
    case "float8_e5m2":
      return `return bitcast<vec4<i32>>(unpack4xU8(${at}));`;
    default:
      return `let i = u32(p) >> 1u; let x = ${buffer}[i]; let y = ${buffer}[i + 1u];
  return I64(vec4<u32>(x.x, x.z, y.x, y.z), vec4<u32>(x.y, x.w, y.y, y.w));`;
  }
}

/** The bits of four values, as words to be written: 32 bits an element, the low ones count. */
function bits(dtype: DType): string {
  switch (dtype) {
    case "float32":
      return "bitcast<vec4<u32>>(v)";
    case "float16":
      return "vec4<u32>(pack2x16float(vec2(v.x, 0.0)), pack2x16float(vec2(v.y, 0.0)), pack2x16float(vec2(v.z, 0.0)), pack2x16float(vec2(v.w, 0.0)))";
    case "bfloat16":
      return "(bitcast<vec4<u32>>(v) >> vec4<u32>(16u))";
    case "bool":
      return "select(vec4<u32>(0u), vec4<u32>(1u), v)";
    default:
      return "bitcast<vec4<u32>>(v)";
  }
}

/** A function that writes four aligned values: `NAME(p, v)`. */
export function quadStorer(name: string, buffer: string, dtype: DType): string {
  const at = `${buffer}[u32(p) >> 2u]`;
  const body = (() => {
    switch (DTYPES[dtype].itemSize) {
      case 8:
        return `let i = u32(p) >> 1u;
  ${buffer}[i] = vec4<u32>(v.lo.x, v.hi.x, v.lo.y, v.hi.y);
  ${buffer}[i + 1u] = vec4<u32>(v.lo.z, v.hi.z, v.lo.w, v.hi.w);`;
      case 4:
        return `${at} = v;`;
      case 2:
        return dtype === "float16"
          ? `${at} = vec2<u32>(pack2x16float(v.xy), pack2x16float(v.zw));`
          : `let b = ${bits(dtype)} & vec4<u32>(65535u);
  ${at} = vec2<u32>(b.x | (b.y << 16u), b.z | (b.w << 16u));`;
      default:
        return `${at} = pack4xU8(${bits(dtype)} & vec4<u32>(255u));`;
    }
  })();
  return `fn ${name}(p: i32, v: ${TYPE4[classOf(dtype)]}) { ${body} }\n`;
}

/**
 * A function that writes each of four values where `ok` says so: `NAME(p, v, ok)`. Elements narrower
 * than a word clear their own bits and set them; others may be writing to the same word.
 */
export function scatterStorer(name: string, buffer: string, dtype: DType): string {
  const c = classOf(dtype), { itemSize } = DTYPES[dtype];
  const lanes = ["x", "y", "z", "w"];
  let head = "", each: (at: string) => string;
  if (itemSize === 8) each = (at) => `${buffer}[u32(p.${at})] = vec2<u32>(v.lo.${at}, v.hi.${at});`;
  else if (itemSize === 4) each = (at) => `${buffer}[u32(p.${at})] = v.${at};`;
  else {
    head = narrowStorer(`${name}_1`, buffer, itemSize);
    each = (at) => `${name}_1(u32(p.${at}), b.${at});`;
  }
  const prepare = itemSize < 4 ? `let b = ${bits(dtype)};\n  ` : "";
  return `${head}fn ${name}(p: vec4<i32>, v: ${TYPE4[c]}, ok: vec4<bool>) {
  ${prepare}${lanes.map((at) => `if (ok.${at}) { ${each(at)} }`).join("\n  ")}
}\n`;
}

/** `NAME(i)`: the bits of an element narrower than a word. */
export function narrowLoader(name: string, buffer: string, itemSize: number): string {
  const { shift, mask, offset } = narrow(itemSize);
  return `fn ${name}(i: u32) -> u32 { return (${buffer}[i >> ${shift}u] >> (${offset})) & ${mask}u; }
`;
}

/** `NAME(i, bits)` in a buffer of atomic words: others may be writing to the same word. */
export function narrowStorer(name: string, buffer: string, itemSize: number): string {
  const { shift, mask, offset } = narrow(itemSize);
  return `fn ${name}(i: u32, bits: u32) {
  let s = ${offset};
  atomicAnd(&${buffer}[i >> ${shift}u], ~(${mask}u << s));
  atomicOr(&${buffer}[i >> ${shift}u], (bits & ${mask}u) << s);
}
`;
}

/** How elements narrower than a word lie in words. */
export function narrow(itemSize: number) {
  const perWord = 4 / itemSize, width = 8 * itemSize;
  return {
    perWord,
    width,
    shift: Math.log2(perWord),
    mask: 2 ** width - 1,
    offset: `(i & ${perWord - 1}u) * ${width}u`,
  };
}
