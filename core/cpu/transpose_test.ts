import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { contiguousStrides, numelOf } from "../shape.ts";
import { cpu, reference, runDraft, whole } from "./testdata/oracle.ts";

Deno.test("cook() copies permuted views as the reference does, whole tiles and their edges", () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(64, 67, 70, 128));
  const shapes = fc.array(size, { minLength: 2, maxLength: 3 }).filter((s) => numelOf(s) < 20000);
  const plus = fc.boolean();
  const dtype = fc.constantFrom("float32" as const, "int32" as const, "float64" as const);
  fc.assert(
    fc.property(shapes, fc.nat(5), plus, dtype, (stored, turn, plus, dtype) => {
      const order = stored.map((_, d) => d);
      for (let i = 0; i < turn; i++) order.push(...order.splice(i % 2, 1));
      const shape = order.map((d) => stored[d]);
      const strides = contiguousStrides(stored);
      const view = order.map((d, i) => shape[i] === 1 ? 0 : strides[d]);
      const values = Array.from({ length: numelOf(shape) }, (_, i) => i);
      const draft = {
        shape,
        split: shape.length,
        data: [{ dtype, values }],
        results: [{ dtype, length: values.length }],
        build: ([x, y]: Parameters<Parameters<typeof runDraft>[1]["build"]>[0]) => ({
          steps: [
            {
              kind: "load" as const,
              dtype,
              row: true,
              view: { block: x, offset: 0, strides: view },
            },
            ...(plus
              ? [{ kind: "unary" as const, op: "neg" as const, dtype, row: true, a: 0 }]
              : []),
          ],
          outputs: [{ step: plus ? 1 : 0, view: whole(y, shape) }],
        }),
      };
      assertEquals(runDraft(cpu, draft), runDraft(reference, draft));
    }),
    { numRuns: 60 },
  );
});
