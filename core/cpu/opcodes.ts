/**
 * Binary opcodes by their names in the text format.
 *
 * Source: the WebAssembly core specification 3.0, index of instructions.
 *
 * @module
 */
import type { Code } from "./assembler.ts";

const plain: Record<string, number> = {};
const vector: Record<string, number> = {};

function list(table: Record<string, number>, first: number, names: string): void {
  for (const name of names.trim().split(/\s+/)) table[name] = first++;
}

const NAMES = {
  plain: [
    [0x00, "unreachable"],
    [
      0x28,
      `i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u`,
    ],
    [0x36, `i32.store i64.store f32.store f64.store i32.store8 i32.store16`],
    [
      0x45,
      `i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
      i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
      f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
      i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u
      i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
      i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u
      i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
      f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt
      f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
      f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt
      f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
      i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
      i64.extend_i32_s i64.extend_i32_u
      i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
      f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
      f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
      i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
      i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`,
    ],
  ],
  vector: [
    [
      0,
      `v128.load v128.load8x8_s v128.load8x8_u v128.load16x4_s v128.load16x4_u v128.load32x2_s
      v128.load32x2_u v128.load8_splat v128.load16_splat v128.load32_splat v128.load64_splat
      v128.store v128.const i8x16.shuffle i8x16.swizzle
      i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat
      i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane
      i16x8.extract_lane_s i16x8.extract_lane_u i16x8.replace_lane
      i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane
      f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane`,
    ],
    [
      55,
      `i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u
      i32x4.ge_s i32x4.ge_u f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge
      f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
      v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true
      v128.load8_lane v128.load16_lane v128.load32_lane v128.load64_lane
      v128.store8_lane v128.store16_lane v128.store32_lane v128.store64_lane
      v128.load32_zero v128.load64_zero f32x4.demote_f64x2_zero f64x2.promote_low_f32x4`,
    ],
    [
      101,
      `i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest`,
    ],
    [116, `f64x2.ceil f64x2.floor`],
    [122, `f64x2.trunc`],
    [133, `i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u i16x8.extend_low_i8x16_s`],
    [137, `i16x8.extend_low_i8x16_u`],
    [148, `f64x2.nearest`],
    [160, `i32x4.abs i32x4.neg`],
    [163, `i32x4.all_true i32x4.bitmask`],
    [
      167,
      `i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u
      i32x4.extend_high_i16x8_u i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add`,
    ],
    [177, `i32x4.sub`],
    [181, `i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u`],
    [192, `i64x2.abs i64x2.neg`],
    [
      199,
      `i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u
      i64x2.extend_high_i32x4_u i64x2.shl i64x2.shr_s i64x2.shr_u i64x2.add`,
    ],
    [209, `i64x2.sub`],
    [
      213,
      `i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s
      i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u
      i64x2.extmul_high_i32x4_u f32x4.abs f32x4.neg`,
    ],
    [
      227,
      `f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax
      f64x2.abs f64x2.neg`,
    ],
    [
      239,
      `f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax
      i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u
      i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s
      f64x2.convert_low_i32x4_u`,
    ],
    [0x105, `f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd`],
    [0x10b, `i32x4.relaxed_laneselect i64x2.relaxed_laneselect`],
  ],
} as const;

for (const [first, names] of NAMES.plain) list(plain, first, names);
for (const [first, names] of NAMES.vector) list(vector, first, names);

/** An instruction's name. */
export type OpName = string;

const trunc: Record<string, number> = {};
list(
  trunc,
  0,
  `i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
  i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u`,
);

function leb(value: number): number[] {
  const out: number[] = [];
  for (; value >= 128; value >>= 7) out.push((value & 127) | 128);
  out.push(value);
  return out;
}

/** The bytes of each instruction. */
export const OPCODES: Readonly<Record<OpName, Code>> = Object.fromEntries([
  ...Object.entries(plain).map(([name, code]): [string, Code] => [name, [code]]),
  ...Object.entries(trunc).map(([name, code]): [string, Code] => [name, [0xfc, code]]),
  ...Object.entries(vector).map(([name, code]): [string, Code] => [name, [0xfd, ...leb(code)]]),
  ["memory.copy", [0xfc, 10, 0, 0]],
  ["memory.fill", [0xfc, 11, 0]],
]);
