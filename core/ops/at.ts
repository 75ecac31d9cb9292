/**
 * Indexing with what Python writes between brackets.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { commonDevice, compose, isTensor } from "../dispatch.ts";
import { DTypeError, IndexError } from "../errors.ts";
import { broadcastShapes, numelOf, show, viewStrides } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { full, type Nested, tensor } from "./create.ts";
import { inPlace } from "./in_place.ts";
import { asIndex, indexAdd, indexCopy, indexView, runGather, slicesInPlace } from "./index.ts";
import type { Scalar } from "./pointwise.ts";
import * as views from "./view.ts";

/**
 * One item of `at()`: an integer, a slice as Python spells it (`":"`, `"1:"`, `"::2"`), `"..."` for all
 * dimensions that are not named, null for a new dimension, a tensor (or nested array) of integers,
 * or a bool mask.
 */
export type Index = number | bigint | string | null | Tensor | readonly Nested[];

/** The basic part of an index as a view, and for each of its dimensions what picks from it. */
interface Parsed {
  readonly view: Tensor;
  readonly picks: readonly (Tensor | null)[];
}

const SLICE = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/;

function sliced(x: Tensor, d: number, text: string): Tensor {
  const parts = SLICE.exec(text);
  if (parts === null) {
    throw new IndexError(
      `at: "${text}" is no slice: expected "start:end:step", of which each may be left out, or "..."`,
    );
  }
  const [, start, end, step] = parts;
  if (start === undefined && end === undefined && (step ?? "1") === "1") return x;
  const part = (text: string | undefined, other: number) => text === undefined ? other : +text;
  return views.slice(x, d, part(start, 0), part(end, Infinity), part(step, 1));
}

/** An item that stands for elements, as a tensor; anything else unchanged. */
function materialized(item: Index, x: Tensor): Index {
  if (!Array.isArray(item)) return item;
  const made = tensor(item as Nested, { device: x.device });
  return made.dtype === "bool" ? made : made.type("int64");
}

/** How many dimensions an item uses up. */
function consumes(item: Index): number {
  if (item === null || item === "...") return 0;
  return isTensor(item) && item.dtype === "bool" ? item.ndim : 1;
}

function parse(x: Tensor, given: readonly Index[]): Parsed {
  const items = given.map((item) => materialized(item, x));
  const used = items.reduce<number>((sum, item) => sum + consumes(item), 0);
  if (used > x.ndim) {
    throw new IndexError(`at: ${used} indices are too many for a tensor of shape ${show(x.shape)}`);
  }
  if (items.filter((item) => item === "...").length > 1) {
    throw new IndexError('at: "..." may appear only once');
  }
  let view = x;
  const picks: (Tensor | null)[] = [];
  for (const item of items) {
    const d = picks.length;
    if (item === null) {
      view = view.unsqueeze(d);
      picks.push(null);
    } else if (item === "...") {
      for (let i = x.ndim - used; i > 0; i--) picks.push(null);
    } else if (typeof item === "string") {
      view = sliced(view, d, item);
      picks.push(null);
    } else if (typeof item === "number" || typeof item === "bigint") {
      view = views.select(view, d, Number(item));
    } else if (isTensor(item)) {
      view = addPicks(view, picks, item);
    } else {
      throw new IndexError(
        `at: expected integers, slices as strings, null, "...", tensors or arrays, got ${typeof item}`,
      );
    }
  }
  while (picks.length < view.ndim) picks.push(null);
  return { view, picks };
}

/** Takes in a tensor: an integer, indices, or a mask, which is the indices of what is true. */
function addPicks(view: Tensor, picks: (Tensor | null)[], item: Tensor): Tensor {
  const d = picks.length;
  commonDevice("at", [view, item]);
  if (item.dtype === "bool") {
    const sizes = view.shape.slice(d, d + item.ndim);
    if (item.ndim === 0 || show(item.shape) !== show(sizes)) {
      throw new IndexError(
        `at: a mask of shape ${show(item.shape)} does not match ${
          show(sizes)
        }, the sizes it indexes`,
      );
    }
    picks.push(...item.nonzero().unbind(1));
    return view;
  }
  if (item.dtype === "uint8") {
    throw new DTypeError(
      "at: uint8 could be a mask or indices; convert it with bool() or with long()",
    );
  }
  const index = asIndex("at", item);
  if (index.ndim > 0) {
    picks.push(index);
    return view;
  }
  const value = index.dataSync();
  if (value !== null) return views.select(view, d, Number(value[0]));
  return view.indexSelect(d, index).squeeze(d);
}

/** Picked dimensions side by side, flat between what comes before and after. */
interface Layout {
  /** Dimensions of the view in the order in which the picked ones are neighbours. */
  readonly order: readonly number[];
  /** Sizes in that order. */
  readonly sizes: readonly number[];
  /** Those sizes as `[before, picked, after]`. */
  readonly flat: readonly [number, number, number];
  /** The shape of what is picked. */
  readonly shape: readonly number[];
  /** Positions in the picked dimensions taken as one; out of bounds is the index itself, or -1. */
  readonly positions: Tensor;
}

