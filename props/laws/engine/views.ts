/**
 * @module
 */
import { sameBits } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** One view of a view. */
export interface ViewStep {
  /** Which kind. */
  op: "transpose" | "narrow" | "everySecond";
  /** Along which dimension, counted round and round. */
  dim: number;
  /** The other dimension, or the start, counted round and round. */
  at: number;
}

/** A case of {@linkcode viewsAlias}. */
export interface ViewCase {
  /** The shape of the base. */
  shape: readonly number[];
  /** Views of views. */
  steps: readonly ViewStep[];
  /** Whether something computed from the base is still pending when the view is written. */
  pending: boolean;
}

/** A view is a window: it reads the base's elements and writes them. */
export const viewsAlias: Law<ViewCase> = law({
  id: "engine/views",
  claim:
    "A view of a view shows the elements that index arithmetic says; writing it writes exactly those of the base, and what was computed before stays.",
  source: "https://pytorch.org/docs/stable/tensor_view.html",
  needs: ["engine"],
  runs: 60,
  detects: ["engine-narrow-copies", "engine-view-starts-one-late"],
  cases: () =>
    fc.record({
      shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
      steps: fc.array(
        fc.record({
          op: fc.constantFrom<ViewStep["op"]>("transpose", "narrow", "everySecond"),
          dim: fc.nat(5),
          at: fc.nat(5),
        }),
        { maxLength: 6, size: "max" },
      ),
      pending: fc.boolean(),
    }),
  async check(context, { shape, steps, pending }) {
    const evidence = new Evidence().note("pending", pending);
    const engine = context.subject.claims.engine!;
    const count = shape.reduce((product, size) => product * size, 1);
    const model = Array.from({ length: count }, (_, i) => i);
    const bytes = (numbers: readonly number[]) => encodeNumbers(numbers, "float32");
    const base = engine.tensor(bytes(model), "float32", shape, context.device);
    const before = engine.addScalar(base, 0.5);
    if (!pending) engine.cook(before);

    let view = base;
    let window = { shape: [...shape], strides: rowMajor(shape), offset: 0 };
    for (const { op, dim: drawn, at } of steps) {
      const rank = window.shape.length;
      const dim = drawn % rank, size = window.shape[dim];
      evidence.note("view", op);
      if (op === "transpose") {
        const other = at % rank;
        view = context.call(op, () => engine.transpose(view, dim, other));
        window = {
          ...window,
          shape: swap(window.shape, dim, other),
          strides: swap(window.strides, dim, other),
        };
      } else if (op === "narrow") {
        const start = at % size;
        view = context.call(op, () => engine.narrow(view, dim, start, size - start));
        window = {
          ...window,
          shape: window.shape.with(dim, size - start),
          offset: window.offset + start * window.strides[dim],
        };
      } else {
        view = context.call(op, () => engine.everySecond(view, dim));
        window = {
          ...window,
          shape: window.shape.with(dim, Math.ceil(size / 2)),
          strides: window.strides.with(dim, 2 * window.strides[dim]),
        };
      }
    }
    const seen = positions(window);
    const contents = async (tensor: typeof base, of: readonly number[]) => ({
      shape: of,
      dtype: engine.dtype(tensor),
      bytes: await engine.read(tensor),
    });
    const floats = (numbers: readonly number[], of: readonly number[]) => ({
      shape: of,
      dtype: "float32" as const,
      bytes: bytes(numbers),
    });
    const what = "A view shows other elements than index arithmetic says";
    const shown = floats(seen.map((i) => model[i]), window.shape);
    sameBits(evidence, what, "view", await contents(view, engine.shape(view)), shown);

    context.call("fillInPlace", () => engine.fillInPlace(view, -7));
    const after = [...model];
    for (const i of seen) after[i] = -7;
    const missed = "Writing a view writes other elements of the base";
    sameBits(evidence, missed, "base", await contents(base, shape), floats(after, shape));
    const changed = "A write changes what was computed before it";
    const old = floats(model.map((value) => value + 0.5), shape);
    sameBits(evidence, changed, "base + 0.5", await contents(before, shape), old);
    return evidence;
  },
});

function rowMajor(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let next = 1;
  for (const size of shape.toReversed()) {
    strides.unshift(next);
    next *= size;
  }
  return strides;
}

function swap(list: readonly number[], i: number, j: number): number[] {
  return list.with(i, list[j]).with(j, list[i]);
}

/** The positions in the base that a window shows, in row-major order. */
function positions(window: { shape: number[]; strides: number[]; offset: number }): number[] {
  let at = [window.offset];
  window.shape.forEach((size, dim) => {
    at = at.flatMap((start) =>
      Array.from({ length: size }, (_, i) => start + i * window.strides[dim])
    );
  });
  return at;
}
