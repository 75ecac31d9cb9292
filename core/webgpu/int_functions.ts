/**
 * WGSL functions of integers, and of float64 as raw bits, four elements at a time.
 *
 * WGSL has neither 64-bit integers nor float64: both are two words. 32-bit division goes over
 * magnitudes, as OpenGL leaves `%` of negatives undefined. A zero divisor gives 0; the caller
 * notes it. Every function is written in integers, since WGSL lets
 * a device flush subnormals and assume that there are no NaNs.
 *
 * @module
 */
import { FLOAT64_WGSL } from "./float64_wgsl.ts";
import { INT64_WGSL } from "./int64_wgsl.ts";

import { functionsOf, type WgslFunction } from "./wgsl.ts";

/** `i_` takes 32-bit integers. Shifts by amounts outside of the type shift everything out. */
const INT32 = `
fn i_magnitude(x: vec4<i32>) -> vec4<u32> {
  let sign = x >> vec4<u32>(31u);
  return bitcast<vec4<u32>>((x ^ sign) - sign);
}

fn i_sign(x: vec4<i32>) -> vec4<i32> {
  return clamp(x, vec4<i32>(-1), vec4<i32>(1));
}

fn i_floorDivide(a: vec4<i32>, b: vec4<i32>) -> vec4<i32> {
  let none = b == vec4<i32>(0);
  let x = i_magnitude(a);
  let y = select(i_magnitude(b), vec4<u32>(1u), none);
  let q = x / y;
  let rest = vec4<u32>(x - q * y != vec4<u32>(0u));
  let signed = select(q, vec4<u32>(0u) - q - rest, (a ^ b) < vec4<i32>(0));
  return select(bitcast<vec4<i32>>(signed), vec4<i32>(0), none);
}

fn i_fmod(a: vec4<i32>, b: vec4<i32>) -> vec4<i32> {
  let x = i_magnitude(a);
  let y = max(i_magnitude(b), vec4<u32>(1u));
  let r = bitcast<vec4<i32>>(x - (x / y) * y);
  return select(r, -r, a < vec4<i32>(0));
}

fn i_remainder(a: vec4<i32>, b: vec4<i32>) -> vec4<i32> {
  let r = i_fmod(a, b);
  return select(r, r + b, (r != vec4<i32>(0)) & ((r ^ b) < vec4<i32>(0)));
}

fn i_gcd(a: vec4<i32>, b: vec4<i32>) -> vec4<i32> {
  var x = i_magnitude(a);
  var y = i_magnitude(b);
  // The worst case, of Fibonacci numbers, takes 46 steps.
  for (var i = 0u; i < 48u; i++) {
    let some = y != vec4<u32>(0u);
    if (!any(some)) { break; }
    let rest = x % max(y, vec4<u32>(1u));
    x = select(x, y, some);
    y = select(y, rest, some);
  }
  return bitcast<vec4<i32>>(x);
}

fn i_pow(a: vec4<i32>, b: vec4<i32>) -> vec4<i32> {
  var result = vec4<i32>(1);
  var x = a;
  var n = bitcast<vec4<u32>>(max(b, vec4<i32>(0)));
  for (var i = 0u; i < 31u; i++) {
    if (all(n == vec4<u32>(0u))) { break; }
    result = select(result, result * x, (n & vec4<u32>(1u)) != vec4<u32>(0u));
    x = x * x;
    n = n >> vec4<u32>(1u);
  }
  // 1 / a: a itself for an odd power of 1 or -1, its square for an even one, else 0.
  let unit = (a == vec4<i32>(1)) | (a == vec4<i32>(-1));
  let odd = (b & vec4<i32>(1)) != vec4<i32>(0);
  let inverse = select(vec4<i32>(0), select(vec4<i32>(1), a, odd), unit);
  return select(result, inverse, b < vec4<i32>(0));
}

fn i_shiftLeft(a: vec4<i32>, n: vec4<i32>) -> vec4<i32> {
  let count = bitcast<vec4<u32>>(n);
  return select(a << (count & vec4<u32>(31u)), vec4<i32>(0), count > vec4<u32>(31u));
}

fn i_shiftRight(a: vec4<i32>, n: vec4<i32>) -> vec4<i32> {
  return a >> min(bitcast<vec4<u32>>(n), vec4<u32>(31u));
}

fn i_wrap16(x: vec4<i32>) -> vec4<i32> {
  return (x << vec4<u32>(16u)) >> vec4<u32>(16u);
}

fn i_wrap8(x: vec4<i32>) -> vec4<i32> {
  return (x << vec4<u32>(24u)) >> vec4<u32>(24u);
}

fn i_wrapU8(x: vec4<i32>) -> vec4<i32> {
  return x & vec4<i32>(255);
}
`;

/** The four words of Philox4x32-10 (see `philox.ts`). */
const PHILOX = `
struct PhiloxWords { w0: vec4<u32>, w1: vec4<u32>, w2: vec4<u32>, w3: vec4<u32> }

fn philox_all(counter_lo: vec4<u32>, counter_hi: vec4<u32>, key: vec2<u32>) -> PhiloxWords {
  var c = PhiloxWords(counter_lo, counter_hi, vec4<u32>(0u), vec4<u32>(0u));
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let p = u_product(vec4<u32>(0xd2511f53u), c.w0);
    let q = u_product(vec4<u32>(0xcd9e8d57u), c.w2);
    c = PhiloxWords(q.hi ^ c.w1 ^ vec4<u32>(k.x), q.lo, p.hi ^ c.w3 ^ vec4<u32>(k.y), p.lo);
    k += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
`;

/** The functions by their names, with the structs `I64`, `Quotient` and `PhiloxWords`. */
export const INT_FUNCTIONS: Readonly<Record<string, WgslFunction>> = functionsOf(
  INT32 + INT64_WGSL + FLOAT64_WGSL + PHILOX,
);
