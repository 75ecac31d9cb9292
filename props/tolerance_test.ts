import { assert, assertEquals } from "@std/assert";
import { apart, LEAST, ROUNDING, roundsCorrectly, sameNumber } from "./tolerance.ts";

Deno.test("ROUNDING is half the distance of neighbours at 1, LEAST half the least float16", () => {
  assertEquals(Math.fround(1 + ROUNDING.float32!), 1);
  assert(Math.fround(1 + ROUNDING.float32! * 1.01) > 1);
  assertEquals(Math.f16round(1 + ROUNDING.float16!), 1);
  assert(Math.f16round(1 + ROUNDING.float16! * 1.01) > 1);
  assertEquals([Math.f16round(LEAST.float16!), Math.f16round(LEAST.float16! * 1.01)], [
    0,
    2 ** -24,
  ]);
});

Deno.test("sameNumber() takes 0 for -0, and NaN for NaN", () => {
  assert(sameNumber(0, -0) && sameNumber(NaN, NaN) && sameNumber(Infinity, Infinity));
  assert(!sameNumber(Infinity, -Infinity) && !sameNumber(0, NaN) && !sameNumber(1, 2));
});

Deno.test("apart() adds up what each device may be off, and a narrow dtype's rounding", () => {
  const u = ROUNDING.float32!;
  assertEquals(apart(["cpu"], "add", "float32"), u);
  assertEquals(apart(["cpu", "reference"], "exp", "float32"), (2 + 1) * 2 * u);
  assertEquals(apart(["cpu"], "add", "float16"), 2 * ROUNDING.float16! + u);
});

Deno.test("roundsCorrectly() knows the operations that IEEE 754 rounds, where a device keeps to it", () => {
  assert(roundsCorrectly("cpu", ["add", "sqrt", "neg"]) && !roundsCorrectly("cpu", ["add", "exp"]));
  assert(!roundsCorrectly("webgpu", ["add"]) && roundsCorrectly("webgpu", ["neg"]));
});
