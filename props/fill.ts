/**
 * The numbers that a specification stands for, made on the host without the engine: the engine is
 * what is judged.
 *
 * @module
 */
import { type DType, DTYPES } from "../core/mod.ts";
import { randomStream } from "./hash.ts";

/**
 * Kinds of numbers. `normal`: standard normal; `uniform`: between bounds; `ramp`: -1 to 1 in equal
 * steps; `specials`: signed zeros, infinities, NaN, the smallest and largest of the dtype among
 * normal ones.
 */
export type Fill = "zeros" | "ones" | "ramp" | "normal" | "uniform" | "specials";

/** What is filled. */
export interface FillSpec {
  /** The shape. */
  readonly tensor: readonly number[];
  /** The dtype. */
  readonly dtype: DType;
  /** What kind of numbers. */
  readonly fill: Fill;
  /** Where the numbers begin. */
  readonly seed: number;
  /** The smallest. */
  readonly low?: number;
  /** What all are below. */
  readonly high?: number;
}

const SPECIALS = [0, -0, Infinity, -Infinity, NaN, 1e-45, -1e-45, 1e-38, 3.4e38, -3.4e38, 1, -1];

/** The numbers of a specification, in row-major order. */
export function fillNumbers(spec: FillSpec): number[] {
  const count = spec.tensor.reduce((product, size) => product * size, 1);
  const whole = DTYPES[spec.dtype].kind === "int";
  const bool = DTYPES[spec.dtype].kind === "bool";
  const low = spec.low ?? (whole || bool ? 0 : -1);
  const high = spec.high ?? (bool ? 2 : whole ? 10 : 1);
  const next = randomStream(spec.seed);
  const make: Record<Fill, (i: number) => number> = {
    zeros: () => 0,
    ones: () => 1,
    ramp: (i) => count === 1 ? low : low + (high - low) * i / (count - 1),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    uniform: () => low + (high - low) * next(),
    specials: () => {
      const value = next();
      return value < 0.5 ? SPECIALS[Math.floor(value * 2 * SPECIALS.length)] : value * 8 - 6;
    },
  };
  return Array.from({ length: count }, (_, i) => {
    const value = make[spec.fill](i);
    return whole || bool ? Math.floor(value) : value;
  });
}

/** Numbers as the bytes of a dtype, rounded to the nearest. */
export function encodeNumbers(numbers: readonly number[], dtype: DType): Uint8Array {
  const array = encode(numbers, dtype);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function encode(numbers: readonly number[], dtype: DType): ArrayBufferView {
  switch (dtype) {
    case "float32":
      return Float32Array.from(numbers);
    case "float64":
      return Float64Array.from(numbers);
    case "float16":
      return Float16Array.from(numbers);
    case "bfloat16":
      return Uint16Array.from(numbers, bfloat16Bits);
    case "int64":
      return BigInt64Array.from(numbers, (value) => BigInt(value));
    case "int32":
      return Int32Array.from(numbers);
    case "int16":
      return Int16Array.from(numbers);
    case "int8":
      return Int8Array.from(numbers);
    case "uint8":
      return Uint8Array.from(numbers);
    case "bool":
      return Uint8Array.from(numbers, (value) => value === 0 ? 0 : 1);
    default:
      throw new TypeError(`No numbers can be made for the storage dtype ${dtype}`);
  }
}

/** The upper half of a float32, rounded to nearest, ties to even. */
function bfloat16Bits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  if (Number.isNaN(value)) return 0x7fc0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Stored elements as numbers; int64 beyond 2^53 loses bits. */
export function decodeNumbers(bytes: Uint8Array, dtype: DType): number[] {
  const copy = bytes.slice();
  const elements = new DTYPES[dtype].array(copy.buffer);
  if (dtype === "bfloat16") {
    const words = Uint32Array.from(elements as Uint16Array, (bits) => bits << 16);
    return [...new Float32Array(words.buffer)];
  }
  return Array.from(elements as ArrayLike<number | bigint>, Number);
}
