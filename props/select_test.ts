import { assertEquals } from "@std/assert";
import { decodeNumbers, encodeNumbers } from "./fill.ts";
import { join, select } from "./select.ts";

const of = (shape: number[], numbers: number[]) => ({
  shape,
  dtype: "float32" as const,
  bytes: encodeNumbers(numbers, "float32"),
});
const x = of([2, 3], [0, 1, 2, 3, 4, 5]);

Deno.test("select takes places along any dimension, in the order given", () => {
  const rows = select(x, 0, [1, 0, 1]), columns = select(x, 1, [2]);
  assertEquals(rows.shape, [3, 3]);
  assertEquals(decodeNumbers(rows.bytes, "float32"), [3, 4, 5, 0, 1, 2, 3, 4, 5]);
  assertEquals(columns.shape, [2, 1]);
  assertEquals(decodeNumbers(columns.bytes, "float32"), [2, 5]);
});

Deno.test("join puts contents one after the other", () => {
  const wide = join([x, of([2, 1], [8, 9])], 1), long = join([x, of([1, 3], [6, 7, 8])], 0);
  assertEquals(wide.shape, [2, 4]);
  assertEquals(decodeNumbers(wide.bytes, "float32"), [0, 1, 2, 8, 3, 4, 5, 9]);
  assertEquals(long.shape, [3, 3]);
  assertEquals(decodeNumbers(long.bytes, "float32"), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});
