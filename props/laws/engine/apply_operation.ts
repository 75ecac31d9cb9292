/**
 * Every operation of an engine, called, beside its definition.
 *
 * @module
 */
import type { DType } from "../../../core/mod.ts";
import type { Engine, ReductionName, UnaryName } from "../../engine.ts";
import { ALONG, along, ONE, order, type Share, sorted, TWO } from "./host.ts";
import { countOf, type Numbers, transposed } from "./operand.ts";

/** Operations that put elements elsewhere. */
export const PLACED = [
  ...["sort", "topk", "gather", "scatter", "scatterAdd", "indexSelect", "cat", "stack"] as const,
  ...["matmul", "prelu"] as const,
  ...["transposeInPlace", "tInPlace", "squeezeInPlace", "unsqueezeInPlace"] as const,
];

/** A result, what it should be, and how far it may be off. */
export interface Judged<T> {
  result: T;
  expected: Numbers;
  error?: (share: Share) => readonly number[];
}

/**
 * Calls an operation of an engine, and says what should come of it.
 *
 * @param engine The engine.
 * @param call The operation, the operands' dtype, the shape, which is a matrix's, and the dimension.
 * @param draw Draws the numbers of an operand.
 * @param place Makes a tensor of numbers.
 * @param next Random numbers from 0 to 1.
 * @returns Each result.
 */
