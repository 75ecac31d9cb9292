/**
 * What each scalar operation is in WGSL, on four values at a time. Every result is rounded or
 * wrapped to its dtype, as on the other devices.
 *
 * @module
 */
import type { DType } from "../dtype.ts";
import type { BinaryOp, ReduceOp, UnaryOp } from "../node.ts";
import { classOf } from "./elements.ts";

/** Library functions that are called; their names are collected. */
type Used = Set<string>;

/** A call of a library function. */
export function call(used: Used, name: string, ...operands: string[]): string {
  used.add(name);
  return `${name}(${operands.join(", ")})`;
}

/** Rounds or wraps a value to a dtype that is narrower than its class. */
function fit(text: string, dtype: DType, used: Used): string {
  switch (dtype) {
    case "float16":
      return call(used, "f_toHalfGrid", text);
    case "bfloat16":
      return call(used, "f_toBfloatGrid", text);
    case "int16":
      return call(used, "i_wrap16", text);
    case "int8":
      return call(used, "i_wrap8", text);
    case "uint8":
      return call(used, "i_wrapU8", text);
    default:
      return text;
  }
}

const INFIX: Readonly<Record<string, string>> = { add: "+", sub: "-", mul: "*", div: "/" };
const COMPARE: Readonly<Record<string, string>> = {
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};
const BITWISE: Readonly<Record<string, string>> = {
  bitwiseAnd: "&",
  bitwiseOr: "|",
  bitwiseXor: "^",
};
/** What a truth value's operations are. */
const BOOL: Readonly<Record<string, (a: string, b: string) => string>> = {
  add: (a, b) => `(${a} | ${b})`,
  bitwiseOr: (a, b) => `(${a} | ${b})`,
  maximum: (a, b) => `(${a} | ${b})`,
  mul: (a, b) => `(${a} & ${b})`,
  bitwiseAnd: (a, b) => `(${a} & ${b})`,
  minimum: (a, b) => `(${a} & ${b})`,
  bitwiseXor: (a, b) => `(${a} != ${b})`,
  ne: (a, b) => `(${a} != ${b})`,
  eq: (a, b) => `(${a} == ${b})`,
  lt: (a, b) => `(!${a} & ${b})`,
  le: (a, b) => `(!${a} | ${b})`,
  gt: (a, b) => `(${a} & !${b})`,
  ge: (a, b) => `(${a} | !${b})`,
};
const DIVIDES = new Set<string>(["floorDivide", "remainder", "fmod"]);
/** Integers and truth values are whole already. */
const WHOLE = new Set<string>(["floor", "ceil", "round", "trunc"]);

/** An operation's text, and whether a zero among its divisors is a fault. */
export interface OperatorText {
  readonly text: string;
  readonly mayDivideByZero: boolean;
}

/**
 * The text of a scalar function.
 *
 * @param op Which.
 * @param operands One or two WGSL names.
 * @param from The operands' dtype.
 * @param to The result's dtype.
 * @param used Collects library functions.
 * @param alike Whether both operands are the same value, which compilers take for finite.
 */
export function operatorText(
  op: UnaryOp | BinaryOp,
  operands: readonly string[],
  from: DType,
  to: DType,
  used: Used,
  alike: boolean,
): OperatorText {
  const [a] = operands;
  const b = alike && classOf(from) === "f" ? call(used, "opaque", operands[1]) : operands[1];
  const done = (text: string, mayDivideByZero = false) => ({ text, mayDivideByZero });
  if (op === "uniform") {
    return done(`vec4<f32>(bitcast<vec4<u32>>(${a}) >> vec4<u32>(8u)) * vec4<f32>(0x1p-24f)`);
  }
  if (from === "float64") return done(call(used, `d_${op}`, ...operands));
  switch (classOf(from)) {
    case "f": {
      if (op === "neg") return done(`-${a}`);
      if (op === "abs") return done(`abs(${a})`);
      if (op === "logicalNot") return done(`(${a} == vec4<f32>(0.0))`);
      if (op in COMPARE) return done(call(used, `f_${op}`, a, b));
      const text = op in INFIX
        ? `(${a} ${INFIX[op]} ${b})`
        : call(used, floatFunction(op, from), a, ...(b === undefined ? [] : [b]));
      return done(fit(text, to, used));
    }
    case "b":
      if (op === "logicalNot" || op === "bitwiseNot") return done(`!${a}`);
      if (op === "isnan") return done("vec4<bool>(false)");
      if (WHOLE.has(op) || op === "abs" || op === "sign") return done(a);
      return done(BOOL[op](a, b));
    case "i": {
      if (op === "logicalNot") return done(`(${a} == vec4<i32>(0))`);
      if (op === "isnan") return done("vec4<bool>(false)");
      if (op in COMPARE) return done(`(${a} ${COMPARE[op]} ${b})`);
      if (WHOLE.has(op)) return done(a);
      const text = op === "neg"
        ? `-${a}`
        : op === "abs"
        ? `abs(${a})`
        : op === "bitwiseNot"
        ? `~${a}`
        : op === "maximum"
        ? `max(${a}, ${b})`
        : op === "minimum"
        ? `min(${a}, ${b})`
        : op in INFIX || op in BITWISE
        ? `(${a} ${INFIX[op] ?? BITWISE[op]} ${b})`
        : call(used, `i_${op}`, a, ...(b === undefined ? [] : [b]));
      return done(fit(text, to, used), DIVIDES.has(op));
    }
    default: {
      if (op === "logicalNot") return done(`!${call(used, "l_toBool", a)}`);
      if (op === "isnan") return done("vec4<bool>(false)");
      if (WHOLE.has(op)) return done(a);
      const text = call(used, `l_${op}`, a, ...(b === undefined ? [] : [b]));
      return done(text, DIVIDES.has(op));
    }
  }
}

