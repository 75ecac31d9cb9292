/**
 * Contractions: products of matrices, in batches, of any strides and dtype.
 *
 * @module
 */
import type { DType } from "../dtype.ts";
import type { BlockView } from "../node.ts";
import type { Plan, Step } from "../plan.ts";

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
