/**
 * Trigonometric functions and their inverses in WGSL, on `vec4<f32>`.
 *
 * @module
 */
import { COS, SIN } from "../polynomials.ts";
import { f32, head, polynomial } from "./wgsl.ts";

const ASIN = [
  .16666752099990845,
  .074953094124794,
  .04546914994716644,
  .024184778332710266,
  .042158305644989014,
];
const ATAN = [
  -.33333298563957214,
  .1999852955341339,
  -.1426401436328888,
  .10950861126184464,
  -.08399208635091782,
  .05787891522049904,
  -.03109363093972206,
  .010866362601518631,
  -.001782175968401134,
];
/** The bits of 2 / pi, after 32 zeros. */
const TWO_OVER_PI = [
  0,
  0xa2f9836e,
  0x4e441529,
  0xfc2757d1,
  0xf534ddc0,
  0xdb629599,
  0x3c439041,
  0xfe5163ab,
];
/** The word of 2 / pi at an index from 0 to 4, and `ahead` words on. */
const word = (ahead: number): string =>
  [1, 2, 3, 4].reduce(
    (text, i) =>
      `select(${text}, vec4<u32>(${TWO_OVER_PI[i + ahead]}u), at >= vec4<u32>(${i * 32}u))`,
    `vec4<u32>(${TWO_OVER_PI[ahead]}u)`,
  );
/** pi / 2 in units of 2^30. */
const UNIT = Math.PI / 2 ** 31;
const PI_2 = Math.fround(Math.PI / 2), PI_2_LOW = Math.PI / 2 - PI_2;

