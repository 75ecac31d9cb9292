/**
 * @module
 */
import { type DType, DTypeError, DTYPES } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand, elementText, indexText } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";
import { randomStream } from "../../hash.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { apart, LEAST, sameNumber } from "../../tolerance.ts";
import { applyOperation, PLACED } from "./apply_operation.ts";
import { ALONG, type Kind, ONE, type Share, TWO } from "./host.ts";
import {
  countOf,
  type Numbers,
  operand,
  refusal,
  refusalText,
  snapshotOf,
  stored,
  STRIDES,
  type Strides,
} from "./operand.ts";

/** A case of {@linkcode operationsAgree}. */
export interface OperationCase {
  /** The operation. */
  op: string;
  /** What kind of numbers. */
  kind: "floats" | "others";
  /** The dtype, by the kind, where the operation takes it. */
  dtype: Readonly<Record<OperationCase["kind"], DType>>;
  /** The shape; each of its dimensions is taken. */
  shape: readonly number[];
  /** Whether rows are of few different whole numbers. */
  ties: boolean;
  /** How the operands lie in memory. */
  strides: Strides;
  /** The seed of the numbers. */
  seed: number;
}

/** Every operation computes what its definition says. */
export const operationsAgree: Law<OperationCase> = law({
  id: "engine/operations-agree",
  version: 2,
  claim:
    "Every operation gives what its definition gives in float64 on the host: exactly where nothing is rounded, and within the tolerance of the operations that it is made of elsewhere; for every dtype that it takes, and however the operands lie in memory.",
  source:
    "https://github.com/pytorch/pytorch/blob/main/torch/testing/_internal/common_methods_invocations.py",
  needs: ["engine"],
  runs: 400,
  runsOn: { webgpu: 1 },
  detects: [
    "engine-variance-of-population",
    "engine-argmin-takes-last",
    "engine-prod-drops-last",
    "engine-cumsum-leaves-out-own",
    "engine-cumsum-copies-integers",
    "engine-sort-not-stable",
    "engine-topk-smallest",
    "engine-scatter-add-overwrites",
    "engine-gather-last-dimension",
    "engine-cat-other-order",
    "engine-log1p-by-log",
    "engine-lcm-by-product",
    "engine-nextafter-adds-epsilon",
  ],
  axes: () => ({
    op: [ONE, TWO, ALONG].flatMap((table) => Object.keys(table)).concat(PLACED),
    kind: ["floats", "others"],
  }),
  cases: () =>
    fc.record({
      dtype: fc.record({
        floats: fc.constantFrom<DType>("float32", "float32", "float64", "float16", "bfloat16"),
        others: fc.constantFrom<DType>("int64", "int32", "int16", "int8", "uint8", "bool"),
      }),
      shape: fc.array(fc.constantFrom(3, 4, 5, 9), {
        minLength: 2,
        maxLength: 2,
      }),
      ties: fc.constantFrom(true, true, true, false),
      strides: fc.constantFrom(...STRIDES),
      seed: seeds(),
    }),
  async check(context, testCase) {
    const { op, kind, shape, ties, strides } = testCase;
    const engine = context.subject.claims.engine!;
    const dtype = taken(op, testCase.dtype[kind], context.info.float64);
    const evidence = new Evidence().note("dtype", dtype).note("strides", strides);
    const next = randomStream(testCase.seed);
    const whole = op in ONE || op in TWO ? 0.2 : ties ? 1 : 0;
    const draw = (low: number, high: number): Numbers => {
      const { kind } = DTYPES[dtype];
      const numbers = Array.from({ length: countOf(shape) }, () => {
        if (kind === "bool") return Math.floor(2 * next());
        if (kind === "int") return Math.floor((ties ? 3 : 10) * next());
        const small = low < 0 && next() < 0.3 ? 2 ** -Math.floor(20 * next()) : 1;
        const value = (low + (high - low) * next()) * small;
        return next() < whole ? Math.min(high, Math.ceil(value)) : value;
      });
      return { shape, numbers: stored(numbers, dtype) };
    };
    const place = (of: Numbers, as: DType = dtype) =>
      operand(engine, of, as, as === "int64" ? "contiguous" : strides, context.device).view;

    if (op === "floatPower" && !context.info.float64) {
      const error = refusal(() => engine.floatPower(place(draw(1, 2)), place(draw(1, 2))));
      demand(evidence, error instanceof DTypeError, {
        what: "Where float64 can't be computed, what is computed in it is not refused",
        where: op,
        expected: "a DTypeError at the call",
        actual: refusalText(error),
      });
      return evidence;
    }
    // Pointwise operations know no dimension.
    const dims = op in ONE || op in TWO ? 1 : shape.length;
    const judged = Array.from(
      { length: dims },
      (_, dim) =>
        context.call(
          op,
          () => applyOperation(engine, { op, dtype, shape, dim }, draw, place, next),
        ),
    ).flat();
    for (const { result, expected, error } of judged) {
      const contents = await snapshotOf(context, engine, result);
      const share: Share = (name) => apart([context.device], name, contents.dtype) + HOST;
      const errors = DTYPES[contents.dtype].kind === "float" ? error?.(share) ?? [] : [];
      const values = decodeNumbers(contents.bytes, contents.dtype);
      const findings = { what: `${op} gives something else than its definition`, where: op };
      const [wanted, actual] = [expected, contents].map((of) => `[${of.shape.join(", ")}]`);
      if (wanted !== actual) throw new Refutation({ ...findings, expected: wanted, actual });
      const exact = stored(expected.numbers, contents.dtype);
      evidence.compared(values.length);
      values.forEach((value, i) => {
        const bound = (errors[i] ?? 0) + (errors.length > 0 ? LEAST[contents.dtype]! : 0);
        const near = Math.abs(value - expected.numbers[i]) <= bound;
        if (near || sameNumber(value, exact[i])) return;
        throw new Refutation({
          ...findings,
          where: `${op}(${dtype}[${shape.join(", ")}])${indexText(i, contents.shape)}`,
          expected: `${expected.numbers[i]}${bound > 0 ? ` within ${bound.toExponential(1)}` : ""}`,
          actual: elementText(contents, i),
        });
      });
    }
    return evidence;
  },
});

/** What the host's own functions may be off by: its series leave more than an ulp of float64. */
const HOST = 2 ** -42;

const MOVED: readonly Kind[] = ["float", "int", "bool"];

/** The dtype of a case if the operation takes it, else one of those that it takes. */
function taken(op: string, dtype: DType, float64: boolean): DType {
  const drawn = dtype === "float64" && !float64 ? "float32" : dtype;
  const kinds = (ONE[op] ?? TWO[op] ?? ALONG[op])?.kinds ??
    (op === "matmul" || op === "prelu"
      ? ["float"]
      : op === "scatterAdd" || op === "topk"
      ? ["float", "int"]
      : MOVED);
  if (kinds.includes(DTYPES[drawn].kind)) return drawn;
  return kinds.includes("float") ? "float32" : "int32";
}
