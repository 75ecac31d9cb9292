/**
 * Plans from a tape of numbers, for property tests: a shorter tape is a simpler plan.
 *
 * @module
 */
import type { Block } from "../../block.ts";
import { type DType, DTYPES } from "../../dtype.ts";
import type { BinaryOp, BlockView, ReduceOp, UnaryOp } from "../../node.ts";
import type { Step } from "../../plan.ts";
import { numelOf } from "../../shape.ts";
import type { Data, Draft } from "./oracle.ts";

const COMPUTING: DType[] = [
  "float32",
  "int64",
  "bool",
  "float64",
  "int32",
  "float16",
  "bfloat16",
  "uint8",
  "int8",
  "int16",
];
const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 1e30, -7.5e-39];
const UNARY: UnaryOp[] = [
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "trunc",
  "isnan",
  "logicalNot",
];
const BINARY: BinaryOp[] = [
  "add",
  "sub",
  "mul",
  "maximum",
  "minimum",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
];
const FLOAT_BINARY: BinaryOp[] = ["div", "floorDivide", "remainder", "fmod", "nextafter"];
const BITS: BinaryOp[] = ["bitwiseAnd", "bitwiseOr", "bitwiseXor"];
const LOGIC: BinaryOp[] = ["maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge", ...BITS];
const REDUCE: ReduceOp[] = ["sum", "max", "min", "argmax", "argmin"];

