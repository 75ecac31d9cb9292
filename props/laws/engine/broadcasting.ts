/**
 * @module
 */
import { demand, sameBits, type Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";
import {
  countOf,
  operand,
  refusal,
  refusalText,
  snapshotOf,
  stretched,
  STRIDES,
  type Strides,
} from "./operand.ts";

/** A case of {@linkcode broadcasting}. */
export interface BroadcastCase {
  /** The shape that all operands are stretched to. */
  shape: readonly number[];
  /** For each operand: leading dimensions that it lacks, counted round and round. */
  lacks: readonly number[];
  /** For each operand and dimension: whether its size is 1. */
  ones: readonly (readonly boolean[])[];
  /** How the operands lie in memory. */
  strides: Strides;
  /** A dimension whose sizes conflict, counted round and round. */
  conflict: number;
  /** How often the one size is in the other there; 0 for one more. */
  times: number;
}

/** Shapes are aligned at their ends, and sizes of 1 are stretched. */
export const broadcasting: Law<BroadcastCase> = law({
  id: "engine/broadcasting",
  claim:
    "Shapes are aligned at their last dimensions and sizes of 1 are stretched; shapes that don't fit are a ShapeError at the call that names both.",
  source: "https://pytorch.org/docs/stable/notes/broadcasting.html",
  needs: ["engine"],
  runs: 100,
  runsOn: { webgpu: 20 },
  detects: [
    "engine-aligns-first-dimensions",
    "engine-repeats-what-divides",
    "engine-names-one-shape",
  ],
  cases: () =>
    fc.record({
      shape: fc.array(fc.constantFrom(0, 1, 2, 3, 3, 4), { minLength: 1, maxLength: 4 }),
      lacks: fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }),
      ones: fc.array(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), {
        minLength: 3,
        maxLength: 3,
      }),
      strides: fc.constantFrom(...STRIDES),
      conflict: fc.nat(3),
      times: fc.constantFrom(0, 2, 3),
    }),
  async check(context, { shape, lacks, ones, strides, conflict, times }) {
    const evidence = new Evidence().note("strides", strides);
    const engine = context.subject.claims.engine!;
    const shapes = ones.map((one, i) =>
      shape.map((size, dim) => one[dim] ? 1 : size).slice(lacks[i] % (shape.length + 1))
    );
    // Small whole numbers: exact, and other ones for each operand.
    const numbers = shapes.map((of, i) =>
      Array.from({ length: countOf(of) }, (_, at) => (at + 1) * [1, 300, -7][i])
    );
    const [a, b, c] = shapes.map((of, i) =>
      operand(engine, { shape: of, numbers: numbers[i] }, "float32", strides, context.device).view
    );
    const model = (used: readonly number[], fn: (...values: number[]) => number): Snapshot => {
      const rank = Math.max(...used.map((i) => shapes[i].length));
      const whole = Array.from({ length: rank }, (_, dim) => {
        const sizes = used.map((i) => shapes[i].at(dim - rank) ?? 1);
        return sizes.find((size) => size !== 1) ?? 1;
      });
      const at = used.map((i) => stretched(shapes[i], whole));
      const values = Array.from(
        { length: countOf(whole) },
        (_, flat) => fn(...used.map((i, k) => numbers[i][at[k][flat]])),
      );
      return { shape: whole, dtype: "float32", bytes: encodeNumbers(values, "float32") };
    };
    const what = "A broadcast gives something else than index arithmetic";
    const text = (i: number) => `[${shapes[i].join(", ")}]`;
    const difference = context.call("sub", () => engine.sub(a, b));
    const pair = `sub of ${text(0)} and ${text(1)}`;
    const expected = model([0, 1], (x, y) => x - y);
    sameBits(evidence, what, pair, await snapshotOf(context, engine, difference), expected);
    const chosen = context.call("where", () => engine.where(engine.lt(a, b), c, b));
    const three = model([0, 1, 2], (x, y, z) => x < y ? z : y);
    const where = `where of ${text(0)} < ${text(1)} and ${text(2)}`;
    sameBits(evidence, what, where, await snapshotOf(context, engine, chosen), three);

    const dim = conflict % shape.length;
    const one = shape.with(dim, Math.max(2, shape[dim]));
    const other = shape.with(dim, times === 0 ? one[dim] + 1 : times * one[dim])
      .slice(lacks[1] % (dim + 1));
    const [left, right] = [one, other].map((of) =>
      engine.tensor(
        encodeNumbers(Array(countOf(of)).fill(1), "float32"),
        "float32",
        of,
        context.device,
      )
    );
    for (const op of ["sub", "lt"] as const) {
      const error = refusal(() => engine[op](left, right));
      const named = [one, other].every((of) => error?.message.includes(`[${of.join(", ")}]`));
      demand(evidence, error?.name === "ShapeError" && named, {
        what: "Shapes that don't broadcast are not refused by name",
        where: `${op} of [${one.join(", ")}] and [${other.join(", ")}]`,
        expected: "a ShapeError that names both",
        actual: refusalText(error),
      });
    }
    return evidence;
  },
});
