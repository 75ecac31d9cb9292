/**
 * The frequent transcendental functions of float32 as vector code, to 1 or 2 ulp.
 *
 * @module
 */
import { type Code, i32, op, V128 } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import {
  COS,
  ERF,
  ERF_TAIL,
  ERFCX,
  EXP,
  LN2_HIGH,
  LOG,
  NORMAL,
  SIN,
  TANH,
} from "../polynomials.ts";

/** What LN2_HIGH lacks of ln 2 (Cephes). */
const LN2_LOW = -2.1219444e-4;
const LOG2E = Math.LOG2E;
/** pi / 2 in three parts, each exact in float32, for reduction with fused multiply-add. */
const PIO2 = [1.5707963705062866, -4.371138828673793e-8, -1.7151245100059237e-15];

const bits = (n: number): Code => i32(n);

/** x + low - n ln 2, with n a vector of whole numbers. */
function reduced(g: Emitter, x: Code, n: Code, low?: Code): Code {
  let r = g.vec(g.nmadd(n, g.f32(LN2_HIGH), x));
  r = g.vec(g.nmadd(n, g.f32(LN2_LOW), r));
  return low === undefined ? r : g.vec(op("f32x4.add", r, low));
}

/**
 * x log2(e) rounded to n by adding 1.5 * 2^23 and a bias: the sum, whose low bits are n with the bias,
 * and what is left of x.
 */
function rounded(g: Emitter, x: Code, bias: number, low?: Code): { sum: Code; r: Code } {
  const magic = g.f32(12582912 + bias);
  const sum = g.vec(g.madd(x, g.f32(LOG2E), magic));
  return { sum, r: reduced(g, x, g.vec(op("f32x4.sub", sum, magic)), low) };
}

/** e^x for |x| <= 87.3, where nothing on the way is subnormal or infinite. A NaN may get lost. */
function expCore(g: Emitter, x: Code, low?: Code): Code {
  const { sum, r } = rounded(g, x, 0, low);
  // The low bits are added to the exponent.
  const scale = g.vec(op("i32x4.shl", sum, bits(23)));
  return g.vec(op("i32x4.add", expPolynomial(g, r), scale));
}

function expPolynomial(g: Emitter, r: Code): Code {
  return g.vec(g.poly(r, [1, 1, ...EXP]));
}

/** e^x in two parts, `power` (1 + `rest`) with `power` a power of two: for |x| <= 87.3. */
function expParts(g: Emitter, x: Code, low?: Code): { power: Code; rest: Code } {
  const { sum, r } = rounded(g, x, 127, low);
  const power = g.vec(op("i32x4.shl", sum, bits(23)));
  return { power, rest: g.vec(expRest(g, r)) };
}

/** 1 + e^x for |x| <= 87.3, rounded once while a power of two and 1 have an exact sum. */
function onePlusExp(g: Emitter, x: Code, low?: Code): Code {
  const { power, rest } = expParts(g, x, low);
  return g.madd(power, rest, op("f32x4.add", power, g.f32(1)));
}

/** e^r - 1 for |r| <= ln 2 / 2. */
function expRest(g: Emitter, r: Code): Code {
  const p = g.vec(g.poly(r, EXP));
  const square = g.vec(op("f32x4.mul", r, r));
  return g.madd(p, square, r);
}

/** e^x everywhere: clamped, and scaled in two steps so that subnormals and infinity are right. */
function expFull(g: Emitter, x: Code, low?: Code): Code {
  // pmin and pmax keep a NaN in their first operand.
  const clamped = g.vec(op("f32x4.pmax", op("f32x4.pmin", x, g.f32(89)), g.f32(-104)));
  const magic = g.f32(12582912);
  const n = g.vec(op("f32x4.sub", g.madd(clamped, g.f32(LOG2E), magic), magic));
  const r = reduced(g, clamped, n, low);
  const whole = g.vec(op("i32x4.trunc_sat_f32x4_s", n));
  const first = g.vec(op("i32x4.shr_s", whole, bits(1)));
  const second = g.vec(op("i32x4.sub", whole, first));
  const power = (e: Code) => op("i32x4.shl", op("i32x4.add", e, g.i32(127)), bits(23));
  const p = op("f32x4.add", expRest(g, r), g.f32(1));
  return g.vec(op("f32x4.mul", op("f32x4.mul", p, power(first)), power(second)));
}

const abs = (g: Emitter, x: Code): Code => g.vec(op("v128.and", x, g.i32(0x7fffffff)));
const signOf = (g: Emitter, x: Code): Code => op("v128.and", x, g.i32(0x80000000));

