/**
 * Code for conversions between dtypes, as PyTorch's `to(dtype)`.
 *
 * @module
 */
import { type Code, f32, f64, i64, op, select, shuffle32 } from "./assembler.ts";
import type { DType } from "../dtype.ts";
import { fit, lowWords } from "./element_io.ts";
import { classOf, type Emitter, type Val } from "./emitter.ts";

/** Emits a conversion. */
export function emitCast(g: Emitter, from: DType, to: DType, a: Val): Val {
  const source = classOf(from), target = classOf(to);
  if (target === "mask") return source === "mask" ? a : emitToBool(g, source, a);
  switch (source) {
    case "mask":
      return emitFromBool(g, target, a);
    case "i32":
      return fromInt32(g, to, a);
    case "i64":
      return fromInt64(g, to, a);
    case "f32":
      return fromFloat32(g, to, a);
    case "f64":
      return fromFloat64(g, to, a);
  }
}

function emitToBool(g: Emitter, source: "f32" | "f64" | "i32" | "i64", a: Val): Val {
  const none = g.i32(0);
  if (a.length === 1) return [g.vec(op(`${source}x4.ne`, a[0], none))];
  const ne = `${source}x2.ne`;
  return [g.vec(g.narrow(op(ne, a[0], none), op(ne, a[1], none)))];
}

function emitFromBool(g: Emitter, target: "f32" | "f64" | "i32" | "i64", a: Val): Val {
  switch (target) {
    case "f32":
      return [g.vec(op("v128.and", a[0], g.f32(1)))];
    case "i32":
      return [g.vec(op("v128.and", a[0], g.i32(1)))];
    default: {
      const one = target === "f64" ? g.f64(1) : g.i64(1n);
      return g.widen(a[0]).map((m) => g.vec(op("v128.and", m, one)));
    }
  }
}

/** The upper two lanes of four, moved down. */
const upper = (x: Code): Code => shuffle32([2, 3, 2, 3], x, x);

function fromInt32(g: Emitter, to: DType, [x]: Val): Val {
  switch (classOf(to)) {
    case "f32":
      return fit(g, to, [g.vec(op("f32x4.convert_i32x4_s", x))]);
    case "f64":
      return [
        g.vec(op("f64x2.convert_low_i32x4_s", x)),
        g.vec(op("f64x2.convert_low_i32x4_s", upper(x))),
      ];
    case "i64":
      return [
        g.vec(op("i64x2.extend_low_i32x4_s", x)),
        g.vec(op("i64x2.extend_high_i32x4_s", x)),
      ];
    default:
      return fit(g, to, [x]);
  }
}

function fromInt64(g: Emitter, to: DType, a: Val): Val {
  switch (classOf(to)) {
    case "f32":
      return fit(g, to, g.perLane("i64", "f32", [a], ([x]) => op("f32.convert_i64_s", x)));
    case "f64":
      return g.perLane("i64", "f64", [a], ([x]) => op("f64.convert_i64_s", x));
    case "i64":
      return a;
    default:
      return fit(g, to, [lowWords(g, a)]);
  }
}

function fromFloat32(g: Emitter, to: DType, a: Val): Val {
  const [x] = a;
  switch (classOf(to)) {
    case "f32":
      return fit(g, to, a);
    case "f64":
      return [
        g.vec(op("f64x2.promote_low_f32x4", x)),
        g.vec(op("f64x2.promote_low_f32x4", upper(x))),
      ];
    case "i64":
      return g.perLane("f32", "i64", [a], ([v]) =>
        // What does not fit, and NaN, becomes the least integer, as on x86.
        select(
          op("i64.trunc_sat_f32_s", v),
          i64(-(1n << 63n)),
          op("f32.lt", v, f32(2 ** 63)),
        ));
    default: {
      const fits = g.vec(op("f32x4.lt", x, g.f32(2 ** 31)));
      const whole = g.vec(op("i32x4.trunc_sat_f32x4_s", x));
      return fit(g, to, [g.vec(g.pick(fits, whole, g.i32(0x80000000)))]);
    }
  }
}

function fromFloat64(g: Emitter, to: DType, a: Val): Val {
  switch (classOf(to)) {
    case "f32": {
      const low = op("f32x4.demote_f64x2_zero", a[0]);
      const high = op("f32x4.demote_f64x2_zero", a[1]);
      return fit(g, to, [g.vec(shuffle32([0, 1, 4, 5], low, high))]);
    }
    case "f64":
      return a;
    case "i64":
      return g.perLane("f64", "i64", [a], ([v]) =>
        select(
          op("i64.trunc_sat_f64_s", v),
          i64(-(1n << 63n)),
          op("f64.lt", v, f64(2 ** 63)),
        ));
    default: {
      const limit = g.f64(2 ** 31);
      const fits = g.vec(g.narrow(op("f64x2.lt", a[0], limit), op("f64x2.lt", a[1], limit)));
      const whole = g.vec(
        shuffle32(
          [0, 1, 4, 5],
          op("i32x4.trunc_sat_f64x2_s_zero", a[0]),
          op("i32x4.trunc_sat_f64x2_s_zero", a[1]),
        ),
      );
      return fit(g, to, [g.vec(g.pick(fits, whole, g.i32(0x80000000)))]);
    }
  }
}
