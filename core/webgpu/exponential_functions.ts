/**
 * Exponentials, logarithms and powers in WGSL, on `vec4<f32>`.
 *
 * WGSL's own may be off by 3 + 2 |x| ulp and more (see `tolerance.ts`), and their ends are
 * undefined. Compilers may reassociate and take every value for finite: what must be computed as it
 * stands goes through `opaque`, and NaN and infinity are found by their bits.
 *
 * @module
 */
import { EXP, LN2_HIGH, LOG, TANH } from "../polynomials.ts";
import { f32, head, polynomial } from "./wgsl.ts";

const SINH = [
  .1666666716337204,
  .00833331048488617,
  .00019842895562760532,
  .0000027822131869470468,
];
const ASINH = [
  -.16666659712791443,
  .07499704509973526,
  -.04459919035434723,
  .030059924349188805,
  -.02098831906914711,
  .013574572280049324,
  -.007007936015725136,
  .0023901609238237143,
  -.0003860731958411634,
];
const ATANH = [
  .33333301544189453,
  .2000245451927185,
  .14223745465278625,
  .11816761642694473,
  .05158964917063713,
  .17639920115470886,
];
/** ln (m / c) = 2 s + s^3 P(s^2) with s = (m - c) / (m + c): the series, for s up to 0.101. */
const LOG_RATIO = [3, 5, 7, 9].map((n) => 2 / n);

/** The rest of ln 2; log10 2 in two parts: a product of the first with a small integer is exact. */
const LN2_LOW = Math.LN2 - LN2_HIGH;
const LOG10_2_HIGH = head(Math.log10(2)), LOG10_2_LOW = Math.log10(2) - LOG10_2_HIGH;
/** 2 log2 e, and log2 1.5. */
const RATE = 2 * Math.LOG2E, STEP = Math.log2(1.5);

