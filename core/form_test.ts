import { assertEquals } from "@std/assert";
import type { Block } from "./block.ts";
import { FormCache } from "./form.ts";
import { arange } from "./mod.ts";
import type { Plan, Step } from "./plan.ts";

/** `a * 2`, over new memory unless something differs. */
function plan(differs: { [K in keyof Plan]?: Plan[K] } = {}): Plan {
  return {
    shape: [3, 4],
    split: 2,
    steps: [
      load([4, 1], 0),
      { kind: "const", dtype: "float32", row: true, value: Math.random() },
      { kind: "binary", op: "mul", dtype: "float32", row: false, a: 0, b: 1 },
    ],
    outputs: [{ step: 2, view: { block: {} as Block, offset: 0, strides: [4, 1] } }],
    ...differs,
  };
}

function load(strides: readonly number[], offset: number): Step {
  const view = { block: {} as Block, offset, strides };
  return { kind: "load", dtype: "float32", row: false, view };
}

Deno.test("a plan finds what was kept for another of its form, whatever its memory and constants", () => {
  const cache = new FormCache<string>();
  cache.set(plan(), "kept");
  assertEquals(cache.get(plan(), () => true), "kept");
  const [, constant, product] = plan().steps;
  const elsewhere = plan({ steps: [load([4, 1], 7), constant, product] });
  assertEquals(cache.get(elsewhere, () => true), "kept");
  assertEquals(cache.get(plan(), () => false), undefined);
});

Deno.test("a plan that differs in a size, a step, a stride or an output finds nothing", () => {
  const cache = new FormCache<string>();
  const { steps, outputs } = plan();
  cache.set(plan(), "kept");
  const [read, constant, product] = steps;
  const others: Plan[] = [
    plan({ shape: [4, 3] }),
    plan({ split: 1 }),
    plan({ steps: [load([1, 3], 0), constant, product] }),
    plan({ steps: [{ ...read, dtype: "int32" }, constant, product] }),
    plan({ steps: [read, constant, { ...product, op: "max" } as Step] }),
    plan({ steps: [read, constant, { ...product, op: "add" } as Step] }),
    plan({ steps: [read, constant, { ...product, b: 0 } as Step] }),
    plan({ steps: [...steps, { ...product, b: 0 } as Step] }),
    plan({ outputs: [{ ...outputs[0], step: 0 }] }),
    plan({ outputs: [...outputs, ...outputs] }),
    plan({ outputs: [{ step: 2, view: { ...outputs[0].view, strides: [1, 3] } }] }),
  ];
  for (const other of others) assertEquals(cache.get(other, () => true), undefined);
});

Deno.test("what was laid out for one view is not taken for another", async () => {
  const x = arange(16).reshape([4, 4]).realize();
  const twice = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((v) => 2 * v));
  for (let round = 0; round < 2; round++) {
    for (const [from, rows] of [[0, [[0, 1], [4, 5]]], [2, [[8, 9], [12, 13]]]] as const) {
      const part = x.narrow(0, from, 2).narrow(1, 0, 2);
      const transposed = [0, 1].map((i) => rows.map((row) => row[i]));
      assertEquals(await part.mul(2).tolist(), twice(rows));
      assertEquals(await part.transpose(0, 1).mul(2).tolist(), twice(transposed));
    }
  }
});

Deno.test("a plan with random numbers is never taken for another", () => {
  const cache = new FormCache<string>();
  const random: Step = {
    kind: "random",
    dtype: "int32",
    row: false,
    key: [1, 2],
    base: 0,
    word: 0,
  };
  const drawn = plan({ steps: [random], outputs: [{ ...plan().outputs[0], step: 0 }] });
  cache.set(drawn, "kept");
  assertEquals(cache.get(drawn, () => true), undefined);
});
