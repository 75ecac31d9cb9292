/**
 * WGSL functions of integers, and of float64 as raw bits, four elements at a time.
 *
 * WGSL has neither 64-bit integers nor float64: both are two words. 32-bit division goes over
 * magnitudes, as OpenGL leaves `%` of negatives undefined. A zero divisor gives 0; the caller asks
 * `i_anyZero` or `l_anyZero` to report it. Every function is written in integers, since WGSL lets
 * a device flush subnormals and assume that there are no NaNs.
 *
 * @module
 */

import { functionsOf, type WgslFunction } from "./wgsl.ts";

/** `i_` takes 32-bit integers. Shifts by amounts outside of the type shift everything out. */
const INT32 = `
fn i_magnitude(x: vec4<i32>) -> vec4<u32> {
  let sign = x >> vec4<u32>(31u);
  return bitcast<vec4<u32>>((x ^ sign) - sign);
}

fn i_anyZero(b: vec4<i32>) -> bool {
  return any(b == vec4<i32>(0));
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

fn i_fromF32(x: vec4<f32>) -> vec4<i32> {
  let bits = bitcast<vec4<u32>>(x);
  let e = (bits >> vec4<u32>(23u)) & vec4<u32>(255u);
  let top = (bits << vec4<u32>(8u)) | vec4<u32>(0x80000000u);
  let m = top >> ((vec4<u32>(158u) - e) & vec4<u32>(31u));
  let inside = select(m, vec4<u32>(0u), e < vec4<u32>(127u));
  let signed = select(inside, vec4<u32>(0u) - inside, bits > vec4<u32>(0x7fffffffu));
  return bitcast<vec4<i32>>(select(signed, vec4<u32>(0x80000000u), e > vec4<u32>(157u)));
}
`;

