/**
 * The random state of TensorFlow.js. It has none of its own: whatever is given no seed takes one from
 * `Math.random`, which here is a generator that can be set.
 *
 * @module
 */

let state = 0;

/** Source: mulberry32 by Tommy Ettinger, in the public domain. */
Math.random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let x = Math.imul(state ^ (state >>> 15), state | 1);
  x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
  return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
};

/** What the next numbers follow from. */
export function randomState(): number {
  return state;
}

/** Sets what the next numbers follow from. */
export function setRandomState(to: number): void {
  state = to | 0;
}
