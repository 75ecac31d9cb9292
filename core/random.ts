/**
 * The random state: a key and a counter. Every draw takes as many counters as it has elements, so
 * the bits depend on the seed and the order of draws, never on the device.
 *
 * @module
 */
import type { DType } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { binary, cast, constant, type Node, random, unary } from "./node.ts";
import { philox } from "./philox.ts";
import { numelOf } from "./shape.ts";

let key: [number, number] = [0, 0];
let counter = 0;
seedFromSystem();

function seedFromSystem(): void {
  const words = crypto.getRandomValues(new Uint32Array(2));
  key = [words[0], words[1]];
}

/**
 * Seeds every random draw, on every device.
 *
 * PyTorch: `torch.manual_seed`; the numbers are our own (Philox4x32-10), the same on each device.
 *
 * @param seed A whole number; 64 bits of it are used.
 *
 * @example
 * ```ts
 * import { manualSeed, rand } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * manualSeed(7);
 * const first = await rand([3]).tolist();
 * manualSeed(7);
 * assertEquals(await rand([3]).tolist(), first);
 * ```
 */
export function manualSeed(seed: number | bigint): void {
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw new ShapeError(`manualSeed: expected a whole number, got ${seed}`);
  }
  const bits = BigInt.asUintN(64, BigInt(seed));
  key = [Number(bits & 0xffffffffn), Number(bits >> 32n)];
  counter = 0;
}

/** The state of the random draws. */
export interface RngState {
  /** The two words of the key, made from the seed. */
  readonly key: readonly [number, number];
  /** How many counters were taken. */
  readonly counter: number;
}

/**
 * The state of the random draws, as plain data.
 *
 * PyTorch: `torch.get_rng_state`.
 *
 * @returns The key and the counter.
 */
export function getRngState(): RngState {
  return { key: [...key], counter };
}

/**
 * Goes back to a state of the random draws.
 *
 * PyTorch: `torch.set_rng_state`.
 *
 * @param state What `getRngState()` gave.
 */
export function setRngState(state: RngState): void {
  key = [state.key[0], state.key[1]];
  counter = state.counter;
}

/** Takes the counters for a draw of this shape. */
function take(shape: readonly number[]): number {
  const base = counter;
  counter += numelOf(shape);
  return base;
}

/** Random 32-bit words as int32, one or several to an element. */
export function drawBits(shape: readonly number[], words = 1): Node[] {
  const base = take(shape);
  return Array.from({ length: words }, (_, word) => random(shape, key, base, word));
}

/** Uniform numbers in [0, 1) of a floating dtype: 24 bits, or 53 for float64. */
export function drawUniform(shape: readonly number[], dtype: DType, words = [0, 1]): Node {
  return uniformOf(drawBits(shape, 4), shape, dtype, words);
}

function uniformOf(bits: Node[], shape: readonly number[], dtype: DType, words: number[]): Node {
  if (dtype !== "float64") return cast(unary("uniform", bits[words[0]]), dtype);
  // 27 bits of one word above 26 of the other, exact in float64.
  const part = (word: number, shift: number) => {
    const whole = binary(
      "bitwiseAnd",
      cast(bits[word], "int64"),
      constant("int64", shape, 0xffffffffn),
      shape,
    );
    return cast(binary("shiftRight", whole, constant("int64", shape, BigInt(shift)), shape), dtype);
  };
  const high = binary("mul", part(words[0], 5), constant(dtype, shape, 2 ** 26), shape);
  const sum = binary("add", high, part(words[1], 6), shape);
  return binary("mul", sum, constant(dtype, shape, 2 ** -53), shape);
}

/** Standard normal numbers. Source: Box and Muller (1958). */
export function drawNormal(shape: readonly number[], dtype: DType): Node {
  const wide: DType = dtype === "float64" ? "float64" : "float32";
  const bits = drawBits(shape, 4);
  const c = (value: number) =>
    constant(wide, shape, wide === "float32" ? Math.fround(value) : value);
  // 1 - u is in (0, 1], where the logarithm is finite.
  const u = binary("sub", c(1), uniformOf(bits, shape, wide, [0, 1]), shape);
  const angle = binary("mul", uniformOf(bits, shape, wide, [2, 3]), c(2 * Math.PI), shape);
  const radius = unary("sqrt", binary("mul", c(-2), unary("log", u), shape));
  return cast(binary("mul", radius, unary("cos", angle), shape), dtype);
}

/** A shuffled range, on the host. Sorting random words needs no device. */
export function drawPermutation(n: number): BigInt64Array<ArrayBuffer> {
  const base = counter;
  counter += n;
  const order = new BigInt64Array(n);
  for (let i = 0; i < n; i++) order[i] = BigInt(i);
  // Fisher and Yates, with a counter to each step.
  for (let i = n - 1; i > 0; i--) {
    const [high, low] = philox(key, base + i);
    const j = Number((BigInt(high) << 32n | BigInt(low)) % BigInt(i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
