/**
 * What a frame's line holds in place of tensors: their shape, dtype, and which of the byte strings has
 * their elements.
 *
 * @module
 */
import type { DType } from "../../core/mod.ts";
import { DTYPES } from "../../core/mod.ts";
import type { Snapshot } from "../compare.ts";
import { type Contents, isContents } from "../instance.ts";
import { FrameError } from "./frames.ts";

/**
 * Plain values for a frame's line. Maps become lists of pairs, tensors their description, and bytes
 * the number of their byte string.
 *
 * @param value What to send: plain values, contents of tensors, bytes, and lists, maps and objects of them.
 * @param bin Where the byte strings are put.
 * @returns What the line holds.
 */
export function pack(value: unknown, bin: Uint8Array[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return bin.push(value) - 1;
  if (isContents(value)) {
    const { bytes, ...rest } = value;
    return { ...rest, b: bin.push(bytes) - 1 };
  }
  if (Array.isArray(value)) return value.map((item) => pack(item, bin));
  if (value instanceof Map) return [...value].map((pair) => pack(pair, bin));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item, bin)]));
}

/** A tensor in a line. */
interface Described {
  shape: readonly number[];
  dtype: DType;
  b: number;
}

/**
 * The tensors of an answer.
 *
 * @param values Pairs of a name and a description.
 * @param bin The byte strings.
 * @returns Their contents by name.
 * @throws {FrameError} If one is described wrongly.
 */
export function unpackAll(values: unknown, bin: readonly Uint8Array[]): Map<string, Snapshot> {
  const pairs = values as readonly (readonly [string, Described])[];
  return new Map(pairs.map(([name, described]) => [name, unpack(described, bin)]));
}

/**
 * A tensor of an answer.
 *
 * @param described Its description.
 * @param bin The byte strings.
 * @returns Its contents.
 * @throws {FrameError} If it is described wrongly.
 */
export function unpack(described: unknown, bin: readonly Uint8Array[]): Snapshot {
  const { shape, dtype, b } = described as Described;
  const bytes = bin[b];
  const size = shape.reduce((product, each) => product * each, 1) * DTYPES[dtype]?.itemSize;
  if (bytes?.length !== size) {
    throw new FrameError(
      `${JSON.stringify(described)} needs ${size} bytes, got ${bytes?.length ?? "none"}`,
    );
  }
  return { shape, dtype, bytes };
}

/**
 * What a line holds, with contents in place of described tensors: for a server.
 *
 * @param value What the line holds.
 * @param bin The byte strings.
 * @returns Plain values and contents.
 * @throws {FrameError} If a tensor is described wrongly.
 */
export function received(value: unknown, bin: readonly Uint8Array[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => received(item, bin));
  if ("shape" in value && "dtype" in value && "b" in value) {
    const { layout } = value as Pick<Contents, "layout">;
    return { ...unpack(value, bin), ...(layout === undefined ? {} : { layout }) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, received(item, bin)]));
}
