import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Block } from "../block.ts";
import type { DType } from "../dtype.ts";
import type { BlockView } from "../node.ts";
import type { Output, Step } from "../plan.ts";
import { numelOf } from "../shape.ts";
import { cpu, type Data, type Draft, reference, runDraft, whole } from "./testdata/oracle.ts";

/** Small whole numbers: their sums are exact in any order. */
function numbers(dtype: DType, length: number, seed: number): Data {
  const values = Array.from({ length }, (_, j) => {
    const n = (Math.imul(seed + 7 * j, 0x9e3779b1) >>> 29) - 3;
    return dtype === "bool" ? n & 1 : dtype === "uint8" ? n & 7 : n;
  });
  return { dtype, values };
}

type Layout = "rows" | "columns" | "gaps" | "broadcast";

/** The strides of `[...batch, r, c]` stored in one of several ways, and how long that is. */
function stored(shape: readonly number[], how: Layout): { strides: number[]; length: number } {
  const rank = shape.length;
  const order = shape.map((_, d) => d);
  if (how === "columns") [order[rank - 1], order[rank - 2]] = [order[rank - 2], order[rank - 1]];
  const strides = new Array<number>(rank).fill(0);
  let step = how === "gaps" ? 2 : 1, length = 1;
  for (let i = rank - 1; i >= 0; i--) {
    const d = order[i];
    if (how === "broadcast" && d < rank - 2) continue;
    strides[d] = shape[d] === 1 ? 0 : step;
    length += strides[d] * Math.max(shape[d] - 1, 0);
    step *= shape[d];
  }
  return { strides, length };
}

const f = (kind: Partial<Step>): Step => ({ row: false, ...kind }) as Step;

interface Case {
  readonly dtype: DType;
  readonly batch: number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Layout;
  readonly b: Layout;
  readonly after: "nothing" | "bias" | "both" | "rowMax" | "column";
}

function draftOf({ dtype, batch, m, n, k, a, b, after }: Case): Draft {
  const left = stored([...batch, m, k], a), right = stored([...batch, k, n], b);
  const shape = [...batch, m, n], rank = shape.length;
  const wholeOut = numelOf(shape);
  const bool = dtype === "bool";
  return {
    shape,
    split: after === "rowMax" ? rank - 1 : rank,
    data: [numbers(dtype, left.length, 1), numbers(dtype, right.length, 2), numbers(dtype, n, 3)],
    results: after === "both"
      ? [{ dtype, length: wholeOut }, { dtype, length: wholeOut }]
      : after === "rowMax"
      ? [{ dtype, length: wholeOut / n }]
      : [{ dtype, length: wholeOut }],
    build: (blocks: Block[]) => {
      const steps: Step[] = [
        f({
          kind: "contract",
          dtype,
          k,
          a: { block: blocks[0], offset: 0, strides: left.strides },
          b: { block: blocks[1], offset: 0, strides: right.strides },
        }),
      ];
      const outputs: Output[] = [];
      const out = (step: number, view: BlockView) => outputs.push({ step, view });
      const bias = (): number => {
        const strides = shape.map((_, d) => d === rank - 1 && n > 1 ? 1 : 0);
        steps.push(f({ kind: "load", dtype, view: { block: blocks[2], offset: 0, strides } }));
        steps.push(f({ kind: "binary", op: bool ? "bitwiseXor" : "add", dtype, a: 0, b: 1 }));
        return 2;
      };
      if (after === "nothing") out(0, whole(blocks[3], shape));
      if (after === "bias") out(bias(), whole(blocks[3], shape));
      if (after === "both") {
        out(bias(), whole(blocks[3], shape));
        out(0, whole(blocks[4], shape));
      }
      if (after === "rowMax") {
        steps.push(f({ kind: "reduce", op: "max", dtype, row: true, a: 0 }));
        const strides = whole(blocks[3], [...batch, m, 1]).strides;
        out(1, { block: blocks[3], offset: 0, strides });
      }
      if (after === "column") out(0, { block: blocks[3], ...stored2(shape) });
      return { steps, outputs };
    },
  };
}

function stored2(shape: readonly number[]): { offset: number; strides: number[] } {
  return { offset: 0, strides: stored(shape, "columns").strides };
}

const DTYPE = fc.constantFrom<DType>(
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int64",
  "int32",
  "uint8",
  "bool",
);
const LAYOUT = fc.constantFrom<Layout>("rows", "columns", "gaps", "broadcast");

Deno.test("cook() contracts as the reference does for all dtypes, strides, batches and epilogues", () => {
  fc.assert(
    fc.property(
      fc.record<Case>({
        dtype: DTYPE,
        batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        m: fc.integer({ min: 1, max: 15 }),
        n: fc.integer({ min: 1, max: 19 }),
        k: fc.integer({ min: 0, max: 11 }),
        a: LAYOUT,
        b: LAYOUT,
        after: fc.constantFrom("nothing", "bias", "both", "rowMax", "column"),
      }),
      (drawn) => {
        const draft = draftOf(drawn);
        assertEquals(runDraft(cpu, draft), runDraft(reference, draft));
      },
    ),
    { numRuns: 400 },
  );
});

/** Rows, columns, and what is summed: each way to multiply, and its edges. */
const SIZES = [
  [1, 70, 300],
  [5, 1030, 9],
  [8, 33, 100],
  [20, 230, 300],
  [100, 530, 261],
  [203, 9, 600],
  [300, 1, 77],
];

for (const [m, n, k] of SIZES) {
  for (const a of ["rows", "columns"] as const) {
    for (const b of ["rows", "columns"] as const) {
      Deno.test(`cook() contracts [${m}, ${k}] by [${k}, ${n}], ${a} by ${b}`, () => {
        const drawn: Case = { dtype: "float32", batch: [], m, n, k, a, b, after: "nothing" };
        const draft = draftOf(drawn);
        const [x, y] = draft.data.map(({ values }) => values as number[]);
        const left = stored([m, k], a).strides, right = stored([k, n], b).strides;
        const expected = Array.from({ length: m * n }, (_, at) => {
          const i = Math.floor(at / n), j = at % n;
          let sum = 0;
          for (let p = 0; p < k; p++) {
            sum += x[i * left[0] + p * left[1]] * y[p * right[0] + j * right[1]];
          }
          return sum + 0;
        });
        assertEquals(runDraft(cpu, draft)[0].map((v) => Number(v) + 0), expected);
      });
    }
  }
}
