import { assertEquals, assertThrows } from "@std/assert";
import { DTypeError, tensor } from "../core/mod.ts";
import { Parameter } from "./parameter.ts";

Deno.test("Parameter prints as PyTorch's does", async () => {
  const parameter = new Parameter(tensor([1, 2]));
  const text = "Parameter containing:\ntensor([1., 2.], requires_grad=True)";
  assertEquals(await parameter.repr(), text);
  assertEquals(Deno.inspect(parameter), text);
});

Deno.test("Parameter shares the memory of its tensor and is a leaf that requires grad", async () => {
  const data = tensor([1, 2]);
  const parameter = new Parameter(data);
  data.mul_(3);
  assertEquals(await parameter.tolist(), [3, 6]);
  assertEquals([parameter.isLeaf, parameter.requiresGrad], [true, true]);
});

Deno.test("Parameter refuses integers that are to require grad", () => {
  assertThrows(() => new Parameter(tensor([1n])), DTypeError, "int64");
  assertEquals(new Parameter(tensor([1n]), { requiresGrad: false }).requiresGrad, false);
});
