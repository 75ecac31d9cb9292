/**
 * Contractions: products of matrices, in batches, of any strides and dtype.
 *
 * @module
 */
import type { Block } from "../block.ts";
import type { Device } from "../device.ts";
import { type DType, DTYPES } from "../dtype.ts";
import type { BlockView } from "../node.ts";
import type { Plan, Step } from "../plan.ts";
import { contiguousStrides, isContiguous, numelOf } from "../shape.ts";
import type { Gemm } from "./gemm.ts";
import type { Kernels, Launch } from "./kernels.ts";
import type { Product } from "./layout.ts";
import type { CpuBlock } from "./memory.ts";

/** A contraction to be computed into a view. */
export interface Contraction {
  readonly dtype: DType;
  /** `[...batch, m, n]`. */
  readonly shape: readonly number[];
  readonly a: BlockView;
  readonly b: BlockView;
  readonly k: number;
  readonly out: BlockView;
}

/** Told that the first elements of a product, in row-major order, are complete. */
type Progress = (elements: number) => void;

/** Cooks plans with contractions. */
export class Contractor {
  /** Works with what works in one memory. */
  constructor(
    readonly device: Device,
    readonly kernels: Kernels,
    readonly gemm: Gemm,
  ) {}

  /**
   * Computes a plan. What follows the last product runs over its rows as they are completed,
   * while they are in the cache.
   */
  cook(plan: Plan): void {
    const products = new Map<number, Product>();
    const scratch: Block[] = [];
    const contractions: [number, Contraction][] = [];
    try {
      plan.steps.forEach((step, at) => {
        if (step.kind !== "contract") return;
        const { dtype, a, b, k } = step;
        const held = HELD_IN[dtype] ?? dtype;
        const out = this.#place(plan, at, held, scratch);
        const cast = (view: BlockView, last: [number, number]): BlockView =>
          held === dtype ? view : this.#convert(dtype, held, plan.shape, view, last, scratch);
        const [m, n] = plan.shape.slice(-2);
        products.set(at, { view: out, dtype: held });
        contractions.push([at, {
          dtype: held,
          shape: plan.shape,
          a: cast(a, [m, k]),
          b: cast(b, [k, n]),
          k,
          out,
        }]);
      });
      const last = contractions.pop()!;
      for (const [, contraction] of contractions) this.#run(contraction, scratch, () => () => {});
      const isDone = plan.outputs.every(({ step, view }) => products.get(step)?.view === view);
      this.#run(
        last[1],
        scratch,
        () =>
          isDone
            ? () => {}
            : follow(this.kernels.prepare(plan, products), last[0], numelOf(plan.shape)),
      );
    } finally {
      for (const block of scratch) this.device.free(block);
    }
  }

  /**
   * Where the product goes: to the output that it is, or else to one that goes over it element by
   * element, if there is one; or to memory of its own.
   */
  #place(plan: Plan, at: number, held: DType, scratch: Block[]): BlockView {
    const { shape, steps } = plan;
    if (held === steps[at].dtype) {
      for (const { step, view } of plan.outputs) {
        if (step === at && isContiguous(shape, view.strides)) return view;
      }
      const only = steps.filter(({ kind }) => kind === "contract").length === 1;
      const over = plan.split === shape.length && only &&
        plan.outputs.find(({ step, view }) =>
          steps[step].dtype === held && isContiguous(shape, view.strides) &&
          !reads(steps, view.block)
        );
      if (over) return over.view;
    }
    const block = this.#scratch(numelOf(shape), held, scratch);
    return { block, offset: 0, strides: contiguousStrides(shape) };
  }

  #scratch(length: number, dtype: DType, scratch: Block[]): Block {
    const block = this.device.alloc(length * DTYPES[dtype].itemSize);
    scratch.push(block);
    return block;
  }

  /** A contiguous copy of what a view shows of `[...batch, ...last]`, in a dtype. */
  #convert(
    from: DType,
    to: DType,
    whole: readonly number[],
    view: BlockView,
    last: readonly [number, number],
    scratch: Block[],
  ): BlockView {
    const full = [...whole.slice(0, -2), ...last];
    const shape = full.map((size, d) => view.strides[d] === 0 ? Math.min(size, 1) : size);
    const dense = contiguousStrides(shape);
    const block = this.#scratch(numelOf(shape), to, scratch);
    const steps: Step[] = [{ kind: "load", dtype: from, row: false, view }];
    if (from !== to) steps.push({ kind: "cast", dtype: to, row: false, a: 0 });
    const out = { block, offset: 0, strides: dense };
    if (numelOf(shape) > 0) {
      this.kernels.run({
        shape,
        split: shape.length,
        steps,
        outputs: [{ step: steps.length - 1, view: out }],
      });
    }
    return { block, offset: 0, strides: dense.map((s, d) => view.strides[d] === 0 ? 0 : s) };
  }

  /** Computes one contraction; `begin` is called when no other plan will be prepared any more. */
  #run(given: Contraction, scratch: Block[], begin: () => Progress): void {
    const { dtype, shape, k, out, b } = given;
    if (dtype !== "float32" && dtype !== "float64") {
      this.kernels.run(asReduction(given));
      begin()(numelOf(shape));
      return;
    }
    const rank = shape.length, size = DTYPES[dtype].itemSize;
    let [m, n] = shape.slice(-2);
    let a = given.a;
    const steps = (
      [rs, cs]: readonly number[],
      rows: number,
      columns: number,
    ): [number, number] => [
      rows === 1 ? 0 : rs * size,
      columns === 1 ? size : cs * size,
    ];
    if (steps(a.strides.slice(-2), m, k)[1] !== size && a.strides[rank - 2] !== 1) {
      a = this.#convert(dtype, dtype, shape, a, [m, k], scratch);
    }
    // Batches of A over one B are one taller A where A's rows go on evenly.
    let batch = shape.slice(0, -2);
    if (batch.length > 0 && k > 0) {
      const dims = batch.map((_, d) => d);
      const even = dims.every((d) =>
        shape[d] === 1 ||
        (b.strides[d] === 0 &&
          a.strides[d] === a.strides[rank - 2] * numelOf(shape.slice(d + 1, -1)))
      );
      if (even && m > 1) {
        m *= numelOf(batch);
        batch = [];
      }
    }
    const address = (view: BlockView, offset: number) =>
      (view.block as CpuBlock).address + (view.offset + offset) * size;
    const [ars, acs] = steps(a.strides.slice(-2), m, k);
    const [brs, bcs] = steps(b.strides.slice(-2), k, n);
    const progress = begin();
    const count = numelOf(batch);
    for (let i = 0; i < count; i++) {
      let [x, y] = [0, 0], rest = i;
      for (let d = batch.length - 1; d >= 0; d--) {
        const at = rest % batch[d];
        rest = (rest - at) / batch[d];
        x += at * a.strides[d];
        y += at * b.strides[d];
      }
      const left = { address: address(a, x), rs: ars, cs: acs };
      const right = { address: address(b, y), rs: brs, cs: bcs };
      const target = { address: address(out, i * m * n), rs: n * size, cs: size };
      const done = (_from: number, to: number) => progress((i * m + to) * n);
      if (n === 1 && acs === size && m > 1) {
        // A column is a row seen from the side.
        const flipped = { address: right.address, rs: 0, cs: k === 1 ? size : brs };
        const across = { address: left.address, rs: acs, cs: ars };
        this.gemm.run(dtype, [1, m, k], flipped, across, target, () => progress((i + 1) * m));
      } else {
        this.gemm.run(dtype, [m, n, k], left, right, target, done);
      }
    }
  }
}

