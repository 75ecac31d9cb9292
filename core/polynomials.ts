/**
 * The polynomials behind the float32 functions of both devices: our own minimax fits, with
 * coefficients rounded to float32 one by one; low order first.
 *
 * @module
 */

/** e^r = 1 + r + r^2 P(r) for |r| up to ln 2 / 2. */
export const EXP: readonly number[] = [
  .4999999403953552,
  .16666515171527863,
  .041668083518743515,
  .00836934894323349,
  .0013840398751199245,
];
/** ln (1 + f) = f - f^2 / 2 + f^3 P(f) for 1 + f between the roots of 1/2 and 2. */
export const LOG: readonly number[] = [
  .3333333134651184,
  -.250008225440979,
  .20001260936260223,
  -.1662333458662033,
  .14200986921787262,
  -.1315924972295761,
  .12764112651348114,
  -.07638289779424667,
];
/** tanh x = x + x^3 P(x^2) for |x| up to 0.625. */
export const TANH: readonly number[] = [
  -.3333328068256378,
  .13331405818462372,
  -.05373651534318924,
  .02062816731631756,
  -.005692296661436558,
];
/** sin r = r + r^3 P(r^2) for |r| up to pi / 4. */
export const SIN: readonly number[] = [
  -.16666655242443085,
  .008332188241183758,
  -.0001951809535967186,
];
/** cos r = 1 - r^2 / 2 + r^4 P(r^2) for |r| up to pi / 4. */
export const COS: readonly number[] = [.0416666604578495, -.0013887919485569, .0000244928160100244];
/** erf x = x + x P(x^2) for |x| up to 1. */
export const ERF: readonly number[] = [
  .12837916612625122,
  -.3761262595653534,
  .11283578723669052,
  -.026853347197175026,
  .005187162198126316,
  -.0007997853099368513,
  .00007806903886375949,
];
/** -ln erfc x = x + x P(x) for x from 1 to 4. */
export const ERF_TAIL: readonly number[] = [
  .1286943405866623,
  .6349695324897766,
  .10653083026409149,
  -.024010004475712776,
  .003757427679374814,
  -.0003505747008603066,
  .0000139601588671212,
];
/** erfc(s / sqrt 2) e^(s^2 / 2) = w P(w) with w = 1 / (1 + s / 4), for s up to 19. */
export const ERFCX: readonly number[] = [
  .1994783878326416,
  .1993168592453003,
  .18832793831825256,
  .1563839316368103,
  .13810865581035614,
  .08994036167860031,
  -.019511962309479713,
  .15976202487945557,
  -.1492731273174286,
  .037466950714588165,
];
/** Half of erf (x / sqrt 2) over x, in powers of x^2: the coefficients of erf, scaled. */
export const NORMAL: readonly number[] = ERF.map((c, i) =>
  (i === 0 ? 1 + c : c) * Math.SQRT1_2 / 2 / 2 ** i
);
/** Most of ln 2: its product with a small integer is exact. */
export const LN2_HIGH = .693359375;
