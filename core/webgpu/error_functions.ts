/**
 * The logistic function, the error function and what follows from it, in WGSL on `vec4<f32>`.
 *
 * @module
 */
import { ERF, ERF_TAIL, ERFCX, NORMAL } from "../polynomials.ts";
import { f32, head, polynomial } from "./wgsl.ts";

/** Half of sqrt 2, whose product with 12 bits is exact in its first part. */
const ERFC_SCALE = Math.SQRT1_2 / 2;
/** 2 u = x (C1 + C2 x^2) in the tanh form of GELU. */
const C1 = 2 * Math.sqrt(2 / Math.PI), C2 = C1 * .044715;

/** sigmoid, erf, erfc and both forms of GELU, on the exponentials. */
export const ERROR_FUNCTIONS = `
fn f_sigmoid(x: vec4<f32>) -> vec4<f32> {
  let e = f_scaledExp(-abs(x), 0);
  return f_unlessNan(select(vec4<f32>(1.0), e, x < vec4<f32>(0.0)) / (1.0 + e), x);
}

fn f_erf(x: vec4<f32>) -> vec4<f32> {
  let a = abs(x);
  let square = a * a;
  let small = a + ${polynomial("square", ERF)} * a;
  let near = min(a, vec4<f32>(4.0));
  let e = f_scaledExp(-(near + ${polynomial("near", ERF_TAIL)} * near), 0);
  return f_signed(select(small, 1.0 - e, a > vec4<f32>(1.0)), x);
}

// factor w P(w) e^(-half y^2) with w = 1 / (1 + scale y), for y >= 0. The polynomial magnifies an
// error of w up to 3 times, so that is found and made good as an addend of the exponent.
fn f_erfcTail(y: vec4<f32>, factor: vec4<f32>, half: f32, high: f32, low: f32) -> vec4<f32> {
  let yh = f_head(y);
  let yl = opaque(y - yh);
  let part = yh * high;
  let small = yl * high + y * low;
  let d = opaque(1.0 + (part + small));
  let lost = opaque(part - opaque(d - 1.0)) + small;
  let w = 1.0 / d;
  let wh = f_head(w);
  let dh = f_head(d);
  let residue = (opaque(1.0 - wh * dh) - wh * opaque(d - dh)) - (opaque(w - wh) * d + w * lost);
  let exponent = (1.0 + 2.2 * w) * residue - half * (yl * (y + yh));
  return f_timesExp(w * ${polynomial("w", ERFCX)} * factor, -half * (yh * yh), exponent, 0);
}

fn f_erfc(x: vec4<f32>) -> vec4<f32> {
  let a = min(abs(x), vec4<f32>(11.0));
  let scale = vec2<f32>(${f32(head(ERFC_SCALE))}, ${f32(ERFC_SCALE - head(ERFC_SCALE))});
  let tail = f_erfcTail(a, vec4<f32>(1.0), 1.0, scale.x, scale.y);
  let square = a * a;
  let near = 1.0 - (x + ${polynomial("square", ERF)} * x);
  let far = select(tail, 2.0 - tail, x < vec4<f32>(0.0));
  return f_unlessNan(select(far, near, square < vec4<f32>(0.36)), x);
}

fn f_gelu(x: vec4<f32>) -> vec4<f32> {
  let near = max(min(x, vec4<f32>(19.0)), vec4<f32>(-19.0));
  let square = near * near;
  let tail = f_erfcTail(abs(near), 0.5 * near, 0.5, 0.25, 0.0);
  let center = (0.5 - abs(near) * ${polynomial("square", NORMAL)}) * near;
  let part = select(tail, center, square < vec4<f32>(1.0));
  return f_unlessNan(select(x - part, part, x <= vec4<f32>(0.0)), x);
}

// x / (1 + e^-2u); 2 u is carried in two parts, for its error grows by |2 u|.
fn f_geluTanh(x: vec4<f32>) -> vec4<f32> {
  let a = min(abs(x), vec4<f32>(20.0));
  let ah = f_head(a);
  let al = opaque(a - ah);
  let square = a * a;
  let qh = f_head(square);
  let ql = opaque(ah * ah - qh) + al * (a + ah);
  let sh = f_head(square * ${f32(C2)} + ${f32(C1)});
  let part = qh * ${f32(head(C2))};
  let rest = ql * ${f32(C2)} + qh * ${f32(C2 - head(C2))} + ${f32(C1 - head(C1))};
  let sl = opaque(part - opaque(sh - ${f32(head(C1))})) + rest;
  // 16 e, so that it has its digits where its product with x is subnormal.
  let e = f_timesExp(vec4<f32>(1.0), -ah * sh, -(ah * sl + al * (sh + sl)), 4);
  let near = max(x, vec4<f32>(-20.0));
  let product = select(near * (0.0625 * e), (0.0625 * near) * e, a > vec4<f32>(4.0));
  let numerator = select(near, product, x < vec4<f32>(0.0));
  return f_unlessNan(numerator / (1.0 + 0.0625 * e), x);
}
`;