/** Trigonometric functions and their inverses, on what the exponentials are built of. */
export const TRIGONOMETRIC = `
// The upper half of the product of a 24-bit and a 32-bit number.
fn f_upperProduct(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
  let mask = vec4<u32>(65535u);
  let half = vec4<u32>(16u);
  let al = a & mask;
  let ah = a >> half;
  let bl = b & mask;
  let bh = b >> half;
  let middle = al * bh + ((al * bl) >> half);
  return ah * bh + (middle >> half) + (((middle & mask) + ah * bl) >> half);
}

fn f_shiftLeft(high: vec4<u32>, low: vec4<u32>, n: vec4<u32>) -> vec4<u32> {
  return (high << n) | ((low >> vec4<u32>(1u)) >> (vec4<u32>(31u) - n));
}

// x = angle + low + quadrant pi / 2, with the angle within pi / 4 of 0.
// Payne and Hanek, Radian reduction for trigonometric functions, 1983: x / (pi / 2) modulo 4 in
// integers, from those 96 bits of 2 / pi that matter.
struct Reduced {
  angle: vec4<f32>,
  low: vec4<f32>,
  quadrant: vec4<u32>,
}

fn f_reduce(x: vec4<f32>) -> Reduced {
  let bits = bitcast<vec4<u32>>(x);
  let exponent = (bits >> vec4<u32>(23u)) & vec4<u32>(255u);
  let m = (bits & vec4<u32>(0x7fffffu)) | vec4<u32>(0x800000u);
  let at = max(exponent, vec4<u32>(120u)) - vec4<u32>(120u);
  let shift = at & vec4<u32>(31u);
  let w1 = ${word(1)};
  let w2 = ${word(2)};
  let b = m * f_shiftLeft(w1, w2, shift);
  let c = f_upperProduct(m, f_shiftLeft(w2, ${word(3)}, shift));
  let middle = b + c;
  let carry = select(vec4<u32>(0u), vec4<u32>(1u), middle < c);
  let high = m * f_shiftLeft(${word(0)}, w1, shift) +
    f_upperProduct(m, f_shiftLeft(w1, w2, shift)) + carry;
  let quadrant = (high + vec4<u32>(0x20000000u)) >> vec4<u32>(30u);
  let signed = bitcast<vec4<i32>>(high - (quadrant << vec4<u32>(30u)));
  let sign = bitcast<vec4<u32>>(signed >> vec4<u32>(31u));
  let whole = bitcast<vec4<u32>>(signed) ^ sign;
  // In two parts: v1 with 12 bits, and v2.
  let rounded = vec4<f32>(whole);
  let rest = vec4<f32>(bitcast<vec4<i32>>(whole - vec4<u32>(rounded)));
  let v1 = f_head(rounded);
  let v2 = opaque(rounded - v1) + (rest + vec4<f32>(middle ^ sign) * 0x1p-32f);
  let part = v1 * ${f32(head(UNIT))};
  let small = v1 * ${f32(UNIT - head(UNIT))} + v2 * ${f32(UNIT)};
  let sum = opaque(part + small);
  let flip = (sign ^ bits) & vec4<u32>(0x80000000u);
  let angle = bitcast<vec4<f32>>(bitcast<vec4<u32>>(sum) ^ flip);
  let low = bitcast<vec4<f32>>(bitcast<vec4<u32>>(small - opaque(sum - part)) ^ flip);
  let turned = select(quadrant, vec4<u32>(0u) - quadrant, bits >= vec4<u32>(0x80000000u));
  let inside = abs(x) < vec4<f32>(${f32(Math.PI / 4)});
  return Reduced(
    select(angle, x, inside),
    select(low, vec4<f32>(0.0), inside),
    select(turned, vec4<u32>(0u), inside),
  );
}

fn f_sinNear(x: vec4<f32>, low: vec4<f32>) -> vec4<f32> {
  let square = x * x;
  return x + ((${polynomial("square", SIN)} * square) * x + low);
}

fn f_cosNear(x: vec4<f32>, low: vec4<f32>) -> vec4<f32> {
  let square = x * x;
  let half = 0.5 * square;
  let one = opaque(1.0 - half);
  let lost = opaque(1.0 - one) - half;
  return one + ((${polynomial("square", COS)} * square) * square + (lost - x * low));
}

// y, or NaN where x is infinite or NaN.
fn f_ifFinite(y: vec4<f32>, x: vec4<f32>) -> vec4<f32> {
  let magnitude = bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu);
  return select(y, f_notANumber(), magnitude >= vec4<u32>(0x7f800000u));
}

// sin of a reduced angle and as many quarter turns more.
fn f_sinTurned(r: Reduced, turns: u32) -> vec4<f32> {
  let quadrant = r.quadrant + vec4<u32>(turns);
  let odd = (quadrant & vec4<u32>(1u)) != vec4<u32>(0u);
  let y = select(f_sinNear(r.angle, r.low), f_cosNear(r.angle, r.low), odd);
  let flip = (quadrant & vec4<u32>(2u)) << vec4<u32>(30u);
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(y) ^ flip);
}

fn f_sin(x: vec4<f32>) -> vec4<f32> {
  return f_ifFinite(select(f_sinTurned(f_reduce(x), 0u), x, x == vec4<f32>(0.0)), x);
}

fn f_cos(x: vec4<f32>) -> vec4<f32> {
  return f_ifFinite(f_sinTurned(f_reduce(x), 1u), x);
}

fn f_tan(x: vec4<f32>) -> vec4<f32> {
  let r = f_reduce(x);
  let s = f_sinNear(r.angle, r.low);
  let c = f_cosNear(r.angle, r.low);
  let odd = (r.quadrant & vec4<u32>(1u)) != vec4<u32>(0u);
  let y = select(s, -c, odd) / select(c, s, odd);
  return f_ifFinite(select(y, x, x == vec4<f32>(0.0)), x);
}

// asin a for a up to 1/2, and half of acos a above.
fn f_asinNear(a: vec4<f32>) -> vec4<f32> {
  let far = a > vec4<f32>(0.5);
  let z = select(a * a, 0.5 * (1.0 - a), far);
  let s = select(a, sqrt(z), far);
  return s + s * (z * ${polynomial("z", ASIN)});
}

fn f_asin(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let y = f_asinNear(a);
  let far = ${f32(PI_2)} - (2.0 * y - ${f32(PI_2_LOW)});
  let inside = select(y, far, a > vec4<f32>(0.5));
  return f_signed(select(inside, f_notANumber(), a > vec4<f32>(1.0)), x);
}

fn f_acos(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let y = f_asinNear(a);
  let negative = x < vec4<f32>(0.0);
  let near = ${f32(PI_2)} - (select(y, -y, negative) - ${f32(PI_2_LOW)});
  let far = select(2.0 * y, ${f32(2 * PI_2)} - (2.0 * y - ${f32(2 * PI_2_LOW)}), negative);
  let inside = select(near, far, a > vec4<f32>(0.5));
  return f_unlessNan(select(inside, f_notANumber(), a > vec4<f32>(1.0)), x);
}

// atan (small / large), for 0 <= small <= large, taken from pi / 2 where turned.
fn f_atanRatio(t: vec4<f32>, turned: vec4<bool>) -> vec4<f32> {
  let z = t * t;
  let y = t + t * (z * ${polynomial("z", ATAN)});
  return select(y, ${f32(PI_2)} - (y - ${f32(PI_2_LOW)}), turned);
}

fn f_atan(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let turned = a > vec4<f32>(1.0);
  return f_signed(f_atanRatio(select(a, 1.0 / a, turned), turned), x);
}

fn f_atan2(y: vec4<f32>, x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let b = abs(y);
  let turned = b > a;
  let small = select(b, a, turned);
  let large = select(a, b, turned);
  // Division is exact enough only by numbers up to 2^126.
  let scale = select(vec4<f32>(1.0), vec4<f32>(0x1p-24f), large > vec4<f32>(0x1p100f));
  let quotient = (small * scale) / (large * scale);
  let alike = select(quotient, vec4<f32>(1.0), bitcast<vec4<u32>>(small) == vec4<u32>(0x7f800000u));
  let t = f_atanRatio(select(alike, vec4<f32>(0.0), large == vec4<f32>(0.0)), turned);
  let back = ${f32(2 * PI_2)} - (t - ${f32(2 * PI_2_LOW)});
  let behind = bitcast<vec4<u32>>(x) >= vec4<u32>(0x80000000u);
  return f_unlessNan(f_signed(select(t, back, behind), y), x);
}
`;
