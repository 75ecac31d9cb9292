/**
 * WGSL of 64-bit integers, which are two words each, four elements at a time.
 *
 * @module
 */

/** The functions' names start with `l_`; `u_product` takes words without sign. */
export const INT64_WGSL = `
struct I64 { lo: vec4<u32>, hi: vec4<u32> }

fn l_first(a: I64) -> vec2<u32> {
  return vec2<u32>(a.lo.x, a.hi.x);
}

fn l_negative(a: I64) -> vec4<bool> {
  return a.hi > vec4<u32>(0x7fffffffu);
}

fn l_toBool(a: I64) -> vec4<bool> {
  return (a.lo | a.hi) != vec4<u32>(0u);
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

fn l_gcd(a: I64, b: I64) -> I64 {
  var x = l_abs(a);
  var y = l_abs(b);
  // The worst case, of Fibonacci numbers, takes 92 steps.
  for (var i = 0u; i < 96u; i++) {
    let some = l_toBool(y);
    if (!any(some)) { break; }
    let rest = l_divide(x, y).r;
    x = l_select(some, y, x);
    y = l_select(some, rest, y);
  }
  return x;
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
