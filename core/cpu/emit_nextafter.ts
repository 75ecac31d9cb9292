/**
 * Code for the next number of a dtype after another one.
 *
 * @module
 */
import { type Code, op } from "./assembler.ts";
import type { DType } from "../dtype.ts";
import type { Emitter } from "./emitter.ts";

/** The next numbers after the lanes of `x` toward those of `y`. A float16 is to be rounded yet. */
export function emitNextafter(g: Emitter, dtype: DType, x: Code, y: Code): Code {
  const shape = dtype === "float64" ? "f64x2" : "f32x4";
  const next = g.vec(dtype === "float16" ? nearHalf(g, x, y) : moved(g, dtype, x, y));
  const other = g.vec(g.pick(op(`${shape}.eq`, x, y), y, next));
  const numbers = op("v128.and", op(`${shape}.eq`, x, x), op(`${shape}.eq`, y, y));
  return g.vec(g.pick(g.vec(numbers), other, op(`${shape}.add`, x, y)));
}

/** One up or down in the bits, which are in order on each side of 0. */
function moved(g: Emitter, dtype: DType, x: Code, y: Code): Code {
  const wide = dtype === "float64";
  const [float, int] = wide ? ["f64x2", "i64x2"] : ["f32x4", "i32x4"];
  const unit = dtype === "bfloat16" ? 0x10000 : 1;
  const all = (value: number) => wide ? g.i64(BigInt(value)) : g.i32(value);
  const sign = wide ? g.i64(-(1n << 63n)) : g.i32(-(2 ** 31));
  const none = g.i32(0);
  const towardZero = g.vec(op("v128.xor", op(`${float}.gt`, y, x), op(`${float}.gt`, x, none)));
  const bits = g.vec(op(`${int}.add`, x, g.pick(towardZero, all(-unit), all(unit))));
  const least = op("v128.or", op("v128.and", y, sign), all(unit));
  return g.pick(op(`${float}.eq`, x, none), least, bits);
}

/**
 * What rounds to the next half: x plus or minus between half a unit and one and a half, of the units
 * above x and below it.
 */
function nearHalf(g: Emitter, x: Code, y: Code): Code {
  const sign = g.i32(-(2 ** 31));
  const size = g.vec(op("f32x4.abs", x));
  const share = op("f32x4.mul", size, g.f32(1.25 * 2 ** -11));
  const step = op("f32x4.max", share, g.f32(0.75 * 2 ** -24));
  const down = op("v128.andnot", sign, op("f32x4.gt", y, x));
  const near = g.vec(op("f32x4.add", x, op("v128.or", step, down)));
  const largest = op("v128.or", g.f32(65504), op("v128.and", x, sign));
  return g.pick(op("f32x4.eq", size, g.f32(Infinity)), largest, near);
}
