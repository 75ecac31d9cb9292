/**
 * @module
 */
import { type DType, DTYPES } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { canonical, demand, sameBits } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers, encodeNumbers } from "../../fill.ts";
import { randomStream } from "../../hash.ts";
import { Evidence, type Law, law } from "../../law.ts";
import {
  baseOf,
  countOf,
  operand,
  refusal,
  refusalText,
  snapshotOf,
  stored,
  STRIDES,
  type Strides,
} from "./operand.ts";

/** Writes in place, and the same out of place; copying takes the other's values. */
const WRITES = {
  addInPlace: "add",
  subInPlace: "sub",
  mulInPlace: "mul",
  divInPlace: "div",
  copyInPlace: null,
} as const;

/** A case of {@linkcode inPlace}. */
export interface InPlaceCase {
  /** The operation. */
  op: "addInPlace" | "subInPlace" | "mulInPlace" | "divInPlace" | "copyInPlace";
  /** The dtype that is written. */
  to: DType;
  /** The dtype of the other operand. */
  from: DType;
  /** The shape. */
  shape: readonly number[];
  /** Which sizes of the other operand are 1. */
  ones: readonly boolean[];
  /** How what is written lies in memory. */
  strides: Strides;
  /** The seed of the numbers. */
  seed: number;
}

const FLOATS: readonly DType[] = ["float32", "float16", "bfloat16", "float64"];
const OTHERS: readonly DType[] = ["int64", "int32", "int16", "int8", "uint8", "bool"];
const KINDS = ["bool", "int", "float"];

/** A write in place is the operation, put where the operand was. */
export const inPlace: Law<InPlaceCase> = law({
  id: "engine/in-place",
  claim:
    "An operation in place leaves what it gives out of place, converted to the dtype that is written, in exactly the elements of the view; a result that is larger or of a higher kind of dtype is refused, and so is a tensor whose elements share memory; nothing is changed then.",
  source: "https://pytorch.org/docs/stable/notes/broadcasting.html#in-place-semantics",
  needs: ["engine"],
  runs: 160,
  runsOn: { webgpu: 10 },
  detects: [
    "engine-in-place-grows",
    "engine-in-place-lowers-kind",
    "engine-in-place-rounds-operand-first",
    "engine-in-place-writes-copy-of-view",
  ],
  axes: () => ({ op: Object.keys(WRITES) }),
  cases: () => {
    const dtype = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...FLOATS) },
      { weight: 2, arbitrary: fc.constantFrom(...OTHERS) },
    );
    return fc.record({
      to: dtype,
      from: dtype,
      shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      ones: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      strides: fc.constantFrom(...STRIDES),
      seed: seeds(),
    });
  },
  async check(context, testCase) {
    const { op, shape, ones, strides, seed } = testCase;
    const { device, info } = context;
    const [to, from] = [testCase.to, testCase.from].map((dtype) =>
      dtype === "float64" && !info.float64 ? "float32" : dtype
    );
    const evidence = new Evidence().note("to", to).note("from", from).note("strides", strides);
    const engine = context.subject.claims.engine!;
    const next = randomStream(seed);
    const draw = (of: readonly number[], dtype: DType) => ({
      shape: of,
      numbers: stored(
        Array.from({ length: countOf(of) }, () => {
          const value = next() * 9 + 0.5;
          return DTYPES[dtype].kind === "float" ? value : Math.floor(value) % 10;
        }),
        dtype,
      ),
    });
    const own = draw(shape, to);
    const other = draw(shape.map((size, dim) => ones[dim] ? 1 : size), from);
    const { base, view } = operand(engine, own, to, strides, device);
    const y = operand(engine, other, from, "contiguous", device).view;
    const where = `${op} of ${to}[${shape.join(", ")}] and ${from}[${other.shape.join(", ")}]`;
    const unchanged = async (what: string) => {
      const contents = await snapshotOf(context, engine, base);
      const bytes = encodeNumbers(baseOf(own, strides), to);
      sameBits(evidence, what, "x", contents, { ...contents, dtype: to, bytes });
    };

    const grown = draw([2, ...shape], from);
    const larger = operand(engine, grown, from, "contiguous", device).view;
    const grows = refusal(() => engine[op](view, larger));
    demand(evidence, grows?.name === "ShapeError" || grows?.name === "DTypeError", {
      what: "A result that is larger than what it is written to is taken",
      where: `${op} of [${shape.join(", ")}] and [${grown.shape.join(", ")}]`,
      expected: "a ShapeError, or a DTypeError where that is wrong as well",
      actual: refusalText(grows),
    });
    const single = operand(engine, draw([1, ...shape], to), to, "contiguous", device).view;
    const shared = engine.expand(single, [2, ...shape]);
    const overlap = refusal(() => engine[op](shared, y));
    demand(evidence, overlap?.name === "ShapeError" || overlap?.name === "DTypeError", {
      what: "Elements that share memory are written one by one",
      where: `${op} of an expanded tensor`,
      expected: "an error",
      actual: refusalText(overlap),
    });
    await unchanged("A refused write changes what it was to write");

    const plain = WRITES[op];
    const apart = operand(engine, own, to, "contiguous", device).view;
    let result = y;
    if (plain !== null) {
      const error = refusal(() => void (result = engine[plain](apart, y)));
      const kind = (dtype: DType) => KINDS.indexOf(DTYPES[dtype].kind);
      const refused = error !== null || kind(engine.dtype(result)) > kind(to);
      evidence.note("refused", refused);
      if (refused) {
        const given = refusal(() => engine[op](view, y));
        demand(evidence, given?.name === "DTypeError", {
          what: "A result of a higher kind of dtype is written",
          where,
          expected: "a DTypeError",
          actual: refusalText(given),
        });
        await unchanged("A refused write changes what it was to write");
        return evidence;
      }
    }
    const wide = engine.expand(engine.cast(result, to), shape);
    const { bytes } = canonical(await snapshotOf(context, engine, wide));
    context.call(op, () => engine[op](view, y));
    const written = canonical(await snapshotOf(context, engine, view));
    const what = "A write in place gives something else than the operation out of place";
    sameBits(evidence, what, where, written, { shape, dtype: to, bytes });
    const numbers = baseOf({ shape, numbers: decodeNumbers(bytes, to) }, strides);
    const after = canonical(await snapshotOf(context, engine, base));
    const missed = "A write to a view leaves something else in its base";
    sameBits(evidence, missed, "base", after, { ...after, bytes: encodeNumbers(numbers, to) });
    const operandAfter = await snapshotOf(context, engine, y);
    const kept = encodeNumbers(other.numbers, from);
    sameBits(evidence, "A write changes its other operand", "y", operandAfter, {
      ...operandAfter,
      bytes: kept,
    });
    return evidence;
  },
});