/** Whether a plan's steps read a block. */
function reads(steps: readonly Step[], block: Block): boolean {
  return steps.some((step) =>
    step.kind === "load"
      ? step.view.block === block
      : step.kind === "contract" && (step.a.block === block || step.b.block === block)
  );
}

/** Runs what follows a product over as much as is complete. */
function follow(launch: Launch, at: number, total: number): Progress {
  const { layout, extent } = launch;
  const product = layout.streams[layout.streamOf[at]];
  const each = total / extent;
  const inOrder = product.strides[0] === each * DTYPES[product.dtype].itemSize &&
    (layout.outer.length > 0 || layout.pointwise);
  let begun = 0;
  return (elements) => {
    if (elements < total && !inOrder) return;
    const end = elements < total ? Math.floor(elements / each) : extent;
    if (end > begun) launch.range(begun, end);
    begun = end;
  };
}

/** Halves are multiplied and summed in float32. */
const HELD_IN: Partial<Record<DType, DType>> = { float16: "float32", bfloat16: "float32" };

/** A contraction as a product and a sum over one more dimension, which any dtype can do. */
export function asReduction({ dtype, shape, a, b, k, out }: Contraction): Plan {
  const rank = shape.length;
  const lead = shape.slice(0, rank - 2).map((_, i) => i);
  const pick = (view: BlockView, m: number, n: number, along: number): BlockView => ({
    block: view.block,
    offset: view.offset,
    strides: [...lead.map((i) => view.strides[i]), m, n, along],
  });
  const views = [
    pick(a, a.strides[rank - 2], 0, a.strides[rank - 1]),
    pick(b, 0, b.strides[rank - 1], b.strides[rank - 2]),
  ];
  const wide = widened(dtype);
  const steps: Step[] = views.map((view) => ({ kind: "load", dtype, row: false, view }));
  let [x, y] = [0, 1];
  if (wide !== dtype) {
    x = steps.push({ kind: "cast", dtype: wide, row: false, a: 0 }) - 1;
    y = steps.push({ kind: "cast", dtype: wide, row: false, a: 1 }) - 1;
  }
  const product = steps.push({ kind: "binary", op: "mul", dtype: wide, row: false, a: x, b: y }) -
    1;
  let sum = steps.push({ kind: "reduce", op: "sum", dtype: wide, row: true, a: product }) - 1;
  if (wide !== dtype) sum = steps.push({ kind: "cast", dtype, row: true, a: sum }) - 1;
  const view = { ...out, strides: [...out.strides, 0] };
  return { shape: [...shape, k], split: rank, steps, outputs: [{ step: sum, view }] };
}

/** The dtype that products are summed in. */
function widened(dtype: DType): DType {
  switch (dtype) {
    case "float16":
    case "bfloat16":
      return "float32";
    case "int16":
    case "int8":
    case "uint8":
      return "int32";
    default:
      return dtype;
  }
}
