/**
 * Code for the scalar functions of one argument.
 *
 * @module
 */
import { i32, op } from "./assembler.ts";
import type { DType } from "../dtype.ts";
import type { UnaryOp } from "../node.ts";
import { fit } from "./element_io.ts";
import { classOf, type Emitter, type Val } from "./emitter.ts";
import { evaluate, isVectorF32 } from "./math_f32.ts";

const ROUNDING: Partial<Record<UnaryOp, string>> = {
  floor: "floor",
  ceil: "ceil",
  round: "nearest",
  trunc: "trunc",
};

/** Whether the function works lane by lane or by a long polynomial. */
export function isHeavyUnary(op: UnaryOp): boolean {
  return !LIGHT.has(op);
}

const LIGHT = new Set<UnaryOp>([
  "neg",
  "abs",
  "sign",
  "sqrt",
  "rsqrt",
  "floor",
  "ceil",
  "round",
  "trunc",
  "bitwiseNot",
  "logicalNot",
  "isnan",
  "uniform",
]);

/** Emits a function of one argument of a dtype for several values at once. */
export function emitUnaryAll(
  g: Emitter,
  name: UnaryOp,
  dtype: DType,
  values: readonly Val[],
): Val[] {
  if (classOf(dtype) !== "f32" || !isVectorF32(name)) {
    return values.map((a) => emitUnary(g, name, dtype, a));
  }
  return evaluate(g, name, values.map(([x]) => x)).map((y) => fit(g, dtype, [y]));
}

/** Emits a function of one argument of a dtype. */
function emitUnary(g: Emitter, name: UnaryOp, dtype: DType, a: Val): Val {
  const c = classOf(dtype);
  if (name === "uniform") {
    const upper = op("i32x4.shr_u", a[0], i32(8));
    return [g.vec(op("f32x4.mul", op("f32x4.convert_i32x4_s", upper), g.f32(2 ** -24)))];
  }
  if (name === "isnan") {
    if (c === "f32") return [g.vec(op("f32x4.ne", a[0], a[0]))];
    if (c !== "f64") return [g.i32(0)];
    return [g.vec(g.narrow(op("f64x2.ne", a[0], a[0]), op("f64x2.ne", a[1], a[1])))];
  }
  if (name === "logicalNot") {
    switch (c) {
      case "mask":
        return [g.vec(op("v128.not", a[0]))];
      case "f32":
        return [g.vec(op("f32x4.eq", a[0], g.f32(0)))];
      case "i32":
        return [g.vec(op("i32x4.eq", a[0], g.i32(0)))];
      case "f64":
        return zero(g, "f64x2.eq", a);
      case "i64":
        return zero(g, "i64x2.eq", a);
    }
  }
  switch (c) {
    case "f32":
      return emitF32(g, name, dtype, a);
    case "f64":
      return emitF64(g, name, a);
    case "mask":
      return name === "bitwiseNot" ? [g.vec(op("v128.not", a[0]))] : a;
    default:
      return emitInteger(g, name, dtype, a, c);
  }
}

function zero(g: Emitter, name: string, a: Val): Val {
  const none = g.i32(0);
  return [g.vec(g.narrow(op(name, a[0], none), op(name, a[1], none)))];
}

function emitF32(g: Emitter, name: UnaryOp, dtype: DType, a: Val): Val {
  const [x] = a;
  const rounding = ROUNDING[name];
  if (rounding !== undefined) return fit(g, dtype, g.each(`f32x4.${rounding}`, a));
  switch (name) {
    case "neg":
    case "abs":
      return g.each(`f32x4.${name}`, a);
    case "sign": {
      const up = op("v128.and", op("f32x4.gt", x, g.f32(0)), g.f32(1));
      const down = op("v128.and", op("f32x4.lt", x, g.f32(0)), g.f32(-1));
      return [g.vec(op("v128.or", up, down))];
    }
    case "sqrt":
      return fit(g, dtype, g.each("f32x4.sqrt", a));
    case "rsqrt":
      return fit(g, dtype, [g.vec(op("f32x4.div", g.f32(1), op("f32x4.sqrt", x)))]);
  }
  return fit(g, dtype, g.callMath("f32", g.math(name), [a]));
}

function emitF64(g: Emitter, name: UnaryOp, a: Val): Val {
  const rounding = ROUNDING[name];
  if (rounding !== undefined) return g.each(`f64x2.${rounding}`, a);
  const none = g.f64(0);
  switch (name) {
    case "neg":
    case "abs":
    case "sqrt":
      return g.each(`f64x2.${name}`, a);
    case "sign":
      return a.map((x) =>
        g.vec(
          op(
            "v128.or",
            op("v128.and", op("f64x2.gt", x, none), g.f64(1)),
            op("v128.and", op("f64x2.lt", x, none), g.f64(-1)),
          ),
        )
      );
    case "rsqrt":
      return a.map((x) => g.vec(op("f64x2.div", g.f64(1), op("f64x2.sqrt", x))));
    default:
      return g.callMath("f64", g.math(name), [a]);
  }
}

function emitInteger(g: Emitter, name: UnaryOp, dtype: DType, a: Val, c: "i32" | "i64"): Val {
  const shape = c === "i32" ? "i32x4" : "i64x2";
  switch (name) {
    case "neg":
      return fit(g, dtype, g.each(`${shape}.neg`, a));
    case "abs":
      return fit(g, dtype, g.each(`${shape}.abs`, a));
    case "bitwiseNot":
      return fit(g, dtype, g.each("v128.not", a));
    case "sign": {
      const none = g.i32(0);
      // The masks are -1 where they hold: (x < 0) - (x > 0).
      return a.map((x) =>
        g.vec(op(`${shape}.sub`, op(`${shape}.gt_s`, none, x), op(`${shape}.gt_s`, x, none)))
      );
    }
    default:
      return a; // floor, ceil, round, trunc
  }
}
