/**
 * Few long rows: one workgroup a row would leave most of a GPU idle. Their reductions are cut into
 * parts, each computed as a row of its own, and a second launch reduces the parts. So a sum stays a
 * tree, whose error grows with the logarithm of its length.
 *
 * @module
 */
import type { Block } from "../block.ts";
import { type DType, DTYPES, wideDType } from "../dtype.ts";
import type { BlockView } from "../node.ts";
import type { Output, Plan, Step } from "../plan.ts";
import { contiguousStrides, numelOf } from "../shape.ts";
import { Moved, type Reduction } from "./moved.ts";
import { levelsOf } from "./rows.ts";

/** Rows from this length on are cut, into parts of no fewer elements than `LEAST`. */
const LONG = 1 << 16, LEAST = 1 << 13;
/** How many workgroups keep a GPU busy. */
const GROUPS = 256;
/** Buffers that a kernel may use; any adapter has 8, one of which may be needed to note faults. */
const BUFFERS = 7;

/** Plans to be run one after the other, and the memory that they hand on. */
export interface Parts {
  /** The plans. */
  readonly plans: readonly Plan[];
  /** To be released after them. */
  readonly scratch: readonly Block[];
}

/**
 * A plan as several that keep a GPU busy, or null where it does already, or can't be cut.
 *
 * @param plan The plan.
 * @param alloc Takes memory.
 */
export function cutLongRows(
  plan: Plan,
  alloc: (nbytes: number) => Block,
): Parts | null {
  const { shape, split } = plan;
  const rows = numelOf(shape.slice(0, split)), length = numelOf(shape.slice(split));
  if (split === shape.length || length < LONG || !canBeCut(plan)) return null;
  const parts = Math.min(Math.floor(GROUPS / rows), Math.floor(length / LEAST));
  if (parts < 2) return null;
  return new Cutter(mergeInner(plan), parts, alloc).cut();
}

/** Whether a part of a row can be computed by itself. */
function canBeCut({ steps, outputs }: Plan): boolean {
  let reductions = 0;
  const blocks = new Set<Block>();
  for (const step of steps) {
    if (step.kind === "index" || step.kind === "random" || step.kind === "contract") return false;
    if (step.kind === "load") blocks.add(step.view.block);
    if (step.kind !== "reduce") continue;
    if (step.op === "argmax" || step.op === "argmin") return false;
    reductions++;
  }
  // The plans write one after the other: what one has written, the next must not read.
  const apart = outputs.length === 1 || !outputs.some(({ view }) => blocks.has(view.block));
  return reductions > 0 && apart && blocks.size + reductions + outputs.length <= BUFFERS;
}

/** Inner dimensions along which everything moves evenly, made one. */
function mergeInner(plan: Plan): Plan {
  const { shape, split, steps, outputs } = plan;
  const views = [
    ...steps.flatMap((step) => step.kind === "load" ? [step.view] : []),
    ...outputs.map(({ view }) => view),
  ];
  const kept: number[] = [], sizes: number[] = [];
  for (let d = split; d < shape.length; d++) {
    const last = kept.length - 1;
    if (
      last >= 0 &&
      views.every(({ strides }) => strides[kept[last]] === strides[d] * shape[d])
    ) {
      [kept[last], sizes[last]] = [d, sizes[last] * shape[d]];
    } else {
      kept.push(d);
      sizes.push(shape[d]);
    }
  }
  const view = (v: BlockView): BlockView => ({
    ...v,
    strides: [...v.strides.slice(0, split), ...kept.map((d) => v.strides[d])],
  });
  return {
    shape: [...shape.slice(0, split), ...sizes],
    split,
    steps: steps.map((step) => step.kind === "load" ? { ...step, view: view(step.view) } : step),
    outputs: outputs.map(({ step, view: v }) => ({ step, view: view(v) })),
  };
}

/** The dimension that is cut: elements of a part, parts of that size, elements that are left. */
interface Cut {
  readonly dim: number;
  readonly size: number;
  readonly count: number;
  readonly rest: number;
}

/** Cuts the longest inner dimension into so many parts, or a few more; whole ones where it divides. */
function cutOf({ shape, split }: Plan, parts: number): Cut {
  let dim = split;
  for (let d = split; d < shape.length; d++) if (shape[d] > shape[dim]) dim = d;
  const length = shape[dim];
  // Four elements are read at once.
  let size = 4 * Math.ceil(length / (4 * parts));
  for (let n = parts; n > parts / 2; n--) {
    if (length % (4 * n) === 0) {
      size = length / n;
      break;
    }
  }
  return { dim, size, count: Math.floor(length / size), rest: length % size };
}

class Cutter {
  readonly #plan: Plan;
  readonly #cut: Cut;
  readonly #alloc: (nbytes: number) => Block;
  /** Sizes of the outer dimensions, and the strides of one value a row. */
  readonly #outer: readonly number[];
  readonly #each: readonly number[];
  /** How many parts a row has. */
  readonly #slots: number;
  readonly #plans: Plan[] = [];
  readonly #scratch: Block[] = [];
  /** Reductions whose parts are computed, and finished ones: the memory. */
  readonly #parts = new Map<number, Block>();
  readonly #rows = new Map<number, Block>();

