import { assertEquals, assertNotEquals } from "@std/assert";
import { arange, ones, zeros } from "../core/mod.ts";
import { BatchNorm1d, Linear, type StateDict } from "../nn/mod.ts";
import { decodeNumbers } from "./fill.ts";
import { HeldTensors, numberOf, tensorOf } from "./held_tensors.ts";
import { type Edit, filled, tiesIn } from "./instance.ts";

Deno.test("a held state dict lists its tensors in order, where they lie and how large all of it is", () => {
  const table = arange(4);
  const state = new Map<string, unknown>([["tail", table.narrow(0, 3, 1)], ["extra", 7], [
    "table",
    table,
  ]]);
  const { entries } = new HeldTensors(state);
  assertEquals(
    entries.map(({ name, offset, shape, memoryBytes }) => [name, offset, shape, memoryBytes]),
    [["tail", 3, [1], 32], ["table", 0, [4], 32]],
  );
  assertEquals(tiesIn(entries), ["tail = table"]);
});

Deno.test("a write to a held state dict shows in the module, and the other way round", async () => {
  const linear = new Linear(2, 1);
  const held = new HeldTensors(linear.stateDict());
  await held.write(filled(held.entries, "ones"));
  assertEquals(await linear.weight.tolist(), [[1, 1]]);
  linear.weight.detach().zero_();
  const { bytes, dtype } = (await held.read()).get("weight")!;
  assertEquals(decodeNumbers(bytes, dtype), [0, 0]);
});

Deno.test("edit() changes a copy, which shares what is not named and keeps the version", async () => {
  const norm = new BatchNorm1d(2);
  const held = new HeldTensors(norm.stateDict());
  const names = held.entries.map(({ name }) => name);
  const more = filled([{ name: "more", shape: [1], dtype: "int64" }], "ones").get("more")!;
  const edits: [string, Edit][] = [["more", more], ["bias", null], ["running_mean", "delete"]];
  const copy = await held.edit(new Map(edits)) as HeldTensors;
  assertEquals(held.entries.map(({ name }) => name), names);
  const left = names.filter((name) => name !== "bias" && name !== "running_mean");
  assertEquals(copy.entries.map(({ name }) => name), [...left, "more"]);
  assertEquals(copy.state.has("bias"), true);
  assertEquals((copy.state as StateDict).metadata, norm.stateDict().metadata);
  assertEquals(copy.entries[0].memory, held.entries[0].memory);
});

Deno.test("tensorOf() makes the contents again, as they are to lie in memory", async () => {
  const contents = filled([{ name: "x", shape: [2, 3], dtype: "bfloat16" }], "ones").get("x")!;
  const turned = tensorOf({ ...contents, layout: "transposed" }, "cpu");
  assertEquals([turned.dtype, turned.strides], ["bfloat16", [1, 2]]);
  assertEquals(await turned.tolist(), [[1, 1, 1], [1, 1, 1]]);
});

Deno.test("numberOf() gives an object one number, and no two the same", () => {
  const [one, other] = [ones([1]), zeros([1])];
  assertEquals(numberOf(one), numberOf(one));
  assertNotEquals(numberOf(one), numberOf(other));
});
