/**
 * The library of WGSL functions on four float32 at a time. A module that takes functions from it
 * declares `fn zero() -> u32`, a zero that compilers cannot know: it hides values from algebra that
 * holds only for real numbers.
 *
 * Named `f_` and the operation. All take and give `vec4<f32>`, except that comparisons give
 * `vec4<bool>`, and `f_toI32` gives `vec4<i32>`.
 *
 * @module
 */
import { ERROR_FUNCTIONS } from "./error_functions.ts";
import { EXPONENTIAL } from "./exponential_functions.ts";
import { GAMMA } from "./gamma_functions.ts";
import { TRIGONOMETRIC } from "./trigonometric_functions.ts";
import { functionsOf, type WgslFunction } from "./wgsl.ts";

const PLAIN = `
fn f_sqrt(x: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(select(sqrt(x), f_notANumber(), x < vec4<f32>(0.0)), x);
}

fn f_rsqrt(x: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(1.0 / f_sqrt(x), x);
}

fn f_sign(x: vec4<f32>) -> vec4<f32> {
  let none = vec4<f32>(0.0);
  return vec4<f32>(vec4<i32>(x > none) - vec4<i32>(x < none));
}

fn f_round(x: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(round(x), x);
}

fn f_floor(x: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(floor(x), x);
}

fn f_ceil(x: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(ceil(x), x);
}

fn f_trunc(x: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(trunc(x), x);
}

fn f_maximum(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(f_unlessNan(select(a, b, b > a), b), a);
}

fn f_minimum(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(f_unlessNan(select(a, b, b < a), b), a);
}

fn f_eq(a: vec4<f32>, b: vec4<f32>) -> vec4<bool> {
  return a == b;
}

// a != b is false for NaN once it is translated to SPIR-V.
fn f_ne(a: vec4<f32>, b: vec4<f32>) -> vec4<bool> {
  return !(a == b);
}

fn f_lt(a: vec4<f32>, b: vec4<f32>) -> vec4<bool> {
  return a < b;
}

fn f_le(a: vec4<f32>, b: vec4<f32>) -> vec4<bool> {
  return a <= b;
}

fn f_gt(a: vec4<f32>, b: vec4<f32>) -> vec4<bool> {
  return a > b;
}

fn f_ge(a: vec4<f32>, b: vec4<f32>) -> vec4<bool> {
  return a >= b;
}

// Long division of the significands, eight bits of the quotient at a time.
fn f_fmod(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  let x = bitcast<vec4<u32>>(a) & vec4<u32>(0x7fffffffu);
  let y = bitcast<vec4<u32>>(b) & vec4<u32>(0x7fffffffu);
  let one = vec4<u32>(1u);
  let ex = max(x >> vec4<u32>(23u), one);
  let ey = max(y >> vec4<u32>(23u), one);
  let mx = x - ((ex - one) << vec4<u32>(23u));
  let my = max(y - ((ey - one) << vec4<u32>(23u)), one);
  var left = vec4<i32>(ex) - vec4<i32>(ey);
  var r = mx % my;
  while any(left > vec4<i32>(0)) {
    let n = clamp(left, vec4<i32>(0), vec4<i32>(8));
    r = (r << vec4<u32>(n)) % my;
    left -= n;
  }
  let size = f_scale(vec4<f32>(r), vec4<i32>(ey) - vec4<i32>(150));
  let infinite = vec4<u32>(0x7f800000u);
  let undefined = (y == vec4<u32>(0u)) | (x >= infinite) | (y > infinite);
  let rest = f_signed(select(size, bitcast<vec4<f32>>(x), x < y), a);
  return select(rest, f_notANumber(), undefined);
}

fn f_remainder(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  let r = f_fmod(a, b);
  let zero4 = vec4<f32>(0.0);
  return select(r, r + b, !(r == zero4) & ((r < zero4) != (b < zero4)));
}

fn f_floorDivide(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  let r = f_fmod(a, b);
  let zero4 = vec4<f32>(0.0);
  let inexact = !(r == zero4) & ((r < zero4) != (b < zero4));
  let quotient = opaque(opaque(a - r) / b) - select(zero4, vec4<f32>(1.0), inexact);
  let whole = floor(quotient);
  let near = whole + select(zero4, vec4<f32>(1.0), quotient - whole > vec4<f32>(0.5));
  let plain = a / b;
  let y = select(near, f_signed(zero4, plain), quotient == zero4);
  return f_unlessNan(f_unlessNan(select(f_unlessNan(y, r), plain, b == zero4), b), a);
}

// Bits as integers in the order of the numbers; both zeros are 0.
fn f_order(x: vec4<f32>) -> vec4<i32> {
  let bits = bitcast<vec4<i32>>(x);
  return select(bits, vec4<i32>(i32(-2147483647 - 1)) - bits, bits < vec4<i32>(0));
}

fn f_next(a: vec4<f32>, b: vec4<f32>, unit: i32) -> vec4<f32> {
  let x = f_order(a);
  let y = f_order(b);
  let moved = x + select(vec4<i32>(-unit), vec4<i32>(unit), y > x);
  // A number that becomes 0 keeps its sign.
  let none = vec4<i32>(0);
  let below = (moved < none) | ((moved == none) & (x < none));
  let sign = select(vec4<u32>(0u), vec4<u32>(0x80000000u), below);
  let next = bitcast<vec4<u32>>(abs(moved)) | sign;
  let some = bitcast<vec4<f32>>(select(next, bitcast<vec4<u32>>(b), x == y));
  return f_unlessNan(f_unlessNan(some, b), a);
}

fn f_nextafter(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return f_next(a, b, 1);
}

fn f_nextafterBfloat(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return f_next(a, b, 65536);
}

// What rounds to the next half: between half a unit and one and a half from a, on either side.
fn f_nextafterHalf(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  let size = abs(a);
  let step = max(size * 0x1.4p-11, vec4<f32>(0x1.8p-25));
  let near = a + select(-step, step, b > a);
  let infinite = bitcast<vec4<u32>>(size) == vec4<u32>(0x7f800000u);
  let next = select(near, f_signed(vec4<f32>(65504.0), a), infinite);
  return f_unlessNan(f_unlessNan(select(next, b, a == b), b), a);
}

// As x86 converts, which PyTorch's CPU shows: what does not fit becomes the least integer.
fn f_toI32(x: vec4<f32>) -> vec4<i32> {
  let fits = (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) < vec4<u32>(0x4f000000u);
  let least = vec4<i32>(i32(-2147483647 - 1));
  return select(least, vec4<i32>(select(vec4<f32>(0.0), x, fits)), fits);
}

fn f_toHalfGrid(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let bits = bitcast<vec4<u32>>(a);
  let odd = (bits >> vec4<u32>(13u)) & vec4<u32>(1u);
  let rounded = (bits + vec4<u32>(0xfffu) + odd) & vec4<u32>(0xffffe000u);
  let finite = select(bitcast<vec4<f32>>(rounded), f_infinity(), rounded > vec4<u32>(0x477fe000u));
  let fine = round(a * 0x1p24f) * 0x1p-24f;
  return f_signed(select(finite, fine, bits < vec4<u32>(0x38800000u)), x);
}

fn f_toBfloatGrid(x: vec4<f32>) -> vec4<f32> {
  let bits = bitcast<vec4<u32>>(x);
  let odd = (bits >> vec4<u32>(16u)) & vec4<u32>(1u);
  let rounded = (bits + vec4<u32>(0x7fffu) + odd) & vec4<u32>(0xffff0000u);
  return f_unlessNan(bitcast<vec4<f32>>(rounded), x);
}
`;

/** The functions by name, and the structs `LogParts` and `Reduced`. */
export const FLOAT_FUNCTIONS: Readonly<Record<string, WgslFunction>> = functionsOf(
  [EXPONENTIAL, ERROR_FUNCTIONS, TRIGONOMETRIC, GAMMA, PLAIN].join("\n"),
);
