/**
 * Making the text of WGSL functions. The text is deterministic: drivers cache kernels by it.
 *
 * @module
 */

/** A WGSL function, and those it calls. */
export interface WgslFunction {
  /** The declaration. */
  readonly source: string;
  /** The library's functions that it calls. */
  readonly uses: readonly string[];
}

/**
 * A library of WGSL functions by name, from one text that declares them, each from `fn` or `struct`
 * in the first column to a closing brace in it; a structure belongs to the function below it.
 *
 * @param text The declarations.
 * @param known What they may call besides one another.
 */
export function library(
  text: string,
  known: Readonly<Record<string, WgslFunction>> = {},
): Record<string, WgslFunction> {
  const sources = new Map<string, string>();
  for (const [source, name] of text.matchAll(/^(?:struct [^}]*\}\n)?fn (\w+)[\s\S]*?^}\n/gm)) {
    sources.set(name, source);
  }
  const out: Record<string, WgslFunction> = { ...known };
  for (const [name, source] of sources) {
    const called = new Set(Array.from(source.matchAll(/(\w+)\(/g), ([, callee]) => callee));
    called.delete(name);
    out[name] = { source, uses: [...called].filter((f) => sources.has(f) || f in known) };
  }
  return out;
}

/** A number as a WGSL expression of type f32, rounded to float32. */
export function f32(x: number): string {
  const text = String(Math.fround(x));
  return `${text}f`;
}

/** The polynomial of a WGSL value by Horner's rule, low order first. */
export function polynomial(x: string, coefficients: readonly number[]): string {
  const [last, ...rest] = coefficients.toReversed();
  return rest.reduce((sum, c) => `(${sum} * ${x} + ${f32(c)})`, f32(last));
}

/** The 12 leading bits of a number, whose product with another 12 is exact in float32. */
export function head(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0] &= 0xfffff000;
  return new Float32Array(bits.buffer)[0];
}
