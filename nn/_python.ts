/**
 * Values as Python prints them: a printed module looks as PyTorch's does.
 *
 * @module
 */

/** `True` or `False`. */
export function pyBool(value: boolean): string {
  return value ? "True" : "False";
}

/** A float: `1e-05`, `0.1`, and `inf` for infinity; whole numbers as they are. */
export function pyFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  // Python changes to exponents below 1e-4, JavaScript below 1e-6; Python writes two digits.
  const text = size !== 0 && size < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** A tuple: `(3,)`, `(3, 4)`. */
export function pyTuple(values: readonly number[]): string {
  return values.length === 1 ? `(${values[0]},)` : `(${values.join(", ")})`;
}
