/**
 * Philox4x32-10 on four counters at once.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).
 *
 * @module
 */
import { type Code, op, shuffle32 } from "./assembler.ts";
import { highWords, lowWords } from "./element_io.ts";
import type { Emitter, Val } from "./emitter.ts";

/**
 * Emits the four words of the block of each counter.
 *
 * @param counter Four 64-bit counters.
 * @param key The two words of the key, each in all lanes.
 */
export function emitPhilox(g: Emitter, counter: Val, key: readonly [Code, Code]): Code[] {
  const m0 = g.i32(0xd2511f53), m1 = g.i32(0xcd9e8d57);
  const w0 = g.i32(0x9e3779b9), w1 = g.i32(0xbb67ae85);
  let c0 = lowWords(g, counter), c1 = highWords(g, counter), c2 = g.i32(0), c3 = g.i32(0);
  let [k0, k1] = key;
  const product = (a: Code, b: Code): [Code, Code] => {
    const low = g.vec(op("i64x2.extmul_low_i32x4_u", a, b));
    const high = g.vec(op("i64x2.extmul_high_i32x4_u", a, b));
    return [shuffle32([1, 3, 5, 7], low, high), g.vec(shuffle32([0, 2, 4, 6], low, high))];
  };
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = product(c0, m0);
    const [high1, low1] = product(c2, m1);
    c0 = g.vec(op("v128.xor", op("v128.xor", high1, c1), k0));
    c2 = g.vec(op("v128.xor", op("v128.xor", high0, c3), k1));
    c1 = low1;
    c3 = low0;
    k0 = g.vec(op("i32x4.add", k0, w0));
    k1 = g.vec(op("i32x4.add", k1, w1));
  }
  return [c0, c1, c2, c3];
}