  constructor(plan: Plan, parts: number, alloc: (nbytes: number) => Block) {
    this.#plan = plan;
    this.#cut = cutOf(plan, parts);
    this.#alloc = alloc;
    this.#outer = plan.shape.slice(0, plan.split);
    this.#each = contiguousStrides(this.#outer);
    this.#slots = this.#cut.count + (this.#cut.rest > 0 ? 1 : 0);
  }

  cut(): Parts {
    const { steps, outputs, split, shape } = this.#plan;
    const isRow = ({ step, view }: Output) =>
      steps[step].row && view.strides.slice(split).every((stride) => stride === 0);
    const rows = outputs.filter(isRow), full = outputs.filter((output) => !isRow(output));
    const levels = levelsOf(steps), top = Math.max(...levels);
    for (let level = 1; level <= top; level++) {
      const reductions = steps.flatMap((step, i) =>
        step.kind === "reduce" && levels[i] === level ? [i] : []
      );
      this.#reduceParts(reductions);
      if (level < top) this.#finish(reductions, []);
      else this.#finish(full.length > 0 ? reductions : [], rows);
    }
    if (full.length > 0) {
      const moved = new Moved(
        steps,
        (view) => view,
        (r, into) => into.push(this.#row(r, shape.length)),
      );
      const outputs = full.map(({ step, view }) => ({ step: moved.add(step), view }));
      this.#plans.push({ shape, split: shape.length, steps: moved.steps, outputs });
    }
    return { plans: this.#plans, scratch: this.#scratch };
  }

  /** Reduces each part of each row; those that are left at the ends by a launch of their own. */
  #reduceParts(reductions: readonly number[]): void {
    const { count, size, rest } = this.#cut;
    for (const r of reductions) {
      this.#parts.set(r, this.#take(wideDType(this.#plan.steps[r].dtype), this.#slots));
    }
    this.#plans.push(this.#partsFrom(0, count, size, reductions));
    if (rest > 0) this.#plans.push(this.#partsFrom(count, 1, rest, reductions));
  }

  /** Reduces `count` parts of `length` elements, from the part `first` on. */
  #partsFrom(first: number, count: number, length: number, reductions: readonly number[]): Plan {
    const { steps, split, shape } = this.#plan, { dim, size } = this.#cut;
    const moved = new Moved(
      steps,
      ({ block, offset, strides }) => ({
        block,
        offset: offset + first * size * strides[dim],
        strides: strides.toSpliced(split, 0, count > 1 ? size * strides[dim] : 0),
      }),
      (r, into) => into.push(this.#row(r, shape.length + 1)),
    );
    const zeros = shape.slice(split).map(() => 0);
    const outputs = reductions.map((r) => {
      const { op, a, dtype } = reduction(steps, r);
      const step = moved.reduce(op, moved.cast(moved.add(a), wideDType(dtype)));
      const strides = [...this.#eachOf(this.#slots), count > 1 ? 1 : 0, ...zeros];
      return { step, view: { block: this.#parts.get(r)!, offset: first, strides } };
    });
    const inner = shape.slice(split).with(dim - split, length);
    return {
      shape: [...this.#outer, count, ...inner],
      split: split + 1,
      steps: moved.steps,
      outputs,
    };
  }

  /** Reduces the parts: to memory of their own, and to results that have one value a row. */
  #finish(reductions: readonly number[], rows: readonly Output[]): void {
    const { steps, split } = this.#plan;
    const row = (v: BlockView): BlockView => ({ ...v, strides: [...v.strides.slice(0, split), 0] });
    const moved = new Moved(steps, row, (r, into) => {
      if (this.#rows.has(r)) return into.push(this.#row(r, split + 1));
      const { op, dtype } = reduction(steps, r);
      const strides = [...this.#eachOf(this.#slots), 1];
      const view = { block: this.#parts.get(r)!, offset: 0, strides };
      const parts = into.push({ kind: "load", dtype: wideDType(dtype), row: false, view });
      return into.cast(into.reduce(op, parts), dtype);
    });
    const outputs = rows.map(({ step, view }) => ({ step: moved.add(step), view: row(view) }));
    const blocks = reductions.map((r) => {
      const block = this.#take(steps[r].dtype, 1);
      const view = { block, offset: 0, strides: [...this.#each, 0] };
      outputs.push({ step: moved.add(r), view });
      return block;
    });
    reductions.forEach((r, i) => this.#rows.set(r, blocks[i]));
    this.#plans.push({
      shape: [...this.#outer, this.#slots],
      split,
      steps: moved.steps,
      outputs,
    });
  }

  /** Reads a finished reduction in a space of so many dimensions. */
  #row(r: number, rank: number): Step {
    const { dtype } = this.#plan.steps[r], block = this.#rows.get(r)!;
    const strides = [...this.#each, ...Array<number>(rank - this.#each.length).fill(0)];
    return { kind: "load", dtype, row: true, view: { block, offset: 0, strides } };
  }

  /** The strides of so many values a row. */
  #eachOf(count: number): number[] {
    return this.#each.map((stride) => stride * count);
  }

  #take(dtype: DType, perRow: number): Block {
    const block = this.#alloc(numelOf(this.#outer) * perRow * DTYPES[dtype].itemSize);
    this.#scratch.push(block);
    return block;
  }
}

function reduction(steps: readonly Step[], r: number): Reduction {
  return steps[r] as Reduction;
}
