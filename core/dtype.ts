/**
 * Element types, their storage, and PyTorch's promotion rules.
 *
 * @module
 */
import { DTypeError } from "./errors.ts";

/** The name of an element type, as PyTorch spells it. */
export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float8_e4m3fn"
  | "float8_e5m2"
  | "complex64";

/** The typed arrays that hold tensor data on the host. */
export type TypedArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Float16Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** What kind of number a dtype holds. `storage` dtypes load, save and move, and never compute. */
export type DTypeKind = "bool" | "int" | "float" | "storage";

/** Facts about one dtype. */
export interface DTypeInfo {
  /** The dtype's name. */
  readonly name: DType;
  /** Bytes per element. */
  readonly itemSize: number;
  /** What it holds. */
  readonly kind: DTypeKind;
  /** Whether its integers are signed (floats count as signed). */
  readonly signed: boolean;
  /** The typed array whose elements have its size and, where JavaScript has it, its meaning. */
  readonly array: new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => TypedArray;
}

type ArrayOf = DTypeInfo["array"];
const info = (
  name: DType,
  itemSize: number,
  kind: DTypeKind,
  signed: boolean,
  array: unknown,
): DTypeInfo => ({ name, itemSize, kind, signed, array: array as ArrayOf });

/** Every dtype by its name. */
export const DTYPES: Readonly<Record<DType, DTypeInfo>> = {
  float32: info("float32", 4, "float", true, Float32Array),
  float64: info("float64", 8, "float", true, Float64Array),
  float16: info("float16", 2, "float", true, Float16Array),
  bfloat16: info("bfloat16", 2, "float", true, Uint16Array),
  int64: info("int64", 8, "int", true, BigInt64Array),
  int32: info("int32", 4, "int", true, Int32Array),
  int16: info("int16", 2, "int", true, Int16Array),
  int8: info("int8", 1, "int", true, Int8Array),
  uint8: info("uint8", 1, "int", false, Uint8Array),
  bool: info("bool", 1, "bool", false, Uint8Array),
  uint16: info("uint16", 2, "storage", false, Uint16Array),
  uint32: info("uint32", 4, "storage", false, Uint32Array),
  uint64: info("uint64", 8, "storage", false, BigUint64Array),
  float8_e4m3fn: info("float8_e4m3fn", 1, "storage", true, Uint8Array),
  float8_e5m2: info("float8_e5m2", 1, "storage", true, Uint8Array),
  complex64: info("complex64", 8, "storage", true, BigUint64Array),
};

/** Whether a dtype is `float16`, `bfloat16`, `float32` or `float64`. */
export function isFloat(dtype: DType): boolean {
  return DTYPES[dtype].kind === "float";
}

/** The dtype that a composition computes in: float32 for the halves, which round once at its end. */
export function wideDType(dtype: DType): DType {
  return dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
}

/** Whether a dtype is an integer that computes (`bool` is none). */
export function isInt(dtype: DType): boolean {
  return DTYPES[dtype].kind === "int";
}

/** Throws `DTypeError` for the dtypes that are stored but never computed with. */
export function assertComputes(dtype: DType, operation: string): void {
  if (DTYPES[dtype].kind === "storage") {
    throw new DTypeError(
      `${operation}: ${dtype} is a storage dtype: it loads, saves and moves, and does not compute`,
    );
  }
}

/** Checks that a value given as a dtype is one. */
export function assertDType(dtype: unknown): asserts dtype is DType {
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype)) {
    throw new DTypeError(
      `Unknown dtype ${String(dtype)}: expected one of ${Object.keys(DTYPES).join(", ")}`,
    );
  }
}

const INTS: DType[] = ["int8", "int16", "int32", "int64"];

/**
 * The dtype that two tensors of these dtypes compute in.
 *
 * PyTorch: `torch.promote_types`.
 *
 * @param a One dtype.
 * @param b The other.
 * @returns The smallest dtype that both convert to without changing kind.
 *
 * @example
 * ```ts
 * import { promoteTypes } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(promoteTypes("uint8", "int8"), "int16");
 * assertEquals(promoteTypes("float16", "bfloat16"), "float32");
 * assertEquals(promoteTypes("int64", "float16"), "float16");
 * ```
 */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const ka = DTYPES[a].kind, kb = DTYPES[b].kind;
  if (ka === "storage" || kb === "storage") {
    throw new DTypeError(`Cannot promote ${a} and ${b}: a storage dtype does not compute`);
  }
  if (ka === "float" || kb === "float") {
    if (ka !== "float") return b;
    if (kb !== "float") return a;
    if (a === "float64" || b === "float64") return "float64";
    return "float32"; // float32 with a half, or the two halves with each other
  }
  if (ka === "bool") return b;
  if (kb === "bool") return a;
  if (a === "uint8" || b === "uint8") {
    const other = a === "uint8" ? b : a;
    return other === "int8" ? "int16" : other;
  }
  return INTS[Math.max(INTS.indexOf(a), INTS.indexOf(b))];
}

/** An operand as promotion sees it: a tensor of some rank, or a bare number. */
export interface Promotable {
  /** The operand's dtype; for a number the default dtype of its kind. */
  readonly dtype: DType;
  /** 2: a tensor with dimensions. 1: a tensor without. 0: a JavaScript number. */
  readonly priority: 0 | 1 | 2;
}

const CATEGORY: Record<DTypeKind, number> = { bool: 0, int: 1, float: 2, storage: 3 };

/**
 * PyTorch's result type: dimensioned tensors decide, unless a lower priority operand has a higher
 * kind. Source: the documentation of `torch.result_type`.
 */
export function resultType(operands: Promotable[]): DType {
  const best: (DType | null)[] = [null, null, null];
  for (const { dtype, priority } of operands) {
    const held = best[priority];
    best[priority] = held === null ? dtype : promoteTypes(held, dtype);
  }
  let result: DType | null = null;
  for (const dtype of [best[2], best[1], best[0]]) {
    if (dtype === null) continue;
    if (result === null) result = dtype;
    else if (CATEGORY[DTYPES[dtype].kind] > CATEGORY[DTYPES[result].kind]) {
      result = promoteTypes(result, dtype);
    }
  }
  return result ?? "float32";
}
