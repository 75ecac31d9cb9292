/**
 * What the kernels of matrix products share: finding a tile, and finishing four of its results.
 *
 * @module
 */
import type { Product } from "./layout.ts";
import type { Place, Shader, Values } from "./shader.ts";

/** How a product is cut. */
export interface Tile {
  /** `registers`: a tile for each invocation. `workgroup`: one for each workgroup, in its memory. */
  readonly kind: "registers" | "workgroup" | "integers";
  /** Rows and columns of the results that one invocation computes. */
  readonly rows: number;
  readonly columns: number;
  /** Invocations of a workgroup, down and across. */
  readonly down: number;
  readonly across: number;
}

/** The names of a vector's parts. */
export const LANES = ["x", "y", "z", "w"];

/** What a kernel's statements refer to once its tile is found. */
export interface Start {
  /**
   * Statements that define `m0` and `n0`, the tile's first row and column, `rows` and `columns` of
   * the whole, and `length`, of the sums.
   */
  readonly body: string;
  /** The coordinates of the batch. */
  readonly batch: readonly string[];
}

/** Finds the tile whose number is `tile`, of so many rows and columns. */
export function start(shader: Shader, number: string, rows: number, columns: number): Start {
  const { outer } = shader.layout;
  const m = outer.length - 1, n = outer.length;
  const dims = outer.slice(0, -1).map((_, d) => d);
  const batches = dims.length === 0 ? "1" : dims.map((d) => shader.size(d)).join(" * ");
  let body = `let id = ${number};
let rows = ${shader.size(m)};
let columns = ${shader.size(n)};
let length = ${shader.size(n + 1)};
let across = (columns + ${columns - 1}) / ${columns};
let down = (rows + ${rows - 1}) / ${rows};
let batch = id / (across * down);
if (batch >= ${batches}) { return; }
let tile = id - batch * across * down;
let m0 = (tile / across) * ${rows};
let n0 = (tile - (tile / across) * across) * ${columns};
`;
  const { text, names } = shader.split("batch", dims);
  body += text;
  return { body, batch: names };
}

/** Statements that compute the rest of the expression on four results, where they are inside. */
export function finish(
  shader: Shader,
  product: Product,
  value: string,
  batch: readonly string[],
  m: string,
  n: string,
): string {
  const place: Place = {
    coordinates: [...batch, m, n],
    apart: false,
    inside: shader.layout.ragged
      ? `((vec4<i32>(${n}) + vec4<i32>(0, 1, 2, 3)) < vec4<i32>(columns))`
      : null,
    linear: null,
  };
  const known: Values = new Map([[product.step, value]]);
  const { targets } = shader.layout;
  let text = targets.map(({ step }) => shader.compute(step, place, known)).join("");
  for (const { step, stream } of targets) text += shader.store(stream, known.get(step)!, place);
  return `if (${m} < rows && ${n} < columns) {\n${text}}\n`;
}

/** The whole numbers below `n`. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
