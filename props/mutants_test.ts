import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { deviceInfo, openDevice } from "../core/mod.ts";
import { examine, lacks } from "./examine.ts";
import { allLaws } from "./laws/mod.ts";
import { allMutants } from "./mutants/mod.ts";
import { judge } from "./runner.ts";
import type { Subject } from "./subject.ts";

const laws = new Map(allLaws.map((law) => [law.id, law]));
const SEEDS = [1, 2, 3, 4, 5];

Deno.test("every law has a mutant, and lists exactly the mutants that name it", () => {
  for (const { id, detects } of allLaws) {
    const named = allMutants.filter(({ law }) => law === id).map((mutant) => mutant.id);
    assertEquals([...detects].sort(), named.sort(), id);
  }
  assertEquals(new Set(allMutants.map(({ id }) => id)).size, allMutants.length);
});

for (const mutant of allMutants) {
  Deno.test(`the mutant ${mutant.id} differs from its original`, async () => {
    assertNotEquals(await mutant.observe(mutant.subject), await mutant.observe(mutant.original));
  });

  Deno.test(`${mutant.law} catches ${mutant.id} with every seed`, async () => {
    const law = laws.get(mutant.law)!;
    for (const seed of SEEDS) {
      const { verdict, reason, refutation } = await judge(law, mutant.subject, { seed });
      assertEquals(verdict, "refuted", `seed ${seed}: ${reason}`);
      // A mutant that merely crashes shows nothing about the law.
      assertEquals(refutation!.kind, "claim", refutation!.actual);
    }
  });
}

const gpu = await openDevice("webgpu").then(() => true, () => false);
// One for each law about devices, the first: their kernels take long to compile.
const judgedThere = allMutants.filter(({ law }, i) =>
  /^(engine|device)/.test(law) && allMutants.findIndex((other) => other.law === law) === i
);

for (const mutant of judgedThere) {
  Deno.test({
    name: `${mutant.law} catches ${mutant.id} on webgpu`,
    ignore: !gpu,
    async fn() {
      const law = laws.get(mutant.law)!;
      const { verdict, reason, refutation } = await judge(law, mutant.subject, {
        device: "webgpu",
      });
      assertEquals(verdict, "refuted", reason);
      assertEquals(refutation!.kind, "claim", refutation!.actual);
    },
  });
}

const originals = new Set<Subject>(allMutants.map(({ original }) => original));

for (const law of allLaws) {
  Deno.test(`${law.id} holds for the originals of all mutants`, async () => {
    let judged = 0;
    for (const original of originals) {
      if (lacks(law, examine(original), deviceInfo("cpu")) !== null) continue;
      judged++;
      for (const seed of SEEDS.slice(0, 2)) {
        const { verdict, reason, refutation } = await judge(law, original, { seed });
        const text = `${original.name}: ${reason ?? ""} ${JSON.stringify(refutation)}`;
        assertEquals(verdict, "held", text);
      }
    }
    assert(judged > 0, "no original to judge");
  });
}
