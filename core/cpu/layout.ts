/**
 * Lays a plan out for a kernel: dimensions that lie together are merged, every operand becomes a
 * stream that walks memory by strides, and a key says which kernel fits, whatever the sizes.
 *
 * @module
 */
import { type DType, DTYPES } from "../dtype.ts";
import type { BlockView } from "../node.ts";
import type { Plan, Step } from "../plan.ts";
import { LETTER, stepKey } from "../step_key.ts";
import type { CpuBlock } from "./memory.ts";
import { isPlainCopy } from "./transpose.ts";

/** How a stream moves from one lane to the next. */
export type LaneClass = 0 | 1 | 2;

/** An operand or a result that walks along as the loops run. */
export interface Stream {
  /** Memory, or a counter: a coordinate, or the row-major position. */
  readonly kind: "memory" | "count";
  /** The dtype in memory. */
  readonly dtype: DType;
  /** The step it serves; -1 for counters that serve many. */
  readonly step: number;
  /** The byte address, where the plan at hand has its memory; or the count to start from. */
  base: number;
  /** Bytes (or counts) from one coordinate to the next: outer dimensions, then inner ones. */
  strides: number[];
  /** Its stride along the lanes: 0, one element, or any other. */
  lane: LaneClass;
  /** Whether it stays put along all inner dimensions. */
  row: boolean;
}

/** A plan made ready for a kernel. */
export interface Layout {
  /** `rows`: lanes run along the last inner dimension. `lanes`: each lane is a row of its own. */
  readonly schedule: "rows" | "lanes";
  /** Whether nothing is reduced: every output is written for every element. */
  readonly pointwise: boolean;
  /** Sizes of outer dimensions. */
  readonly outer: readonly number[];
  /** Sizes of inner dimensions; at least one. */
  readonly inner: readonly number[];
  /** The streams: steps' in order, then counters, then outputs'. */
  readonly streams: readonly Stream[];
  /** The stream of each load, index, random and contract step. */
  readonly streamOf: readonly number[];
  /** The counter along the inner dimensions, for `argmax` and `argmin`; -1 if unused. */
  readonly position: number;
  /** The output streams' first position. */
  readonly firstOutput: number;
  /** Whether an output is written once a row. */
  readonly rowOutputs: readonly boolean[];
  /** Whether outputs must wait until nothing is read any more. */
  readonly delayed: boolean;
  /** Whether values may be kept from one pass over a row to the next. */
  readonly keeps: boolean;
  /** What decides the kernel's code. */
  readonly key: string;
}

/** The longest rows, in elements, whose values are kept between passes. */
const KEEP_ROW = 1 << 18, KEEP_LANES = 1 << 13;

