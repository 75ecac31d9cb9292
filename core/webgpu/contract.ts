/**
 * Matrix products: which kernel computes one, and how it is cut.
 *
 * @module
 */
import { operandsOfStep, type Plan, type Step } from "../plan.ts";
import { numelOf } from "../shape.ts";
import { classOf } from "./elements.ts";
import { integerProduct } from "./integer_product.ts";
import type { Layout } from "./layout.ts";
import type { KernelSource } from "./queue.ts";
import { registerTile } from "./register_tile.ts";
import { Shader } from "./shader.ts";
import type { Tile } from "./tile.ts";
import { workgroupTile } from "./workgroup_tile.ts";

/**
 * The tile for a product. On an adapter in software wide tiles pay, and workgroup memory does not: a
 * barrier costs more than the loads that it saves. On a GPU, square tiles of 8 by 8 an invocation
 * read as much from workgroup memory as they compute; small products need more, smaller ones.
 */
export function tileOf(plan: Plan, layout: Layout, software: boolean): Tile {
  const { outer, inner, product } = layout;
  if (classOf(plan.steps[product!.step].dtype) !== "f") {
    return { kind: "integers", rows: 1, columns: 4, down: 1, across: 8 };
  }
  const m = outer[outer.length - 1], n = inner[0];
  if (software) {
    const columns = n > 8 ? 16 : n > 4 ? 8 : 4;
    const rows = m >= 8 ? 8 : m >= 4 ? 4 : m >= 2 ? 2 : 1;
    // Neighbours in a workgroup run together, eight at a time.
    return { kind: "registers", rows, columns, down: m >= 256 ? 4 : 1, across: 8 };
  }
  if (m < 8 || n < 8) {
    return { kind: "registers", rows: Math.min(m, 4), columns: 4, down: 1, across: 32 };
  }
  const batch = numelOf(outer.slice(0, -1));
  const large = Math.ceil(m / 64) * Math.ceil(n / 64) * batch >= 128;
  const side = large ? 8 : 4;
  return { kind: "workgroup", rows: side, columns: side, down: 8, across: 8 };
}

/** How many workgroups a product takes. */
export function productGroups(layout: Layout, tile: Tile): number {
  const { outer, inner } = layout;
  const batch = numelOf(outer.slice(0, -1));
  const m = outer[outer.length - 1], n = inner[0];
  if (tile.kind === "workgroup") {
    return Math.ceil(m / (tile.rows * tile.down)) * Math.ceil(n / (tile.columns * tile.across)) *
      batch;
  }
  const tiles = Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch;
  return Math.ceil(tiles / (tile.down * tile.across));
}

/**
 * Whether the rest of the expression is better computed by a kernel of its own: it would be written
 * out once for every four results of a tile, and drivers take seconds over such texts.
 */
export function isHeavy(steps: readonly Step[], tile: Tile): boolean {
  let size = 0;
  for (const step of steps) {
    if (step.kind === "unary" || step.kind === "random") size += 8;
    else if (operandsOfStep(step).length > 0) size += 1;
  }
  return size * tile.rows * Math.ceil(tile.columns / 4) > 400;
}

/** Generates the kernel of a product and the rest of its expression. */
export function productKernel(
  plan: Plan,
  layout: Layout,
  tile: Tile,
  label: string,
): KernelSource {
  const shader = new Shader(plan, layout);
  const product = layout.product!;
  const make = { registers: registerTile, workgroup: workgroupTile, integers: integerProduct };
  const code = shader.module(make[tile.kind](shader, product, tile));
  return { label, code, access: shader.access(), words: layout.places.words };
}
