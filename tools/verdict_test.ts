import { assertEquals } from "@std/assert";
import { verdictOf } from "./verdict.ts";

Deno.test("verdictOf() reads a green summary with colours", () => {
  assertEquals(
    verdictOf(
      "a ... ok\n\n\x1b[0m\x1b[32mok\x1b[0m | 12 passed | 0 failed \x1b[0m(3s)\x1b[0m\n",
      0,
    ),
    "12 passed, 0 failed",
  );
});

Deno.test("verdictOf() counts tests, neither their steps nor ignored ones", () => {
  assertEquals(
    verdictOf("FAILED | 2 passed (1 step) | 1 failed (4 steps) | 1 ignored (263ms)\n", 1),
    "2 passed, 1 failed",
  );
});

Deno.test("verdictOf() takes the last summary, whatever a test printed before", () => {
  assertEquals(
    verdictOf("ok | 99 passed | 0 failed (1ms)\nFAILED | 1 passed | 2 failed (1ms)\nerror: x\n", 1),
    "1 passed, 2 failed",
  );
});

Deno.test("verdictOf() reports a failure when the run failed without counting one", () => {
  assertEquals(verdictOf("error: Type checking failed.\n", 1), "0 passed, 1 failed");
  assertEquals(verdictOf("ok | 3 passed | 0 failed (1ms)\n", 1), "3 passed, 1 failed");
  assertEquals(verdictOf("ok | 3 passed | 0 failed (1ms)\n", 134), "3 passed, 1 failed");
  assertEquals(verdictOf("a ... ok\n", 134), "0 passed, 1 failed");
  assertEquals(verdictOf("FAILED | 3 passed | 1 failed (1ms)\n", 134), "3 passed, 1 failed");
});
