/**
 * Tensors of TensorFlow.js from what a frame holds, and back.
 *
 * @module
 */
import { tf } from "./tf.ts";

/** What the protocol says of a tensor. */
export interface Described {
  /** The sizes. */
  readonly shape: number[];
  /** The dtype. */
  readonly dtype: string;
  /** Which byte string has its elements. */
  readonly b: number;
}

/** Something that TensorFlow.js has not, by a name that the protocol knows. */
export class UnsupportedError extends Error {
  /** The class's name, as the protocol wants it. */
  override name = "unsupported";
}

/** How the elements of each dtype are read; there is no smaller and no 64-bit integer than `int32`. */
const READ: Readonly<
  Record<string, [dtype: "float32" | "int32" | "bool", (buffer: ArrayBuffer) => tf.TypedArray]>
> = {
  float32: ["float32", (buffer) => new Float32Array(buffer)],
  int64: ["int32", (buffer) => Int32Array.from(new BigInt64Array(buffer), Number)],
  int32: ["int32", (buffer) => new Int32Array(buffer)],
  int16: ["int32", (buffer) => Int32Array.from(new Int16Array(buffer))],
  int8: ["int32", (buffer) => Int32Array.from(new Int8Array(buffer))],
  uint8: ["int32", (buffer) => Int32Array.from(new Uint8Array(buffer))],
  bool: ["bool", (buffer) => new Uint8Array(buffer)],
};

/**
 * A tensor with the contents described.
 *
 * @throws {UnsupportedError} If there is no dtype for it.
 */
export function tensorOf({ shape, dtype, b }: Described, bin: readonly Uint8Array[]): tf.Tensor {
  const found = READ[dtype];
  if (found === undefined) throw new UnsupportedError(`TensorFlow.js has no dtype ${dtype}`);
  const [own, read] = found;
  // A copy: elements begin at a multiple of their size.
  return tf.tensor(read(bin[b].slice().buffer), shape, own);
}

/** Whether a value is what the protocol says of a tensor. */
export function isDescribed(value: unknown): value is Described {
  return typeof value === "object" && value !== null && "b" in value && "shape" in value;
}

/**
 * What an answer's line holds: of a tensor its description, of bytes the number of their string.
 *
 * @param value Plain values, tensors, bytes, and lists, maps and objects of them.
 * @param bin Where the byte strings are put.
 */
export function pack(value: unknown, bin: Uint8Array[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return bin.push(value) - 1;
  if (value instanceof tf.Tensor) {
    const { buffer, byteOffset, byteLength } = value.dataSync();
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    return { shape: value.shape, dtype: value.dtype, b: bin.push(bytes) - 1 };
  }
  if (Array.isArray(value)) return value.map((item) => pack(item, bin));
  if (value instanceof Map) return [...value].map((pair) => pack(pair, bin));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item, bin)]));
}

const numbers = new WeakMap<object, number>();
let last = 0;

/** The same number for the same object. */
export function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, number = ++last);
  return number;
}
