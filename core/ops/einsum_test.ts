import { assertEquals, assertThrows } from "@std/assert";
import { einsum, ones, randn, resetStats, ShapeError, stats, tensor } from "../mod.ts";
import { gradientTest } from "../testdata/support.ts";
import { forDevices } from "../testdata/devices.ts";

gradientTest("einsum() has gradients of two orders", async ({ device, dtype, check }) => {
  const d = { device, dtype } as const;
  await check((x) => einsum("iij->ji", x), [randn([2, 2, 2], d)]);
  await check((a, b) => einsum("bij,bjk->ik", a, b), [
    randn([2, 2, 2], d),
    randn([2, 2, 3], d),
  ]);
  await check(
    (a, b, c) => einsum("ab,b...,c->...a", a, b, c),
    [randn([2, 3], d), randn([3, 2], d), randn([2], d)],
  );
});

forDevices("einsum() of two matrices is one product", async (device) => {
  const a = ones([2, 3], { device }).realize(), b = ones([3, 4], { device }).realize();
  resetStats();
  assertEquals(await einsum("ij,jk->ik", a, b).sum().item(), 24);
  assertEquals(stats().launches, 2);
});

forDevices("einsum() multiplies integers", async (device) => {
  const x = tensor([[1n, 2n], [3n, 4n]], { device });
  assertEquals(await einsum("ij,jk->ik", x, x).tolist(), [[7, 10], [15, 22]]);
  assertEquals(await einsum("ij,ij->ij", x, x).tolist(), [[1, 4], [9, 16]]);
});

Deno.test("einsum() says what does not fit", () => {
  const x = ones([2, 3]);
  const refuses = (equation: string, text: string, ...more: typeof x[]) =>
    assertThrows(() => einsum(equation, x, ...more), ShapeError, text);
  refuses("ij,jk->ik", "2 terms for 1 tensors");
  refuses("ijk", "3 subscripts for a tensor of shape [2, 3]");
  refuses("i", "1 subscripts");
  refuses("ii", "sizes 2 and 3");
  refuses("ij,ij", "sizes 3 and 2", ones([2, 2]));
  refuses("ij->k", '"k" of the result is in no term');
  refuses("ij->ii", '"i" appears twice in the result');
  refuses("i1", '"1"');
  refuses("ij->i->j", '"->" appears twice');
  refuses("i......j", '"..." appears twice');
});

gradientTest("dot() and outer() take vectors", async ({ device, dtype, check }) => {
  const d = { device, dtype } as const;
  const a = tensor([1, 2, 3], d), b = tensor([4, 5, 6], d);
  assertEquals(await a.dot(b).item(), 32);
  assertEquals(await a.outer(b.narrow(0, 0, 2)).tolist(), [[4, 5], [8, 10], [12, 15]]);
  await check((a, b) => [a.dot(b), a.outer(b)], [a, b]);
  assertThrows(() => a.dot(a.unsqueeze(0)), ShapeError, "[3] and [1, 3]");
  assertThrows(() => a.dot(b.narrow(0, 0, 2)), ShapeError, "3 against 2");
});
