/**
 * Philox4x32-10 on four counters at once.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).
 *
 * @module
 */
import { type Code, i32, op, shuffle32, V128 } from "./assembler.ts";
import { highWords, lowWords } from "./element_io.ts";
import type { Emitter, Val } from "./emitter.ts";

/** The two words of each round's key, in all lanes. */
export type KeySchedule = readonly (readonly [Code, Code])[];

/** Computes the rounds' keys, once for a kernel; `word` gives the two words of the first. */
export function emitKeys(g: Emitter, word: () => Code): KeySchedule {
  const rounds: [Code, Code][] = [[word(), word()]];
  const next = (key: Code, weyl: number) =>
    g.f.atStart(V128, op("i32x4.add", key, op("i32x4.splat", i32(weyl))));
  for (let round = 1; round < 10; round++) {
    const [k0, k1] = rounds[round - 1];
    rounds.push([next(k0, 0x9e3779b9), next(k1, 0xbb67ae85)]);
  }
  return rounds;
}

/**
 * Emits the four words of the block of each counter.
 *
 * @param counter Four 64-bit counters.
 * @param keys The rounds' keys.
 */
export function emitPhilox(g: Emitter, counter: Val, keys: KeySchedule): Code[] {
  const m0 = g.i32(0xd2511f53), m1 = g.i32(0xcd9e8d57);
  const product = (a: Code, b: Code): [Code, Code] => {
    const low = g.vec(op("i64x2.extmul_low_i32x4_u", a, b));
    const high = g.vec(op("i64x2.extmul_high_i32x4_u", a, b));
    return [shuffle32([1, 3, 5, 7], low, high), g.vec(shuffle32([0, 2, 4, 6], low, high))];
  };
  // In the first round the upper half of the counter is 0, and so is its product.
  const [first, firstLow] = product(lowWords(g, counter), m0);
  let c0 = g.vec(op("v128.xor", highWords(g, counter), keys[0][0]));
  let c1 = g.i32(0);
  let c2 = g.vec(op("v128.xor", first, keys[0][1]));
  let c3 = firstLow;
  for (const [k0, k1] of keys.slice(1)) {
    const [high0, low0] = product(c0, m0);
    const [high1, low1] = product(c2, m1);
    c0 = g.vec(op("v128.xor", op("v128.xor", high1, c1), k0));
    c2 = g.vec(op("v128.xor", op("v128.xor", high0, c3), k1));
    c1 = low1;
    c3 = low0;
  }
  return [c0, c1, c2, c3];
}
