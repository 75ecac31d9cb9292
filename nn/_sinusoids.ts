/**
 * The table of "Attention is all you need".
 *
 * @module
 */
import { type DeviceLike, type DType, fromStorage, Storage, type Tensor } from "../core/mod.ts";

/**
 * Sines and cosines of positions, `[1, length, width]`: column 2i is `sin(pos / 10000^(2i/width))`,
 * column 2i + 1 its cosine. Evaluated in float64 and rounded once.
 */
export function sinusoids(
  length: number,
  width: number,
  { device = "cpu", dtype = "float32" }: { device?: DeviceLike; dtype?: DType } = {},
): Tensor {
  const wide = dtype === "float64";
  const table = wide ? new Float64Array(length * width) : new Float32Array(length * width);
  for (let column = 0; column < width; column++) {
    const even = column - column % 2;
    const scale = 10000 ** (even / width);
    const wave = even === column ? Math.sin : Math.cos;
    for (let position = 0; position < length; position++) {
      table[position * width + column] = wave(position / scale);
    }
  }
  const bytes = new Uint8Array(table.buffer);
  const storage = Storage.fromBytes(wide ? "float64" : "float32", bytes, device);
  const out = fromStorage(storage, { shape: [1, length, width] });
  return out.dtype === dtype ? out : out.type(dtype);
}
