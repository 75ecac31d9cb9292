/**
 * The logarithm of the gamma function, its derivatives, and the inverse of the error function in WGSL,
 * on `vec4<f32>`.
 *
 * @module
 */
import { f32, polynomial } from "./wgsl.ts";

/** ln gamma(2 + z) = z P(z) for |z| up to a half: (-1)^k (zeta(k) - 1) / k after the linear term. */
const NEAR_TWO = [
  .42278433509846714,
  .3224670334241132,
  -.067352301053198095,
  .020580808427784548,
  -.0073855510286739853,
  .0028905103307415232,
  -.0011927539117032609,
  .00050966952474304242,
  -.00022315475845357938,
  .000099457512781808534,
  -.000044926236738133142,
  .000020507212775670692,
  -.0000094394882752683959,
];
/** Giles, "Approximating the erfinv function" (2012), single precision: in w - 2.5 and in sqrt w - 3. */
const ERFINV = [
  1.50140941,
  .246640727,
  -.00417768164,
  -.00125372503,
  .00021858087,
  -4.39150654e-6,
  -3.5233877e-6,
  3.43273939e-7,
  2.81022636e-8,
];
const ERFINV_TAIL = [
  2.83297682,
  1.00167406,
  .00943887047,
  -.0076224613,
  .00573950773,
  -.00367342844,
  .00134934322,
  .000100950558,
  -.000200214257,
];
const HALF_LN_2PI = 0.9189385332046727;

/** lgamma, digamma, trigamma and erfinv, on logarithms and sines. */
export const GAMMA = `
fn f_erfinv(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let w = -f_log1p(-a * a);
  let near = w - 2.5;
  // 1 - a is exact where the tail begins.
  let far = sqrt(max(-f_log((1.0 - a) * (1.0 + a)), vec4<f32>(5.0))) - 3.0;
  let tail = ${polynomial("far", ERFINV_TAIL)};
  let size = a * select(tail, ${polynomial("near", ERFINV)}, w < vec4<f32>(5.0));
  let end = select(size, f_infinity(), a == vec4<f32>(1.0));
  return f_signed(select(end, f_notANumber(), a > vec4<f32>(1.0)), x);
}

// pi times the distance to the nearest whole number.
fn f_turn(x: vec4<f32>) -> vec4<f32> {
  return (x - round(x)) * ${f32(Math.PI)};
}

// Whether x is 0 or a negative whole number, where gamma has a pole.
fn f_atPole(x: vec4<f32>) -> vec4<bool> {
  return (x <= vec4<f32>(0.0)) & (floor(x) == x);
}

fn f_lgamma(x: vec4<f32>) -> vec4<f32> {
  let reflected = x < vec4<f32>(-0.5);
  let y = select(x, 1.0 - x, reflected);
  // Down to between 1.5 and 2.5 from below 7.5; or from 1, or from 0.
  var z = y;
  var product = vec4<f32>(1.0);
  for (var i = 0; i < 5; i++) {
    let down = z >= vec4<f32>(2.5);
    z = select(z, z - 1.0, down);
    product = select(product, product * z, down);
  }
  let low = y < vec4<f32>(0.5);
  let one = y < vec4<f32>(1.5);
  let t = select(select(z - 2.0, z - 1.0, one), z, low);
  let step = select(f_log(product), -f_log1p(t), one) -
    select(vec4<f32>(0.0), f_log(abs(y)), low);
  let near = t * ${polynomial("t", NEAR_TWO)} + step;
  let w = 1.0 / y;
  let series = (${f32(1 / 12)} + w * w * (w * w * ${f32(1 / 1260)} - ${f32(1 / 360)})) * w;
  let far = (y - 0.5) * (f_log(y) - 1.0) + (${f32(HALF_LN_2PI - 0.5)} + series);
  let part = select(near, far, y >= vec4<f32>(7.5));
  let mirrored = ${f32(Math.log(Math.PI))} - f_log(abs(f_sin(f_turn(x)))) - part;
  let infinite = (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) == vec4<u32>(0x7f800000u);
  let value = select(part, mirrored, reflected);
  return f_unlessNan(select(value, f_infinity(), infinite | f_atPole(x)), x);
}

fn f_digamma(x: vec4<f32>) -> vec4<f32> {
  let reflected = x < vec4<f32>(0.0);
  var z = select(x, 1.0 - x, reflected);
  var sum = vec4<f32>(0.0);
  for (var i = 0; i < 6; i++) {
    let up = z < vec4<f32>(6.0);
    sum = select(sum, sum + 1.0 / z, up);
    z = select(z, z + 1.0, up);
  }
  let w = 1.0 / z;
  let square = w * w;
  let series = (${f32(1 / 12)} - square * (${f32(1 / 120)} - square * ${f32(1 / 252)})) * square;
  let part = f_log(z) - (0.5 * w + series + sum);
  let value = select(part, part - ${f32(Math.PI)} / f_tan(f_turn(x)), reflected);
  let pole = select(value, f_notANumber(), f_atPole(x) | (bitcast<vec4<u32>>(x) == vec4<u32>(0xff800000u)));
  let zero4 = vec4<f32>(0.0);
  return f_unlessNan(select(pole, f_signed(f_infinity(), -x), x == zero4), x);
}

fn f_trigamma(x: vec4<f32>) -> vec4<f32> {
  let reflected = x < vec4<f32>(0.0);
  var z = select(x, 1.0 - x, reflected);
  var sum = vec4<f32>(0.0);
  for (var i = 0; i < 6; i++) {
    let up = z < vec4<f32>(6.0);
    let w = 1.0 / z;
    sum = select(sum, sum + w * w, up);
    z = select(z, z + 1.0, up);
  }
  let w = 1.0 / z;
  let square = w * w;
  let series = (${f32(1 / 6)} - square * (${f32(1 / 30)} - square * ${f32(1 / 42)})) * square * w;
  let part = sum + (w + (0.5 * square + series));
  let ratio = ${f32(Math.PI)} / f_sin(f_turn(x));
  let value = select(part, ratio * ratio - part, reflected);
  let pole = select(value, f_infinity(), f_atPole(x));
  let lowest = bitcast<vec4<u32>>(x) == vec4<u32>(0xff800000u);
  return f_unlessNan(select(pole, f_notANumber(), lowest), x);
}
`;
