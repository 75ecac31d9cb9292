/**
 * Code for the scalar functions of two arguments, and for choices.
 *
 * @module
 */
import {
  call,
  type Code,
  Func,
  type FuncRef,
  I32,
  i32,
  I64,
  i64,
  type ModuleBuilder,
  op,
  select,
} from "./assembler.ts";
import type { DType } from "../dtype.ts";
import type { BinaryOp } from "../node.ts";
import { fit } from "./element_io.ts";
import { emitNextafter } from "./emit_nextafter.ts";
import { classOf, type Emitter, type Val } from "./emitter.ts";

const COMPARE = new Set<BinaryOp>(["eq", "ne", "lt", "le", "gt", "ge"]);
const CALLED = new Set<BinaryOp>(["floorDivide", "remainder", "fmod", "pow", "atan2", "gcd"]);
const BITS: Partial<Record<BinaryOp, string>> = {
  bitwiseAnd: "v128.and",
  bitwiseOr: "v128.or",
  bitwiseXor: "v128.xor",
};

/** Whether the function works lane by lane. */
export function isHeavyBinary(name: BinaryOp): boolean {
  return CALLED.has(name) || name === "shiftLeft" || name === "shiftRight";
}

/** Emits a function of two arguments of a dtype. */
export function emitBinary(g: Emitter, name: BinaryOp, dtype: DType, a: Val, b: Val): Val {
  const c = classOf(dtype);
  if (c === "mask") return [g.vec(emitMask(name, a[0], b[0]))];
  if (COMPARE.has(name)) return emitCompare(g, name, c, a, b);
  const bits = BITS[name];
  if (bits !== undefined) return g.each(bits, a, b);
  return fit(
    g,
    dtype,
    c === "f32" || c === "f64"
      ? emitFloat(g, name, dtype, c, a, b)
      : emitInteger(g, name, dtype, c, a, b),
  );
}

function emitMask(name: BinaryOp, a: Code, b: Code): Code {
  const not = (x: Code) => op("v128.not", x);
  switch (name) {
    case "add":
    case "maximum":
    case "bitwiseOr":
      return op("v128.or", a, b);
    case "mul":
    case "minimum":
    case "bitwiseAnd":
      return op("v128.and", a, b);
    case "eq":
      return not(op("v128.xor", a, b));
    case "lt":
      return op("v128.andnot", b, a);
    case "gt":
      return op("v128.andnot", a, b);
    case "le":
      return op("v128.or", b, not(a));
    case "ge":
      return op("v128.or", a, not(b));
    case "ne":
    case "bitwiseXor":
      return op("v128.xor", a, b);
    default:
      throw new TypeError(`${name} does not take bool`);
  }
}

function emitCompare(
  g: Emitter,
  name: BinaryOp,
  c: "f32" | "f64" | "i32" | "i64",
  a: Val,
  b: Val,
): Val {
  const sign = c[0] === "i" && name !== "eq" && name !== "ne" ? "_s" : "";
  const full = `${c}x${c === "f32" || c === "i32" ? 4 : 2}.${name}${sign}`;
  if (a.length === 1) return [g.vec(op(full, a[0], b[0]))];
  return [g.vec(g.narrow(op(full, a[0], b[0]), op(full, a[1], b[1])))];
}

function emitFloat(
  g: Emitter,
  name: BinaryOp,
  dtype: DType,
  c: "f32" | "f64",
  a: Val,
  b: Val,
): Val {
  const shape = c === "f32" ? "f32x4" : "f64x2";
  switch (name) {
    case "add":
    case "sub":
    case "mul":
    case "div":
      return g.each(`${shape}.${name}`, a, b);
    case "maximum":
    case "minimum":
      return a.map((x, i) => {
        // pmax(x, y) is x < y ? y : x; what compares false with itself must win.
        const y = b[i];
        const best = name === "maximum" ? op(`${shape}.pmax`, x, y) : op(`${shape}.pmin`, y, x);
        const nan = op("v128.or", op(`${shape}.ne`, x, x), op(`${shape}.ne`, y, y));
        return g.vec(op("v128.or", best, nan));
      });
    case "nextafter":
      return a.map((x, i) => emitNextafter(g, dtype, x, b[i]));
    default:
      return g.callMath(c, g.math(name, 2), [a, b]);
  }
}

