import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { binomialBetween, binomialTail, isImprobable } from "./statistics.ts";
import { TOLERANCE } from "./tolerance.ts";

/** P(X = k) for all k, by adding one event at a time. */
function distribution(n: number, p: number): number[] {
  let chances = [1];
  for (let i = 0; i < n; i++) {
    chances = Array.from(
      { length: i + 2 },
      (_, k) => (chances[k] ?? 0) * (1 - p) + (chances[k - 1] ?? 0) * p,
    );
  }
  return chances;
}

Deno.test("binomialTail() is the smaller sum of a distribution that is built event by event", () => {
  for (const n of [1, 2, 7, 63, 64, 200]) {
    for (const p of [0.001, 0.1, 0.5, 0.7, 0.99]) {
      const chances = distribution(n, p);
      for (let k = 0; k <= n; k++) {
        const side = k > n * p ? chances.slice(k) : chances.slice(0, k + 1);
        const expected = side.reduce((sum, chance) => sum + chance, 0);
        if (expected < 1e-290) continue; // numbers this small have fewer bits
        // Both have a few hundred roundings.
        assertAlmostEquals(binomialTail(k, n, p) / expected, 1, 1e-10, `${k} of ${n} at ${p}`);
      }
    }
  }
});

Deno.test("binomialTail() knows what is certain", () => {
  assertEquals([binomialTail(0, 9, 0), binomialTail(1, 9, 0)], [1, 0]);
  assertEquals([binomialTail(9, 9, 1), binomialTail(8, 9, 1)], [1, 0]);
});

Deno.test("isImprobable() turns where a tail that is computed otherwise does", () => {
  // 10000 draws at 0.1: at 1e-9 both sides the exact bound is 189 above the mean, at 1e-12 some 17 % more.
  const first = Array.from({ length: 9001 }, (_, i) => 1000 + i).find((k) =>
    isImprobable(k, 10_000, 0.1)
  )!;
  assert(first > 1000 + 189 && first < 1000 + 189 * 1.2, String(first));
  assert(binomialTail(first, 10_000, 0.1) < TOLERANCE.falseAlarm / 2);
  assert(binomialTail(first - 1, 10_000, 0.1) >= TOLERANCE.falseAlarm / 2);
});

Deno.test("binomialBetween() is a part of a distribution that is built event by event", () => {
  for (const n of [1, 7, 64, 200]) {
    for (const p of [0.1, 0.5, 0.99]) {
      const chances = distribution(n, p);
      for (
        const [low, high] of [[0, n], [0, 0], [Math.floor(n / 3), Math.floor(n / 2)], [-1, n + 1]]
      ) {
        const expected = chances.slice(Math.max(0, low), high + 1).reduce((sum, x) => sum + x, 0);
        const found = binomialBetween(low, high, n, p);
        assertAlmostEquals(found, expected, 1e-10, `${low} to ${high} of ${n} at ${p}`);
      }
    }
  }
  assertEquals([binomialBetween(0, 0, 9, 0), binomialBetween(0, 8, 9, 1)], [1, 0]);
});