/** A function's value in most lanes, and what to do about the others. */
interface Guarded {
  /** The value in most lanes. */
  readonly common: () => Code;
  /** Says which lanes need `rare`; null if none ever do. */
  readonly guard: Guard | null;
  /** The value there. */
  readonly rare: () => Code;
}

/** Rare lanes: a mask of them, or magnitudes and the limit that they lie beyond. */
interface Guard {
  readonly lanes: Code;
  readonly limit: number | null;
}

const always = (value: Code): Guarded => ({
  common: () => value,
  guard: null,
  rare: () => value,
});

function unlikely(g: Emitter, lanes: Code, rare: () => Code, common: () => Code): Guarded {
  return { guard: { lanes: g.vec(lanes), limit: null }, rare, common };
}

/** A function that is rarely asked about what lies beyond a limit. */
function within(
  g: Emitter,
  limit: number,
  x: Code,
  rare: () => Code,
  common: () => Code,
): Guarded {
  return { guard: { lanes: abs(g, x), limit }, rare, common };
}

/**
 * A function of several vectors, with one test for all: a test costs as much as a few products.
 * It comes first, so that nothing is held for the rare branch while the common value is computed:
 * registers are what limits these loops. Lanes that are not rare keep their common value there:
 * what a value becomes must not depend on its neighbours, nor on what lies past the end.
 */
export function evaluate(g: Emitter, name: string, xs: readonly Code[]): Code[] {
  const results = xs.map((x) => VECTOR_F32[name](g, x));
  const guards = results.flatMap(({ guard }) => guard === null ? [] : [guard]);
  if (guards.length === 0) return results.map(({ common }) => g.vec(common()));
  const { limit } = guards[0];
  // Magnitudes compare as integers do, which is one comparison for all; a NaN is beyond any limit.
  const rare = (lanes: Code) => limit === null ? lanes : op("i32x4.gt_s", lanes, g.f32(limit));
  const all = guards.map(({ lanes }) => lanes)
    .reduce((a, b) => op(limit === null ? "v128.or" : "i32x4.max_s", a, b));
  const out = xs.map(() => g.f.local(V128));
  g.f.ifRarely(op("v128.any_true", rare(all)), () =>
    results.forEach((result, i) => {
      const mask = g.vec(rare(guards[i].lanes));
      const common = g.vec(result.common());
      g.f.set(out[i], g.pick(mask, g.vec(result.rare()), common));
    }), () => results.forEach(({ common }, i) => g.f.set(out[i], common())));
  return out;
}

/** Whether a function has vector code of its own. */
export function isVectorF32(name: string): boolean {
  return name in VECTOR_F32;
}

/** e^x, 1 ulp. */
function exp(g: Emitter, x: Code): Guarded {
  return within(g, 87.3, x, () => expFull(g, x), () => expCore(g, x));
}

/** e^x - 1, 2 ulp. */
function expm1(g: Emitter, x: Code): Guarded {
  return within(g, 87.3, x, () => g.vec(op("f32x4.sub", expFull(g, x), g.f32(1))), () => {
    const { power, rest } = expParts(g, x);
    const y = g.vec(g.madd(power, rest, op("f32x4.sub", power, g.f32(1))));
    // Keeps -0.
    return g.vec(g.pick(g.vec(op("f32x4.eq", x, g.f32(0))), x, y));
  });
}

/** ln (1 + x), 2 ulp: the logarithm of the rounded sum, and what was rounded away. */
function log1p(g: Emitter, x: Code): Guarded {
  const one = g.f32(1);
  const sum = g.vec(op("f32x4.add", x, one));
  const lost = op("f32x4.sub", x, op("f32x4.sub", sum, one));
  const ratio = g.vec(op("f32x4.div", lost, sum));
  const known = op("v128.and", ratio, op("f32x4.eq", ratio, ratio));
  const finish = (y: Code): Code =>
    g.vec(g.pick(g.vec(op("f32x4.eq", x, g.f32(0))), x, op("f32x4.add", y, known)));
  const { common, guard, rare } = log(g, sum);
  return { common: () => finish(common()), guard, rare: () => finish(rare()) };
}

