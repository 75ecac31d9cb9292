import { assertEquals, assertRejects } from "@std/assert";
import { Evidence, Refutation } from "./law.ts";
import { gradientsAreSlopes } from "./slopes.ts";

/** Compares a gradient at 1 with the slope of a function of one number. */
async function compared(of: (x: number) => number, gradient: number): Promise<number> {
  const evidence = new Evidence();
  const points = [{ name: "x", shape: [], at: [1], gradient: [gradient] }];
  await gradientsAreSlopes(evidence, "", ([[x]]) => Promise.resolve(of(x)), points, 1);
  return evidence.comparisons;
}

const refuted = (of: (x: number) => number, gradient: number) =>
  assertRejects(() => compared(of, gradient), Refutation);

Deno.test("gradientsAreSlopes() tells a wrong gradient from a right one", async () => {
  assertEquals(await compared((x) => x ** 3, 3), 1);
  await refuted((x) => x ** 3, 3 + 1e-8);
  await refuted((x) => x ** 3, NaN);
  await refuted((x) => x ** 3, Infinity);
  assertEquals(await compared(() => NaN, 1), 0);
});

Deno.test("gradientsAreSlopes() takes a kink nearby for one, however near it is", async () => {
  for (const distance of [2 ** -15, 2 ** -16, 2 ** -18, 2 ** -20, 2 ** -22]) {
    for (const kink of [1 - distance, 1 + distance]) {
      const bent = (x: number) => 2 * x + Math.max(x - kink, 0);
      const right = kink < 1 ? 3 : 2;
      assertEquals(await compared(bent, right), 1);
      await refuted(bent, right + 3);
    }
  }
});
