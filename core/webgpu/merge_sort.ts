/**
 * Stable merge sort of rows of keys: each invocation finds by a binary search which parts of two runs
 * make up its piece of the result, and merges those. One launch a doubling, no barriers, and rows of
 * any length.
 *
 * Source: Odeh, Green, Mwassi, Shmueli and Birk, "Merge Path - Parallel Merging Made Simple" (2012).
 *
 * @module
 */
import type { Block } from "../block.ts";
import type { WebGpuDevice } from "./device.ts";
import { launch, reads, type Scratch, writes } from "./family_kernel.ts";

/** Runs of this length are sorted at once: each element counts those that come before it. */
const RUN = 32;
/** What one invocation merges; two runs are a whole number of such pieces. */
const PIECE = 16;

/** Rows in order. */
export interface Sorted {
  /** The keys. */
  readonly keys: Block;
  /** Where each was in its row, u32. */
  readonly order: Block;
}

/**
 * Sorts rows.
 *
 * @param device The GPU.
 * @param keys `[rows, n]` unsigned keys of one word, or two with the higher one first. They are lost.
 * @param wide Whether a key is two words.
 * @param scratch Where to take memory from.
 * @returns Rows in ascending order; equal keys keep theirs.
 */
export function sortKeys(
  device: WebGpuDevice,
  keys: Block,
  wide: boolean,
  rows: number,
  n: number,
  scratch: Scratch,
): Sorted {
  const type = wide ? "vec2<u32>" : "u32";
  const before = wide ? "return a.x < b.x || (a.x == b.x && a.y < b.y);" : "return a < b;";
  const functions = `fn before(a: ${type}, b: ${type}) -> bool { ${before} }\n`;
  const count = rows * n;
  const room = () => ({ keys: scratch.take(count * (wide ? 2 : 1)), order: scratch.take(count) });
  let source = room();
  launch(device, {
    key: `sort: runs ${type}`,
    bindings: [
      reads("keys", type, keys),
      writes("next", type, source.keys),
      writes("nextOrder", "u32", source.order),
    ],
    args: { n },
    count,
    text: () => ({
      functions,
      main: `let row = id / args.n * args.n;
let q = id - row;
let first = row + q / ${RUN}u * ${RUN}u;
let end = min(first + ${RUN}u, row + args.n);
let key = keys[id];
var rank = first;
for (var at = first; at < id; at++) { rank += select(1u, 0u, before(key, keys[at])); }
for (var at = id + 1u; at < end; at++) { rank += select(0u, 1u, before(keys[at], key)); }
next[rank] = key;
nextOrder[rank] = q;
`,
    }),
  });
  // The keys that came have served: their memory takes the next ones.
  let target = { keys, order: scratch.take(count) };
  const pieces = Math.ceil(n / PIECE);
  for (let width = RUN; width < n; width *= 2) {
    launch(device, {
      key: `sort: merge ${type}`,
      bindings: [
        reads("keys", type, source.keys),
        reads("order", "u32", source.order),
        writes("next", type, target.keys),
        writes("nextOrder", "u32", target.order),
      ],
      args: { n, width, pieces },
      count: rows * pieces,
      text: () => ({ functions, main: MERGE }),
    });
    [source, target] = [target, source];
  }
  return source;
}

/**
 * Two neighbouring runs, `[start, middle)` and `[middle, end)`, merge into their place. Of the
 * elements before this piece of the result, `low` come from the left run. Equal ones of the left
 * run come first.
 */
const MERGE = `let line = id / args.pieces;
let row = line * args.n;
let piece = (id - line * args.pieces) * ${PIECE}u;
let pair = piece / (2u * args.width) * (2u * args.width);
let start = row + pair;
let middle = row + min(pair + args.width, args.n);
let end = row + min(pair + 2u * args.width, args.n);
let done = piece - pair;
var low = done - min(done, end - middle);
var high = min(done, middle - start);
while (low < high) {
  let half = (low + high) / 2u;
  if (before(keys[middle + done - 1u - half], keys[start + half])) { high = half; }
  else { low = half + 1u; }
}
var left = start + low;
var right = middle + done - low;
let last = min(row + piece + ${PIECE}u, end);
var key = keys[left];
var other = keys[right];
for (var at = row + piece; at < last; at++) {
  if (left < middle && !(right < end && before(other, key))) {
    next[at] = key;
    nextOrder[at] = order[left];
    left++;
    key = keys[left];
  } else {
    next[at] = other;
    nextOrder[at] = order[right];
    right++;
    other = keys[right];
  }
}
`;