/** ln x, 1 ulp. */
function log(g: Emitter, x: Code): Guarded {
  // One unsigned comparison finds everything that is no positive normal number.
  const odd = op("i32x4.ge_u", op("i32x4.sub", x, g.i32(0x00800000)), g.i32(0x7f000000));
  const core = (v: Code, bias: Code | null): Code => {
    const shifted = g.vec(op("i32x4.sub", v, g.i32(0x3f3504f3)));
    const whole = g.vec(op("i32x4.shr_s", shifted, bits(23)));
    const m = g.vec(op("i32x4.sub", v, op("i32x4.shl", whole, bits(23))));
    const f = g.vec(op("f32x4.sub", m, g.f32(1)));
    let e = op("f32x4.convert_i32x4_s", whole);
    if (bias !== null) e = op("f32x4.sub", e, bias);
    e = g.vec(e);
    const square = g.vec(op("f32x4.mul", f, f));
    const p = g.vec(g.poly(f, LOG));
    let y = g.vec(op("f32x4.mul", op("f32x4.mul", p, f), square));
    y = g.vec(g.madd(e, g.f32(LN2_LOW), y));
    y = g.vec(g.nmadd(square, g.f32(.5), y));
    const sum = g.vec(op("f32x4.add", f, y));
    return g.vec(g.madd(e, g.f32(LN2_HIGH), sum));
  };
  const rare = (): Code => {
    const small = g.vec(op("f32x4.lt", x, g.f32(2 ** -126)));
    const scaled = g.vec(g.pick(small, op("f32x4.mul", x, g.f32(2 ** 23)), x));
    let y = core(scaled, g.vec(op("v128.and", small, g.f32(23))));
    const zero = g.vec(op("f32x4.eq", x, g.f32(0)));
    y = g.vec(g.pick(zero, g.f32(-Infinity), y));
    const infinite = g.vec(op("f32x4.eq", x, g.f32(Infinity)));
    y = g.vec(g.pick(infinite, x, y));
    const valid = g.vec(op("f32x4.ge", x, g.f32(0)));
    return g.vec(g.pick(valid, y, g.i32(0x7fc00000)));
  };
  return unlikely(g, g.vec(odd), rare, () => core(x, null));
}

/** tanh x, 1 ulp. */
function tanh(g: Emitter, x: Code): Guarded {
  const magnitude = abs(g, x);
  const square = g.vec(op("f32x4.mul", magnitude, magnitude));
  const cubic = op("f32x4.mul", op("f32x4.mul", g.poly(square, TANH), square), magnitude);
  const small = g.vec(op("f32x4.add", cubic, magnitude));
  const doubled = op("f32x4.add", magnitude, magnitude);
  const bounded = g.vec(op("f32x4.pmin", doubled, g.f32(40)));
  const quotient = op("f32x4.div", g.f32(2), onePlusExp(g, bounded));
  const large = g.vec(op("f32x4.sub", g.f32(1), quotient));
  const isLarge = g.vec(op("f32x4.gt", magnitude, g.f32(.625)));
  return always(g.vec(op("v128.or", g.pick(isLarge, large, small), signOf(g, x))));
}

/** 1 / (1 + e^-x), 2 ulp. */
function sigmoid(g: Emitter, x: Code): Guarded {
  const one = g.f32(1);
  return within(g, 87.3, x, () => {
    const e = expFull(g, g.vec(op("v128.or", x, g.i32(0x80000000))));
    const negative = g.vec(op("i32x4.lt_s", x, g.i32(0)));
    return g.vec(op("f32x4.div", g.pick(negative, e, one), op("f32x4.add", one, e)));
  }, () => {
    // 1 + e^-x with the lesser of 1 and the power of two added first: what that rounds is little.
    const { power, rest } = expParts(g, g.vec(op("f32x4.neg", x)));
    const part = g.madd(power, rest, op("f32x4.pmin", power, one));
    return g.vec(op("f32x4.div", one, op("f32x4.add", part, op("f32x4.pmax", power, one))));
  });
}

/** The error function, 1 ulp. */
function erf(g: Emitter, x: Code): Guarded {
  const magnitude = abs(g, x);
  const square = g.vec(op("f32x4.mul", magnitude, magnitude));
  const small = g.vec(g.madd(g.poly(square, ERF), magnitude, magnitude));
  const bounded = g.vec(op("f32x4.pmin", magnitude, g.f32(4)));
  const exponent = g.vec(g.madd(g.poly(bounded, ERF_TAIL), bounded, bounded));
  const e = expCore(g, g.vec(op("f32x4.neg", exponent)));
  const large = g.vec(op("f32x4.sub", g.f32(1), e));
  const isLarge = g.vec(op("f32x4.gt", magnitude, g.f32(1)));
  return always(g.vec(op("v128.or", g.pick(isLarge, large, small), signOf(g, x))));
}

