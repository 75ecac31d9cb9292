/**
 * The meaning of every scalar step, on JavaScript numbers and bigints. Values are already rounded
 * to their dtype; `int64` is a bigint, `bool` is 0 or 1.
 *
 * @module
 */
import { type DType, DTYPES } from "../dtype.ts";
import type { BinaryOp, ReduceOp, UnaryOp } from "../node.ts";
import { philox } from "../philox.ts";
import type { Step } from "../plan.ts";
import * as math from "../scalar_math.ts";

/** One element. */
export type Value = number | bigint;

/** Rounds or wraps a raw result to a dtype. */
export function fit(value: Value, dtype: DType): Value {
  switch (dtype) {
    case "float64":
      return value;
    case "float32":
      return Math.fround(value as number);
    case "float16":
      return Math.f16round(Math.fround(value as number));
    case "bfloat16":
      return math.roundBfloat16(value as number);
    case "int64":
      return BigInt.asIntN(64, value as bigint);
    case "int32":
      return (value as number) | 0;
    case "int16":
      return ((value as number) << 16) >> 16;
    case "int8":
      return ((value as number) << 24) >> 24;
    case "uint8":
      return (value as number) & 255;
    default:
      return value;
  }
}

/** The value of a stored element. */
export function decode(stored: Value, dtype: DType): Value {
  if (dtype === "bfloat16") return math.bfloat16Value(stored as number);
  return dtype === "bool" ? (stored === 0 ? 0 : 1) : stored;
}

/** The stored form of a value. */
export function encode(value: Value, dtype: DType): Value {
  return dtype === "bfloat16" ? math.bfloat16Bits(value as number) : value;
}

const isFloat = (dtype: DType) => DTYPES[dtype].kind === "float";

/** x86's conversion, which PyTorch's CPU shows: what does not fit becomes the least integer. */
function truncate(x: number, bits: 32 | 64): bigint {
  const limit = 2 ** (bits - 1);
  if (!(x > -limit - 1 && x < limit)) return -(1n << BigInt(bits - 1));
  return BigInt(Math.trunc(x));
}

function convert(x: Value, from: DType, to: DType): Value {
  if (to === "bool") return x === 0 || x === 0n ? 0 : 1; // NaN is true
  if (isFloat(to)) return fit(from === "int64" ? int64ToFloat(x as bigint, to) : x, to);
  if (isFloat(from)) {
    if (to === "int64") return truncate(x as number, 64);
    return fit(Number(truncate(x as number, 32)), to);
  }
  const whole = BigInt(x);
  return to === "int64" ? whole : fit(Number(BigInt.asIntN(32, whole)), to);
}

/** Rounds an int64 once: straight to float32 where that is the target. */
function int64ToFloat(x: bigint, to: DType): number {
  if (to === "float64") return Number(x);
  const sign = x < 0n ? -1 : 1;
  const magnitude = x < 0n ? -x : x;
  const bits = magnitude.toString(2).length;
  if (bits <= 53) return Math.fround(Number(x));
  // Keep 25 bits and a sticky one, so that rounding to float32 sees what was cut off.
  const cut = BigInt(bits - 26);
  const sticky = (magnitude & ((1n << cut) - 1n)) === 0n ? 0n : 1n;
  return Math.fround(sign * Number((magnitude >> cut) | sticky) * 2 ** Number(cut));
}

function applyUnary(op: UnaryOp, x: Value, dtype: DType): Value {
  switch (op) {
    case "isnan":
      return Number.isNaN(x) ? 1 : 0;
    case "logicalNot":
      return x === 0 || x === 0n ? 1 : 0;
    case "uniform":
      return ((x as number) >>> 8) * 2 ** -24;
    case "bitwiseNot":
      return dtype === "bool" ? 1 - Number(x) : typeof x === "bigint" ? ~x : ~x;
    case "neg":
      return -x;
    case "abs":
      return x < 0 ? -x : typeof x === "number" ? Math.abs(x) : x;
    case "sign":
      if (typeof x === "bigint") return x > 0n ? 1n : x < 0n ? -1n : 0n;
  }
  return isFloat(dtype) ? math.FLOAT_UNARY[op]!(x as number) : integerUnary(op, x);
}

function integerUnary(op: UnaryOp, x: Value): Value {
  if (op === "sign") return x > 0 ? 1 : x < 0 ? -1 : 0;
  return x; // floor, ceil, round, trunc
}

const COMPARE: Partial<Record<BinaryOp, (a: Value, b: Value) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

function extreme(a: Value, b: Value, wantMax: boolean): Value {
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  return wantMax === (b > a) ? b : a;
}

