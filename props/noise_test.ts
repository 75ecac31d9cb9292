import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeNumbers } from "./fill.ts";
import { randomStream } from "./hash.ts";
import { Evidence, IllConditioned, Refutation } from "./law.ts";
import { measure, type Results, sameWithinRoundings, type Sample, withinNoise } from "./noise.ts";
import { ROUNDING, TOLERANCE } from "./tolerance.ts";

const u = ROUNDING.float32!;

function results(numbers: readonly number[], dtype: "float32" | "float64" = "float32"): Results {
  const bytes = encodeNumbers(numbers, dtype);
  return new Map([["output", { shape: [numbers.length], dtype, bytes }]]);
}

function sample(actual: number[], exact: number[], rounded: number[]): Sample {
  return { actual: results(actual), exact: results(exact, "float64"), rounded: results(rounded) };
}

/** A law that knows one sample, and one float64 computation from other numbers. */
async function judged(
  one: Sample,
  { others = () => one, shaken = one.exact }: { others?: () => Sample; shaken?: Results } = {},
): Promise<string[]> {
  return await withinNoise(new Evidence(), "Something is noisier", {
    sample: (index) => Promise.resolve(index === 0 ? one : others()),
    shaken: () => Promise.resolve(shaken),
  });
}

const ones = Array<number>(64).fill(1);

Deno.test("measure() finds the noise as a root mean square and at most, and who is the farthest", () => {
  const found = measure("output", [sample([1, 5], [1, 2], [1, 2]), sample([2, 2], [2, 3], [4, 3])]);
  assertEquals([found.actual, found.rounded], [
    { rms: Math.sqrt(10 / 4), most: 3 },
    { rms: 1, most: 2 },
  ]);
  assertEquals([found.count, found.where, found.value, found.wanted], [4, "output[1]", 5, 2]);
});

Deno.test("withinNoise() grants what roundings of the size of the results come to", async () => {
  const off = (roundings: number) => ones.map((x) => x + roundings * 2 * u);
  assertEquals(await judged(sample(off(4), ones, ones)), []);
  await assertRejects(() => judged(sample(off(5), ones, ones)), Refutation, "at output[0]");
});

Deno.test("withinNoise() grants some times the noise of the yardstick", async () => {
  const off = (by: number) => ones.map((x, i) => x + (i % 2 === 0 ? by : -by));
  const { rms } = TOLERANCE.noise;
  assertEquals(await judged(sample(off(rms * 2 ** -10), ones, off(2 ** -10))), []);
  const more = sample(off((rms + 1) * 2 ** -10), ones, off(2 ** -10));
  await assertRejects(() => judged(more), Refutation);
});

Deno.test("withinNoise() refutes one element that is off among many that are not", async () => {
  const rounded = ones.map((x) => x + 2 ** -20);
  const one = ones.with(7, 1 + 2 ** -15);
  // In the root mean square it drowns: what refutes is the largest distance.
  const { actual, granted } = measure("output", [sample(one, ones, rounded)]);
  assert(actual.rms < granted.rms && actual.most > granted.most);
  await assertRejects(() => judged(sample(one, ones, rounded)), Refutation, "output[7]");
});

Deno.test("withinNoise() pools the results of other inputs before a few elements refute", async () => {
  const lucky = sample([1 + 2 ** -18], [1], [1]);
  const usual = sample([1], [1], [1 + 2 ** -18]);
  assertEquals(await judged(lucky, { others: () => usual }), []);
  await assertRejects(() => judged(lucky, { others: () => lucky }), Refutation);
});

Deno.test("withinNoise() does not judge where float64 jumps as far within some roundings", async () => {
  const jumped = sample(ones.with(3, 0), ones, ones);
  const names = await judged(jumped, { shaken: results(ones.with(5, 0), "float64") });
  assertEquals(names, ["output"]);
  await assertRejects(() => judged(jumped), Refutation);
});

Deno.test("withinNoise() does not judge by a yardstick that is mostly noise", async () => {
  const rounded = ones.map((_, i) => i % 2);
  assertEquals(await judged(sample(ones.map(() => 1.5), ones, rounded)), ["output"]);
  // What is right is right, however bad the yardstick is.
  assertEquals(await judged(sample(ones, ones, rounded)), []);
});

Deno.test("withinNoise() wants NaN and infinities where float64 has them", async () => {
  const same = ones.with(0, NaN).with(1, -Infinity);
  assertEquals(await judged(sample(same, same, same)), []);
  for (const wrong of [ones, same.with(1, Infinity), same.with(9, NaN)]) {
    await assertRejects(() => judged(sample(wrong, same, same)), Refutation);
  }
  // Beyond the range of the dtype the yardstick leaves it too.
  const overflows = ones.with(0, Infinity);
  assertEquals(await judged(sample(overflows, ones.with(0, 1e300), overflows)), []);
});

Deno.test("withinNoise() says what is missing or of another shape", async () => {
  const one = sample([1, 1], [1, 1], [1, 1]);
  const missing = { ...one, actual: new Map() };
  await assertRejects(() => judged(missing), Refutation, "expected [2], got nothing at output");
  const longer = { ...one, actual: results([1, 1, 1]) };
  await assertRejects(() => judged(longer), Refutation, "expected [2], got [3]");
});

/** A dot product of 256 normal-like numbers, with each step rounded as `round` does. */
function product(seed: number, round: (x: number) => number, operand = round): number {
  const next = randomStream(seed);
  let sum = 0;
  for (let i = 0; i < 256; i++) {
    const [a, b] = [next() + next() - 1, next() + next() - 1].map((x) => operand(Math.fround(x)));
    sum = round(sum + round(a * b));
  }
  return sum;
}

Deno.test("withinNoise() tells 11 digits of operands, half sums and small factors from float32", async () => {
  const seeds = Array.from({ length: 64 }, (_, i) => i);
  const exact = seeds.map((seed) => product(seed, (x) => x));
  const rounded = seeds.map((seed) => product(seed, Math.fround));
  const short = seeds.map((seed) => product(seed, Math.fround, Math.f16round));
  const half = seeds.map((seed) => product(seed, Math.f16round));
  assertEquals(await judged(sample(exact, exact, rounded)), []);
  for (const wrong of [short, half, rounded.map((x) => x * (1 + 1e-5))]) {
    await assertRejects(() => judged(sample(wrong, exact, rounded)), Refutation);
  }
});

Deno.test("sameWithinRoundings() grants roundings of the largest number of all", async () => {
  const same = (by: number) =>
    sameWithinRoundings(new Evidence(), "They differ", results([100, by]), results([100, 0]));
  await same(30 * 100 * u);
  const { message } = await assertRejects(() => same(40 * 100 * u), Refutation);
  assertStringIncludes(message, "They differ: expected 0 within");
});

Deno.test("sameWithinRoundings() leaves it to float64 where sums have more noise than that", async () => {
  const actual = results(ones.map((x) => x - 2 ** -16)),
    expected = results(ones.map((x) => x + 2 ** -16));
  const same = (exact?: number[]) =>
    sameWithinRoundings(
      new Evidence(),
      "They differ",
      actual,
      expected,
      exact && (() => Promise.resolve(results(exact, "float64"))),
    );
  await assertRejects(() => same(), Refutation);
  await same(ones);
  await assertRejects(() => same(ones.map((x) => x + 2 ** -16)), Refutation);
  await assertRejects(() => same(ones.map(() => 0)), IllConditioned);
});