export function applyOperation<T>(
  engine: Engine<T>,
  call: { op: string; dtype: DType; shape: readonly number[]; dim: number },
  draw: (low: number, high: number) => Numbers,
  place: (of: Numbers, as?: DType) => T,
  next: () => number,
): Judged<T>[] {
  const { op, dtype, shape } = call;
  const dim = op === "softmax" ? shape.length - 1 : call.dim;
  const pointwise = ONE[op] ?? TWO[op];
  if (pointwise !== undefined) {
    const { host, ranges, rounds } = pointwise;
    const operands = ranges.map(([low, high]) => draw(low, high));
    const numbers = operands[0].numbers.map((a, i) => host(a, operands.at(-1)!.numbers[i], dtype));
    const run = engine[op as UnaryName] as (...tensors: T[]) => T;
    return [{
      result: run(...operands.map((of) => place(of))),
      expected: { shape, numbers },
      ...(rounds.length === 0 ? {} : {
        error: (share) => {
          const shares = rounds.reduce((total, name) => total + share(name), 0);
          return numbers.map((value) => shares * Math.abs(value));
        },
      }),
    }];
  }
  const x = draw(...ALONG[op]?.range ?? [-3, 3] as const);
  const size = shape[dim];
  if (op in ALONG) {
    const { host, error } = ALONG[op];
    return [{
      result: engine[op as ReductionName](place(x), dim),
      expected: along(x, dim, host),
      ...(error === undefined
        ? {}
        : { error: (share) => along(x, dim, (row) => error(row, share)).numbers }),
    }];
  }
  // The same places in each row, some of them several times, but for what is put there.
  const places = Array.from({ length: size }, () => Math.floor(next() * size));
  const each = order(Array.from({ length: size }, next), false);
  const index = (list: readonly number[]) => along(x, dim, () => list);
  const y = draw(-3, 3);
  const rowsOf = (of: Numbers) => {
    const rows: (readonly number[])[] = [];
    along(of, dim, (row) => (rows.push(row), row));
    return rows;
  };
  const sources = rowsOf(y);
  switch (op) {
    case "sort": {
      const descending = next() < 0.5;
      const [values, indices] = engine.sort(place(x), dim, descending);
      return [
        { result: values, expected: along(x, dim, (row) => sorted(row, descending)) },
        { result: indices, expected: along(x, dim, (row) => order(row, descending)) },
      ];
    }
    case "topk": {
      // Which of two equal numbers is taken is not said, but what is there is.
      const k = 1 + Math.floor(next() * size);
      const of = place(x);
      const [values, indices] = engine.topk(of, k, dim);
      const expected = along(x, dim, (row) => sorted(row, true).slice(0, k));
      return [{ result: values, expected }, { result: engine.gather(of, dim, indices), expected }];
    }
    case "gather":
      return [{
        result: engine.gather(place(x), dim, place(index(places), "int64")),
        expected: along(x, dim, (row) => places.map((i) => row[i])),
      }];
    case "indexSelect":
      return [{
        result: engine.indexSelect(
          place(x),
          dim,
          place({ shape: [size], numbers: places }, "int64"),
        ),
        expected: along(x, dim, (row) => places.map((i) => row[i])),
      }];
    case "scatter":
      return [{
        result: engine.scatter(place(x), dim, place(index(each), "int64"), place(y)),
        expected: along(x, dim, (row, at) => row.map((_, i) => sources[at][each.indexOf(i)])),
      }];
    case "scatterAdd": {
      const added = (row: readonly number[], at: number, of: (value: number) => number) =>
        row.map((value, i) =>
          sources[at].reduce(
            (sum, source, j) => places[j] === i ? sum + of(source) : sum,
            of(value),
          )
        );
      return [{
        result: engine.scatterAdd(place(x), dim, place(index(places), "int64"), place(y)),
        expected: along(x, dim, (row, at) => added(row, at, Number)),
        error: (share) =>
          along(
            x,
            dim,
            (row, at) => added(row, at, Math.abs).map((value) => size * share("add") * value),
          ).numbers,
      }];
    }
    case "cat":
      return [{
        result: engine.cat([place(x), place(y)], dim),
        expected: along(x, dim, (row, at) => [...row, ...sources[at]]),
      }];
    case "stack": {
      const flat = { shape: [1, countOf(shape)], numbers: x.numbers };
      const both = along(flat, 0, ([value], at) => [value, y.numbers[at]]);
      return [{
        result: engine.stack([place(x), place(y)], 0),
        expected: { shape: [2, ...shape], numbers: both.numbers },
      }];
    }
    case "prelu": {
      const weights = y.numbers.slice(0, shape[1]);
      const numbers = x.numbers.map((value, i) =>
        value > 0 ? value : value * weights[i % shape[1]]
      );
      return [{
        result: engine.prelu(place(x), place({ shape: [shape[1]], numbers: weights })),
        expected: { shape, numbers },
        error: (share) => numbers.map((value) => share("mul") * Math.abs(value)),
      }];
    }
    case "transposeInPlace":
    case "tInPlace": {
      const result = place(x);
      if (op === "tInPlace") engine.tInPlace(result);
      else engine.transposeInPlace(result, dim, 1 - dim);
      return [{ result, expected: transposed(shape, x.numbers) }];
    }
    case "squeezeInPlace":
    case "unsqueezeInPlace": {
      const long = { shape: shape.toSpliced(dim, 0, 1), numbers: x.numbers };
      const [before, expected] = op === "squeezeInPlace" ? [long, x] : [x, long];
      const result = place(before);
      engine[op](result, dim);
      return [{ result, expected }];
    }
    default: {
      // The product of a matrix with the rows of the other, transposed.
      const rows = shape[0], inner = countOf(shape.slice(1));
      const dot = (fn: (a: number, b: number) => number) =>
        Array.from({ length: rows * rows }, (_, flat) => {
          const [i, j] = [Math.floor(flat / rows), flat % rows];
          return Array.from(
            { length: inner },
            (_, k) => fn(x.numbers[i * inner + k], y.numbers[j * inner + k]),
          ).reduce((sum, value) => sum + value, 0);
        });
      const [left, right] = [x, y].map(({ numbers }) => place({ shape: [rows, inner], numbers }));
      return [{
        result: engine.matmul(left, engine.transpose(right, 0, 1)),
        expected: { shape: [rows, rows], numbers: dot((a, b) => a * b) },
        error: (share) =>
          dot((a, b) => Math.abs(a * b)).map((value) =>
            (inner * share("add") + share("mul")) * value
          ),
      }];
    }
  }
}
