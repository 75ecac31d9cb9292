/**
 * Elements in memory against elements in vectors: every dtype's loads, stores and rounding.
 *
 * @module
 */
import { type Code, load, loadLane, op, shuffle32, store, storeLane } from "./assembler.ts";
import { type DType, DTYPES } from "../dtype.ts";
import type { Emitter, Val } from "./emitter.ts";

/** Four elements as they lie in memory, in the low bytes of one vector, or in two. */
type Raw = readonly Code[];

const half = (x: Code): Raw => [x];

/** Reads four consecutive elements. */
export function loadRun(g: Emitter, dtype: DType, address: Code, offset: number): Val {
  const { itemSize } = DTYPES[dtype];
  if (itemSize === 8) {
    return decode(g, dtype, [
      g.vec(load("v128.load", address, offset)),
      g.vec(load("v128.load", address, offset + 16)),
    ]);
  }
  const name = itemSize === 4 ? "v128.load" : `v128.load${itemSize * 32}_zero`;
  return decode(g, dtype, half(g.vec(load(name, address, offset))));
}

/** Reads one element into all four places. */
export function loadSplat(g: Emitter, dtype: DType, address: Code): Val {
  const { itemSize } = DTYPES[dtype];
  const x = g.vec(load(`v128.load${itemSize * 8}_splat`, address));
  return decode(g, dtype, itemSize === 8 ? [x, x] : half(x));
}

/** Reads four elements from four addresses. */
export function loadScattered(g: Emitter, dtype: DType, addresses: readonly Code[]): Val {
  const { itemSize } = DTYPES[dtype];
  const name = `v128.load${itemSize * 8}_lane`;
  const two = (a: Code, b: Code) => loadLane(name, 1, b, load("v128.load64_zero", a));
  if (itemSize === 8) {
    return decode(g, dtype, [
      g.vec(two(addresses[0], addresses[1])),
      g.vec(two(addresses[2], addresses[3])),
    ]);
  }
  let x = load(
    itemSize === 4 ? "v128.load32_zero" : `v128.load${itemSize * 8}_splat`,
    addresses[0],
  );
  for (let i = 1; i < 4; i++) x = loadLane(name, i, addresses[i], x);
  return decode(g, dtype, half(g.vec(x)));
}

/** Writes four consecutive elements. */
export function storeRun(
  g: Emitter,
  dtype: DType,
  address: Code,
  offset: number,
  value: Val,
): void {
  const raw = encode(g, dtype, value);
  switch (DTYPES[dtype].itemSize) {
    case 8:
      g.f.emit(store("v128.store", address, raw[0], offset));
      g.f.emit(store("v128.store", address, raw[1], offset + 16));
      return;
    case 4:
      g.f.emit(store("v128.store", address, raw[0], offset));
      return;
    case 2:
      g.f.emit(storeLane("v128.store64_lane", 0, address, raw[0], offset));
      return;
    default:
      g.f.emit(storeLane("v128.store32_lane", 0, address, raw[0], offset));
  }
}

/**
 * Writes elements to their own addresses.
 *
 * @param count An i32 from 1 to 4 saying how many, or a number known now.
 */
export function storeScattered(
  g: Emitter,
  dtype: DType,
  addresses: readonly Code[],
  value: Val,
  count: Code | number,
): void {
  const raw = encode(g, dtype, value);
  const { itemSize } = DTYPES[dtype];
  const put = (at: number): void => {
    const [vector, l] = itemSize === 8 ? [raw[at >> 1], at & 1] : [raw[0], at];
    g.f.emit(storeLane(`v128.store${itemSize * 8}_lane`, l, addresses[at], vector));
  };
  if (typeof count === "number") {
    for (let at = 0; at < count; at++) put(at);
    return;
  }
  const rest = (at: number): void => {
    put(at);
    if (at === 2) return; // a partly filled vector has three elements at most
    g.f.if(op("i32.gt_u", count, [0x41, at + 1]), () => rest(at + 1));
  };
  rest(0);
}

function decode(g: Emitter, dtype: DType, raw: Raw): Val {
  const [x] = raw;
  switch (dtype) {
    case "int16":
      return [g.vec(op("i32x4.extend_low_i16x8_s", x))];
    case "int8":
      return [g.vec(op("i32x4.extend_low_i16x8_s", op("i16x8.extend_low_i8x16_s", x)))];
    case "uint8":
      return [g.vec(op("i32x4.extend_low_i16x8_u", op("i16x8.extend_low_i8x16_u", x)))];
    case "bool": {
      const wide = op("i32x4.extend_low_i16x8_u", op("i16x8.extend_low_i8x16_u", x));
      return [g.vec(op("i32x4.ne", wide, g.i32(0)))];
    }
    case "bfloat16":
      return [g.vec(op("i32x4.shl", op("i32x4.extend_low_i16x8_u", x), [0x41, 16]))];
    case "float16":
      return [halfToFloat(g, g.vec(op("i32x4.extend_low_i16x8_u", x)))];
    default:
      return raw;
  }
}