/** `l_` takes 64-bit integers, two's complement. */
const INT64 = `
struct I64 { lo: vec4<u32>, hi: vec4<u32> }

fn l_negative(a: I64) -> vec4<bool> {
  return a.hi > vec4<u32>(0x7fffffffu);
}

fn l_toBool(a: I64) -> vec4<bool> {
  return (a.lo | a.hi) != vec4<u32>(0u);
}

fn l_anyZero(b: I64) -> bool {
  return any((b.lo | b.hi) == vec4<u32>(0u));
}

fn l_select(cond: vec4<bool>, a: I64, b: I64) -> I64 {
  return I64(select(b.lo, a.lo, cond), select(b.hi, a.hi, cond));
}

fn l_fromI32(x: vec4<i32>) -> I64 {
  return I64(bitcast<vec4<u32>>(x), bitcast<vec4<u32>>(x >> vec4<u32>(31u)));
}

fn l_fromBool(x: vec4<bool>) -> I64 {
  return I64(select(vec4<u32>(0u), vec4<u32>(1u), x), vec4<u32>(0u));
}

fn l_toI32(a: I64) -> vec4<i32> {
  return bitcast<vec4<i32>>(a.lo);
}

fn l_add(a: I64, b: I64) -> I64 {
  let lo = a.lo + b.lo;
  return I64(lo, a.hi + b.hi + vec4<u32>(lo < a.lo));
}

fn l_sub(a: I64, b: I64) -> I64 {
  return I64(a.lo - b.lo, a.hi - b.hi - vec4<u32>(a.lo < b.lo));
}

fn l_neg(a: I64) -> I64 {
  return I64(vec4<u32>(0u) - a.lo, ~a.hi + vec4<u32>(a.lo == vec4<u32>(0u)));
}

fn l_abs(a: I64) -> I64 {
  return l_select(l_negative(a), l_neg(a), a);
}

fn l_sign(a: I64) -> I64 {
  let fill = bitcast<vec4<u32>>(bitcast<vec4<i32>>(a.hi) >> vec4<u32>(31u));
  return I64(fill | vec4<u32>((a.lo | a.hi) != vec4<u32>(0u)), fill);
}

fn l_bitwiseAnd(a: I64, b: I64) -> I64 {
  return I64(a.lo & b.lo, a.hi & b.hi);
}

fn l_bitwiseOr(a: I64, b: I64) -> I64 {
  return I64(a.lo | b.lo, a.hi | b.hi);
}

fn l_bitwiseXor(a: I64, b: I64) -> I64 {
  return I64(a.lo ^ b.lo, a.hi ^ b.hi);
}

fn l_bitwiseNot(a: I64) -> I64 {
  return I64(~a.lo, ~a.hi);
}

fn l_eq(a: I64, b: I64) -> vec4<bool> {
  return ((a.lo ^ b.lo) | (a.hi ^ b.hi)) == vec4<u32>(0u);
}

fn l_ne(a: I64, b: I64) -> vec4<bool> {
  return ((a.lo ^ b.lo) | (a.hi ^ b.hi)) != vec4<u32>(0u);
}

fn l_lt(a: I64, b: I64) -> vec4<bool> {
  let above = bitcast<vec4<i32>>(a.hi) < bitcast<vec4<i32>>(b.hi);
  return select(above, a.lo < b.lo, a.hi == b.hi);
}

fn l_le(a: I64, b: I64) -> vec4<bool> {
  return !l_lt(b, a);
}

fn l_gt(a: I64, b: I64) -> vec4<bool> {
  return l_lt(b, a);
}

fn l_ge(a: I64, b: I64) -> vec4<bool> {
  return !l_lt(a, b);
}

fn l_maximum(a: I64, b: I64) -> I64 {
  return l_select(l_lt(a, b), b, a);
}

fn l_minimum(a: I64, b: I64) -> I64 {
  return l_select(l_lt(b, a), b, a);
}

// The whole product of two words.
fn u_product(a: vec4<u32>, b: vec4<u32>) -> I64 {
  let half = vec4<u32>(16u);
  let mask = vec4<u32>(0xffffu);
  let al = a & mask;
  let ah = a >> half;
  let bl = b & mask;
  let bh = b >> half;
  let p = al * bl;
  let q = ah * bl + (p >> half);
  let r = al * bh + (q & mask);
  return I64((r << half) | (p & mask), ah * bh + (q >> half) + (r >> half));
}

fn l_mul(a: I64, b: I64) -> I64 {
  let p = u_product(a.lo, b.lo);
  return I64(p.lo, p.hi + a.lo * b.hi + a.hi * b.lo);
}

// Shifts by 0 to 63; zeros come in.
fn l_up(a: I64, n: vec4<u32>) -> I64 {
  let s = n & vec4<u32>(31u);
  let lo = a.lo << s;
  let hi = (a.hi << s) | ((a.lo >> vec4<u32>(1u)) >> (s ^ vec4<u32>(31u)));
  let far = n > vec4<u32>(31u);
  return I64(select(lo, vec4<u32>(0u), far), select(hi, lo, far));
}

fn l_down(a: I64, n: vec4<u32>) -> I64 {
  let s = n & vec4<u32>(31u);
  let hi = a.hi >> s;
  let lo = (a.lo >> s) | ((a.hi << vec4<u32>(1u)) << (s ^ vec4<u32>(31u)));
  let far = n > vec4<u32>(31u);
  return I64(select(lo, hi, far), select(hi, vec4<u32>(0u), far));
}

fn l_shiftLeft(a: I64, n: I64) -> I64 {
  let out = (n.hi != vec4<u32>(0u)) | (n.lo > vec4<u32>(63u));
  return l_select(out, I64(vec4<u32>(0u), vec4<u32>(0u)), l_up(a, n.lo));
}

fn l_shiftRight(a: I64, n: I64) -> I64 {
  let out = (n.hi != vec4<u32>(0u)) | (n.lo > vec4<u32>(63u));
  let fill = bitcast<vec4<u32>>(bitcast<vec4<i32>>(a.hi) >> vec4<u32>(31u));
  let d = l_down(I64(a.lo ^ fill, a.hi ^ fill), n.lo);
  return l_select(out, I64(fill, fill), I64(d.lo ^ fill, d.hi ^ fill));
}

fn l_leadingZeros(a: I64) -> vec4<u32> {
  let high = countLeadingZeros(a.hi);
  return select(high, countLeadingZeros(a.lo) + vec4<u32>(32u), a.hi == vec4<u32>(0u));
}

struct Quotient { q: I64, r: I64 }

// The quotient and remainder of magnitudes, at most 2^63; both 0 for a zero divisor.
fn l_divide(a: I64, b: I64) -> Quotient {
  let some = (b.lo | b.hi) != vec4<u32>(0u);
  let y = I64(select(vec4<u32>(1u), b.lo, some), b.hi);
  var q = a;
  var r = a;
  if (all((a.hi | b.hi) == vec4<u32>(0u))) {
    q.lo = a.lo / y.lo;
    r.lo = a.lo - q.lo * y.lo;
  } else {
    // Bit by bit from the first that can be set: what lies above it is less than the divisor.
    let up = l_leadingZeros(y) + vec4<u32>(1u);
    let bits = up - min(l_leadingZeros(a), up);
    let steps = max(max(max(bits.x, bits.y), max(bits.z, bits.w)), 1u);
    let n = vec4<u32>(steps);
    r = l_down(l_down(a, n >> vec4<u32>(1u)), n - (n >> vec4<u32>(1u)));
    q = l_up(a, (vec4<u32>(64u) - n) & vec4<u32>(63u));
    for (var i = 0u; i < steps; i++) {
      r.hi = (r.hi << vec4<u32>(1u)) | (r.lo >> vec4<u32>(31u));
      r.lo = (r.lo << vec4<u32>(1u)) | (q.hi >> vec4<u32>(31u));
      q.hi = (q.hi << vec4<u32>(1u)) | (q.lo >> vec4<u32>(31u));
      let less = select(r.hi < y.hi, r.lo < y.lo, r.hi == y.hi);
      q.lo = (q.lo << vec4<u32>(1u)) | vec4<u32>(!less);
      r = l_select(less, r, l_sub(r, y));
    }
  }
  let keep = select(vec4<u32>(0u), vec4<u32>(0xffffffffu), some);
  return Quotient(I64(q.lo & keep, q.hi & keep), I64(r.lo & keep, r.hi & keep));
}

fn l_floorDivide(a: I64, b: I64) -> I64 {
  let d = l_divide(l_abs(a), l_abs(b));
  let down = l_select(l_toBool(d.r), l_bitwiseNot(d.q), l_neg(d.q));
  return l_select((a.hi ^ b.hi) > vec4<u32>(0x7fffffffu), down, d.q);
}

fn l_fmod(a: I64, b: I64) -> I64 {
  let r = l_divide(l_abs(a), l_abs(b)).r;
  return l_select(l_negative(a), l_neg(r), r);
}

fn l_remainder(a: I64, b: I64) -> I64 {
  let r = l_fmod(a, b);
  let differs = (r.hi ^ b.hi) > vec4<u32>(0x7fffffffu);
  return l_select(l_toBool(r) & differs, l_add(r, b), r);
}

fn l_pow(a: I64, b: I64) -> I64 {
  let negative = l_negative(b);
  var result = I64(vec4<u32>(1u), vec4<u32>(0u));
  var x = a;
  var n = l_select(negative, I64(vec4<u32>(0u), vec4<u32>(0u)), b);
  for (var i = 0u; i < 63u; i++) {
    if (all((n.lo | n.hi) == vec4<u32>(0u))) { break; }
    result = l_select((n.lo & vec4<u32>(1u)) != vec4<u32>(0u), l_mul(result, x), result);
    x = l_mul(x, x);
    n = l_down(n, vec4<u32>(1u));
  }
  // 1 / a: a itself for an odd power of 1 or -1, its square for an even one, else 0.
  let unit = l_eq(a, l_sign(a));
  let odd = (b.lo & vec4<u32>(1u)) != vec4<u32>(0u);
  let inverse = l_select(unit, l_select(odd, a, l_abs(a)), I64(vec4<u32>(0u), vec4<u32>(0u)));
  return l_select(negative, inverse, result);
}

// Rounds once, to nearest even: a carry out of the fraction counts up the exponent.
fn l_toF32(a: I64) -> vec4<f32> {
  let m = l_abs(a);
  let zeros = l_leadingZeros(m);
  let top = l_up(m, zeros & vec4<u32>(63u));
  let whole = top.hi >> vec4<u32>(8u);
  let rest = (top.hi & vec4<u32>(255u)) | vec4<u32>(top.lo != vec4<u32>(0u));
  let up = (rest + vec4<u32>(127u) + (whole & vec4<u32>(1u))) >> vec4<u32>(8u);
  let bits = ((vec4<u32>(189u) - zeros) << vec4<u32>(23u)) + whole + up;
  let sign = a.hi & vec4<u32>(0x80000000u);
  return bitcast<vec4<f32>>(select(bits, vec4<u32>(0u), top.hi == vec4<u32>(0u)) | sign);
}

// Truncates; the least integer for what does not fit and NaN, as on x86.
fn l_fromF32(x: vec4<f32>) -> I64 {
  let bits = bitcast<vec4<u32>>(x);
  let e = (bits >> vec4<u32>(23u)) & vec4<u32>(255u);
  let top = I64(vec4<u32>(0u), (bits << vec4<u32>(8u)) | vec4<u32>(0x80000000u));
  return l_place(top, vec4<u32>(189u) - e, bits);
}

// An integer of a sign and a magnitude of 63 bits below the top one, moved down by n + 1.
fn l_place(top: I64, n: vec4<u32>, sign: vec4<u32>) -> I64 {
  let zero = vec4<u32>(0u);
  let m = l_down(l_down(top, vec4<u32>(1u)), n & vec4<u32>(63u));
  let signed = l_select(sign > vec4<u32>(0x7fffffffu), l_neg(m), m);
  let inside = l_select(n > vec4<u32>(62u), I64(zero, zero), signed);
  return l_select(n > vec4<u32>(0x7fffffffu), I64(zero, vec4<u32>(0x80000000u)), inside);
}
`;

