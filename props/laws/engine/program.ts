/**
 * Random programs over an engine, as plain data.
 *
 * Every list of steps is a program: operands are counted round and round, and a step that does not
 * suit its operands is left out. So a program can be shrunk by dropping steps, and never becomes
 * invalid by it.
 *
 * @module
 */
import type { DeviceInfo, DeviceName, DType } from "../../../core/mod.ts";
import { type Argument, inputs, type TensorSpec } from "../../argument.ts";
import type { BinaryName, Engine, ReductionName, UnaryName } from "../../engine.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers, fillNumbers } from "../../fill.ts";
import type { Evidence } from "../../law.ts";
import { applyStep } from "./step.ts";

// Of the many operations of an engine those whose errors step.ts can bound from one to the next.
const UNARY: readonly UnaryName[] = [
  ...["neg", "abs", "sign", "floor", "ceil", "round", "trunc", "relu", "sqrt"] as const,
  ...["exp", "log", "sin", "cos", "tanh", "sigmoid", "erf", "gelu"] as const,
];
const BINARY: readonly BinaryName[] = [
  ...["add", "sub", "mul", "div", "maximum", "minimum", "eq", "lt"] as const,
];
const REDUCTIONS: readonly ReductionName[] = ["sum", "mean", "amax", "amin", "argmax", "any"];
const VIEWS = ["transpose", "narrow", "everySecond", "expand", "reshape"] as const;
const WRITES = ["addInPlace", "mulInPlace", "copyInPlace", "fillInPlace"] as const;
const OTHERS = ["cast", "where", "matmul", "softmax", "addScalar", "mulScalar", "clone"] as const;

/** The name of a step's operation. */
export type Operation =
  | UnaryName
  | BinaryName
  | ReductionName
  | "transpose"
  | "narrow"
  | "everySecond"
  | "expand"
  | "reshape"
  | "addInPlace"
  | "mulInPlace"
  | "copyInPlace"
  | "fillInPlace"
  | "cast"
  | "where"
  | "matmul"
  | "softmax"
  | "addScalar"
  | "mulScalar"
  | "clone";

/** One step of a program. */
export interface Step {
  /** The operation. */
  readonly op: Operation;
  /** The operands, by their number, counted round and round. */
  readonly on: readonly [number, number, number];
  /** A dimension, a start or a number, as the operation needs it. */
  readonly by: number;
  /** The dtype of a cast. */
  readonly dtype: DType;
  /** Whether the result is computed at once when the program decides for itself. */
  readonly cook: boolean;
}

/** A program. */
export interface Program {
  /** Two to four tensors to begin with. */
  readonly inputs: readonly TensorSpec[];
  /** What is done. */
  readonly steps: readonly Step[];
}

const DTYPES_USED: readonly DType[] = [
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int64",
  "int32",
  "int16",
  "int8",
  "uint8",
  "bool",
];

/** Draws programs. */
export function programs(): fc.Arbitrary<Program> {
  // One size, longer than a vector of four, or 1: most pairs broadcast.
  const side = fc.constantFrom(1, 5, 5);
  const input = (dtype: DType): fc.Arbitrary<Argument> =>
    inputs.tensor({ shape: [side, side], dtype });
  // Floats more often than others.
  const tensors = fc.oneof(
    { weight: 16, arbitrary: input("float32") },
    ...DTYPES_USED.map((dtype) => ({ weight: 1, arbitrary: input(dtype) })),
  );
  const operand = fc.nat(31);
  const step = fc.record({
    op: fc.oneof<{ weight: number; arbitrary: fc.Arbitrary<Operation> }[]>(
      { weight: 3, arbitrary: fc.constantFrom(...UNARY) },
      { weight: 3, arbitrary: fc.constantFrom(...BINARY) },
      { weight: 2, arbitrary: fc.constantFrom(...REDUCTIONS) },
      { weight: 3, arbitrary: fc.constantFrom(...VIEWS) },
      { weight: 4, arbitrary: fc.constantFrom(...WRITES) },
      { weight: 2, arbitrary: fc.constantFrom(...OTHERS) },
    ),
    on: fc.tuple(operand, operand, operand),
    by: fc.integer({ min: -3, max: 3 }),
    dtype: fc.constantFrom(...DTYPES_USED),
    cook: fc.boolean(),
  });
  return fc.record({
    inputs: fc.array(tensors, { minLength: 2, maxLength: 4, size: "max" }),
    steps: fc.array(step, { minLength: 1, maxLength: 14, size: "max" }),
  }) as fc.Arbitrary<Program>;
}

/**
 * What is known of the values in one piece of memory: how far the engine may be from the exact
 * result. All views of the memory share it.
 */
export interface Memory {
  /** A bound on the absolute error of each element; 0 where every engine gives the same bits. */
  error: number;
  /** The largest absolute value that it has held. */
  size: number;
  /** Whether a sum of floats is in its history: the order of a sum may depend on the layout. */
  reordered: boolean;
}

/** A value of a program: the engine's tensor, and what is known of its memory. */
export interface Value<T> {
  /** The engine's tensor. */
  readonly tensor: T;
  /** What is known of the memory. */
  readonly memory: Memory;
  /** Whether it shows some element of its memory more than once. */
  readonly overlaps: boolean;
  /** The name, for messages: `in0`, `step3 (exp)`. */
  readonly name: string;
}

/** When pending values are computed: at once, as the program says, or not before they are read. */
export type Cooking = "early" | "mixed" | "late";

/** Runs a program, and gives all its values in the order in which they were made. */
export async function run<T>(
  engine: Engine<T>,
  program: Program,
  device: DeviceName,
  cooking: Cooking,
  watch: Watch<T> = {},
): Promise<Value<T>[]> {
  const values: Value<T>[] = [];
  for (const [i, spec] of program.inputs.entries()) {
    const bytes = encodeNumbers(fillNumbers(spec), spec.dtype);
    const tensor = engine.tensor(bytes, spec.dtype, spec.tensor, device);
    const value = {
      tensor,
      memory: { error: 0, size: 0, reordered: false },
      overlaps: false,
      name: `in${i}`,
    };
    values.push(value);
    await watch.after?.(value);
  }
  for (const [i, step] of program.steps.entries()) {
    if (watch.skip?.has(i)) continue;
    const outcome = applyStep(engine, step, values, watch.judged ?? null);
    if (outcome === null) {
      watch.skipped?.(i);
      continue;
    }
    const { tensor, memory, written, overlaps } = outcome;
    const value = { tensor, memory, overlaps, name: `step${i} (${step.op})` };
    if (!written) values.push(value);
    if (cooking === "early" || (cooking === "mixed" && step.cook)) engine.cook(tensor);
    await watch.after?.(value);
    watch.evidence?.note("op", step.op).note("dtype", engine.dtype(tensor));
  }
  return values;
}

/** What to look at while a program runs. */
export interface Watch<T> {
  /** Steps to leave out. */
  skip?: ReadonlySet<number>;
  /** The device that errors are tracked for; steps that would lose track, or that it can't compute, are left out. */
  judged?: DeviceInfo;
  /** Is told of steps that did not suit. */
  skipped?: (step: number) => void;
  /** Is told of each new or written value. */
  after?: (value: Value<T>) => Promise<void>;
  /** Where operations are noted. */
  evidence?: Evidence;
}
