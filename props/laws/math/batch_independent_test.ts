import { assertEquals } from "@std/assert";
import { Linear } from "../../../nn/mod.ts";
import { inputs } from "../../argument.ts";
import { judge } from "../../runner.ts";
import { subject } from "../../subject.ts";
import { batchIndependent } from "./batch_independent.ts";

Deno.test("math/batch-independent grants long sums the noise that they have", async () => {
  // A row by itself and a row of several are summed in other orders.
  const long = subject("Linear of 16384", () => new Linear(16384, 8), {
    inputs: [inputs.tensor({ shape: [inputs.size(1, 16), 16384] })],
    claims: { batchIndependent: true },
  });
  assertEquals((await judge(batchIndependent, long, { runs: 20 })).verdict, "held");
});
