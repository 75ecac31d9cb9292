/**
 * One step of a program on an engine, and what it does to the bounds on errors.
 *
 * The bounds are the first-order ones of textbook error analysis (Higham, "Accuracy and Stability of
 * Numerical Algorithms", chapters 2 and 3), as one number for each piece of memory: they never
 * alarm falsely, and at the small sizes of programs they are narrow. How far one operation may be off
 * is the engine's table, `tolerance()`: the judged device's share and the reference device's together.
 *
 * @module
 */
import { type DeviceInfo, type DType, DTYPES, tolerance } from "../../../core/mod.ts";
import {
  BINARY,
  type BinaryName,
  type Engine,
  type ReductionName,
  REDUCTIONS,
  UNARY,
  type UnaryName,
} from "../../engine.ts";
import { apart, ROUNDING, roundsCorrectly } from "../../tolerance.ts";
import type { Memory, Operation, Step, Value } from "./program.ts";

/** What came of a step. */
export interface Outcome<T> {
  /** The result, or the tensor written to. */
  readonly tensor: T;
  /** The result's memory. */
  readonly memory: Memory;
  /** Whether an existing tensor was written to. */
  readonly written: boolean;
  /** Whether it shows some element of its memory more than once. */
  readonly overlaps: boolean;
}

/** Past this, one operation may overflow to infinity in one engine and not in another. */
const TOO_LARGE: Readonly<Partial<Record<DType, number>>> = { float16: 1e3 };

/** Operations whose result jumps: a rounding error before them may become any error. */
const JUMPS: ReadonlySet<string> = new Set([
  "sign",
  "floor",
  "ceil",
  "round",
  "trunc",
  "eq",
  "lt",
  "argmax",
  "any",
  "where",
]);

/** Operations that do nothing but these roundings, if any: devices that round correctly agree. */
const ROUNDED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [
      ...["neg", "abs", "sign", "floor", "ceil", "round", "trunc", "relu", "maximum", "minimum"],
      ...["eq", "lt", "amax", "amin", "argmax", "any"],
    ].map((op) => [op, []]),
  ),
  ...{ add: ["add"], sub: ["sub"], mul: ["mul"], addScalar: ["add"], mulScalar: ["mul"] },
  ...{ addInPlace: ["add"], mulInPlace: ["mul"], div: ["add", "div"], sqrt: ["add", "sqrt"] },
};

/** What is done with a float64 without arithmetic. */
const NO_ARITHMETIC: ReadonlySet<string> = new Set([
  ...["transpose", "narrow", "everySecond", "expand", "reshape", "clone", "cast", "where"],
  ...["copyInPlace", "fillInPlace", "neg", "abs"],
]);

/**
 * Applies a step, or gives null if it does not suit its operands. Where a device is judged, errors are
 * tracked for it, and steps that would lose track, or that it can't compute, don't suit.
 */
export function applyStep<T>(
  engine: Engine<T>,
  step: Step,
  values: readonly Value<T>[],
  judged: DeviceInfo | null,
): Outcome<T> | null {
  const [x, y, z] = step.on.map((number) => values[number % values.length]);
  const on = new Operands(engine, step, x, y, z, judged);
  if (judged !== null && !judged.float64 && !NO_ARITHMETIC.has(step.op)) {
    const dtypes = on.operands(step.op).map(({ tensor }) => engine.dtype(tensor));
    if (dtypes.includes("float64")) return null;
  }
  if (
    judged !== null && JUMPS.has(step.op) && on.memories(step.op).some(({ error }) => error > 0)
  ) {
    return null;
  }
  if (judged !== null && on.memories(step.op).some(({ size }) => !(size < on.limit))) return null;
  const outcome = on.view() ?? on.write() ?? on.compute();
  if (outcome === null) return null;
  const sums = SUMS.has(step.op) && DTYPES[engine.dtype(x.tensor)].kind === "float";
  outcome.memory.reordered ||= sums || on.memories(step.op).some(({ reordered }) => reordered);
  return outcome;
}

/** Operations that add up many numbers, in an order that is the engine's own. */
const SUMS: ReadonlySet<string> = new Set(["sum", "mean", "softmax", "matmul"]);

class Operands<T> {
  readonly engine: Engine<T>;
  readonly step: Step;
  readonly x: Value<T>;
  readonly y: Value<T>;
  readonly z: Value<T>;
  readonly judged: DeviceInfo | null;

  constructor(
    engine: Engine<T>,
    step: Step,
    x: Value<T>,
    y: Value<T>,
    z: Value<T>,
    judged: DeviceInfo | null,
  ) {
    this.engine = engine;
    this.step = step;
    this.x = x;
    this.y = y;
    this.z = z;
    this.judged = judged;
  }

