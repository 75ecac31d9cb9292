/**
 * Lays a plan out for a kernel: dimensions that lie together are merged, operands become streams
 * through buffers, and a key says which kernel fits, whatever the sizes.
 *
 * @module
 */
import { type DType, DTYPES } from "../dtype.ts";
import type { BlockView } from "../node.ts";
import type { Plan, Step } from "../plan.ts";
import { contiguousStrides, numelOf, sameShape } from "../shape.ts";
import { randomName, stepKey } from "../step_key.ts";
import { elementType, type Shape4 } from "./elements.ts";
import type { GpuBlock, PooledBuffer } from "./pool.ts";

/** Where a stream's four elements lie. */
export type Lane =
  | "same" // one element for all four
  | "quad" // side by side, and aligned to four
  | "steps"; // at any distance

/** An operand, a result, or a counter, that moves with the coordinates. */
export interface Stream {
  /** `count`: the position itself is the value. */
  readonly kind: "memory" | "count";
  /** The dtype in memory. */
  readonly dtype: DType;
  /** The buffer, by its place among the bindings; -1 for a count. */
  binding: number;
  /** The first element, or the count to start from. */
  readonly offset: number;
  /** Elements from one coordinate to the next. */
  strides: number[];
  /** Where four elements along the last dimension lie. */
  lane: Lane;
  /** Whether it is the same along all inner dimensions. */
  row: boolean;
}

/** A result, and how it is written. */
export interface Target {
  /** The step whose value it is. */
  readonly step: number;
  /** The stream. */
  readonly stream: Stream;
  /** Whether one element is written for each row. */
  readonly row: boolean;
}

/** A buffer as a kernel sees it. */
export interface Binding {
  /** The memory. */
  readonly memory: PooledBuffer;
  /** Whether it is written. */
  written: boolean;
  /** The WGSL type of its elements. */
  readonly type: string;
}

/** A plan made ready for a kernel. */
export interface Layout {
  /** `pointwise`: nothing is reduced. */
  readonly kind: "pointwise" | "rows" | "contract";
  /** Sizes of the outer dimensions. */
  readonly outer: readonly number[];
  /** Sizes of the inner dimensions. Without reductions there is one: the last. */
  readonly inner: readonly number[];
  /** Whether a group of four along the last dimension may reach past its end. */
  readonly ragged: boolean;
  /** The stream of each load, index and random step. */
  readonly streams: ReadonlyMap<number, Stream>;
  /** The results. */
  readonly targets: readonly Target[];
  /** The operands of the product, if there is one. */
  readonly product: Product | null;
  /** The buffers. */
  readonly bindings: readonly Binding[];
  /** The first uniform of each stream, constant step and random key, in that order. */
  readonly places: Places;
  /** What decides the kernel's code. */
  readonly key: string;
}

/** The operands of a product. */
export interface Product {
  /** Its step. */
  readonly step: number;
  /** The length of its sums. */
  readonly k: number;
  /** Strides over `[...batch, m, k]`. */
  readonly a: Stream;
  /** Strides over `[...batch, k, n]`. */
  readonly b: Stream;
  readonly aAlong: Along;
  readonly bAlong: Along;
}

/** Along which dimension of a matrix four elements can be read at once. */
export type Along = "rows" | "columns" | "none";

/** Where a kernel's uniforms are; word 0 is always 0. */
export interface Places {
  /** The sizes: outer, then inner. */
  readonly sizes: number;
  readonly streams: ReadonlyMap<Stream, number>;
  readonly constants: ReadonlyMap<number, number>;
  /** By `key:base`: two words of the key, two of the counter's start. */
  readonly randoms: ReadonlyMap<string, number>;
  /** How many words there are. */
  readonly words: number;
}