/** Exponentials, logarithms, powers, and what the rest of the library is built of. */
export const EXPONENTIAL = `
fn opaque(x: vec4<f32>) -> vec4<f32> {
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(x) ^ vec4<u32>(zero()));
}

fn f_isnan(x: vec4<f32>) -> vec4<bool> {
  return (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
}

fn f_infinity() -> vec4<f32> {
  return vec4<f32>(bitcast<f32>(0x7f800000u | zero()));
}

fn f_notANumber() -> vec4<f32> {
  return vec4<f32>(bitcast<f32>(0x7fc00000u | zero()));
}

// y, or x where x is NaN.
fn f_unlessNan(y: vec4<f32>, x: vec4<f32>) -> vec4<f32> {
  return select(y, x, f_isnan(x));
}

// y >= 0 with the sign of x; NaN where x is.
fn f_signed(y: vec4<f32>, x: vec4<f32>) -> vec4<f32> {
  let sign = bitcast<vec4<u32>>(x) & vec4<u32>(0x80000000u);
  return f_unlessNan(bitcast<vec4<f32>>(bitcast<vec4<u32>>(y) | sign), x);
}

// The 12 leading bits: products of two such are exact.
fn f_head(x: vec4<f32>) -> vec4<f32> {
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(x) & vec4<u32>(0xfffff000u));
}

// y 2^n in two steps, for n from -252 to 254.
fn f_scale(y: vec4<f32>, n: vec4<i32>) -> vec4<f32> {
  let half = n >> vec4<u32>(1u);
  let first = bitcast<vec4<f32>>((half + vec4<i32>(127)) << vec4<u32>(23u));
  let second = bitcast<vec4<f32>>((n - half + vec4<i32>(127)) << vec4<u32>(23u));
  return opaque(y * first) * second;
}

// e^r - 1 for |r| up to ln 2 / 2.
fn f_expm1Near(r: vec4<f32>) -> vec4<f32> {
  return ${polynomial("r", EXP)} * (r * r) + r;
}

// factor e^(x + low) 2^k; low is small, and x no NaN.
fn f_timesExp(factor: vec4<f32>, x: vec4<f32>, low: vec4<f32>, k: i32) -> vec4<f32> {
  let near = max(min(x, vec4<f32>(90.0)), vec4<f32>(-110.0));
  let n = round((near + low) * ${f32(Math.LOG2E)});
  let r = opaque(near - n * ${f32(LN2_HIGH)}) + (low - n * ${f32(LN2_LOW)});
  return f_scale(factor * f_expm1Near(r) + factor, vec4<i32>(n) + vec4<i32>(k));
}

fn f_scaledExp(x: vec4<f32>, k: i32) -> vec4<f32> {
  return f_timesExp(vec4<f32>(1.0), x, vec4<f32>(0.0), k);
}

fn f_exp(x: vec4<f32>) -> vec4<f32> {
  return f_unlessNan(f_scaledExp(x, 0), x);
}

fn f_exp2(x: vec4<f32>) -> vec4<f32> {
  let near = max(min(x, vec4<f32>(130.0)), vec4<f32>(-152.0));
  let n = round(near);
  let y = f_expm1Near((near - n) * ${f32(Math.LN2)}) + 1.0;
  return f_unlessNan(f_scale(y, vec4<i32>(n)), x);
}

fn f_expm1(x: vec4<f32>) -> vec4<f32> {
  let near = max(min(x, vec4<f32>(88.9)), vec4<f32>(-30.0));
  let n = round(near * ${f32(Math.LOG2E)});
  let r = opaque(near - n * ${f32(LN2_HIGH)}) - n * ${f32(LN2_LOW)};
  // Half of the result, so that the largest fit.
  let half = bitcast<vec4<f32>>((vec4<i32>(n) + vec4<i32>(126)) << vec4<u32>(23u));
  let y = 2.0 * opaque(half * f_expm1Near(r) + (half - 0.5));
  return f_unlessNan(select(y, x, abs(x) < vec4<f32>(0x1p-25f)), x);
}

// x = 2^exponent (1 + fraction), the second from sqrt(1/2) to sqrt 2; ln of it is fraction + rest.
struct LogParts {
  exponent: vec4<f32>,
  fraction: vec4<f32>,
  rest: vec4<f32>,
}

fn f_logParts(x: vec4<f32>) -> LogParts {
  let tiny = x < vec4<f32>(0x1p-126f);
  let bits = bitcast<vec4<i32>>(select(x, x * 0x1p23f, tiny));
  let whole = (bits - vec4<i32>(0x3f3504f3)) >> vec4<u32>(23u);
  let f = bitcast<vec4<f32>>(bits - (whole << vec4<u32>(23u))) - 1.0;
  let square = f * f;
  let rest = (${polynomial("f", LOG)} * f) * square - 0.5 * square;
  return LogParts(vec4<f32>(whole) - select(vec4<f32>(0.0), vec4<f32>(23.0), tiny), f, rest);
}

// A logarithm y of x, put right where x is no positive number.
fn f_logEnds(y: vec4<f32>, x: vec4<f32>) -> vec4<f32> {
  let bits = bitcast<vec4<u32>>(x);
  let positive = select(y, x, bits >= vec4<u32>(0x7f800000u));
  let negative = select(positive, f_notANumber(), bits > vec4<u32>(0x80000000u));
  return select(negative, -f_infinity(), (bits << vec4<u32>(1u)) == vec4<u32>(0u));
}

// ln x + low.
fn f_logAnd(x: vec4<f32>, low: vec4<f32>) -> vec4<f32> {
  let p = f_logParts(x);
  let y = opaque(p.fraction + (p.rest + (p.exponent * ${f32(LN2_LOW)} + low)));
  return f_logEnds(y + p.exponent * ${f32(LN2_HIGH)}, x);
}

fn f_log(x: vec4<f32>) -> vec4<f32> {
  return f_logAnd(x, vec4<f32>(0.0));
}

fn f_log2(x: vec4<f32>) -> vec4<f32> {
  let p = f_logParts(x);
  let rest = p.fraction * ${f32(Math.LOG2E - 1)} + p.rest * ${f32(Math.LOG2E)};
  return f_logEnds(p.exponent + opaque(p.fraction + rest), x);
}

fn f_log10(x: vec4<f32>) -> vec4<f32> {
  let p = f_logParts(x);
  let rest = p.rest * ${f32(Math.LOG10E)} + p.exponent * ${f32(LOG10_2_LOW)};
  let y = opaque(p.fraction * ${f32(Math.LOG10E)} + rest);
  return f_logEnds(y + p.exponent * ${f32(LOG10_2_HIGH)}, x);
}

// The logarithm of the rounded sum, and what was rounded away.
fn f_log1p(x: vec4<f32>) -> vec4<f32> {
  let sum = opaque(x + 1.0);
  let lost = x - opaque(sum - 1.0);
  return select(f_logAnd(sum, lost / sum), x, abs(x) < vec4<f32>(0x1p-25f));
}

fn f_tanh(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let square = a * a;
  let small = a + (${polynomial("square", TANH)} * square) * a;
  let e = f_scaledExp(2.0 * min(a, vec4<f32>(20.0)), 0);
  return f_signed(select(small, 1.0 - 2.0 / (e + 1.0), a > vec4<f32>(0.625)), x);
}

fn f_sinh(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let square = a * a;
  let small = a + (${polynomial("square", SINH)} * square) * a;
  let e = f_scaledExp(a, -1);
  return f_signed(select(small, e - 0.25 / e, a > vec4<f32>(1.0)), x);
}

fn f_cosh(x: vec4<f32>) -> vec4<f32> {
  let e = f_scaledExp(abs(x), -1);
  return f_unlessNan(e + 0.25 / e, x);
}

fn f_asinh(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let square = a * a;
  let small = a + (${polynomial("square", ASINH)} * square) * a;
  let far = a > vec4<f32>(0x1p20f);
  let sum = select(a + sqrt(square + 1.0), a, far);
  let large = f_logAnd(sum, select(vec4<f32>(0.0), vec4<f32>(${f32(Math.LN2)}), far));
  return f_signed(select(small, large, a > vec4<f32>(1.0)), x);
}

fn f_acosh(x: vec4<f32>) -> vec4<f32> {
  let t = x - 1.0;
  let far = x > vec4<f32>(0x1p26f);
  let y = f_log1p(select(t + sqrt(t * (t + 2.0)), x, far));
  let all = y + select(vec4<f32>(0.0), vec4<f32>(${f32(Math.LN2)}), far);
  return f_unlessNan(select(all, f_notANumber(), x < vec4<f32>(1.0)), x);
}

fn f_atanh(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let square = a * a;
  let small = a + (${polynomial("square", ATANH)} * square) * a;
  let large = 0.5 * f_log1p(2.0 * a / (1.0 - a));
  let y = select(large, f_infinity(), a == vec4<f32>(1.0));
  return f_signed(select(y, small, a <= vec4<f32>(0.5)), x);
}

// x^y as C has it: e^(y ln x) with the logarithm, and its product, in two parts.
fn f_pow(x: vec4<f32>, y: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let tiny = a < vec4<f32>(0x1p-126f);
  let bits = bitcast<vec4<i32>>(select(a, a * 0x1p24f, tiny));
  // x = 2^e m with m from sqrt(3) / 2 to sqrt 3, which is near c: 1 or 1.5.
  let whole = (bits - vec4<i32>(0x3f5db3d7)) >> vec4<u32>(23u);
  let e = vec4<f32>(whole) - select(vec4<f32>(0.0), vec4<f32>(24.0), tiny);
  let m = bitcast<vec4<f32>>(bits - (whole << vec4<u32>(23u)));
  let upper = m > vec4<f32>(1.2247449);
  let c = select(vec4<f32>(1.0), vec4<f32>(1.5), upper);
  // s = (m - c) / (m + c) as sh + sl, and ln (m / c) = 2 sh + rest.
  let f = m - c;
  let d = opaque(m + c);
  let dh = f_head(d);
  let dl = m - opaque(dh - c);
  let s = f / d;
  let sh = f_head(s);
  let sl = (opaque(f - sh * dh) - sh * dl) / d;
  let z = s * s;
  let rest = 2.0 * sl + s * z * ${polynomial("z", LOG_RATIO)};
  // log2 x as lh + ll.
  let base = e + select(vec4<f32>(0.0), vec4<f32>(${f32(head(STEP))}), upper);
  let part = sh * ${f32(head(RATE))};
  let small = (sh * ${f32(RATE - head(RATE))} + rest * ${f32(Math.LOG2E)}) +
    select(vec4<f32>(0.0), vec4<f32>(${f32(STEP - head(STEP))}), upper);
  let lh = f_head(base + (part + small));
  let ll = opaque(opaque(base - lh) + part) + small;
  let near = max(min(y, vec4<f32>(0x1p32f)), vec4<f32>(-0x1p32f));
  let yh = f_head(near);
  let yl = opaque(near - yh);
  let th = max(min(yh * lh, vec4<f32>(200.0)), vec4<f32>(-200.0));
  let tl = max(min(yh * ll + yl * (lh + ll), vec4<f32>(4.0)), vec4<f32>(-4.0));
  let n = round(th + tl);
  let r = (opaque(th - n) + tl) * ${f32(Math.LN2)};
  let size = f_scale(f_expm1Near(r) + 1.0, vec4<i32>(n));
  let infinite = bitcast<vec4<u32>>(a) == vec4<u32>(0x7f800000u);
  let negative = y < vec4<f32>(0.0);
  let end = select(f_infinity(), vec4<f32>(0.0), infinite == negative);
  let atEnd = infinite | (a == vec4<f32>(0.0));
  let odd = (floor(y) == y) & !(floor(0.5 * y) == 0.5 * y);
  let sign = select(vec4<u32>(0u), vec4<u32>(0x80000000u), odd) & bitcast<vec4<u32>>(x);
  let power = bitcast<vec4<f32>>(bitcast<vec4<u32>>(select(size, end, atEnd)) | sign);
  let undefined = (x < vec4<f32>(0.0)) & !(floor(y) == y) & !atEnd;
  let known = f_unlessNan(f_unlessNan(select(power, f_notANumber(), undefined), y), x);
  return select(known, vec4<f32>(1.0), (y == vec4<f32>(0.0)) | (x == vec4<f32>(1.0)));
}
`;
