/**
 * Float products in which each invocation computes a tile in its registers, straight from memory.
 *
 * @module
 */
import { finish, LANES, range, start, type Tile } from "./tile.ts";
import type { Product } from "./layout.ts";
import { INVOCATION } from "./pointwise.ts";
import type { Shader } from "./shader.ts";

/** The kernel's entry point. */
export function registerTile(shader: Shader, product: Product, tile: Tile): string {
  const { rows, columns, down, across } = tile;
  const size = down * across, quads = columns / 4;
  const { a, b, aAlong, bAlong } = product;
  const number = `i32((group.y * groups.x + group.x) * ${size}u + local)`;
  let { body, batch } = start(shader, number, rows, columns);
  const mDim = shader.layout.outer.length - 1, nDim = mDim + 1;
  const stride = (stream: typeof a, d: number) =>
    shader.int(shader.layout.places.streams.get(stream)! + 1 + d);
  const bufferA = `b${a.binding}`, bufferB = `b${b.binding}`;
  // Past the edge the last row or column is read again; what it gives is not written.
  body += `let a0 = ${shader.position(a, batch, false)};\n`;
  body += `let b0 = ${shader.position(b, batch, false)};\n`;
  body += `let aRow = ${stride(a, mDim)};\nlet aK = ${stride(a, nDim)};\n`;
  body += `let bK = ${stride(b, mDim)};\nlet bColumn = ${stride(b, nDim)};\n`;
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
      body += finish(shader, product, `c${i}_${j}`, batch, `(m0 + ${i})`, `(n0 + ${4 * j})`);
    }
  }
  return `@compute @workgroup_size(${size})\nfn main(${INVOCATION}) {\n${body}}\n`;
}