/** Draws choices from a tape, and zeros when it ends. */
class Tape {
  #at = 0;
  constructor(readonly numbers: readonly number[]) {}
  below(n: number): number {
    return (this.numbers[this.#at++] ?? 0) % n;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** Builds a plan whose results do not depend on the order of sums, so that they compare exactly. */
export function planFrom(numbers: readonly number[]): Draft {
  const tape = new Tape(numbers);
  const rank = tape.below(5);
  const shape = Array.from({ length: rank }, () => tape.of([1, 2, 3, 5, 4, 9, 18]));
  while (numelOf(shape) > 1500) shape[shape.indexOf(Math.max(...shape))] = 2;
  const split = rank - Math.min(tape.below(3), rank);
  const data: Data[] = [];
  const steps: Step[] = [];
  const views: Omit<BlockView, "block">[] = [];
  const raw: boolean[] = [];
  const add = (step: Step, isRaw = false): number => {
    raw.push(isRaw);
    return steps.push(step) - 1;
  };
  const rows = (...operands: number[]): boolean => operands.every((a) => steps[a].row);

  const view = (keepRow: boolean): { view: Omit<BlockView, "block">; length: number } => {
    const order = shape.map((_, d) => d);
    if (tape.below(3) === 1) order.reverse();
    const gap = tape.of([1, 1, 2]);
    const strides = new Array<number>(rank).fill(0);
    let step = gap, offset = 0, length = 0;
    for (let i = rank - 1; i >= 0; i--) {
      const d = order[i];
      if (shape[d] === 1 || (keepRow && d >= split)) continue;
      strides[d] = step;
      step *= shape[d];
    }
    offset = tape.below(3);
    length = 1 + offset;
    for (let d = 0; d < rank; d++) length += strides[d] * (shape[d] - 1);
    return { view: { offset, strides }, length };
  };

  const loads = 1 + tape.below(3);
  for (let i = 0; i < loads; i++) {
    const dtype = tape.of(COMPUTING);
    const made = view(false);
    const strides = made.view.strides.map((s) => tape.below(5) === 1 ? 0 : s);
    const seed = tape.below(1000);
    const values = Array.from({ length: made.length }, (_, j) => element(dtype, seed, j));
    data.push({ dtype, values });
    views.push({ offset: made.view.offset, strides });
    const row = strides.every((s, d) => d < split || s === 0);
    add({ kind: "load", dtype, row, view: null as unknown as BlockView }, true);
  }
  const count = 1 + tape.below(12);
  for (let i = 0; i < count; i++) {
    const a = Math.max(steps.length - 1 - tape.below(4), 0);
    const { dtype } = steps[a];
    const kind = DTYPES[dtype].kind;
    const cast = (b: number): number =>
      steps[b].dtype === dtype ? b : add({ kind: "cast", dtype, row: steps[b].row, a: b });
    switch (tape.below(10)) {
      case 0:
        add({ kind: "const", dtype, row: true, value: element(dtype, tape.below(64), 3) });
        break;
      case 1:
        if (rank > 0) {
          const dim = tape.below(rank);
          add({ kind: "index", dtype: "int64", row: dim < split, dim });
        }
        break;
      case 2:
        add({
          kind: "random",
          dtype: "int32",
          row: false,
          key: [tape.below(100), 7],
          base: tape.of([0, 5, 2 ** 32 - 3]),
          word: tape.below(4),
        });
        break;
      case 3: {
        const to = tape.of(COMPUTING);
        if (to !== dtype) add({ kind: "cast", dtype: to, row: steps[a].row, a });
        break;
      }
      case 4: {
        const op = kind === "bool"
          ? tape.of<UnaryOp>(["logicalNot", "bitwiseNot"])
          : tape.of(UNARY);
        const result = op === "isnan" || op === "logicalNot" ? "bool" : dtype;
        add({ kind: "unary", op, dtype: result, row: steps[a].row, a });
        break;
      }
      case 5: {
        const cond = tape.below(steps.length);
        if (steps[cond].dtype !== "bool") break;
        const b = cast(tape.below(steps.length));
        add({ kind: "where", dtype, row: rows(cond, a, b), cond, a, b });
        break;
      }
      case 6: {
        if (split === rank) break;
        const op = tape.of(REDUCE);
        if (op === "sum" && kind === "float") {
          if (!raw[a]) break;
          // Quarters add exactly in any order; what is far larger or smaller does not.
          data[a] = { dtype, values: data[a].values.map((x) => isQuarter(x) ? x : 0) };
        }
        const result = op.startsWith("arg") ? "int64" : dtype;
        let of = a;
        if ((op === "max" || op === "min") && kind === "float") {
          // The sign of an extreme zero is the order's: adding 0 leaves only +0.
          const zero = add({ kind: "const", dtype, row: true, value: 0 });
          of = add({ kind: "binary", op: "add", dtype, row: steps[a].row, a, b: zero });
        }
        add({ kind: "reduce", op, dtype: result, row: true, a: of });
        break;
      }
      default: {
        const b = cast(Math.max(steps.length - 1 - tape.below(6), 0));
        const ops = kind === "bool"
          ? LOGIC
          : kind === "float"
          ? [...BINARY, ...FLOAT_BINARY]
          : [...BINARY, ...BITS];
        const op = tape.of(ops);
        const result = ["eq", "ne", "lt", "le", "gt", "ge"].includes(op) ? "bool" : dtype;
        add({ kind: "binary", op, dtype: result, row: rows(a, b), a, b });
      }
    }
  }
  const written = [steps.length - 1];
  if (tape.below(2) === 1) written.push(Math.max(steps.length - 2, 0));
  const outs = written.map((step) => {
    const made = view(split < rank && steps[step].row);
    return { step, ...made };
  });
  return {
    shape,
    split,
    data,
    results: outs.map(({ step, length }) => ({ dtype: steps[step].dtype, length })),
    build: (blocks: Block[]) => ({
      steps: steps.map((step, i): Step =>
        step.kind === "load" ? { ...step, view: { ...views[i], block: blocks[i] } } : step
      ),
      outputs: outs.map(({ step, view }, i) => ({
        step,
        view: { ...view, block: blocks[data.length + i] },
      })),
    }),
  };
}

/** Whether a value is one of the quarters of `element`, or no finite number. */
function isQuarter(x: number | bigint): boolean {
  return !Number.isFinite(x) || (Math.abs(Number(x)) < 2 ** 20 && Number.isInteger(4 * Number(x)));
}

function element(dtype: DType, seed: number, j: number): number | bigint {
  const n = (Math.imul(seed + 31 * j, 0x9e3779b1) >>> 26) - 32;
  switch (DTYPES[dtype].kind) {
    case "float": {
      const x = n % 13 === 0 ? SPECIAL[Math.abs(n + j) % SPECIAL.length] : n / 4;
      if (dtype === "float16") return Math.f16round(x);
      if (dtype === "bfloat16") {
        return Math.abs(x) > 1e20 && Number.isFinite(x) ? 2 ** 99 : Math.abs(x) < 1e-30 ? x * 0 : x;
      }
      return dtype === "float32" ? Math.fround(x) : x;
    }
    case "bool":
      return n & 1;
    default: {
      if (dtype === "int64") return n % 7 === 0 ? BigInt(n) << 57n : BigInt(n);
      const wide = n % 7 === 0 ? n * 0x3fffff1 : n;
      return dtype === "int32"
        ? wide | 0
        : dtype === "int16"
        ? (wide << 16) >> 16
        : dtype === "int8"
        ? (wide << 24) >> 24
        : wide & 255;
    }
  }
}
