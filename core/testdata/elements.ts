/**
 * What the tests of the engine compare: tensors made from bytes, elements read back exactly, and
 * differences counted in units in the last place.
 *
 * @module
 */
import { type DeviceName, type DType, DTYPES, fromStorage, Storage, type Tensor } from "../mod.ts";
import { bfloat16Value } from "../scalar_math.ts";

/** One element: a bigint for int64. */
export type Element = number | bigint;

/** A tensor from the bytes of its elements. */
export function fromBytes(
  dtype: DType,
  shape: readonly number[],
  bytes: Uint8Array,
  device: DeviceName,
): Tensor {
  return fromStorage(Storage.fromBytes(dtype, bytes, device), { shape });
}

/** Elements from their bytes. */
export function decodeBytes(dtype: DType, bytes: Uint8Array<ArrayBuffer>): Element[] {
  const values = Array.from(new DTYPES[dtype].array(bytes.buffer) as ArrayLike<Element>);
  return dtype === "bfloat16" ? values.map((bits) => bfloat16Value(bits as number)) : values;
}

/** A tensor's elements. */
export async function elements(x: Tensor): Promise<Element[]> {
  const data = await x.data();
  return decodeBytes(x.dtype, new Uint8Array(data.buffer));
}

/** Of each floating dtype: the distance from 1 to the next number, and the least positive one. */
export const GRID: Partial<Record<DType, { eps: number; least: number }>> = {
  float64: { eps: 2 ** -52, least: 2 ** -1074 },
  float32: { eps: 2 ** -23, least: 2 ** -149 },
  float16: { eps: 2 ** -10, least: 2 ** -24 },
  bfloat16: { eps: 2 ** -7, least: 2 ** -133 },
};

/** How near results must be. */
export interface Nearness {
  /** Units in the last place; 0 asks for equal values. */
  ulp?: number;
  /** Whether the units are those of the largest element instead of each one's own. */
  scaled?: boolean;
  /** The units are at least those of a number of this size. */
  floor?: number;
  /** Whether -0 and 0 differ. */
  signedZeros?: boolean;
}

/** What differs between two lists of elements, or null; NaN equals NaN. */
export function difference(
  actual: readonly Element[],
  expected: readonly Element[],
  dtype: DType,
  { ulp = 0, scaled = false, floor = 0, signedZeros = false }: Nearness = {},
): string | null {
  if (actual.length !== expected.length) {
    return `${actual.length} elements against ${expected.length}`;
  }
  const grid = GRID[dtype];
  let scale = floor;
  if (scaled) {
    for (const value of expected) {
      if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(Number(value)));
    }
  }
  let first = "", count = 0;
  actual.forEach((a, i) => {
    const e = expected[i];
    if (near(a, e)) return;
    if (count++ === 0) first = `element ${i}: ${show(a)} against ${show(e)}`;
  });
  return count === 0 ? null : `${count} of ${actual.length} differ; ${first}`;

  function near(a: Element, e: Element): boolean {
    if (Object.is(a, e)) return true;
    if (a === e) return !signedZeros;
    if (grid === undefined || typeof a === "bigint" || typeof e === "bigint") return false;
    const unit = Math.max(Math.max(Math.abs(e), scale) * grid.eps, grid.least);
    return Number.isFinite(e) && Math.abs(a - e) <= ulp * unit;
  }
}

function show(value: Element): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Throws unless two lists of elements are near. */
export function assertElements(
  actual: readonly Element[],
  expected: readonly Element[],
  dtype: DType,
  nearness: Nearness = {},
  what = "",
): void {
  const found = difference(actual, expected, dtype, nearness);
  if (found === null) return;
  throw new Error(
    `${what}: ${found}\nactual:   ${actual.map(show).join(" ").slice(0, 400)}` +
      `\nexpected: ${expected.map(show).join(" ").slice(0, 400)}`,
  );
}
