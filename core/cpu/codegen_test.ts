import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { planFrom } from "./testdata/random_plans.ts";
import type { Step } from "../plan.ts";
import { cpu, type Draft, reference, runDraft } from "./testdata/oracle.ts";

Deno.test("cook() equals the reference interpreter on plans of all operations, dtypes and strides", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9999), { minLength: 40, maxLength: 200 }), (tape) => {
      const draft = planFrom(tape);
      const ours = runDraft(cpu, draft), theirs = runDraft(reference, draft);
      assertEquals(ours, theirs);
    }),
    { numRuns: Number(Deno.env.get("RUNS") ?? 400) },
  );
});

/** A plan over `[rows, n]` whose elements lie along rows, or along columns. */
function rowsOf(rows: number, n: number, turned: boolean, steps: Step[], full: boolean): Draft {
  const strides = turned ? [1, rows] : [n, 1];
  const values = Array.from({ length: rows * n }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 29) - 3);
  return {
    shape: [rows, n],
    split: 1,
    data: [{ dtype: "float32", values }],
    results: [{ dtype: "float32", length: full ? rows * n : rows }],
    build: ([x, y]) => {
      const load: Step = {
        kind: "load",
        dtype: "float32",
        row: false,
        view: { block: x, offset: 0, strides },
      };
      const out = full ? strides : [1, 0];
      return {
        steps: [load, ...steps],
        outputs: [{ step: steps.length, view: { block: y, offset: 0, strides: out } }],
      };
    },
  };
}

const float = (step: unknown): Step => ({ dtype: "float32", ...step as object }) as Step;

for (const turned of [false, true]) {
  const how = turned ? "along columns" : "along rows";

  Deno.test(`cook() sums long rows that lie ${how}, chunk by chunk`, () => {
    for (const [rows, n] of [[1, 20001], [5, 4097], [23, 1030]]) {
      const sum = float({ kind: "reduce", op: "sum", row: true, a: 0 });
      const draft = rowsOf(rows, n, turned, [sum], false);
      const values = draft.data[0].values as number[];
      const expected = Array.from({ length: rows }, (_, r) => {
        let total = 0;
        for (let i = 0; i < n; i++) total += values[turned ? i * rows + r : r * n + i];
        return total;
      });
      assertEquals(runDraft(cpu, draft)[0], expected);
    }
  });

  Deno.test(`cook() keeps exponentials between passes over rows that lie ${how}`, () => {
    const steps = [
      float({ kind: "reduce", op: "max", row: true, a: 0 }),
      float({ kind: "binary", op: "sub", row: false, a: 0, b: 1 }),
      float({ kind: "unary", op: "exp", row: false, a: 2 }),
      float({ kind: "reduce", op: "sum", row: true, a: 3 }),
      float({ kind: "binary", op: "div", row: false, a: 3, b: 4 }),
    ];
    // The longest row is past what is kept, and is computed again.
    for (const [rows, n] of [[3, 7], [38, 301], [4, turned ? 9001 : 300001]]) {
      const [ours] = runDraft(cpu, rowsOf(rows, n, turned, steps, true));
      const { data: [{ values }] } = rowsOf(rows, n, turned, steps, true);
      const place = (r: number, i: number) => turned ? i * rows + r : r * n + i;
      for (let r = 0; r < rows; r++) {
        let total = 0;
        for (let i = 0; i < n; i++) total += Math.exp(Number(values[place(r, i)]));
        for (let i = 0; i < n; i += Math.ceil(n / 50)) {
          const exact = Math.exp(Number(values[place(r, i)])) / total;
          assertAlmostEquals(Number(ours[place(r, i)]) / exact, 1, 1e-5);
        }
      }
    }
  });
}

Deno.test("cook() throws RangeError when an integer is divided by zero", () => {
  for (const op of ["floorDivide", "remainder", "fmod"] as const) {
    const divide = (divisors: number[]) => () =>
      runDraft(cpu, {
        shape: [divisors.length],
        split: 1,
        data: [{ dtype: "int32", values: divisors.map(() => -7) }, {
          dtype: "int32",
          values: divisors,
        }],
        results: [{ dtype: "int32", length: divisors.length }],
        build: ([x, y, z]) => ({
          steps: [
            {
              kind: "load",
              dtype: "int32",
              row: true,
              view: { block: x, offset: 0, strides: [1] },
            },
            {
              kind: "load",
              dtype: "int32",
              row: true,
              view: { block: y, offset: 0, strides: [1] },
            },
            { kind: "binary", op, dtype: "int32", row: true, a: 0, b: 1 },
          ],
          outputs: [{ step: 2, view: { block: z, offset: 0, strides: [1] } }],
        }),
      });
    assertThrows(divide([1, 2, 3, 4, 0]), RangeError, "ZeroDivisionError");
    const expected = { floorDivide: -3, remainder: 2, fmod: -1 }[op];
    assertEquals(divide([3, 3, 3, 3, 3])()[0], [1, 1, 1, 1, 1].map(() => expected));
  }
});
