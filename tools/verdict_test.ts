import { assertEquals } from "@std/assert";
import { verdictOf } from "./verdict.ts";

const line = (output: string, code: number, signal: string | null = null) =>
  verdictOf(output, { code, signal }).line;

Deno.test("verdictOf() reads a green summary with colours", () => {
  assertEquals(
    line(
      "a ... ok\n\n\x1b[0m\x1b[32mok\x1b[0m | 12 passed | 0 failed \x1b[0m(3s)\x1b[0m\n",
      0,
    ),
    "12 passed, 0 failed",
  );
});

Deno.test("verdictOf() counts tests, neither their steps nor ignored ones", () => {
  assertEquals(
    line("FAILED | 2 passed (1 step) | 1 failed (4 steps) | 1 ignored (263ms)\n", 1),
    "2 passed, 1 failed",
  );
});

Deno.test("verdictOf() takes the last summary, whatever a test printed before", () => {
  assertEquals(
    line("ok | 99 passed | 0 failed (1ms)\nFAILED | 1 passed | 2 failed (1ms)\nerror: x\n", 1),
    "1 passed, 2 failed",
  );
});

Deno.test("verdictOf() reports a failure when the run failed without counting one", () => {
  assertEquals(line("error: Type checking failed.\n", 1), "0 passed, 1 failed");
  assertEquals(line("ok | 3 passed | 0 failed (1ms)\n", 1), "3 passed, 1 failed");
  assertEquals(line("a ... ok\n", 134, "SIGABRT"), "0 passed, 1 failed");
  assertEquals(line("FAILED | 3 passed | 1 failed (1ms)\n", 134, "SIGABRT"), "3 passed, 1 failed");
});

Deno.test("verdictOf() lets a summary stand whose process was ended while it was leaving", () => {
  const output = "ok | 3 passed | 0 failed (1ms)\n";
  const verdict = { line: "3 passed, 0 failed", ok: true, lateSignal: "SIGABRT" };
  assertEquals(verdictOf(output, { code: 134, signal: "SIGABRT" }), verdict);
});
