/**
 * Making the text of WGSL functions. The text is deterministic: drivers cache kernels by it.
 *
 * @module
 */

/** A WGSL function or struct, and those it uses. */
export interface WgslFunction {
  /** The declaration. */
  readonly source: string;
  /** The names of the library's functions and structs in it. */
  readonly uses: readonly string[];
}

/** The functions and structs of a text by name. It has a blank line between any two. */
export function functionsOf(text: string): Record<string, WgslFunction> {
  const sources: Record<string, string> = {};
  for (const block of text.trim().split(/\n\n+/)) {
    const source = block.replaceAll(/^ *\/\/.*\n/gm, "") + "\n";
    sources[/^(?:fn|struct) (\w+)/.exec(source)![1]] = source;
  }
  const functions: Record<string, WgslFunction> = {};
  for (const [name, source] of Object.entries(sources)) {
    const words = new Set(source.match(/\w+/g));
    words.delete(name);
    functions[name] = { source, uses: [...words].filter((word) => Object.hasOwn(sources, word)) };
  }
  return functions;
}

/** A number as a WGSL expression of type f32, rounded to float32. */
export function f32(x: number): string {
  return `${Math.fround(x)}f`;
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
