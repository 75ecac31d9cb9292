/**
 * Float products on a GPU: the invocations of a workgroup bring parts of both matrices into its
 * memory, and each computes a tile from there.
 *
 * @module
 */
import { finish, LANES, range, start, type Tile } from "./tile.ts";
import type { Along, Product, Stream } from "./layout.ts";
import { INVOCATION } from "./pointwise.ts";
import type { Shader } from "./shader.ts";

/** How much of the sums' length is brought in at once. */
const DEPTH = 16;

/** A matrix as its loader sees it: `side` rows or columns of it, and the sums' length. */
interface Operand {
  /** The name of its workgroup memory: `[DEPTH][side / 4]` groups of four along the side. */
  readonly shared: string;
  readonly buffer: string;
  /** WGSL names of the first position, and of the strides along the side and the length. */
  readonly base: string;
  readonly alongSide: string;
  readonly alongLength: string;
  /** Which of the two lies side by side in memory. */
  readonly contiguous: "side" | "length" | "none";
  /** The first row or column, and how many there are in all. */
  readonly first: string;
  readonly extent: string;
}

/** The kernel's entry point. */
export function workgroupTile(shader: Shader, product: Product, tile: Tile): string {
  const { rows, columns, down, across } = tile;
  const threads = down * across, height = rows * down, width = columns * across;
  let { body, batch } = start(shader, "i32(group.y * groups.x + group.x)", height, width);
  const m = shader.layout.outer.length - 1, n = m + 1;
  const stride = (stream: Stream, d: number) =>
    shader.int(shader.layout.places.streams.get(stream)! + 1 + d);
  const { a, b } = product;
  body += `let a0 = ${shader.position(a, batch, false)};
let b0 = ${shader.position(b, batch, false)};
let aRow = ${stride(a, m)};
let aK = ${stride(a, n)};
let bK = ${stride(b, m)};
let bColumn = ${stride(b, n)};
let tx = i32(local) & ${across - 1};
let ty = i32(local) / ${across};
`;
  const left: Operand = {
    shared: "tileA",
    buffer: `b${a.binding}`,
    base: "a0",
    alongSide: "aRow",
    alongLength: "aK",
    contiguous: contiguousOf(product.aAlong, "columns"),
    first: "m0",
    extent: "rows",
  };
  const right: Operand = {
    shared: "tileB",
    buffer: `b${b.binding}`,
    base: "b0",
    alongSide: "bColumn",
    alongLength: "bK",
    contiguous: contiguousOf(product.bAlong, "rows"),
    first: "n0",
    extent: "columns",
  };
  const quadRows = rows / 4, quads = columns / 4;
  for (const i of range(rows)) {
    for (const j of range(quads)) body += `var c${i}_${j} = vec4<f32>(0.0);\n`;
  }
  let inner = "";
  for (const u of range(4)) {
    for (const h of range(quadRows)) {
      inner += `let a${u}_${h} = tileA[(kk + ${u}) * ${height / 4} + ${h * down} + ty];\n`;
    }
    for (const j of range(quads)) {
      inner += `let b${u}_${j} = tileB[(kk + ${u}) * ${width / 4} + ${j * across} + tx];\n`;
    }
    for (const i of range(rows)) {
      for (const j of range(quads)) {
        inner += `c${i}_${j} = c${i}_${j} + a${u}_${i >> 2}.${LANES[i & 3]} * b${u}_${j};\n`;
      }
    }
  }
  body += `for (var k0 = 0; k0 < length; k0 += ${DEPTH}) {
workgroupBarrier();
${bring(left, height, threads)}${bring(right, width, threads)}workgroupBarrier();
for (var kk = 0; kk < ${DEPTH}; kk += 4) {
${inner}}
}
`;
  for (const i of range(rows)) {
    for (const j of range(quads)) {
      const row = `(m0 + (${(i >> 2) * down} + ty) * 4 + ${i & 3})`;
      const column = `(n0 + (${j * across} + tx) * 4)`;
      body += finish(shader, product, `c${i}_${j}`, batch, row, column);
    }
  }
  return `var<workgroup> tileA: array<vec4<f32>, ${DEPTH * height / 4}>;
var<workgroup> tileB: array<vec4<f32>, ${DEPTH * width / 4}>;
@compute @workgroup_size(${threads})
fn main(${INVOCATION}) {
${body}}
`;
}

function contiguousOf(along: Along, length: Along): Operand["contiguous"] {
  return along === "none" ? "none" : along === length ? "length" : "side";
}

/** Statements that bring a part of a matrix into workgroup memory, with zeros past the sums' end. */
function bring(operand: Operand, side: number, threads: number): string {
  const { shared, buffer, base, alongSide, alongLength, contiguous, first, extent } = operand;
  const groups = side / 4;
  if (contiguous === "length") {
    // Four rows of four along the length are turned into four of four along the side.
    const jobs = groups * DEPTH / 4;
    let text = "{\nlet q = job / 4;\nlet k = (job & 3) * 4;\n";
    for (const i of range(4)) {
      const at = `min(${first} + q * 4 + ${i}, ${extent} - 1) * ${alongSide} + k0 + k`;
      text +=
        `let v${i} = select(vec4<f32>(0.0), ${buffer}[u32(${base} + ${at}) >> 2u], k0 + k < length);\n`;
    }
    for (const u of range(4)) {
      const lane = LANES[u];
      text += `${shared}[(k + ${u}) * ${groups} + q] = vec4<f32>(${
        range(4).map((i) => `v${i}.${lane}`).join(", ")
      });\n`;
    }
    return each(jobs, threads, `${text}}\n`);
  }
  let text = `{\nlet k = job / ${groups};\nlet q = job - k * ${groups};\n`;
  const k = `(k0 + k) * ${alongLength}`;
  if (contiguous === "side") {
    const at = `min(${first} + q * 4, ${extent} - 4) + ${k}`;
    text += `let v = ${buffer}[u32(${base} + ${at}) >> 2u];\n`;
  } else {
    const four = range(4).map((i) =>
      `${buffer}[u32(${base} + min(${first} + q * 4 + ${i}, ${extent} - 1) * ${alongSide} + ${k})]`
    );
    text += `let v = vec4<f32>(${four.join(", ")});\n`;
  }
  text += `${shared}[job] = select(vec4<f32>(0.0), v, k0 + k < length);\n}\n`;
  return each(groups * DEPTH, threads, text);
}

/** Statements for each of some jobs, shared out among the invocations. */
function each(jobs: number, threads: number, body: string): string {
  return range(Math.ceil(jobs / threads)).map((turn) => {
    const job = `let job = i32(local) + ${turn * threads};\n`;
    const some = (turn + 1) * threads > jobs;
    return some ? `{\n${job}if (job < ${jobs}) ${body}}\n` : `{\n${job}${body}}\n`;
  }).join("");
}
