import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { planFrom } from "./testdata/random_plans.ts";
import { cpu, reference, runDraft } from "./testdata/oracle.ts";

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