/** The library's function of floats: the halves have neighbours of their own. */
function floatFunction(op: UnaryOp | BinaryOp, dtype: DType): string {
  if (op !== "nextafter" || dtype === "float32") return `f_${op}`;
  return dtype === "float16" ? "f_nextafterHalf" : "f_nextafterBfloat";
}

/** The text of a conversion, as PyTorch's `to(dtype)`. */
export function castText(a: string, from: DType, to: DType, used: Used): string {
  const [x, y] = [classOf(from), classOf(to)];
  if (to === "float64") {
    switch (x) {
      case "f":
        return call(used, "d_fromF32", a);
      case "i":
        return call(used, "d_fromI32", a);
      case "b":
        return call(used, "d_fromF32", `select(vec4<f32>(0.0), vec4<f32>(1.0), ${a})`);
      default:
        return call(used, "d_fromI64", a);
    }
  }
  if (from === "float64") {
    switch (y) {
      case "f":
        return fit(call(used, "d_toF32", a), to, used);
      case "i":
        return fit(call(used, "d_toI32", a), to, used);
      case "b":
        return call(used, "d_toBool", a);
      default:
        return call(used, "d_toI64", a);
    }
  }
  switch (x + y) {
    case "ff":
      return fit(a, to, used);
    case "fi":
      return fit(call(used, "f_toI32", a), to, used);
    case "fb": // NaN is true
      return `!(${a} == vec4<f32>(0.0))`;
    case "fl":
      return call(used, "l_fromF32", a);
    case "if":
      return fit(`vec4<f32>(${a})`, to, used);
    case "ii":
      return fit(a, to, used);
    case "ib":
      return `(${a} != vec4<i32>(0))`;
    case "il":
      return call(used, "l_fromI32", a);
    case "bf":
      return `select(vec4<f32>(0.0), vec4<f32>(1.0), ${a})`;
    case "bi":
      return `select(vec4<i32>(0), vec4<i32>(1), ${a})`;
    case "bl":
      return call(used, "l_fromBool", a);
    case "lf":
      return fit(call(used, "l_toF32", a), to, used);
    case "li":
      return fit(call(used, "l_toI32", a), to, used);
    case "lb":
      return call(used, "l_toBool", a);
    default: // bool to bool, int64 to int64
      return a;
  }
}

/** Four values from two words each, for every one. */
function words(lo: string, hi: string): string {
  return `I64(vec4<u32>(${lo}), vec4<u32>(${hi}))`;
}

/** What a reduction starts from. */
export function identityOf(op: ReduceOp, dtype: DType, used: Used): string {
  const low = op === "max" || op === "argmax", one = op === "prod";
  switch (classOf(dtype)) {
    case "f":
      if (op === "sum") return "vec4<f32>(0.0)";
      if (one) return "vec4<f32>(1.0)";
      return `vec4<f32>(bitcast<f32>(${low ? "0xff800000u" : "0x7f800000u"} | zero()))`;
    case "b":
      return `vec4<bool>(${one || op === "min" || op === "argmin"})`;
    case "i":
      if (op === "sum") return "vec4<i32>(0)";
      return one ? "vec4<i32>(1)" : `vec4<i32>(${low ? "i32(-2147483647 - 1)" : "2147483647"})`;
    default:
      used.add("I64");
      if (op === "sum") return words("0u", "0u");
      if (one) return words("1u", "0u");
      return low ? words("0u", "0x80000000u") : words("0xffffffffu", "0x7fffffffu");
  }
}

/** Two partial results of a reduction made one. */
export function combineText(op: ReduceOp, a: string, b: string, dtype: DType, used: Used): string {
  const scalar = op === "sum"
    ? "add"
    : op === "prod"
    ? "mul"
    : op === "max"
    ? "maximum"
    : "minimum";
  // Halves add up in float32, small integers in 32 bits; the result is fitted at the end.
  const wide: DType = classOf(dtype) === "f" ? "float32" : classOf(dtype) === "i" ? "int32" : dtype;
  return operatorText(scalar, [a, b], wide, wide, used, false).text;
}

/** Fits the result of a reduction to its dtype. */
export function fitText(text: string, dtype: DType, used: Used): string {
  return fit(text, dtype, used);
}

/** Which of `b` come before `a` for `argmax` and `argmin`: NaN is the most extreme of all. */
export function betterText(
  op: "argmax" | "argmin",
  a: string,
  b: string,
  dtype: DType,
  used: Used,
): string {
  const than = op === "argmax" ? "gt" : "lt";
  if (classOf(dtype) !== "f") return operatorText(than, [b, a], dtype, "bool", used, false).text;
  used.add("f_isnan");
  return `((${call(used, `f_${than}`, b, a)} | f_isnan(${b})) & !f_isnan(${a}))`;
}
