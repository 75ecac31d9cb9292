/**
 * A small hash for seeds: what a case is decides its seed, so results do not depend on order.
 *
 * @module
 */

/**
 * 32 bits of a text. Source: FNV-1a, finished with the mixer of MurmurHash3 so that texts that
 * differ in the last letter differ in every bit.
 *
 * @param text What to hash.
 * @returns A whole number from 0 to 2^32 - 1.
 */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A stream of numbers in [0, 1), 32 bits each. Source: Mulberry32 (Tommy Ettinger, public domain).
 *
 * @param seed Where the stream starts.
 * @returns A function that gives the next number.
 */
export function randomStream(seed: number): () => number {
  let state = hash(`stream ${seed}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