function emitInteger(
  g: Emitter,
  name: BinaryOp,
  dtype: DType,
  c: "i32" | "i64",
  a: Val,
  b: Val,
): Val {
  const shape = c === "i32" ? "i32x4" : "i64x2";
  switch (name) {
    case "add":
    case "sub":
    case "mul":
      return g.each(`${shape}.${name}`, a, b);
    case "maximum":
    case "minimum": {
      const largest = name === "maximum";
      if (c === "i32") return g.each(largest ? "i32x4.max_s" : "i32x4.min_s", a, b);
      return a.map((x, i) => {
        const greater = g.vec(op("i64x2.gt_s", x, b[i]));
        return g.vec(largest ? g.pick(greater, x, b[i]) : g.pick(greater, b[i], x));
      });
    }
    case "shiftLeft":
    case "shiftRight":
      return g.perLane(c, c, [a, b], ([x, n]) => shift(name, dtype, c, x, n));
    case "pow":
    case "gcd":
      return g.perLane(c, c, [a, b], ([x, y]) => {
        const target = name === "pow" ? powerFunction(g.module) : gcdFunction(g.module);
        if (c === "i64") return call(target, x, y);
        const wide = (v: Code) => op("i64.extend_i32_s", v);
        return op("i32.wrap_i64", call(target, wide(x), wide(y)));
      });
    default: {
      // Lanes past the end hold anything; only real ones may divide by zero.
      const one: Val = c === "i32" ? [g.i32(1)] : [g.i64(1n), g.i64(1n)];
      const divisor = g.tail === null ? b : g.pickVal(g.tail, b, one);
      return g.perLane(c, c, [a, divisor], ([x, y]) => divide(g, name, c, x, y));
    }
  }
}

const BITS_OF: Partial<Record<DType, number>> = {
  int64: 64,
  int32: 32,
  int16: 16,
  int8: 8,
  uint8: 8,
};

/** Amounts outside of the type shift everything out, as PyTorch has it. */
function shift(name: BinaryOp, dtype: DType, c: "i32" | "i64", x: Code, n: Code): Code {
  const constant = c === "i32" ? i32 : i64;
  const width = BITS_OF[dtype]!;
  const inside = op(`${c}.lt_u`, n, constant(width));
  if (name === "shiftLeft") return select(op(`${c}.shl`, x, n), constant(0), inside);
  const last = c === "i32" ? 31 : 63;
  return op(`${c}.shr_s`, x, select(n, constant(last), inside));
}

function divide(g: Emitter, name: BinaryOp, c: "i32" | "i64", x: Code, y: Code): Code {
  const type = c === "i32" ? I32 : I64;
  const zero = c === "i32" ? i32(0) : i64(0);
  const minusOne = c === "i32" ? i32(-1) : i64(-1);
  const r = g.f.let(type, op(`${c}.rem_s`, x, y)); // traps for y = 0; fine for the least / -1
  if (name === "fmod") return r;
  const differs = op(`${c}.lt_s`, op(`${c}.xor`, x, y), zero);
  const adjust = g.f.let(I32, op("i32.and", op(`${c}.ne`, r, zero), differs));
  if (name === "remainder") return op(`${c}.add`, r, select(y, zero, adjust));
  // The quotient of the least integer by -1 does not fit and would trap: negate instead.
  const negates = op(`${c}.eq`, y, minusOne);
  const safe = select(c === "i32" ? i32(1) : i64(1), y, negates);
  const quotient = select(
    op(`${c}.sub`, zero, x),
    op(`${c}.div_s`, x, safe),
    negates,
  );
  return op(`${c}.sub`, quotient, select(c === "i32" ? i32(1) : i64(1), zero, adjust));
}

const powers = new WeakMap<ModuleBuilder, FuncRef>();

/** x^n for 64-bit integers by squaring, wrapping; negative powers are 0 but for 1 and -1. */
function powerFunction(module: ModuleBuilder): FuncRef {
  const known = powers.get(module);
  if (known !== undefined) return known;
  const f = new Func([I64, I64], [I64]);
  const x = f.param(0), n = f.param(1);
  const result = f.let(I64, i64(1));
  f.if(op("i64.lt_s", n, i64(0)), () => {
    const parity = op("i64.and", n, i64(1));
    const alternating = op("i64.sub", i64(1), op("i64.shl", parity, i64(1)));
    const minusOne = select(alternating, i64(0), op("i64.eq", x, i64(-1)));
    f.set(result, select(i64(1), minusOne, op("i64.eq", x, i64(1))));
  }, () => {
    f.while(() => op("i32.eqz", op("i64.eqz", n)), () => {
      f.if(op("i32.wrap_i64", op("i64.and", n, i64(1))), () => {
        f.set(result, op("i64.mul", result, x));
      });
      f.set(x, op("i64.mul", x, x));
      f.set(n, op("i64.shr_u", n, i64(1)));
    });
  });
  f.emit(result);
  module.add(f);
  powers.set(module, f);
  return f;
}

const divisors = new WeakMap<ModuleBuilder, FuncRef>();

/** The greatest common divisor of 64-bit integers by Euclid's algorithm on their sizes. */
function gcdFunction(module: ModuleBuilder): FuncRef {
  const known = divisors.get(module);
  if (known !== undefined) return known;
  const f = new Func([I64, I64], [I64]);
  const size = (x: Code) =>
    f.let(I64, select(op("i64.sub", i64(0), x), x, op("i64.lt_s", x, i64(0))));
  const x = size(f.param(0)), y = size(f.param(1));
  f.while(() => op("i32.eqz", op("i64.eqz", y)), () => {
    const rest = f.let(I64, op("i64.rem_u", x, y));
    f.set(x, y);
    f.set(y, rest);
  });
  f.emit(x);
  module.add(f);
  divisors.set(module, f);
  return f;
}
