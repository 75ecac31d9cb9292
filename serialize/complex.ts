/**
 * Python's complex number.
 *
 * @module
 */

/**
 * A complex number outside of a tensor, as checkpoints may hold one.
 *
 * PyTorch: Python's `complex`, e.g. what `t.item()` gives for a complex tensor.
 *
 * @example
 * ```ts
 * import { Complex, load, toBytes } from "@touchstone/touchstone/serialize";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = await toBytes(new Complex(1, -2));
 * const { re, im } = await load<Complex>(bytes);
 * assertEquals([re, im], [1, -2]);
 * ```
 */
export class Complex {
  /** Makes `re + im i`. */
  constructor(
    /** The real part. */
    readonly re: number,
    /** The imaginary part. */
    readonly im: number,
  ) {}
}
