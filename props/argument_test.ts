import { assert, assertEquals } from "@std/assert";
import type { DType } from "../core/mod.ts";
import { type Argument, buildArgument, buildTensor, inputs, mapTensorSpecs } from "./argument.ts";
import { fc } from "./fast_check.ts";
import { decodeNumbers, encodeNumbers, fillNumbers } from "./fill.ts";
import type { Tensor } from "../core/mod.ts";

const spec = (dtype: DType, more = {}) => ({
  tensor: [3, 4],
  dtype,
  fill: "uniform" as const,
  seed: 9,
  ...more,
});

Deno.test("inputs.tensor() draws plain data that is JSON and shrinks in its shape", async () => {
  const arbitrary = inputs.tensor({ shape: [inputs.size(1, 9), 4] });
  for (const value of fc.sample(arbitrary, 20)) {
    assertEquals(JSON.parse(JSON.stringify(value)), { ...value });
  }
  let smallest: readonly number[] = [];
  await fc.check(fc.asyncProperty(arbitrary, ({ tensor }) => {
    smallest = tensor;
    return Promise.reject(new Error());
  }));
  assertEquals(smallest, [1, 4]);
});

Deno.test("buildTensor() makes the same numbers on every device", async () => {
  for (
    const dtype of ["float32", "bfloat16", "float16", "float64", "int64", "uint8", "bool"] as const
  ) {
    const [a, b] = (["cpu", "reference"] as const).map((device) =>
      buildTensor(spec(dtype), device)
    );
    assertEquals([a.device, b.device, a.dtype], ["cpu", "reference", dtype]);
    assertEquals(await a.tolist(), await b.tolist());
  }
});

Deno.test("buildTensor() keeps numbers between low and high", async () => {
  const x = buildTensor(spec("int64", { low: 2, high: 5 }), "cpu");
  const values = Array.from(await x.data(), Number);
  assert(values.every((value) => value >= 2 && value < 5));
  assert(new Set(values).size > 1);
});

Deno.test("buildArgument() builds tensors inside of arrays and objects", () => {
  const argument: Argument = { mask: [spec("bool"), null], scale: 2 };
  const { mask, scale } = buildArgument(argument, "cpu") as { mask: Tensor[]; scale: number };
  assertEquals([mask[0].dtype, mask[1], scale], ["bool", null, 2]);
  const changed = mapTensorSpecs(argument, (each) => ({ ...each, dtype: "uint8" })) as never;
  assertEquals((buildArgument(changed, "cpu") as { mask: Tensor[] }).mask[0].dtype, "uint8");
});

Deno.test("encodeNumbers() and decodeNumbers() are inverses for numbers that the dtype has", () => {
  const numbers = [0, 1, 2, 3, 100];
  for (const dtype of ["float16", "bfloat16", "float32", "float64", "int8", "int64"] as const) {
    assertEquals(decodeNumbers(encodeNumbers(numbers, dtype), dtype), numbers);
  }
  const bits = new Uint16Array(encodeNumbers([1 + 2 ** -8, 1 + 3 * 2 ** -8], "bfloat16").buffer);
  assertEquals([...bits], [0x3f80, 0x3f82], "ties go to even");
});

Deno.test("fillNumbers() gives the same numbers for the same seed, and specials among specials", () => {
  assertEquals(fillNumbers(spec("float32")), fillNumbers(spec("float32")));
  const specials = fillNumbers(spec("float32", { tensor: [200], fill: "specials" }));
  assert(specials.some(Number.isNaN) && specials.some((value) => Object.is(value, -0)));
});
