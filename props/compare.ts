/**
 * Comparing tensors, and saying where they differ.
 *
 * @module
 */
import { type DType, DTYPES, fromStorage, Storage, Tensor } from "../core/mod.ts";
import { decodeNumbers, encodeNumbers } from "./fill.ts";
import { type Evidence, Refutation } from "./law.ts";

/** A tensor's contents at one moment. */
export interface Snapshot {
  /** The sizes. */
  readonly shape: readonly number[];
  /** The dtype. */
  readonly dtype: DType;
  /** The elements in row-major order, as they are stored. */
  readonly bytes: Uint8Array;
}

/** A copy of a tensor's contents. */
export async function snapshot(tensor: Tensor): Promise<Snapshot> {
  const data = await tensor.detach().data();
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { shape: [...tensor.shape], dtype: tensor.dtype, bytes };
}

/** Copies of several tensors' contents by name. */
export async function snapshots(
  named: Iterable<readonly [string, Tensor]>,
): Promise<Map<string, Snapshot>> {
  const out = new Map<string, Snapshot>();
  for (const [name, tensor] of named) out.set(name, await snapshot(tensor));
  return out;
}

/** `[3, 0]` for the 15th element of a `[7, 5]`. */
export function indexText(flat: number, shape: readonly number[]): string {
  if (shape.length === 0) return "";
  const index: number[] = [];
  let rest = flat;
  for (let i = shape.length - 1; i >= 0; i--) {
    index.unshift(rest % shape[i]);
    rest = Math.floor(rest / shape[i]);
  }
  return `[${index.join(", ")}]`;
}

/** One element for a message: its value, and its bits where the value does not tell. */
export function elementText(of: Snapshot, flat: number): string {
  const size = of.bytes.length / Math.max(1, of.shape.reduce((n, s) => n * s, 1));
  const bytes = of.bytes.subarray(flat * size, (flat + 1) * size);
  const [value] = decodeNumbers(bytes, of.dtype);
  const text = Object.is(value, -0) ? "-0" : String(value);
  const bits = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return Number.isNaN(value) ? `NaN (0x${bits})` : text;
}

/** `float32[2, 3]`. */
export function typeText({ dtype, shape }: Pick<Snapshot, "dtype" | "shape">): string {
  return `${dtype}[${shape.join(", ")}]`;
}

/**
 * Demands the same shape, dtype and bits, NaN payloads and signs of zero included.
 *
 * @param evidence Where comparisons are counted.
 * @param what What it means if they differ, in one sentence.
 * @param where The tensor's name.
 * @param actual What there is.
 * @param expected What there should be.
 * @throws {Refutation} At the first difference.
 */
export function sameBits(
  evidence: Evidence,
  what: string,
  where: string,
  actual: Snapshot,
  expected: Snapshot,
): void {
  evidence.compared();
  if (typeText(actual) !== typeText(expected)) {
    throw new Refutation({ what, where, expected: typeText(expected), actual: typeText(actual) });
  }
  evidence.compared(actual.shape.reduce((product, size) => product * size, 1));
  if (actual.bytes.length !== expected.bytes.length) {
    const text = (s: Snapshot) => `${s.bytes.length} bytes`;
    throw new Refutation({ what, where, expected: text(expected), actual: text(actual) });
  }
  const at = actual.bytes.findIndex((byte, i) => byte !== expected.bytes[i]);
  if (at < 0) return;
  const count = actual.shape.reduce((product, size) => product * size, 1);
  const flat = Math.floor(at / (actual.bytes.length / count));
  throw new Refutation({
    what,
    where: `${where}${indexText(flat, actual.shape)}`,
    expected: elementText(expected, flat),
    actual: elementText(actual, flat),
  });
}

/**
 * A computed value with every NaN made the same: which payload an operation on NaNs gives depends
 * on how the host compiled it. Source: the WebAssembly specification, "NaN propagation".
 */
export function canonical(of: Snapshot): Snapshot {
  if (DTYPES[of.dtype].kind !== "float") return of;
  const numbers = decodeNumbers(of.bytes, of.dtype);
  if (!numbers.some(Number.isNaN)) return of;
  const bytes = of.bytes.slice();
  const size = bytes.length / numbers.length;
  const nan = encodeNumbers([NaN], of.dtype);
  numbers.forEach((value, i) => Number.isNaN(value) && bytes.set(nan, i * size));
  return { ...of, bytes };
}

/** What a call returned: every tensor in it by its place, with NaNs made the same. */
export async function outputsOf(value: unknown): Promise<Map<string, Snapshot>> {
  const out = new Map<string, Snapshot>();
  for (const [name, tensor] of tensorsIn(value)) out.set(name, canonical(await snapshot(tensor)));
  return out;
}

/** Demands the same bits under the same names. */
export function sameStates(
  evidence: Evidence,
  what: string,
  actual: ReadonlyMap<string, Snapshot>,
  expected: ReadonlyMap<string, Snapshot>,
): void {
  for (const [name, value] of expected) {
    const found = actual.get(name);
    if (found === undefined) {
      throw new Refutation({ what, where: name, expected: typeText(value), actual: "nothing" });
    }
    sameBits(evidence, what, name, found, value);
  }
}

/** Demands the same texts in the same order. */
export function sameList(
  evidence: Evidence,
  what: string,
  where: string,
  actual: readonly string[],
  expected: readonly string[],
): void {
  evidence.compared(Math.max(1, expected.length));
  const length = Math.max(actual.length, expected.length);
  for (let i = 0; i < length; i++) {
    if (actual[i] === expected[i]) continue;
    const text = (list: readonly string[]) =>
      i < list.length
        ? `${JSON.stringify(list[i])} in [${list.join(", ")}]`
        : `no more in [${list.join(", ")}]`;
    throw new Refutation({
      what,
      where: `${where}[${i}]`,
      expected: text(expected),
      actual: text(actual),
    });
  }
}

/** Demands a fact. */
export function demand(
  evidence: Evidence,
  holds: boolean,
  findings: { what: string; where: string; expected: string; actual: string },
): void {
  evidence.compared();
  if (!holds) throw new Refutation(findings);
}

/** Every tensor in what `forward` returned, with its place. */
export function tensorsIn(value: unknown, path = "output"): [string, Tensor][] {
  if (value instanceof Tensor) return [[path, value]];
  if (value instanceof Map) {
    return [...value].flatMap(([key, item]) => tensorsIn(item, `${path}.${String(key)}`));
  }
  if (Array.isArray(value)) return value.flatMap((item, i) => tensorsIn(item, `${path}[${i}]`));
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    return Object.entries(value).flatMap(([key, item]) => tensorsIn(item, `${path}.${key}`));
  }
  return [];
}

/** A tensor on the CPU with a snapshot's contents. */
export function restore({ shape, dtype, bytes }: Snapshot): Tensor {
  return fromStorage(Storage.fromBytes(dtype, bytes), { shape });
}
