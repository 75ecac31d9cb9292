/**
 * WGSL of float64, which a device keeps as raw bits in an `I64`: conversions, signs and tests.
 *
 * @module
 */

/** The functions' names start with `d_`. They use those of 64-bit integers. */
export const FLOAT64_WGSL = `
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
