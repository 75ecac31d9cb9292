/**
 * Inputs that are the same in every run and for every engine.
 *
 * @module
 */
import { type DeviceName, Storage, type Tensor } from "../core/mod.ts";
import { fromStorage } from "../core/mod.ts";
import type { HostArray, Size } from "./case.ts";

/** Numbers uniform in [0, 1): mulberry32, a 32-bit generator of Tommy Ettinger (public domain). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sizes of cases on elements one by one. */
export const ELEMENTS: readonly Size[] = [
  { label: "16K", numbers: { n: 1 << 14 } },
  { label: "1M", numbers: { n: 1 << 20 } },
  { label: "16M", numbers: { n: 1 << 24 }, hardware: true },
];

/**
 * Float32 values uniform in `[-scale, scale)`.
 *
 * @param shape The sizes.
 * @param seed Equal seeds give equal values.
 * @param scale The bound; 1 by default.
 * @returns The values.
 */
export function uniform(shape: readonly number[], seed: number, scale = 1): HostArray {
  const next = generator(seed);
  const data = new Float32Array(shape.reduce((n, size) => n * size, 1));
  for (let i = 0; i < data.length; i++) data[i] = (next() * 2 - 1) * scale;
  return { shape, data };
}

/**
 * Whole numbers from 0 to before `bound`.
 *
 * @param shape The sizes.
 * @param seed Equal seeds give equal values.
 * @param bound One more than the largest.
 * @returns The values.
 */
export function integers(shape: readonly number[], seed: number, bound: number): HostArray {
  const next = generator(seed);
  const data = new Int32Array(shape.reduce((n, size) => n * size, 1));
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(next() * bound);
  return { shape, data };
}

/**
 * An input as one of our tensors; int32 values become int64, PyTorch's type of class indices.
 *
 * @param array The values.
 * @param device Where to put them.
 * @returns A tensor that is ready.
 */
export function toTensor({ shape, data }: HostArray, device: DeviceName): Tensor {
  const elements = data instanceof Float32Array ? data : BigInt64Array.from(data, BigInt);
  const dtype = data instanceof Float32Array ? "float32" : "int64";
  const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  return fromStorage(Storage.fromBytes(dtype, bytes, device), { shape });
}