/** Lays out a plan; contractions have been computed into `products`. */
export function layOut(plan: Plan, products: ReadonlyMap<number, Product> | null): Layout {
  const { shape, steps, outputs } = plan;
  const rank = shape.length;
  const pointwise = plan.split === rank;
  const streams: Stream[] = [];
  const streamOf: number[] = new Array(steps.length);
  let parts = "";
  let argued = false;
  const keys: string[] = [];
  const counters = new Map<string, number>();

  for (let at = 0; at < steps.length; at++) {
    const step = steps[at];
    switch (step.kind) {
      case "load":
        streamOf[at] = streams.push(memoryStream(step.view, step.dtype, at)) - 1;
        break;
      case "contract": {
        const { view, dtype } = products!.get(at)!;
        streamOf[at] = streams.push(memoryStream(view, dtype, at)) - 1;
        break;
      }
      case "index": {
        const strides = new Array<number>(rank).fill(0);
        strides[step.dim] = 1;
        streamOf[at] = counter(streams, counters, `i${step.dim}`, 0, strides);
        break;
      }
      case "random":
        streamOf[at] = counter(streams, counters, `r${step.base}`, step.base, rowMajor(shape, 0));
        break;
      case "reduce":
        argued ||= step.op === "argmax" || step.op === "argmin";
    }
  }
  const delayed = overwrites(plan, products);
  const position = argued ? streams.push(count(0, rowMajor(shape, plan.split))) - 1 : -1;
  const firstOutput = streams.length;
  for (const { step, view } of outputs) streams.push(memoryStream(view, steps[step].dtype, step));

  // Sizes of 1 have no say; a plan without reductions may walk in the output's order.
  let order: number[] = [];
  for (let d = 0; d < rank; d++) if (shape[d] !== 1) order.push(d);
  if (pointwise) order = inOrderOf(streams[firstOutput].strides, order);
  const sizes: number[] = [];
  const kept: number[] = [];
  let outerCount = 0;
  for (const d of order) {
    const isOuter = d < plan.split;
    const last = kept.length - 1;
    const sameSide = last >= 0 && (kept[last] < plan.split) === isOuter;
    if (sameSide && streams.every((s) => s.strides[kept[last]] === s.strides[d] * shape[d])) {
      sizes[last] *= shape[d];
      kept[last] = d;
    } else {
      kept.push(d);
      sizes.push(shape[d]);
      if (isOuter) outerCount++;
    }
  }
  if (pointwise && outerCount > 0) outerCount--;
  for (const s of streams) s.strides = kept.map((d) => s.strides[d]);

  if (pointwise && outerCount > 0 && !isPlainCopy(plan) && tileColumns(streams, sizes)) {
    outerCount++;
  }

  let schedule: "rows" | "lanes" = "rows";
  if (!pointwise && outerCount > 0) {
    const along = laneDimension(streams, firstOutput, outerCount, sizes);
    if (along >= 0) {
      schedule = "lanes";
      moveTo(sizes, along, outerCount - 1);
      for (const s of streams) moveTo(s.strides, along, outerCount - 1);
    }
  }
  const hollow = sizes.length === outerCount; // no inner dimension is left: make one of size 1
  if (hollow) sizes.push(1);
  const vector = schedule === "rows" ? sizes.length - 1 : outerCount - 1;
  for (const s of streams) {
    if (hollow) s.strides.push(pointwise ? unit(s) : 0);
    const stride = s.strides[vector];
    s.lane = stride === 0 ? 0 : stride === unit(s) ? 1 : 2;
    s.row = true;
    for (let i = outerCount; i < sizes.length; i++) s.row &&= s.strides[i] === 0;
  }
  const outer = sizes.slice(0, outerCount), inner = sizes.slice(outerCount);
  let innerCount = 1;
  for (const size of inner) innerCount *= size;
  const keeps = innerCount <= (schedule === "rows" ? KEEP_ROW : KEEP_LANES);
  const rowOutputs = outputs.map(({ step }, i) =>
    !pointwise && steps[step].row && streams[firstOutput + i].row
  );

  for (let at = 0; at < steps.length; at++) {
    parts += stepKey(steps[at], movement(streams, streamOf[at], steps[at]), keys);
  }
  for (let i = 0; i < outputs.length; i++) {
    const s = streams[firstOutput + i];
    parts += `>${outputs[i].step}${s.lane}${rowOutputs[i] ? "r" : ""}`;
  }
  const key = `${schedule[0]}${pointwise ? "p" : ""}${outer.length},${inner.length}${
    delayed ? "d" : ""
  }${keeps ? "k" : ""}${position < 0 ? "" : streams[position].lane}${parts}`;
  return {
    schedule,
    pointwise,
    outer,
    inner,
    streams,
    streamOf,
    position,
    firstOutput,
    rowOutputs,
    delayed,
    keeps,
    key,
  };
}

/** Whether a plan writes to a block that it reads. */
export function overwrites(
  { steps, outputs }: Plan,
  products: ReadonlyMap<number, Product> | null,
): boolean {
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at];
    if (step.kind !== "load" && step.kind !== "contract") continue;
    const { block } = step.kind === "load" ? step.view : products!.get(at)!.view;
    for (const { view } of outputs) if (view.block === block) return true;
  }
  return false;
}

/** Points a layout at the memory of a plan of the form that it was made for. */
export function pointAt(
  { streams, firstOutput }: Layout,
  { steps, outputs }: Plan,
  products: ReadonlyMap<number, Product> | null,
): void {
  for (let i = 0; i < streams.length; i++) {
    const stream = streams[i];
    if (stream.kind === "count") continue;
    const step = steps[stream.step];
    const view = i >= firstOutput
      ? outputs[i - firstOutput].view
      : step.kind === "load"
      ? step.view
      : products!.get(stream.step)!.view;
    stream.base = addressOf(view, stream.dtype);
  }
}