function divideBy(b: bigint): void {
  if (b === 0n) throw new RangeError("ZeroDivisionError: an integer was divided by zero");
}

function intBinary(op: BinaryOp, a: bigint, b: bigint): bigint {
  switch (op) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "fmod":
      divideBy(b);
      return a % b;
    case "remainder": {
      divideBy(b);
      const r = a % b;
      return r !== 0n && (r < 0n) !== (b < 0n) ? r + b : r;
    }
    case "floorDivide": {
      divideBy(b);
      const q = a / b;
      return a % b !== 0n && (a < 0n) !== (b < 0n) ? q - 1n : q;
    }
    case "pow": {
      if (b < 0n) return a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n;
      let result = 1n, base = a;
      for (let n = b; n > 0n; n >>= 1n) {
        if (n & 1n) result = BigInt.asIntN(64, result * base);
        base = BigInt.asIntN(64, base * base);
      }
      return result;
    }
    case "gcd": {
      let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
      while (y !== 0n) [x, y] = [y, x % y];
      return x;
    }
    case "bitwiseAnd":
      return a & b;
    case "bitwiseOr":
      return a | b;
    case "bitwiseXor":
      return a ^ b;
    // By more than there are bits, or by less than none, everything is shifted out.
    case "shiftLeft":
      return b < 0n || b > 63n ? 0n : a << b;
    case "shiftRight":
      return a >> (b < 0n || b > 63n ? 63n : b);
    default:
      throw new TypeError(`${op} does not take integers`);
  }
}

function applyBinary(op: BinaryOp, a: Value, b: Value, operand: DType): Value {
  const compare = COMPARE[op];
  if (compare !== undefined) return compare(a, b) ? 1 : 0;
  if (op === "maximum" || op === "minimum") return extreme(a, b, op === "maximum");
  if (operand === "bool") {
    switch (op) {
      case "add":
      case "bitwiseOr":
        return Number(a) | Number(b);
      case "mul":
      case "bitwiseAnd":
        return Number(a) & Number(b);
      case "bitwiseXor":
        return Number(a) ^ Number(b);
    }
  }
  if (op === "nextafter") return math.nextafter(a as number, b as number, operand);
  if (isFloat(operand)) return math.FLOAT_BINARY[op]!(a as number, b as number);
  const result = intBinary(op, BigInt(a), BigInt(b));
  return operand === "int64" ? result : Number(BigInt.asIntN(32, result));
}

/** The value of a step from its operands' values. */
export function stepValue(
  step: Step | BinaryOp,
  dtype: DType,
  operands: Value[],
  position = 0,
  operandDType: DType = dtype,
): Value {
  const [a, b, c] = operands;
  if (typeof step === "string") return fit(applyBinary(step, a, b, dtype), dtype);
  switch (step.kind) {
    case "const":
      return step.value;
    case "random": {
      const counter = position + step.base;
      return philox(step.key, counter)[step.word] | 0;
    }
    case "cast":
      return convert(a, operandDType, dtype);
    case "unary":
      return fit(applyUnary(step.op, a, operandDType), dtype);
    case "binary":
      return fit(applyBinary(step.op, a, b, operandDType), dtype);
    case "where":
      return a !== 0 ? b : c;
    default:
      throw new TypeError(`${step.kind} is no scalar step`);
  }
}

/** What a reduction over nothing gives. */
export function reduceEmpty(op: ReduceOp, dtype: DType): Value {
  const one = dtype === "int64" ? 1n : 1, zero = dtype === "int64" ? 0n : 0;
  if (op === "prod") return one;
  if (op === "min" && dtype === "bool") return 1;
  return zero;
}

/** Adds one element to a reduction. `state` remembers the extreme for the arg forms. */
export function reduceStep(
  op: ReduceOp,
  value: Value,
  x: Value,
  dtype: DType,
  n: number,
  state: { best: Value; seen: boolean },
): Value {
  switch (op) {
    case "sum":
      // Halves accumulate in float32 and round when they are written.
      return stepValue("add", wide(dtype), [value, x]);
    case "prod":
      return stepValue("mul", wide(dtype), [value, x]);
    case "max":
    case "min":
      return n === 0 ? x : extreme(value, x, op === "max");
    default: {
      const better = !state.seen || (!Number.isNaN(state.best) &&
        (Number.isNaN(x) || (op === "argmax" ? x > state.best : x < state.best)));
      if (!better) return value;
      state.best = x;
      state.seen = true;
      return BigInt(n);
    }
  }
}

function wide(dtype: DType): DType {
  return dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
}