/** Lays out a plan. */
export function layOut(plan: Plan): Layout {
  const { shape, split, steps, outputs } = plan;
  const rank = shape.length;
  const contracted = steps.findIndex((step) => step.kind === "contract");
  // A tensor without dimensions is reduced too.
  const reduces = split < rank || steps.some((step) => step.kind === "reduce");
  const kind = contracted >= 0 ? "contract" : reduces ? "rows" : "pointwise";
  const streams = new Map<number, Stream>();
  const all: Stream[] = [];
  const memory = (view: BlockView, dtype: DType): Stream => {
    const stream = streamOf("memory", dtype, view.offset, view.strides);
    all.push(stream);
    return stream;
  };
  const count = (strides: readonly number[]): Stream => {
    const known = all.find((s) => s.kind === "count" && sameShape(s.strides, strides));
    if (known !== undefined) return known;
    const stream = streamOf("count", "int64", 0, strides);
    all.push(stream);
    return stream;
  };
  steps.forEach((step, i) => {
    if (step.kind === "load") streams.set(i, memory(step.view, step.dtype));
    else if (step.kind === "index") {
      streams.set(i, count(shape.map((_, d) => d === step.dim ? 1 : 0)));
    } else if (step.kind === "random") streams.set(i, count(contiguousStrides(shape)));
  });
  const written = outputs.map(({ step, view }) => memory(view, steps[step].dtype));

  const step = steps[contracted];
  const operands = step?.kind === "contract"
    ? [step.a, step.b].map(({ offset, strides }) => streamOf("memory", step.dtype, offset, strides))
    : [];

  // The product's dimensions stay apart, and so do inner and outer ones.
  const { sizes, outerCount, kept } = merge(shape, split, kind, [...all, ...operands]);
  for (const s of operands) s.strides = kept.map((d) => s.strides[d]);
  for (const s of all) s.strides = kept.map((d) => s.strides[d]);
  if (sizes.length === outerCount) { // there must be a dimension for four elements to lie along
    sizes.push(1);
    for (const s of all) s.strides.push(0);
  }
  const outer = sizes.slice(0, outerCount), inner = sizes.slice(outerCount);
  const last = inner[inner.length - 1];
  // One long dimension has an end, past which whole results may be written: memory is padded.
  const flat = kind === "pointwise" && sizes.length === 1;
  const ragged = last % 4 !== 0 && !flat;
  // Four elements may lie in several places along the dimensions before the last.
  const apart = ragged && (kind === "pointwise" || (kind === "rows" && inner.length > 1));
  const along = contiguousStrides(sizes);
  for (const s of all) {
    s.row = inner.every((_, i) => s.strides[outerCount + i] === 0);
    const end = s.strides.length - 1;
    // Without reductions, groups of four may run on from one row into the next.
    const even = kind === "pointwise" && ragged
      ? s.strides.every((x, i) => x === along[i] || sizes[i] === 1)
      : !ragged && s.strides[end] === 1 && s.strides.every((x, i) => i === end || x % 4 === 0);
    s.lane = even && s.offset % 4 === 0
      ? "quad"
      : s.strides[end] === 0 && (!apart || (kind === "rows" && s.row))
      ? "same"
      : "steps";
  }
  written.forEach((s, i) => {
    const { nbytes } = outputs[i].view.block;
    const whole = s.offset === 0 && nbytes === numelOf(sizes) * DTYPES[s.dtype].itemSize;
    // A group that ends past the last element may only be written where memory ends there too.
    if (s.lane === "same" || (numelOf(sizes) % 4 !== 0 && !whole)) s.lane = "steps";
  });

  const targets = outputs.map(({ step }, i): Target => ({
    step,
    stream: written[i],
    row: kind === "rows" && steps[step].row && written[i].row,
  }));
  const product = step?.kind === "contract"
    ? {
      step: contracted,
      k: step.k,
      a: operands[0],
      b: operands[1],
      aAlong: alongOf(operands[0], outer[outer.length - 1], step.k),
      bAlong: alongOf(operands[1], step.k, last),
    }
    : null;
  const bindings = bind(plan, streams, targets, product);
  const places = place(sizes.length, all, product, steps);
  const layout = {
    kind,
    outer,
    inner,
    ragged,
    streams,
    targets,
    product,
    bindings,
    places,
  } as const;
  return { ...layout, key: keyOf(plan, layout, flat) };
}

