/**
 * Matrix products. An invocation computes a tile of the result in registers and then the rest of
 * the expression on it, four columns at a time.
 *
 * @module
 */
import type { Plan } from "../plan.ts";
import { classOf } from "./elements.ts";
import type { Layout, Product } from "./layout.ts";
import { operatorText } from "./operators.ts";
import { INVOCATION } from "./pointwise.ts";
import type { KernelSource } from "./queue.ts";
import { type Place, Shader, type Values } from "./shader.ts";

/** How a product is cut: rows and columns of an invocation's tile, and invocations of a workgroup. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly down: number;
  readonly across: number;
}

/**
 * The tile for a product. On an adapter in software wide tiles pay, and workgroup memory does not:
 * a barrier costs more than the loads that it saves.
 */
export function tileOf(layout: Layout): Tile {
  const m = layout.outer[layout.outer.length - 1];
  const n = layout.inner[0];
  const columns = n > 8 ? 16 : n > 4 ? 8 : 4;
  const rows = m >= 8 ? 8 : m >= 4 ? 4 : m >= 2 ? 2 : 1;
  // Neighbours in a workgroup run together, eight at a time.
  return { rows, columns, down: m >= 256 ? 4 : 1, across: 8 };
}

/** How many workgroups a product takes. */
export function productGroups(layout: Layout, { rows, columns, down, across }: Tile): number {
  const { outer, inner } = layout;
  const batch = outer.slice(0, -1).reduce((a, b) => a * b, 1);
  const tiles = Math.ceil(outer[outer.length - 1] / rows) * Math.ceil(inner[0] / columns) * batch;
  return Math.ceil(tiles / (down * across));
}

/** Generates the kernel of a product and its epilogue. */
export function productKernel(
  plan: Plan,
  layout: Layout,
  tile: Tile,
  label: string,
): KernelSource {
  const shader = new Shader(plan, layout);
  const product = layout.product!;
  const code = classOf(plan.steps[product.step].dtype) === "f"
    ? floats(shader, product, tile)
    : integers(shader, product);
  return { label, code: shader.module(code), access: shader.access(), words: layout.places.words };
}

const LANES = ["x", "y", "z", "w"];

/** Statements that find the tile: `m0` and `n0` its first row and column, and the batch's coordinates. */
function start(shader: Shader, rows: number, columns: number, size: number) {
  const { outer } = shader.layout;
  const mDim = outer.length - 1, nDim = outer.length;
  const batch = outer.slice(0, -1).map((_, d) => d);
  let body = `let id = i32((group.y * groups.x + group.x) * ${size}u + local);
let rows = ${shader.size(mDim)};
let columns = ${shader.size(nDim)};
let length = ${shader.size(nDim + 1)};
let across = (columns + ${columns - 1}) / ${columns};
let down = (rows + ${rows - 1}) / ${rows};
let batch = id / (across * down);
if (batch >= ${batch.length === 0 ? "1" : batch.map((d) => shader.size(d)).join(" * ")}) { return; }
let tile = id - batch * across * down;
let m0 = (tile / across) * ${rows};
let n0 = (tile - (tile / across) * across) * ${columns};
`;
  const { text, names } = shader.split("batch", batch);
  body += text;
  return { body, batch: names, mDim, nDim };
}

/** Where four results are. */
function placeOf(shader: Shader, batch: readonly string[], m: string, n: string): Place {
  const { ragged } = shader.layout;
  return {
    coordinates: [...batch, m, n],
    apart: false,
    inside: ragged ? `((vec4<i32>(${n}) + vec4<i32>(0, 1, 2, 3)) < vec4<i32>(columns))` : null,
    linear: null,
  };
}

/** Statements that compute the rest of the expression on four results and write it. */
function epilogue(shader: Shader, product: Product, value: string, place: Place): string {
  const known: Values = new Map([[product.step, value]]);
  const { targets } = shader.layout;
  let text = targets.map(({ step }) => shader.compute(step, place, known)).join("");
  for (const { step, stream } of targets) text += shader.store(stream, known.get(step)!, place);
  return text;
}

