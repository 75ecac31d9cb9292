/**
 * The logarithm of the gamma function and its derivatives, in float64.
 *
 * @module
 */

/** 1 minus Euler's constant. */
const LINEAR = 0.42278433509846714;
/** (-1)^k (zeta(k) - 1) / k for k from 2: the series of ln gamma(2 + z) after its linear term. */
const SERIES: readonly number[] = [
  0.3224670334241132,
  -0.067352301053198102,
  0.020580808427784546,
  -0.0073855510286739857,
  0.0028905103307415234,
  -0.001192753911703261,
  0.00050966952474304245,
  -0.00022315475845357939,
  9.9457512781808531e-05,
  -4.4926236738133142e-05,
  2.0507212775670691e-05,
  -9.4394882752683967e-06,
  4.3748667899074882e-06,
  -2.0392157538013662e-06,
  9.5514121304074194e-07,
  -4.4924691987645662e-07,
  2.1207184805554665e-07,
  -1.0043224823968099e-07,
  4.7698101693639804e-08,
  -2.2711094608943164e-08,
  1.0838659214896955e-08,
  -5.1834750419700466e-09,
  2.4836745438024785e-09,
  -1.1921401405860912e-09,
  5.7313672416788623e-10,
  -2.7595228851242334e-10,
  1.3304764374244489e-10,
];
/** ln sqrt(2 pi). */
const HALF_LN_2PI = 0.9189385332046727;
/** B(2k) / (2k (2k - 1)): Stirling's series. Source: Abramowitz and Stegun 6.1.40. */
const STIRLING: readonly number[] = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
];
/** B(2k). */
const BERNOULLI: readonly number[] = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6];
/** From here on the asymptotic series have all digits. */
const FAR = 12;

/** A polynomial, low order first. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, c) => sum * x + c, 0);
}

/** How far a number is from the nearest whole one, which is where sin(pi x) is 0. */
function fromWhole(x: number): number {
  return x - Math.round(x);
}

/** ln gamma(2 + z) for |z| up to a half: near its root at 2 it has all digits. */
function nearTwo(z: number): number {
  return z * (LINEAR + z * polynomial(z, SERIES));
}

/** The logarithm of |gamma(x)|. PyTorch: `torch.lgamma`. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (!Number.isFinite(x) || (x <= 0 && Number.isInteger(x))) return Infinity;
  if (x < -0.5) {
    return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * fromWhole(x)))) - lgamma(1 - x);
  }
  if (x < 0.5) return nearTwo(x) - Math.log1p(x) - Math.log(Math.abs(x));
  if (x < 1.5) return nearTwo(x - 1) - Math.log1p(x - 1);
  let product = 1, z = x;
  if (x < FAR) {
    while (z >= 2.5) product *= --z;
    return nearTwo(z - 2) + Math.log(product);
  }
  return (z - 0.5) * (Math.log(z) - 1) + (HALF_LN_2PI - 0.5) +
    polynomial(1 / (z * z), STIRLING) / z;
}

/** The derivative of ln gamma. PyTorch: `torch.digamma`. */
export function digamma(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) {
    if (Number.isInteger(x) || x === -Infinity) return NaN;
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * fromWhole(x));
  }
  let z = x, sum = 0;
  while (z < FAR) sum += 1 / z++;
  const square = 1 / (z * z);
  const series = polynomial(square, BERNOULLI.map((b, i) => b / (2 * i + 2))) * square;
  return Math.log(z) - 0.5 / z - series - sum;
}

/** The second derivative of ln gamma. PyTorch: `torch.polygamma(1, x)`. */
export function trigamma(x: number): number {
  if (x === -Infinity) return NaN;
  if (x <= 0) {
    if (Number.isInteger(x)) return Infinity;
    const ratio = Math.PI / Math.sin(Math.PI * fromWhole(x));
    return ratio * ratio - trigamma(1 - x);
  }
  let z = x, sum = 0;
  for (; z < FAR; z++) sum += 1 / (z * z);
  const square = 1 / (z * z);
  return sum + 1 / z + 0.5 * square + polynomial(square, BERNOULLI) * square / z;
}