function encode(g: Emitter, dtype: DType, value: Val): Raw {
  const [x] = value;
  switch (dtype) {
    case "int16":
      return half(g.vec(op("i16x8.narrow_i32x4_s", x, x)));
    case "int8": {
      const words = g.vec(op("i16x8.narrow_i32x4_s", x, x));
      return half(g.vec(op("i8x16.narrow_i16x8_s", words, words)));
    }
    case "bool":
    case "uint8": {
      const bits = dtype === "bool" ? g.vec(op("v128.and", x, g.i32(1))) : x;
      const words = g.vec(op("i16x8.narrow_i32x4_s", bits, bits));
      return half(g.vec(op("i8x16.narrow_i16x8_u", words, words)));
    }
    case "bfloat16": {
      const words = g.vec(op("i32x4.shr_u", x, [0x41, 16]));
      return half(g.vec(op("i16x8.narrow_i32x4_u", words, words)));
    }
    case "float16": {
      const words = floatToHalf(g, x);
      return half(g.vec(op("i16x8.narrow_i32x4_u", words, words)));
    }
    default:
      return value;
  }
}

const by = (bits: number): Code => [0x41, bits];

/** float16 bits in 32-bit lanes to float32, exactly. The product makes subnormals right. */
function halfToFloat(g: Emitter, h: Code): Code {
  const magnitude = g.vec(op("v128.and", h, g.i32(0x7fff)));
  const scaled = op("f32x4.mul", op("i32x4.shl", magnitude, by(13)), g.f32(2 ** 112));
  const special = op("v128.and", op("i32x4.ge_s", magnitude, g.i32(0x7c00)), g.i32(0x7f800000));
  const sign = op("i32x4.shl", op("v128.and", h, g.i32(0x8000)), by(16));
  return g.vec(op("v128.or", op("v128.or", scaled, special), sign));
}

/** float32 lanes that are on float16's grid to float16 bits in 32-bit lanes. */
function floatToHalf(g: Emitter, x: Code): Code {
  const sign = op("i32x4.shr_u", op("v128.and", x, g.i32(0x80000000)), by(16));
  const magnitude = g.vec(op("v128.and", x, g.i32(0x7fffffff)));
  const normal = op(
    "i32x4.min_s",
    op("i32x4.shr_u", op("i32x4.sub", magnitude, g.i32(112 << 23)), by(13)),
    g.i32(0x7c00),
  );
  const subnormal = op("i32x4.sub", op("f32x4.add", magnitude, g.f32(0.5)), g.f32(0.5));
  const small = op("i32x4.lt_s", magnitude, g.i32(0x38800000));
  const finite = g.vec(g.pick(g.vec(small), g.vec(subnormal), g.vec(normal)));
  const nan = op("v128.and", op("i32x4.gt_s", magnitude, g.i32(0x7f800000)), g.i32(0x7e00));
  return g.vec(op("v128.or", op("v128.or", finite, nan), sign));
}

function roundToHalf(g: Emitter, x: Code): Code {
  const sign = op("v128.and", x, g.i32(0x80000000));
  const magnitude = g.vec(op("v128.and", x, g.i32(0x7fffffff)));
  const odd = op("v128.and", op("i32x4.shr_u", magnitude, by(13)), g.i32(1));
  const up = op("i32x4.add", op("i32x4.add", magnitude, g.i32(0xfff)), odd);
  const normal = g.vec(op("v128.and", up, g.i32(~0x1fff)));
  const over = g.vec(op("i32x4.ge_s", normal, g.i32(0x47800000)));
  const bounded = g.vec(g.pick(over, g.i32(0x7f800000), normal));
  const subnormal = g.vec(
    op("f32x4.sub", op("f32x4.add", magnitude, g.f32(0.5)), g.f32(0.5)),
  );
  const small = g.vec(op("i32x4.lt_s", magnitude, g.i32(0x38800000)));
  const finite = g.vec(g.pick(small, subnormal, bounded));
  const nan = op("v128.and", op("f32x4.ne", x, x), g.i32(0x7fc00000));
  return g.vec(op("v128.or", op("v128.or", finite, nan), sign));
}

function roundToBfloat(g: Emitter, x: Code): Code {
  const odd = op("v128.and", op("i32x4.shr_u", x, by(16)), g.i32(1));
  const up = op("i32x4.add", op("i32x4.add", x, g.i32(0x7fff)), odd);
  const ordered = op("f32x4.eq", x, x);
  const kept = g.pick(g.vec(ordered), g.vec(up), g.i32(0x7fc00000));
  return g.vec(op("v128.and", kept, g.i32(0xffff0000)));
}

/** Rounds or wraps a result, computed in its class, to its dtype. */
export function fit(g: Emitter, dtype: DType, value: Val): Val {
  const [x] = value;
  switch (dtype) {
    case "float16":
      return [roundToHalf(g, x)];
    case "bfloat16":
      return [roundToBfloat(g, x)];
    case "int16":
      return [g.vec(op("i32x4.shr_s", op("i32x4.shl", x, by(16)), by(16)))];
    case "int8":
      return [g.vec(op("i32x4.shr_s", op("i32x4.shl", x, by(24)), by(24)))];
    case "uint8":
      return [g.vec(op("v128.and", x, g.i32(255)))];
    default:
      return value;
  }
}

/** The low words of two vectors of 64-bit integers. */
export function lowWords(g: Emitter, value: Val): Code {
  return g.vec(shuffle32([0, 2, 4, 6], value[0], value[1]));
}

/** The high words of two vectors of 64-bit integers. */
export function highWords(g: Emitter, value: Val): Code {
  return g.vec(shuffle32([1, 3, 5, 7], value[0], value[1]));
}
