/**
 * @module
 */
import type { DType } from "../../../core/mod.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode promotion}. */
export interface PromotionCase {
  /** The dtype of one operand. */
  a: DType;
  /** The number of its dimensions. */
  rankA: number;
  /** The number of dimensions of the other. */
  rankB: number;
}

const ORDER: readonly DType[] = [
  "uint8",
  "int8",
  "int16",
  "int32",
  "int64",
  "float16",
  "float32",
  "float64",
  "bool",
  "bfloat16",
];

/** Source: the table printed by PyTorch 1.13, `torch.promote_types` of each pair in that order. */
const TABLE: Readonly<Record<string, string>> = {
  uint8: "u1 i2 i2 i4 i8 f2 f4 f8 u1 bf",
  int8: "i2 i1 i2 i4 i8 f2 f4 f8 i1 bf",
  int16: "i2 i2 i2 i4 i8 f2 f4 f8 i2 bf",
  int32: "i4 i4 i4 i4 i8 f2 f4 f8 i4 bf",
  int64: "i8 i8 i8 i8 i8 f2 f4 f8 i8 bf",
  float16: "f2 f2 f2 f2 f2 f2 f4 f8 f2 f4",
  float32: "f4 f4 f4 f4 f4 f4 f4 f8 f4 f4",
  float64: "f8 f8 f8 f8 f8 f8 f8 f8 f8 f8",
  bool: "u1 i1 i2 i4 i8 f2 f4 f8 b1 bf",
  bfloat16: "bf bf bf bf bf f4 f4 f8 bf bf",
};

const SHORT: Readonly<Record<string, DType>> = {
  u1: "uint8",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
  b1: "bool",
  bf: "bfloat16",
};

const KIND = (dtype: DType): number => dtype === "bool" ? 0 : dtype.includes("int") ? 1 : 2;

/** A tensor with dimensions decides over one without, unless that is of a higher kind. */
function expectedType(a: DType, rankA: number, b: DType, rankB: number): DType {
  const both = SHORT[TABLE[a].split(" ")[ORDER.indexOf(b)]];
  if ((rankA > 0) === (rankB > 0)) return both;
  const [strong, weak] = rankA > 0 ? [a, b] : [b, a];
  return KIND(weak) > KIND(strong) ? both : strong;
}

/** Two dtypes meet in the one that PyTorch says. */
export const promotion: Law<PromotionCase> = law({
  id: "engine/promotion",
  claim: "Two operands meet in the dtype of PyTorch's table; one without dimensions counts less.",
  source: "https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc",
  needs: ["engine"],
  runs: 30,
  detects: ["engine-keeps-first-dtype"],
  axes: () => ({ a: ORDER }),
  cases: () => fc.record({ rankA: fc.nat(1), rankB: fc.nat(1) }),
  check(context, { a, rankA, rankB }) {
    const evidence = new Evidence().note("dtype", a);
    const engine = context.subject.claims.engine!;
    const make = (dtype: DType, rank: number) =>
      engine.tensor(encodeNumbers([1], dtype), dtype, rank === 0 ? [] : [1], context.device);
    for (const b of ORDER) {
      const expected = expectedType(a, rankA, b, rankB);
      // That such a device refuses float64 is another law: engine/float64.
      if (expected === "float64" && !context.info.float64) continue;
      for (const op of ["add", "mul", "maximum"] as const) {
        const actual = context.call(
          op,
          () => engine.dtype(engine[op](make(a, rankA), make(b, rankB))),
        );
        demand(evidence, actual === expected, {
          what: `${op} gives another dtype than PyTorch`,
          where: `${op}(${a}[${rankA ? 1 : ""}], ${b}[${rankB ? 1 : ""}])`,
          expected,
          actual,
        });
      }
    }
    return Promise.resolve(evidence);
  },
});