function floats(shader: Shader, product: Product, tile: Tile): string {
  const { rows, columns, down, across } = tile;
  const size = down * across, quads = columns / 4;
  const { a, b, aAlong, bAlong } = product;
  let { body, batch, mDim, nDim } = start(shader, rows, columns, size);
  const stride = (stream: typeof a, d: number) =>
    shader.int(shader.layout.places.streams.get(stream)! + 1 + d);
  const bufferA = `b${a.binding}`, bufferB = `b${b.binding}`;
  // Past the edge the last row or column is read again; what it gives is not written.
  body += `let a0 = ${shader.position(a, batch, false)};\n`;
  body += `let b0 = ${shader.position(b, batch, false)};\n`;
  body += `let aRow = ${stride(a, mDim)};\nlet aK = ${stride(a, nDim)};\n`;
  body += `let bK = ${stride(b, mDim)};\nlet bColumn = ${stride(b, nDim)};\n`;
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  if (aAlong === "rows") {
    for (let i = 0; i < rows; i += 4) {
      body += `let pa${i} = a0 + min(m0 + ${i}, rows - 4);\n`;
    }
  } else {
    for (const i of range(rows)) body += `let pa${i} = a0 + min(m0 + ${i}, rows - 1) * aRow;\n`;
  }
  if (bAlong === "columns") {
    for (const j of range(quads)) {
      body += `let pb${j} = b0 + min(n0 + ${4 * j}, columns - 4);\n`;
    }
  } else {
    for (const j of range(columns)) {
      body += `let pb${j} = b0 + min(n0 + ${j}, columns - 1) * bColumn;\n`;
    }
  }
  for (const i of range(rows)) {
    for (const j of range(quads)) body += `var c${i}_${j} = vec4<f32>(0.0);\n`;
  }
  const step = (k: string, depth: number): string => {
    let text = "";
    const at = (u: number) => u === 0 ? k : `${k} + ${u}`;
    const aValue = (i: number, u: number): string => {
      if (aAlong === "rows") return `a${i >> 2}_${u}.${LANES[i & 3]}`;
      return depth === 1 ? `a${i}` : `a${i}.${LANES[u]}`;
    };
    if (aAlong === "rows") {
      for (const u of range(depth)) {
        for (let i = 0; i < rows; i += 4) {
          text += `let a${i >> 2}_${u} = ${bufferA}[u32(pa${i} + (${at(u)}) * aK) >> 2u];\n`;
        }
      }
    } else {
      for (const i of range(rows)) {
        if (aAlong === "columns") text += `let a${i} = ${bufferA}[u32(pa${i} + ${k}) >> 2u];\n`;
        else {
          const one = (u: number) => `${bufferA}[u32(pa${i} + (${at(u)}) * aK)]`;
          text += `let a${i} = ${
            depth === 1 ? one(0) : `vec4<f32>(${range(4).map(one).join(", ")})`
          };\n`;
        }
      }
    }
    if (bAlong === "columns") {
      for (const u of range(depth)) {
        for (const j of range(quads)) {
          text += `let b${j}_${u} = ${bufferB}[u32(pb${j} + (${at(u)}) * bK) >> 2u];\n`;
        }
      }
    } else {
      if (bAlong === "rows") {
        for (const j of range(columns)) {
          text += `let t${j} = ${bufferB}[u32(pb${j} + ${k}) >> 2u];\n`;
        }
      }
      for (const u of range(depth)) {
        for (const j of range(quads)) {
          const four = range(4).map((lane) => {
            const column = 4 * j + lane;
            return bAlong === "rows"
              ? `t${column}.${LANES[u]}`
              : `${bufferB}[u32(pb${column} + (${at(u)}) * bK)]`;
          });
          text += `let b${j}_${u} = vec4<f32>(${four.join(", ")});\n`;
        }
      }
    }
    for (const u of range(depth)) {
      for (const i of range(rows)) {
        for (const j of range(quads)) {
          text += `c${i}_${j} = c${i}_${j} + ${aValue(i, u)} * b${j}_${u};\n`;
        }
      }
    }
    return text;
  };
  // Where both lie along other dimensions, the sums' length may not be a multiple of four.
  const whole = aAlong === "columns" || bAlong === "rows";
  body += `let even = ${whole ? "length" : "length & ~3"};\n`;
  body += `for (var k = 0; k < even; k += 4) {\n${step("k", 4)}}\n`;
  if (!whole) body += `for (var k = even; k < length; k++) {\n${step("k", 1)}}\n`;
  for (const i of range(rows)) {
    for (const j of range(quads)) {
      const place = placeOf(shader, batch, `(m0 + ${i})`, `(n0 + ${4 * j})`);
      body += `if (m0 + ${i} < rows && n0 + ${4 * j} < columns) {\n${
        epilogue(shader, product, `c${i}_${j}`, place)
      }}\n`;
    }
  }
  return `@compute @workgroup_size(${size})\nfn main(${INVOCATION}) {\n${body}}\n`;
}

