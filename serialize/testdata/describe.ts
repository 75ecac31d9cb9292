/**
 * Describes values as `make_fixtures.py` does in expected.json, so that both can be compared.
 *
 * @module
 */
import { DTYPES, Tensor } from "../../core/mod.ts";
import { StateDict } from "../../nn/mod.ts";
import { Complex } from "../complex.ts";

/** A description, as JSON holds it. */
export type Described = unknown;

/** The bits of a tensor's elements in row-major order, read through its view by hand. */
async function elementBits(tensor: Tensor): Promise<string> {
  const bytes = await tensor.storage.bytes();
  const { itemSize } = DTYPES[tensor.dtype];
  const { shape, strides } = tensor;
  let places = [tensor.offset];
  shape.forEach((size, dim) => {
    places = places.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * strides[dim]));
  });
  return places.map((at) => bytes.subarray(at * itemSize, (at + 1) * itemSize).toHex()).join("");
}

/** Describes a loaded value. */
export async function describe(value: unknown): Promise<Described> {
  if (typeof value === "string" && !value.isWellFormed()) {
    return { codes: Array.from(value, (character) => character.codePointAt(0)) };
  }
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") {
    if (Object.is(value, -0)) return { float: "-0.0" };
    if (Number.isFinite(value)) return value;
    return { float: Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf" };
  }
  if (value instanceof Tensor) {
    return {
      tensor: value.dtype,
      shape: [...value.shape],
      stride: [...value.strides],
      offset: value.offset,
      storage: value.storage.length,
      requiresGrad: value.requiresGrad,
      bits: await elementBits(value),
    };
  }
  if (value instanceof Complex) return { complex: [value.re, value.im] };
  if (value instanceof Uint8Array) return { bytes: value.toHex() };
  if (Array.isArray(value)) {
    const items = await Promise.all(value.map(describe));
    return Object.isFrozen(value) ? { tuple: items } : items;
  }
  if (value instanceof Set) return { set: await Promise.all([...value].map(describe)) };
  if (value instanceof Map) {
    const pairs = await Promise.all(
      [...value].map(async ([key, item]) => [await describe(key), await describe(item)]),
    );
    if (!(value instanceof StateDict)) return { dict: pairs };
    const metadata = [...value.metadata].map((
      [path, facts],
    ) => [path, Object.fromEntries(facts)]);
    return { ordered: pairs, metadata };
  }
  throw new TypeError(`Nothing describes ${value}`);
}
