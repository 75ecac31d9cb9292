import type { WgslFunction } from "./int_functions.ts";
const F = (source: string, ...uses: string[]): WgslFunction => ({ source, uses });
export const FLOAT_FUNCTIONS: Readonly<Record<string, WgslFunction>> = {
  opaque: F(
    "fn opaque(x: vec4<f32>) -> vec4<f32> { return bitcast<vec4<f32>>(bitcast<vec4<u32>>(x) ^ vec4<u32>(zero())); }",
  ),
  f_exp: F("fn f_exp(x: vec4<f32>) -> vec4<f32> { return exp(x); }"),
  f_maximum: F("fn f_maximum(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> { return max(a,b); }"),
  f_geluTanh: F(
    "fn f_geluTanh(a: vec4<f32>) -> vec4<f32> { return a*0.5*(1.0+tanh(0.7978845608028654 * (a + 0.044715 * a*a*a))); }",
  ),
  ...Object.fromEntries(
    ["cos", "sin", "log", "sqrt", "tanh"].map((
      n,
    ) => [`f_${n}`, F(`fn f_${n}(x: vec4<f32>) -> vec4<f32> { return ${n}(x); }`)]),
  ),
  f_rsqrt: F("fn f_rsqrt(x: vec4<f32>) -> vec4<f32> { return inverseSqrt(x); }"),
};
