/**
 * Taking contents apart and putting them together, on the host.
 *
 * @module
 */
import type { Snapshot } from "./compare.ts";

/**
 * Some places along a dimension, in the order given.
 *
 * PyTorch: `torch.index_select`.
 *
 * @param of The contents.
 * @param dim The dimension.
 * @param places Which places, from 0.
 * @returns New contents.
 */
export function select(of: Snapshot, dim: number, places: readonly number[]): Snapshot {
  const { outer, size, inner } = blocks(of, dim);
  const bytes = new Uint8Array(outer * places.length * inner);
  for (let o = 0; o < outer; o++) {
    places.forEach((place, i) => {
      const from = (o * size + place) * inner;
      bytes.set(of.bytes.subarray(from, from + inner), (o * places.length + i) * inner);
    });
  }
  return { shape: of.shape.with(dim, places.length), dtype: of.dtype, bytes };
}

/**
 * Contents one after the other along a dimension.
 *
 * PyTorch: `torch.cat`.
 *
 * @param parts The contents, of one dtype, whose other sizes are the same.
 * @param dim The dimension.
 * @returns New contents.
 */
export function join(parts: readonly Snapshot[], dim: number): Snapshot {
  const [{ shape, dtype }] = parts;
  const sizes = parts.map((part) => blocks(part, dim));
  const length = parts.reduce((sum, part) => sum + part.shape[dim], 0);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0));
  let at = 0;
  for (let o = 0; o < sizes[0].outer; o++) {
    parts.forEach((part, i) => {
      const row = sizes[i].size * sizes[i].inner;
      bytes.set(part.bytes.subarray(o * row, (o + 1) * row), at);
      at += row;
    });
  }
  return { shape: shape.with(dim, length), dtype, bytes };
}

/** How often a dimension is there, its size, and the bytes of one place in it. */
function blocks({ shape, bytes }: Snapshot, dim: number) {
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
  const outer = product(shape.slice(0, dim)), size = shape[dim];
  return { outer, size, inner: bytes.length / Math.max(1, outer * size) };
}