/** NumPy's rule: picked dimensions that are not neighbours go to the front. */
function layOut({ view, picks }: Parsed): Layout {
  const dims = picks.flatMap((pick, d) => pick === null ? [] : [d]);
  const neighbours = dims.every((d, i) => d === dims[0] + i);
  const rest = picks.flatMap((pick, d) => pick === null ? [d] : []);
  const lead = neighbours ? dims[0] : 0;
  const order = [...rest.slice(0, lead), ...dims, ...rest.slice(lead)];
  const sizes = order.map((d) => view.shape[d]);
  const before = sizes.slice(0, lead), after = sizes.slice(lead + dims.length);
  const picked = dims.map((d) => view.shape[d]);

  const indices = dims.map((d) => picks[d]!);
  const common = indices.reduce<readonly number[]>(
    (shape, index) => broadcastShapes(shape, index.shape, "at"),
    [],
  );
  const positions = compose(() => {
    let at: Tensor | null = null, within: Tensor | null = null;
    indices.forEach((index, i) => {
      const size = picked[i];
      const wrapped = index.lt(0).where(index.add(size), index);
      const ok = wrapped.ge(0).logicalAnd(wrapped.lt(size));
      at = at === null ? wrapped : at.mul(size).add(wrapped);
      within = within === null ? ok : within.logicalAnd(ok);
    });
    const outside = indices.length === 1 ? indices[0] : -1;
    return within!.where(at!, outside).expand(common).reshape([-1]).contiguous();
  });
  return {
    order,
    sizes,
    flat: [numelOf(before), numelOf(picked), numelOf(after)],
    shape: [...before, ...common, ...after],
    positions,
  };
}

/** The view with its picked dimensions flat. */
function arrange(view: Tensor, { order, flat }: Layout): Tensor {
  return view.permute(order).reshape(flat);
}

/** The inverse of `arrange`. */
function restore(flat: Tensor, { order, sizes }: Layout): Tensor {
  return flat.reshape(sizes).permute(order.map((_, i) => order.indexOf(i)));
}

/** Says which index was out of bounds, where a kernel found only that one was. */
function explained<T>({ view, picks }: Parsed, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    picks.forEach((pick, d) => {
      const size = view.shape[d];
      for (const value of pick?.dataSync() ?? []) {
        if (value < -size || value >= size) {
          throw new IndexError(
            `at: index ${value} is out of bounds for dimension ${d} of size ${size}`,
          );
        }
      }
    });
    throw error;
  }
}

/** The elements that an index names: a view, unless tensors pick them. */
export function at(x: Tensor, items: readonly Index[]): Tensor {
  const parsed = parse(x, items);
  const { view, picks } = parsed;
  if (picks.every((pick) => pick === null)) return view === x ? x.expand(x.shape) : view;
  const layout = layOut(parsed);
  const { flat: [before, , after], shape, positions } = layout;
  const out = explained(parsed, () =>
    compose(() => {
      const source = arrange(view.detach(), layout);
      const m = positions.numel;
      return runGather(source, 1, m, indexView(positions), [before, m, after]).view(shape);
    }));
  return record("IndexBackward0", out, [view], [positions], (g, positions) => {
    const zeros = g.newZeros(layout.flat);
    const values = g.reshape([before, positions.numel, after]);
    return [restore(indexAdd(zeros, 1, positions, values), layout)];
  });
}

/** Writes a value where an index says. */
export function indexPut(
  x: Tensor,
  items: readonly Index[],
  value: Tensor | Scalar,
  accumulate: boolean,
): Tensor {
  if (isTensor(value) && value.dtype !== x.dtype) {
    throw new DTypeError(`indexPut_: expected a value of ${x.dtype}, got ${value.dtype}`);
  }
  const parsed = parse(x, items);
  const { view, picks } = parsed;
  const given = isTensor(value) ? value : full([], value, { dtype: x.dtype, device: x.device });
  commonDevice("indexPut_", [x, given]);
  if (picks.every((pick) => pick === null)) {
    if (accumulate) view.add_(given);
    else view.copy_(given);
    return x;
  }
  const layout = layOut(parsed);
  const { flat, order, sizes, positions } = layout;
  const values = given.expand(layout.shape).reshape([flat[0], positions.numel, flat[2]]);
  const operation = accumulate ? "indexAdd" : "indexCopy";
  explained(parsed, () => {
    const ordered = view.permute(order);
    if (viewStrides(sizes, ordered.strides, flat) !== null) {
      slicesInPlace(operation, ordered.view(flat), 1, positions, values);
    } else {
      const put = accumulate ? indexAdd : indexCopy;
      inPlace(
        "indexPut_",
        view,
        (view) => restore(put(arrange(view, layout), 1, positions, values), layout),
      );
    }
  });
  return x;
}
