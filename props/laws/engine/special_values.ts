/**
 * @module
 */
import { type DType, tolerance } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import type { BinaryName, ReductionName, UnaryName } from "../../engine.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";
import { randomStream } from "../../hash.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { operand, snapshotOf, STRIDES, type Strides } from "./operand.ts";
import { OF_LISTS, OF_ONE, OF_TWO, OPERANDS, type Special } from "./special_value_tables.ts";

/** A case of {@linkcode specialValues}. */
export interface SpecialCase {
  /** The operation. */
  op: UnaryName | BinaryName | ReductionName;
  /** The dtype. */
  dtype: DType;
  /** How the operands lie in memory. */
  strides: Strides;
  /** The seed of their order: the end of a vector loop is not its middle. */
  seed: number;
}

/** The smallest subnormal and the largest number. */
const EXTREMES: Readonly<Partial<Record<DType, readonly [tiny: number, max: number]>>> = {
  float64: [5e-324, Number.MAX_VALUE],
  float32: [2 ** -149, (2 - 2 ** -23) * 2 ** 127],
  float16: [2 ** -24, 65504],
  bfloat16: [2 ** -133, (2 - 2 ** -7) * 2 ** 127],
};

const NUMBERS: Readonly<Partial<Record<Special, number>>> = {
  inf: Infinity,
  "-inf": -Infinity,
  nan: NaN,
};

function numberOf(special: Special, dtype: DType): number {
  const [tiny, max] = EXTREMES[dtype]!;
  if (special === "max") return max;
  if (special.endsWith("tiny")) return special === "tiny" ? tiny : -tiny;
  return NUMBERS[special] ?? Number(special);
}

/** The class of a result, as the tables write it. */
function classOf(value: number, dtype: DType): string {
  if (dtype === "bool") return value === 0 ? "f" : "t";
  if (Number.isNaN(value)) return "nan";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (Number.isFinite(value)) return value > 0 ? "+" : "-";
  return value > 0 ? "inf" : "-inf";
}

function fits(actual: string, expected: string): boolean {
  return expected === "?" || actual === expected || (expected === "z" && /^-?0$/.test(actual));
}

/** The classes that an entry of a table stands for. */
function classes(expected: string, flushes: boolean): string[] {
  if (!expected.endsWith("s")) return [expected];
  const sign = expected.slice(0, -1);
  return [sign === "" ? "+" : "-", ...(flushes ? [`${sign}0`] : [])];
}

/** NaN, infinities, signed zeros and subnormals come out as the standards say. */
export const specialValues: Law<SpecialCase> = law({
  id: "engine/special-values",
  claim:
    "NaN, infinities, zeros of either sign, subnormals and the largest number give what IEEE 754, C99 and PyTorch's documentation say: NaN, an infinity, a zero of that sign, or a finite number.",
  source: "https://www.open-std.org/jtc1/sc22/wg14/www/docs/n1256.pdf (annex F)",
  needs: ["engine"],
  runs: 150,
  runsOn: { webgpu: 1 },
  detects: [
    "engine-maximum-drops-nan",
    "engine-negates-by-subtraction",
    "engine-logsumexp-overflows",
    "engine-power-by-logarithm",
    "engine-digamma-adds-zero",
  ],
  axes: () => ({
    op: [...Object.keys(OF_ONE), ...Object.keys(OF_TWO), ...Object.keys(OF_LISTS)],
  }),
  cases: () =>
    fc.record({
      dtype: fc.constantFrom<DType>("float32", "float64", "float16", "bfloat16"),
      strides: fc.constantFrom(...STRIDES),
      seed: seeds(),
    }),
  async check(context, testCase) {
    const { op, strides, seed } = testCase;
    const { device, info } = context;
    const dtype = testCase.dtype === "float64" && !info.float64 ? "float32" : testCase.dtype;
    const evidence = new Evidence().note("dtype", dtype).note("strides", strides);
    const engine = context.subject.claims.engine!;
    const next = randomStream(seed);
    const place = (specials: readonly Special[]) => {
      const numbers = specials.map((special) => numberOf(special, dtype));
      return operand(engine, { shape: [numbers.length], numbers }, dtype, strides, device).view;
    };
    const judge = async (
      result: ReturnType<typeof place>,
      entries: readonly { of: readonly Special[]; expected: readonly string[] }[],
    ) => {
      const contents = await snapshotOf(context, engine, result);
      decodeNumbers(contents.bytes, contents.dtype).forEach((value, i) => {
        const { of, expected } = entries[i];
        const actual = classOf(value, contents.dtype);
        demand(evidence, expected.some((each) => fits(actual, each)), {
          what: "A special value comes out as something else",
          where: `${op}(${of.join(", ")}) in ${dtype}`,
          expected: expected.join(" or "),
          actual: `${actual} (${value})`,
        });
      });
    };

    if (op in OF_LISTS) {
      for (const [list, expected] of Object.entries(OF_LISTS[op as ReductionName])) {
        const of = list.split(" ") as Special[];
        const result = context.call(op, () => engine[op as ReductionName](place(of), 0));
        await judge(result, [{ of, expected: [expected] }]);
      }
      return evidence;
    }
    const one = OF_ONE[op as UnaryName]?.split(" ");
    const two = OF_TWO[op as BinaryName]?.map((row) => row.split(" "));
    const flushes = tolerance(device, "add").flush > 0;
    const entries = one !== undefined
      ? OPERANDS.map((special, i) => {
        // A device may take a subnormal for the zero of its sign.
        const flushed = flushes && special.endsWith("tiny");
        const zero = flushed ? [one[special === "tiny" ? 0 : 1]] : [];
        return { of: [special], expected: [one[i], ...zero] };
      })
      : two!.flatMap((row, i) =>
        row.map((expected, j) => ({
          of: [OPERANDS[i], OPERANDS[j]],
          expected: classes(expected, flushes),
        }))
      );
    const shuffled = entries.map((entry) => ({ entry, at: next() }))
      .sort((a, b) => a.at - b.at).map(({ entry }) => entry);
    const [x, y] = [0, 1].map((i) => place(shuffled.map(({ of }) => of[i] ?? "0")));
    const result = context.call(
      op,
      () => one !== undefined ? engine[op as UnaryName](x) : engine[op as BinaryName](x, y),
    );
    await judge(result, shuffled);
    return evidence;
  },
});
