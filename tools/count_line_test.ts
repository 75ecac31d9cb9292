import { assertEquals } from "@std/assert";
import { countLine } from "./count_line.ts";

Deno.test("countLine() reads a green summary with colours", () => {
  assertEquals(
    countLine(
      "a ... ok\n\n\x1b[0m\x1b[32mok\x1b[0m | 12 passed | 0 failed \x1b[0m(3s)\x1b[0m\n",
      0,
    ),
    "12 passed, 0 failed",
  );
});

Deno.test("countLine() counts tests, neither their steps nor ignored ones", () => {
  assertEquals(
    countLine("FAILED | 2 passed (1 step) | 1 failed (4 steps) | 1 ignored (263ms)\n", 1),
    "2 passed, 1 failed",
  );
});

Deno.test("countLine() takes the last summary, whatever a test printed before", () => {
  assertEquals(
    countLine("ok | 99 passed | 0 failed (1ms)\nFAILED | 1 passed | 2 failed (1ms)\nerror: x\n", 1),
    "1 passed, 2 failed",
  );
});

Deno.test("countLine() reports a failure when the run failed without counting one", () => {
  assertEquals(countLine("error: Type checking failed.\n", 1), "0 passed, 1 failed");
  assertEquals(countLine("ok | 3 passed | 0 failed (1ms)\n", 134), "3 passed, 1 failed");
});