/** sin x or cos x, 2 ulp; beyond 1e5, and everywhere without a fused multiply-add, in float64. */
function sinOrCos(g: Emitter, x: Code, which: "sin" | "cos"): Guarded {
  const slow = (): Code => g.callMath("f32", g.math(which), [[x]])[0];
  if (!g.features.fused) return always(slow());
  return within(g, 1e5, x, slow, () => {
    const magic = g.f32(12582912);
    const sum = g.vec(g.madd(x, g.f32(2 / Math.PI), magic));
    const n = g.vec(op("f32x4.sub", sum, magic));
    let r = g.vec(g.nmadd(n, g.f32(PIO2[0]), x));
    r = g.vec(g.nmadd(n, g.f32(PIO2[1]), r));
    r = g.vec(g.nmadd(n, g.f32(PIO2[2]), r));
    const square = g.vec(op("f32x4.mul", r, r));
    const s = g.vec(
      g.madd(op("f32x4.mul", g.poly(square, SIN), square), r, r),
    );
    const half = g.vec(g.nmadd(square, g.f32(.5), g.f32(1)));
    const c = g.vec(g.madd(op("f32x4.mul", g.poly(square, COS), square), square, half));
    const quadrant = which === "sin" ? sum : g.vec(op("i32x4.add", sum, g.i32(1)));
    const odd = g.vec(
      op("i32x4.ne", op("v128.and", quadrant, g.i32(1)), g.i32(0)),
    );
    const flip = op("i32x4.shl", op("v128.and", quadrant, g.i32(2)), bits(30));
    const y = g.vec(op("v128.xor", g.pick(odd, c, s), flip));
    if (which === "cos") return y;
    // The reduction turns -0 into +0.
    return g.vec(g.pick(g.vec(op("f32x4.eq", x, g.f32(0))), x, y));
  });
}

/** What lies beyond `limit`: x itself on the right, float64 on the left. */
function beyond(g: Emitter, x: Code, limit: number, slow: () => Code): Code {
  const right = g.vec(op("f32x4.gt", x, g.f32(limit)));
  const out = g.vec(x);
  g.f.if(op("i32.eqz", op("i32x4.all_true", right)), () => g.f.set(out, slow()));
  return out;
}

/** x / (1 + e^-2u): the tanh form of GELU; u is carried in two parts, its error grows by |2u|. */
function geluTanh(g: Emitter, x: Code): Guarded {
  const slow = (): Code => g.callMath("f32", g.math("geluTanh"), [[x]])[0];
  if (!g.features.fused) return always(slow());
  // 2u = x (c1 + c2 x^2). c1's upper part is short, so that subtracting the sum from it is exact.
  const c1 = 2 * Math.sqrt(2 / Math.PI), c2 = c1 * .044715;
  const c1h = Math.round(c1 * 4096) / 4096, c2h = Math.fround(c2);
  return within(g, 9.5, x, () => beyond(g, x, 9.5, slow), () => {
    const minusX = g.vec(op("f32x4.neg", x));
    const minusSquare = g.vec(op("f32x4.mul", minusX, x));
    const squareLow = g.vec(g.madd(x, x, minusSquare));
    const s = g.vec(g.nmadd(minusSquare, g.f32(c2h), g.f32(c1h)));
    const difference = g.vec(op("f32x4.sub", g.f32(c1h), s));
    const rest = g.vec(g.nmadd(minusSquare, g.f32(c2h), difference));
    const small = g.vec(g.nmadd(minusSquare, g.f32(c2 - c2h), g.f32(c1 - c1h)));
    const low = g.vec(op("f32x4.add", g.madd(squareLow, g.f32(c2h), rest), small));
    const z = g.vec(op("f32x4.mul", minusX, s));
    const minusZ = g.vec(op("f32x4.mul", x, s));
    const zLow = g.vec(g.madd(minusX, low, g.madd(minusX, s, minusZ)));
    return g.vec(op("f32x4.div", x, onePlusExp(g, z, zLow)));
  });
}

/** erfc(s) e^(s^2) = w P(w) with w = 1 / (1 + s / 2): our own fit for s from 0.6 to 9. */
const ERFC = [
  .28208571418383654,
  .282330721616745,
  .24419862031936646,
  .1927991807460785,
  .020731180906295776,
  .14381271600723267,
  -.25438982248306274,
  .041941769421100616,
  .08055225759744644,
  -.03410297632217407,
];

/**
 * e^(-half y^2) and w = 1 / (1 + scale |y|), whose product with P(w) is erfc where that is small. The
 * fraction magnifies the rounding of w up to 3 times, so that is found by the division's residue and
 * made good.
 */