/** `d_` takes float64 as the bits of an int64. */
const FLOAT64 = `
fn d_fromF32(x: vec4<f32>) -> I64 {
  let bits = bitcast<vec4<u32>>(x);
  let m = bits & vec4<u32>(0x7fffffffu);
  // Subnormals move up until their leading bit is in the place of the implied one.
  let up = select(vec4<u32>(0u), countLeadingZeros(m) - vec4<u32>(8u), m < vec4<u32>(0x800000u));
  let n = m << (up & vec4<u32>(31u));
  let finite = (n >> vec4<u32>(3u)) + ((vec4<u32>(896u) - up) << vec4<u32>(20u));
  let quiet = select(vec4<u32>(0x7ff00000u), vec4<u32>(0x7ff80000u), m > vec4<u32>(0x7f800000u));
  let special = (m >> vec4<u32>(3u)) | quiet;
  let some = select(finite, special, m >= vec4<u32>(0x7f800000u));
  let hi = select(some, vec4<u32>(0u), m == vec4<u32>(0u));
  return I64(n << vec4<u32>(29u), hi | (bits & vec4<u32>(0x80000000u)));
}

fn d_isnan(a: I64) -> vec4<bool> {
  let m = (a.hi & vec4<u32>(0x7fffffffu)) | vec4<u32>(a.lo != vec4<u32>(0u));
  return m > vec4<u32>(0x7ff00000u);
}

// Rounds once, to nearest even.
fn d_toF32(a: I64) -> vec4<f32> {
  let e = (a.hi >> vec4<u32>(20u)) & vec4<u32>(2047u);
  let fraction = ((a.hi & vec4<u32>(0xfffffu)) << vec4<u32>(3u)) | (a.lo >> vec4<u32>(29u));
  let m = fraction | vec4<u32>(0x800000u);
  let below = a.lo << vec4<u32>(3u);
  // From 1151 on all overflows; below 897 the result is subnormal, and its bits move down.
  let place = clamp(e, vec4<u32>(897u), vec4<u32>(1151u));
  let s = min(place - min(e, place), vec4<u32>(31u));
  let lost = (below << vec4<u32>(1u)) << (s ^ vec4<u32>(31u));
  let rest = (below >> s) | ((m << vec4<u32>(1u)) << (s ^ vec4<u32>(31u)))
    | vec4<u32>(lost != vec4<u32>(0u));
  let whole = m >> s;
  let up = vec4<u32>(rest > vec4<u32>(0x80000000u) - (whole & vec4<u32>(1u)));
  let rounded = ((place - vec4<u32>(897u)) << vec4<u32>(23u)) + whole + up;
  let number = min(rounded, vec4<u32>(0x7f800000u));
  let bits = select(number, fraction | vec4<u32>(0x7fc00000u), d_isnan(a));
  return bitcast<vec4<f32>>(bits | (a.hi & vec4<u32>(0x80000000u)));
}

fn d_neg(a: I64) -> I64 {
  return I64(a.lo, a.hi ^ vec4<u32>(0x80000000u));
}

fn d_abs(a: I64) -> I64 {
  return I64(a.lo, a.hi & vec4<u32>(0x7fffffffu));
}

fn d_toBool(a: I64) -> vec4<bool> {
  return ((a.hi & vec4<u32>(0x7fffffffu)) | a.lo) != vec4<u32>(0u);
}

// Rounds once, to nearest even.
fn d_fromI64(a: I64) -> I64 {
  let m = l_abs(a);
  let zeros = l_leadingZeros(m);
  let top = l_up(m, zeros & vec4<u32>(63u));
  let whole = l_down(top, vec4<u32>(11u));
  let rest = top.lo & vec4<u32>(0x7ffu);
  let up = (rest + vec4<u32>(0x3ffu) + (whole.lo & vec4<u32>(1u))) >> vec4<u32>(11u);
  let exponent = I64(up, (vec4<u32>(1085u) - zeros) << vec4<u32>(20u));
  let bits = l_add(whole, exponent);
  let sign = a.hi & vec4<u32>(0x80000000u);
  return I64(bits.lo, select(bits.hi, vec4<u32>(0u), top.hi == vec4<u32>(0u)) | sign);
}

fn d_fromI32(x: vec4<i32>) -> I64 {
  return d_fromI64(l_fromI32(x));
}

// Truncates; the least integer for what does not fit and NaN, as on x86.
fn d_toI64(a: I64) -> I64 {
  let e = (a.hi >> vec4<u32>(20u)) & vec4<u32>(2047u);
  let top = l_up(I64(a.lo, a.hi | vec4<u32>(0x100000u)), vec4<u32>(11u));
  return l_place(top, vec4<u32>(1085u) - e, a.hi);
}

fn d_toI32(a: I64) -> vec4<i32> {
  let e = (a.hi >> vec4<u32>(20u)) & vec4<u32>(2047u);
  let least = vec4<u32>(0x80000000u);
  return bitcast<vec4<i32>>(select(d_toI64(a).lo, least, e > vec4<u32>(1053u)));
}
`;

/** Philox4x32-10 (see `philox.ts`), its four words or one of them. */
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

fn philox(
  counter_lo: vec4<u32>, counter_hi: vec4<u32>, key: vec2<u32>, word: u32,
) -> vec4<i32> {
  let c = philox_all(counter_lo, counter_hi, key);
  let low = select(c.w0, c.w1, word == 1u);
  let high = select(c.w2, c.w3, word == 3u);
  return bitcast<vec4<i32>>(select(low, high, word > 1u));
}
`;

/** The functions by their names, with the structs `I64`, `Quotient` and `PhiloxWords`. */
export const INT_FUNCTIONS: Readonly<Record<string, WgslFunction>> = functionsOf(
  INT32 + INT64 + FLOAT64 + PHILOX,
);