/** A stream whose binding and movement are still to be found. */
function streamOf(
  kind: Stream["kind"],
  dtype: DType,
  offset: number,
  strides: readonly number[],
): Stream {
  return { kind, dtype, binding: -1, offset, strides: [...strides], lane: "steps", row: false };
}

/** Merges neighbours along which every stream moves evenly; drops dimensions of size 1. */
function merge(
  shape: readonly number[],
  split: number,
  kind: Layout["kind"],
  streams: readonly Stream[],
): { sizes: number[]; outerCount: number; kept: number[] } {
  const rank = shape.length;
  const fixed = kind === "contract" ? rank - 2 : rank;
  const sizes: number[] = [], kept: number[] = [];
  let outerCount = 0;
  for (let d = 0; d < rank; d++) {
    if (shape[d] === 1 && d < fixed) continue;
    const isOuter = d < split, last = kept.length - 1;
    const mergeable = d < fixed && last >= 0 && (kept[last] < split) === isOuter &&
      streams.every((s) => s.strides[kept[last]] === s.strides[d] * shape[d]);
    if (mergeable) {
      sizes[last] *= shape[d];
      kept[last] = d;
    } else {
      kept.push(d);
      sizes.push(shape[d]);
      if (isOuter) outerCount++;
    }
  }
  // Without reductions, four elements lie along the last dimension.
  if (kind !== "rows" && outerCount > 0) outerCount--;
  return { sizes, outerCount, kept };
}

/** Along which of a matrix's two dimensions four aligned elements lie side by side. */
function alongOf({ strides, offset }: Stream, rows: number, columns: number): Along {
  const last = strides.length - 1;
  const along = (d: number, size: number) =>
    strides[d] === 1 && size % 4 === 0 && offset % 4 === 0 &&
    strides.every((stride, i) => i === d || stride % 4 === 0);
  return along(last, columns) ? "columns" : along(last - 1, rows) ? "rows" : "none";
}

/** One binding for each buffer and type; a buffer that is written is bound once. */
function bind(
  plan: Plan,
  streams: ReadonlyMap<number, Stream>,
  targets: readonly Target[],
  product: Product | null,
): Binding[] {
  const bindings: Binding[] = [];
  const use = (stream: Stream, view: BlockView, written: boolean, shape: Shape4): void => {
    const { memory } = view.block as GpuBlock;
    const type = elementType(stream.dtype, shape);
    let at = bindings.findIndex((b) => b.memory === memory && b.type === type);
    if (at < 0) at = bindings.push({ memory, written, type }) - 1;
    bindings[at].written ||= written;
    stream.binding = at;
  };
  targets.forEach(({ stream, row }, i) => {
    const shape = row || stream.lane !== "quad" ? "scatter" : "quad";
    use(stream, plan.outputs[i].view, true, shape);
  });
  for (const [i, stream] of streams) {
    const step = plan.steps[i];
    if (step.kind === "load") {
      use(stream, step.view, false, stream.lane === "quad" ? "quad" : "one");
    }
  }
  if (product !== null) {
    const step = plan.steps[product.step];
    if (step.kind !== "contract") throw new TypeError("not a product");
    use(product.a, step.a, false, product.aAlong === "none" ? "one" : "quad");
    use(product.b, step.b, false, product.bAlong === "none" ? "one" : "quad");
  }
  return bindings;
}