function erfcParts(
  g: Emitter,
  y: Code,
  half: number,
  scale: number,
  [constant, linear]: readonly [number, number],
) {
  const magnitude = abs(g, y), one = g.f32(1);
  const minusY = g.vec(op("f32x4.neg", y));
  const z = g.vec(op("f32x4.mul", minusY, y));
  const zLow = g.vec(op("f32x4.neg", g.madd(y, y, z)));
  const scaled = (v: Code) => half === 1 ? v : g.vec(op("f32x4.mul", v, g.f32(half)));
  const divisor = g.vec(g.madd(magnitude, g.f32(scale), one));
  const w = g.vec(op("f32x4.div", one, divisor));
  const lost = g.vec(g.nmadd(magnitude, g.f32(scale), g.vec(op("f32x4.sub", divisor, one))));
  const residue = g.vec(g.madd(w, lost, g.nmadd(w, divisor, one)));
  // A relative error of the fraction is an addend of the exponent, times the slope of w P(w).
  const slope = g.madd(w, g.f32(linear), g.f32(constant));
  return { w, z: scaled(z), low: g.vec(g.madd(slope, residue, scaled(zLow))) };
}

/** x times the normal distribution function: the error-function form of GELU. */
function gelu(g: Emitter, x: Code): Guarded {
  const slow = (): Code => g.callMath("f32", g.math("gelu"), [[x]])[0];
  if (!g.features.fused) return always(slow());
  return within(g, 13, x, () => beyond(g, x, 13, slow), () => {
    const { w, z, low } = erfcParts(g, x, .5, .25, [1, 2.2]);
    const fraction = op("f32x4.mul", w, g.polyApart(w, ERFCX));
    const tail = op("f32x4.mul", op("f32x4.mul", expCore(g, z, low), fraction), g.f32(.5));
    const square = g.vec(op("f32x4.mul", x, x));
    const near = g.vec(g.nmadd(abs(g, x), g.poly(square, NORMAL), g.f32(.5)));
    const isNear = g.vec(op("f32x4.lt", square, g.f32(1)));
    const part = g.vec(op("f32x4.mul", g.pick(isNear, near, tail), x));
    const negative = g.vec(op("f32x4.lt", x, g.f32(0)));
    return g.vec(g.pick(negative, part, op("f32x4.sub", x, part)));
  });
}

/** w P(w) and a product with it, rounded once: what each step rounds away is carried along. */
function erfcTail(g: Emitter, x: Code): Code {
  const { w, z, low } = erfcParts(g, x, 1, .5, [.94, 1.455]);
  const { power, rest } = expParts(g, z, low);
  // P's first coefficient is cut short, so that subtracting the sum from it is exact.
  const [first, ...others] = ERFC;
  const high = Math.round(first * 4096) / 4096;
  const q = g.vec(g.polyApart(w, others));
  const p = g.vec(g.madd(q, w, g.f32(high)));
  const pLow = op(
    "f32x4.add",
    g.madd(q, w, op("f32x4.sub", g.f32(high), p)),
    g.f32(first - high),
  );
  const m = g.vec(op("f32x4.mul", w, p));
  const mLow = g.madd(w, pLow, g.vec(op("f32x4.neg", g.nmadd(w, p, m))));
  const e = g.vec(op("f32x4.add", rest, g.f32(1)));
  const eLow = op("f32x4.sub", rest, op("f32x4.sub", e, g.f32(1)));
  const correction = g.madd(e, mLow, op("f32x4.mul", eLow, m));
  return g.vec(op("f32x4.mul", g.madd(e, m, correction), power));
}

/** 1 - erf x, 2 ulp also where it is tiny. */
function erfc(g: Emitter, x: Code): Guarded {
  const slow = (): Code => g.callMath("f32", g.math("erfc"), [[x]])[0];
  if (!g.features.fused) return always(slow());
  return within(g, 9, x, slow, () => {
    const tail = erfcTail(g, x);
    const negative = g.vec(op("f32x4.lt", x, g.f32(0)));
    const far = g.vec(g.pick(negative, op("f32x4.sub", g.f32(2), tail), tail));
    // Near 0, where the fraction would magnify the rounding of its argument: 1 - erf x.
    const square = g.vec(op("f32x4.mul", x, x));
    const near = g.vec(g.nmadd(g.poly(square, ERF), x, op("f32x4.sub", g.f32(1), x)));
    return g.vec(g.pick(g.vec(op("f32x4.lt", square, g.f32(.36))), near, far));
  });
}

/** The vector functions by name. */
const VECTOR_F32: Readonly<Record<string, (g: Emitter, x: Code) => Guarded>> = {
  exp,
  expm1,
  log,
  log1p,
  tanh,
  sigmoid,
  erf,
  erfc,
  gelu,
  geluTanh,
  sin: (g, x) => sinOrCos(g, x, "sin"),
  cos: (g, x) => sinOrCos(g, x, "cos"),
};
