/**
 * Stable sorting of rows of keys: an element's place in a merged run is its place in its own run and
 * the number of elements of the other run that come before it, which is a binary search. One
 * launch a doubling, no barriers, and rows of any length.
 *
 * @module
 */
import type { Block } from "../block.ts";
import type { WebGpuDevice } from "./device.ts";
import { launch, reads, type Scratch, writes } from "./family_kernel.ts";

/** Runs of this length are sorted at once: each element counts those that come before it. */
const RUN = 32;

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
  if (n <= RUN) return source;
  // The keys that came have served: their memory takes the next ones.
  let target = { keys, order: scratch.take(count) };
  for (let width = RUN; width < n; width *= 2) {
    launch(device, {
      key: `sort: merge ${type}`,
      bindings: [
        reads("keys", type, source.keys),
        reads("order", "u32", source.order),
        writes("next", type, target.keys),
        writes("nextOrder", "u32", target.order),
      ],
      args: { n, width },
      count,
      text: () => ({
        functions,
        main: `let row = id / args.n * args.n;
let run = (id - row) / args.width;
let own = row + run * args.width;
let left = (run & 1u) == 0u;
// The other run of the pair; past the row's end it is empty.
let other = min(select(own - args.width, own + args.width, left), row + args.n);
let key = keys[id];
var low = other;
var high = min(other + args.width, row + args.n);
while (low < high) {
  let middle = (low + high) / 2u;
  let theirs = keys[middle];
  // Equal ones of the left run come first.
  if (select(!before(key, theirs), before(theirs, key), left)) { low = middle + 1u; }
  else { high = middle; }
}
let at = min(own, other) + (id - own) + (low - other);
next[at] = key;
nextOrder[at] = order[id];
`,
      }),
    });
    [source, target] = [target, source];
  }
  return source;
}