  get #shape(): readonly number[] {
    return this.engine.shape(this.x.tensor);
  }

  /** Beyond this values are left alone. */
  get limit(): number {
    const limits = [this.x, this.y].map(({ tensor }) =>
      TOO_LARGE[this.engine.dtype(tensor)] ?? 1e9
    );
    return Math.min(...limits);
  }

  /** The memories that an operation reads. */
  memories(op: Operation): Memory[] {
    return this.operands(op).map(({ memory }) => memory);
  }

  /** The values that an operation reads. */
  operands(op: Operation): Value<T>[] {
    const { x, y, z } = this;
    if (op === "where") return [x, y, z];
    const two = (BINARY as readonly string[]).includes(op) || op === "matmul" ||
      op.endsWith("InPlace");
    return two ? [x, y] : [x];
  }

  /** A view of the first operand. */
  view(): Outcome<T> | null {
    const { engine, x, step: { op, by } } = this;
    const shape = this.#shape;
    const dim = Math.abs(by) % 2;
    const out = (tensor: T, overlaps = x.overlaps): Outcome<T> => ({
      tensor,
      memory: x.memory,
      written: false,
      overlaps,
    });
    if (op === "transpose") return out(engine.transpose(x.tensor, 0, 1));
    if (op === "narrow") {
      const start = shape[dim] > 1 ? 1 : 0;
      return out(engine.narrow(x.tensor, dim, start, shape[dim] - start));
    }
    if (op === "everySecond") return out(engine.everySecond(x.tensor, dim));
    if (op === "expand") {
      return shape[dim] !== 1
        ? null
        : out(engine.expand(x.tensor, shape.map((size, i) => i === dim ? 5 : size)), true);
    }
    if (op === "reshape") {
      // A view or a copy: what is written to either must not depend on which, so it is a copy's.
      const copy = engine.clone(x.tensor);
      const reshaped = engine.reshape(copy, [shape[1], shape[0]]);
      return { ...out(reshaped, false), memory: { ...x.memory } };
    }
    return null;
  }

  /** A write to the first operand. */
  write(): Outcome<T> | null {
    const { engine, x, y, step: { op, by } } = this;
    if (!op.endsWith("InPlace")) return null;
    const [to, from] = [engine.dtype(x.tensor), engine.dtype(y.tensor)];
    const shape = this.#shape, other = engine.shape(y.tensor);
    const done = (error: number): Outcome<T> => {
      x.memory.error = Math.max(x.memory.error, error);
      return { tensor: x.tensor, memory: x.memory, written: true, overlaps: false };
    };
    // Elements that a view shows several times can't be written one by one.
    if (x.overlaps) return null;
    if (op === "fillInPlace") {
      engine.fillInPlace(x.tensor, DTYPES[to].signed ? by : Math.abs(by));
      return done(0);
    }
    if (x.memory === y.memory) return null;
    if (!other.every((size, i) => size === 1 || size === shape[i])) return null;
    const [kindTo, kindFrom] = [DTYPES[to].kind, DTYPES[from].kind];
    if (kindTo === "bool" || (kindTo === "int" && kindFrom === "float")) return null;
    const u = ROUNDING[to] ?? 0;
    const [a, b] = [x.memory, y.memory];
    const bound = this.#bound();
    if (op === "copyInPlace") engine.copyInPlace(x.tensor, y.tensor);
    else if (op === "addInPlace") engine.addInPlace(x.tensor, y.tensor);
    else engine.mulInPlace(x.tensor, y.tensor);
    const exact = a.error === 0 && b.error === 0;
    if (exact && (op === "copyInPlace" || this.#alike(op, to))) return done(0);
    if (op === "copyInPlace") return done(b.error + 2 * u * b.size);
    return done(bound(op === "addInPlace" ? "add" : "mul", to));
  }

  /** A new value. */
  compute(): Outcome<T> | null {
    const { engine, x, y, z, step: { op, by, dtype } } = this;
    const shape = this.#shape, other = engine.shape(y.tensor);
    const from = engine.dtype(x.tensor);
    const { kind } = DTYPES[from];
    const out = (tensor: T, error: number): Outcome<T> => ({
      tensor,
      memory: { error, size: 0, reordered: false },
      written: false,
      overlaps: false,
    });
    const exact = this.memories(op).every(({ error }) => error === 0);
    const finish = (tensor: T): Outcome<T> => {
      const to = engine.dtype(tensor);
      return out(tensor, exact && this.#alike(op, to) ? 0 : this.#bound()(op, to));
    };
    const broadcasts = (a: readonly number[], b: readonly number[]) =>
      a.every((size, i) => size === b[i] || size === 1 || b[i] === 1);

    if ((UNARY as readonly string[]).includes(op)) {
      if (kind !== "float" && !(["neg", "abs", "sign", "relu"].includes(op) && kind === "int")) {
        return null;
      }
      return finish(engine[op as UnaryName](this.#within(op)));
    }
    if ((BINARY as readonly string[]).includes(op)) {
      if (!broadcasts(shape, other)) return null;
      if (kind === "bool" && (op === "sub" || op === "div")) return null;
      if (op === "sub" && DTYPES[engine.dtype(y.tensor)].kind === "bool") return null;
      // A divisor of at least 1.
      const right = op === "div"
        ? engine.addScalar(engine.abs(this.#number(y.tensor)), 1)
        : y.tensor;
      return finish(engine[op as BinaryName](x.tensor, right));
    }
    if ((REDUCTIONS as readonly string[]).includes(op)) {
      if (op === "mean" && kind !== "float") return null;
      if (op === "argmax" && kind === "bool") return null;
      return finish(engine[op as ReductionName](x.tensor, Math.abs(by) % 2));
    }
    switch (op) {
      case "clone":
        return out(engine.clone(x.tensor), x.memory.error);
      case "cast": {
        // A cast to its own dtype may be the tensor itself.
        if (dtype === from || (!exact && DTYPES[dtype].kind !== "float")) return null;
        // What a float becomes that is beyond an integer's range is nowhere defined.
        if (kind === "float" && DTYPES[dtype].kind === "int") {
          if (!DTYPES[dtype].signed || !(x.memory.size < 100)) return null;
        }
        const error = exact ? 0 : x.memory.error + 2 * (ROUNDING[dtype] ?? 0) * x.memory.size;
        return out(engine.cast(x.tensor, dtype), error);
      }
      case "where": {
        if (!broadcasts(shape, other) || !broadcasts(shape, engine.shape(z.tensor))) return null;
        if (!broadcasts(other, engine.shape(z.tensor))) return null;
        return out(engine.where(engine.cast(x.tensor, "bool"), y.tensor, z.tensor), 0);
      }
      case "matmul":
        return shape[1] !== other[0] || kind !== "float" || engine.dtype(y.tensor) !== from
          ? null
          : finish(engine.matmul(x.tensor, y.tensor));
      case "softmax":
        return kind !== "float" ? null : finish(engine.softmax(x.tensor));
      case "addScalar":
      case "mulScalar": {
        if (kind === "bool") return null;
        const value = DTYPES[from].signed ? by : Math.abs(by);
        const tensor = engine[op](x.tensor, value);
        return out(tensor, exact && this.#alike(op, from) ? 0 : this.#bound()(op, from));
      }
    }
    return null;
  }

  /** The first operand where an operation is defined and tame: 1 + |x| for roots and logarithms. */
  #within(op: string): T {
    const { engine, x: { tensor } } = this;
    if (op === "sqrt" || op === "log") return engine.addScalar(engine.abs(tensor), 1);
    if (op === "exp") return engine.neg(engine.abs(tensor));
    return tensor;
  }

  #number(tensor: T): T {
    return DTYPES[this.engine.dtype(tensor)].kind === "bool"
      ? this.engine.cast(tensor, "float32")
      : tensor;
  }

  /** Whether an operation on the same bits gives the same bits as on the reference device. */
  #alike(op: string, to: DType): boolean {
    if (DTYPES[to].kind !== "float" || this.judged === null) return op in ROUNDED;
    return op in ROUNDED && roundsCorrectly(this.judged.name, ROUNDED[op]);
  }

  /** The bound on the error of an operation's result. */
  #bound(): (op: string, to: DType) => number {
    const { x: { memory: a }, y: { memory: b }, engine } = this;
    const [ea, eb, ma, mb] = [a.error, b.error, a.size, b.size];
    const count = Math.max(...this.#shape);
    const device = this.judged?.name ?? "cpu";
    const devices = ["reference", device] as const;
    const { flush } = tolerance(device, "add");
    const right = engine.dtype(this.y.tensor);
    return (op, to) => {
      const share = (name: string) => apart(devices, name, to);
      switch (op) {
        case "add":
        case "sub":
          return ea + eb + share(op) * (ma + mb + ea + eb) + flush;
        case "addScalar":
          return ea + share("add") * (ma + ea + 3) + flush;
        case "mul":
          return ea * mb + eb * ma + ea * eb + share(op) * (ma + ea) * (mb + eb) + flush;
        case "mulScalar":
          return 3 * ea + share("mul") * 3 * (ma + ea) + flush;
        case "div": // by 1 + |y|
          return ea + (ma + ea) * (eb + apart(devices, "add", right) + share(op)) + flush;
        case "maximum":
        case "minimum":
          return Math.max(ea, eb);
        case "sum":
          return count * (ea + share("add") * count * (ma + ea) + flush);
        case "mean":
          return ea + (count * share("add") + share("div")) * (ma + ea) + 2 * flush;
        case "matmul":
          return count * (ea * mb + eb * ma + ea * eb +
            share("add") * (count + 1) * (ma + ea) * (mb + eb) + 2 * flush);
        case "softmax":
          return 2 * ea + 2 * (share("exp") + share("sub")) + count * share("add") +
            share("div") + 2 * flush;
        case "exp":
        case "sigmoid":
        case "tanh":
        case "erf":
          return 1.2 * ea + share(op) + flush;
        case "sin":
        case "cos":
          return ea + share(op) + flush;
        case "gelu":
          return 1.2 * ea + share(op) * (ma + ea) + flush;
        case "sqrt": // of 1 + |x|
        case "log":
          return ea + (share("add") + share(op)) * (1 + ma + ea);
        default: // neg, abs, relu, amax, amin: no more than what comes in
          return ea;
      }
    };
  }
}