function addressOf({ block, offset }: BlockView, dtype: DType): number {
  return (block as CpuBlock).address + offset * DTYPES[dtype].itemSize;
}

/** Where a contraction's result lies; halves and small integers wait in a wider dtype. */
export interface Product {
  /** The place. */
  readonly view: BlockView;
  /** The dtype there. */
  readonly dtype: DType;
}

/** How a leaf's stream moves, and which it is where leaves may share one. */
function movement(streams: readonly Stream[], at: number | undefined, step: Step): string {
  if (at === undefined) return "";
  const { kind, dtype, lane, row } = streams[at];
  const which = kind === "count" ? `${at}:` : step.kind === "contract" ? LETTER[dtype] : "";
  return `${which}${lane}${row ? "r" : ""}`;
}

function unit(stream: Stream): number {
  return stream.kind === "count" ? 1 : DTYPES[stream.dtype].itemSize;
}

function memoryStream(view: BlockView, dtype: DType, step: number): Stream {
  const { itemSize } = DTYPES[dtype];
  const base = addressOf(view, dtype);
  const strides = new Array<number>(view.strides.length);
  for (let i = 0; i < strides.length; i++) strides[i] = view.strides[i] * itemSize;
  return { kind: "memory", dtype, step, base, strides, lane: 0, row: false };
}

function count(base: number, strides: number[]): Stream {
  return { kind: "count", dtype: "int64", step: -1, base, strides, lane: 0, row: false };
}

function counter(
  streams: Stream[],
  known: Map<string, number>,
  name: string,
  base: number,
  strides: number[],
): number {
  let at = known.get(name);
  if (at === undefined) known.set(name, at = streams.push(count(base, strides)) - 1);
  return at;
}

/** Row-major strides of the dimensions from `first` on; 0 before. */
function rowMajor(shape: readonly number[], first: number): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (let d = shape.length - 1; d >= first; d--) {
    strides[d] = step;
    step *= shape[d];
  }
  return strides;
}

function inOrderOf(strides: readonly number[], dims: number[]): number[] {
  for (let i = 1; i < dims.length; i++) {
    if (Math.abs(strides[dims[i]]) > Math.abs(strides[dims[i - 1]])) {
      return dims.sort((a, b) => Math.abs(strides[b]) - Math.abs(strides[a]) || a - b);
    }
  }
  return dims;
}

function moveTo(list: number[], from: number, to: number): void {
  const [item] = list.splice(from, 1);
  list.splice(to, 0, item);
}

/**
 * Where an operand is read across its rows, and its elements lie along an outer dimension, cuts the
 * last dimension into tiles and walks a tile at a time: the lines that it touches stay in the cache
 * until all their elements are used.
 */
function tileColumns(streams: readonly Stream[], sizes: number[]): boolean {
  const last = sizes.length - 1, n = sizes[last];
  const across = streams.some((s) =>
    s.kind === "memory" && Math.abs(s.strides[last]) >= 64 &&
    s.strides.some((stride, d) => d < last && stride === unit(s) && sizes[d] >= 8)
  );
  const tile = across && n >= 128 ? TILES.find((size) => n % size === 0) : undefined;
  if (tile === undefined) return false;
  sizes[last] = tile;
  sizes.unshift(n / tile);
  for (const s of streams) s.strides.unshift(s.strides[last] * tile);
  return true;
}

/** Sizes of tiles, best first. */
const TILES = [64, 48, 96, 32, 80, 128, 56, 72, 40, 24, 20, 16];

/**
 * The outer dimension along which more operands lie element by element than along the last inner
 * one, or -1: there each lane takes a row of its own.
 */
function laneDimension(
  streams: readonly Stream[],
  firstOutput: number,
  outerCount: number,
  sizes: readonly number[],
): number {
  const last = sizes.length - 1;
  let best = -1, most = 0;
  for (let d = 0; d < outerCount; d++) {
    if (sizes[d] < 4) continue;
    let score = 0;
    for (let i = 0; i < firstOutput; i++) {
      const s = streams[i];
      if (s.kind !== "memory") continue;
      const step = DTYPES[s.dtype].itemSize;
      if (s.strides[d] === step && last >= outerCount && s.strides[last] !== 0) score++;
      if (last >= outerCount && s.strides[last] === step) score--;
    }
    if (score > most) {
      most = score;
      best = d;
    }
  }
  return best;
}