function place(
  dims: number,
  all: readonly Stream[],
  product: Product | null,
  steps: readonly Step[],
): Places {
  let words = 1;
  const take = (n: number): number => (words += n) - n;
  const sizes = take(dims + 1);
  const streams = new Map<Stream, number>();
  for (const s of all) streams.set(s, take(1 + s.strides.length));
  for (const s of product === null ? [] : [product.a, product.b]) {
    streams.set(s, take(1 + s.strides.length));
  }
  const constants = new Map<number, number>(), randoms = new Map<string, number>();
  steps.forEach((step, i) => {
    if (step.kind === "const") constants.set(i, take(2));
    else if (step.kind === "random" && !randoms.has(randomName(step))) {
      randoms.set(randomName(step), take(4));
    }
  });
  return { sizes, streams, constants, randoms, words };
}

/** The uniforms of a plan. `extra` is the word after the sizes: the length of a product's sums. */
export function uniforms(plan: Plan, layout: Layout): number[] {
  const { places, outer, inner, product } = layout;
  const words = new Array<number>(places.words).fill(0);
  let at = places.sizes;
  for (const size of outer) words[at++] = size;
  for (const size of inner) words[at++] = size;
  words[at] = product?.k ?? 0;
  for (const [stream, place] of places.streams) {
    words[place] = stream.offset;
    stream.strides.forEach((stride, i) => words[place + 1 + i] = stride);
  }
  for (const [i, place] of places.constants) {
    const step = plan.steps[i];
    if (step.kind === "const") [words[place], words[place + 1]] = constantWords(step);
  }
  plan.steps.forEach((step) => {
    if (step.kind !== "random") return;
    const place = places.randoms.get(randomName(step))!;
    words[place] = step.key[0];
    words[place + 1] = step.key[1];
    words[place + 2] = step.base % 2 ** 32;
    words[place + 3] = Math.floor(step.base / 2 ** 32);
  });
  return words;
}

const WORDS = (() => {
  const f64 = new Float64Array(1);
  return {
    f64,
    f32: new Float32Array(f64.buffer),
    i64: new BigInt64Array(f64.buffer),
    u32: new Uint32Array(f64.buffer),
  };
})();

/** A float32's bits. */
function floatBits(value: number): number {
  WORDS.f32[0] = value;
  return WORDS.u32[0];
}

function constantWords({ dtype, value }: Extract<Step, { kind: "const" }>): [number, number] {
  switch (dtype) {
    case "float32":
    case "float16":
    case "bfloat16":
      return [floatBits(Number(value)), 0];
    case "float64":
      WORDS.f64[0] = Number(value);
      return [WORDS.u32[0], WORDS.u32[1]];
    case "int64":
      WORDS.i64[0] = BigInt(value);
      return [WORDS.u32[0], WORDS.u32[1]];
    default:
      return [Number(value) >>> 0, 0];
  }
}

/** What decides the code of a kernel. */
function keyOf(plan: Plan, layout: Omit<Layout, "key">, flat: boolean): string {
  const { kind, outer, inner, ragged, streams, targets, product, bindings, places } = layout;
  let key = `${kind[0]}${outer.length},${inner.length}${ragged ? "r" : ""}${flat ? "f" : ""}`;
  const order = [...places.streams.keys()];
  // Which of the streams it is, since counters may be shared; where it looks, and how it moves.
  const where = (s: Stream | undefined) =>
    s === undefined
      ? ""
      : `${order.indexOf(s)}:${s.binding}${s.lane[0]}${s.lane[1]}${s.row ? "r" : ""}`;
  const randoms: string[] = [];
  plan.steps.forEach((step, i) => {
    const at = step.kind === "contract"
      ? `${product!.a.binding}${product!.aAlong}${product!.b.binding}${product!.bAlong}`
      : where(streams.get(i));
    key += stepKey(step, at, randoms);
  });
  for (const { step, stream, row } of targets) {
    key += `>${step}${where(stream)}${row ? "o" : ""}`;
  }
  for (const { type, written } of bindings) key += `|${type}${written ? "w" : ""}`;
  return key;
}