/** One row and four columns an invocation: exact in all bits, not fast. */
function integers(shader: Shader, product: Product): string {
  const { a, b } = product;
  const { steps, used } = shader;
  const { dtype } = steps[product.step];
  const long = classOf(dtype) === "l";
  let { body, batch, mDim, nDim } = start(shader, 1, 4, 8);
  const stride = (stream: typeof a, d: number) =>
    shader.int(shader.layout.places.streams.get(stream)! + 1 + d);
  body += `let pa = ${shader.position(a, [...batch, "m0"], false)};\n`;
  body += `let pb = ${shader.position(b, batch, false)};\n`;
  const element = (buffer: number, at: string, along: string) => {
    if (along === "none") return `b${buffer}[u32(${at})]`;
    return long ? pair(buffer, at) : `b${buffer}[u32(${at}) >> 2u][u32(${at}) & 3u]`;
  };
  const pair = (buffer: number, at: string) =>
    `vec2<u32>(b${buffer}[u32(${at}) >> 1u][(u32(${at}) & 1u) * 2u], b${buffer}[u32(${at}) >> 1u][(u32(${at}) & 1u) * 2u + 1u])`;
  body += long ? "var sum = I64(vec4<u32>(0u), vec4<u32>(0u));\n" : "var sum = vec4<i32>(0);\n";
  let loop = `let x = ${element(a.binding, `pa + k * ${stride(a, nDim)}`, product.aAlong)};\n`;
  LANES.forEach((_, lane) => {
    const column = `min(n0 + ${lane}, columns - 1)`;
    const at = `pb + k * ${stride(b, mDim)} + ${column} * ${stride(b, nDim)}`;
    loop += `let y${lane} = ${element(b.binding, at, product.bAlong)};\n`;
  });
  if (long) {
    loop += "let xs = I64(vec4<u32>(x.x), vec4<u32>(x.y));\n";
    loop += "let ys = I64(vec4<u32>(y0.x, y1.x, y2.x, y3.x), vec4<u32>(y0.y, y1.y, y2.y, y3.y));\n";
  } else loop += "let xs = vec4<i32>(x);\nlet ys = vec4<i32>(y0, y1, y2, y3);\n";
  const times = operatorText("mul", ["xs", "ys"], dtype, dtype, used, false).text;
  loop += `sum = ${operatorText("add", ["sum", times], dtype, dtype, used, false).text};\n`;
  body += `for (var k = 0; k < length; k++) {\n${loop}}\n`;
  body += epilogue(shader, product, "sum", placeOf(shader, batch, "m0", "n0"));
  return `@compute @workgroup_size(8)\nfn main(${INVOCATION}) {\n${body}}\n`;
}
