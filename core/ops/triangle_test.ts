import { assertEquals, assertThrows } from "@std/assert";
import { ones, randn, resetStats, ShapeError, stats } from "../mod.ts";
import { gradientTest } from "../testdata/support.ts";
import { forDevices } from "../testdata/devices.ts";

gradientTest("tril() and triu() have gradients of two orders", async ({ device, dtype, check }) => {
  const x = randn([3, 3], { device, dtype });
  await check((x) => x.tril(-1), [x]);
  await check((x) => x.triu(1), [x]);
  await check((x) => x.trace(), [x]);
});

forDevices("tril() of a softmax is right, and of a sum one kernel", async (device) => {
  const x = ones([2, 2], { device }).realize();
  assertEquals(await x.softmax(-1).tril().tolist(), [[0.5, 0], [0.5, 0.5]]);
  resetStats();
  assertEquals(await x.add(1).triu().tolist(), [[2, 2], [0, 2]]);
  assertEquals(stats().launches, 1);
  assertEquals(await ones([2, 2], { device, dtype: "bool" }).tril().tolist(), [
    [true, false],
    [true, true],
  ]);
});

Deno.test("tril() and trace() need matrices", () => {
  assertThrows(() => ones([2]).tril(), ShapeError, "[2]");
  assertThrows(() => ones([2, 2, 2]).trace(), ShapeError, "[2, 2, 2]");
});
