import { assertThrows } from "@std/assert";
import { DTypeError, ShapeError, tensor, zeros } from "../mod.ts";

Deno.test("prelu() says which weights an input takes", () => {
  const x = zeros([2, 3, 4]);
  assertThrows(() => x.prelu(zeros([4])), ShapeError, "expected one weight or 3");
  assertThrows(() => x.prelu(zeros([3, 1])), ShapeError, "got [3, 1]");
  assertThrows(() => zeros([4]).prelu(zeros([4])), ShapeError, "expected one weight or 1");
  assertThrows(() => x.prelu(zeros([1], { dtype: "float64" })), DTypeError, "float32 and float64");
  assertThrows(() => tensor([1n]).prelu(tensor([1n])), DTypeError, "int64");
});
