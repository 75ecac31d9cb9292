import { assertEquals, assertNotEquals } from "@std/assert";
import { inShard, planOf, planUnits, unitId } from "./plan.ts";

const laws = [{ id: "a/b", version: 1 }, { id: "a/c", version: 1 }];
const found = ["X", "Y", "Z"].map((name, index) => ({ name, file: "file:///m.ts", index }));
const units = planUnits(laws, found, ["cpu", "reference"]);

Deno.test("planUnits() gives each law, subject and device once, in order", () => {
  assertEquals(units.length, 12);
  assertEquals(units.slice(0, 3).map(unitId), ["a/b@X@cpu", "a/b@X@reference", "a/b@Y@cpu"]);
});

Deno.test("each unit is in one shard, wherever it stands in the plan", () => {
  for (const unit of units) {
    const shards = [1, 2, 3].filter((index) => inShard(unit, { index, of: 3 }));
    assertEquals(shards.length, 1);
  }
});

Deno.test("planOf() depends on the units, the laws' versions and the seed, not on order", async () => {
  const plan = await planOf(units, laws, 0);
  assertEquals(await planOf(units.toReversed(), laws.toReversed(), 0), plan);
  const others = [
    await planOf(units.slice(1), laws, 0),
    await planOf(units, [laws[0], { id: "a/c", version: 2 }], 0),
    await planOf(units, laws, 1),
  ];
  for (const { hash } of others) assertNotEquals(hash, plan.hash);
});
