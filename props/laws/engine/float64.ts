/**
 * @module
 */
import { type DType, DTYPES } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { canonical, demand, sameBits, type Snapshot } from "../../compare.ts";
import type { Engine } from "../../engine.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers } from "../../fill.ts";
import { randomStream } from "../../hash.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { refusal, refusalText } from "./operand.ts";

/** A case of {@linkcode doubles}. */
export interface DoublesCase {
  /** The dtype that is converted to and from. */
  dtype: DType;
  /** The seed of the bits and numbers. */
  seed: number;
  /** How many numbers. */
  length: number;
}

/** What is computed of a and b, and the same on the host. */
const ARITHMETIC: Readonly<
  Record<
    string,
    readonly [of: <T>(engine: Engine<T>, a: T, b: T) => T, host: (a: number, b: number) => number]
  >
> = {
  add: [(engine, a, b) => engine.add(a, b), (a, b) => a + b],
  sub: [(engine, a, b) => engine.sub(a, b), (a, b) => a - b],
  mul: [(engine, a, b) => engine.mul(a, b), (a, b) => a * b],
  div: [(engine, a, b) => engine.div(a, b), (a, b) => a / b],
  maximum: [(engine, a, b) => engine.maximum(a, b), (a, b) => Math.max(a, b)],
  sqrt: [(engine, a) => engine.sqrt(a), (a) => Math.sqrt(a)],
};

/** Doubles are doubles, or refused. */
export const doubles: Law<DoublesCase> = law({
  id: "engine/float64",
  claim:
    "Arithmetic in float64 is in float64 to the last bit, or where a device has none it is refused at the call with a DTypeError; to store, move and convert float64 is exact on every device.",
  source: "https://www.w3.org/TR/WGSL/#floating-point-types",
  needs: ["engine"],
  runs: 40,
  detects: ["engine-float64-in-single", "engine-float64-stored-in-single"],
  axes: () => ({
    dtype: ["float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"],
  }),
  cases: () => fc.record({ seed: seeds(), length: fc.integer({ min: 1, max: 16 }) }),
  async check(context, { dtype, seed, length }) {
    const evidence = new Evidence().note("dtype", dtype);
    const engine = context.subject.claims.engine!;
    const { device, info } = context;
    const next = randomStream(seed);
    const place = (bytes: Uint8Array, type: DType, on = device) =>
      engine.tensor(bytes, type, [bytes.length / DTYPES[type].itemSize], on);
    const read = async (x: ReturnType<typeof place>): Promise<Snapshot> => {
      const bytes = (await context.wait("read", () => engine.read(x))).slice();
      return { shape: engine.shape(x), dtype: engine.dtype(x), bytes };
    };

    const bits = Uint8Array.from({ length: 8 * length }, () => Math.floor(next() * 256));
    const stored = await read(place(bits, "float64"));
    const what = "A float64 comes back with other bits";
    sameBits(evidence, what, "x", stored, { ...stored, bytes: bits, dtype: "float64" });

    // From float64: numbers of all sizes, and those where the rounding to the dtype is decided.
    const { kind, signed } = DTYPES[dtype];
    const numbers = Array.from({ length }, () => {
      const value = (next() * 2 - 1) * 2 ** Math.floor(next() * (kind === "float" ? 60 : 7));
      const near = next() < 0.5 ? value : Math.fround(value) * (1 + (next() - 0.5) * 2 ** -22);
      return kind === "float" ? near * 2 ** -20 : Math.trunc(signed ? near : Math.abs(near));
    });
    const convert = async (bytes: Uint8Array, from: DType, to: DType) => {
      const where = `cast from ${from} to ${to}`;
      const cast = (on: typeof device) => {
        const x = place(bytes, from, on);
        return context.call(where, () => engine.cast(x, to));
      };
      const wanted = canonical(await read(cast("reference")));
      const wrong = "A conversion of float64 is not exact";
      sameBits(evidence, wrong, where, canonical(await read(cast(device))), wanted);
    };
    await convert(encodeNumbers(numbers, "float64"), "float64", dtype);
    const whole = kind === "float" ? numbers : numbers.map((value) => Math.max(-128, value));
    await convert(encodeNumbers(whole, dtype), dtype, "float64");

    const positive = Array.from({ length }, () => 1 + next());
    const others = Array.from({ length }, () => 1 + next() * 2 ** -30);
    const [a, b] = [positive, others].map((list) =>
      place(encodeNumbers(list, "float64"), "float64")
    );
    for (const [name, [of, host]] of Object.entries(ARITHMETIC)) {
      evidence.note("arithmetic", info.float64 ? "computed" : "refused");
      if (!info.float64) {
        const error = refusal(() => of(engine, a, b));
        demand(evidence, error?.name === "DTypeError", {
          what: "Arithmetic in float64 is not refused where there is none",
          where: `${name} at the call`,
          expected: "a DTypeError",
          actual: refusalText(error),
        });
        continue;
      }
      const actual = await read(context.call(name, () => of(engine, a, b)));
      const bytes = encodeNumbers(positive.map((x, i) => host(x, others[i])), "float64");
      const rounded = "Arithmetic in float64 is less exact than float64";
      sameBits(evidence, rounded, name, actual, { ...actual, bytes, dtype: "float64" });
    }
    return evidence;
  },
});
