import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { allLaws } from "../props/laws/mod.ts";
import { allMutants } from "../props/mutants/mod.ts";
import { catches, caughtText, control } from "../props/mutants/matrix.ts";
import { lawsPage } from "./laws_page.ts";

const law = allLaws.find(({ id }) => id === "registration/buffers-not-parameters")!;
const mutant = allMutants.find((each) => each.law === law.id)!;

Deno.test("catches() counts the seeds and the cases that a mutant lives for", async () => {
  const found = await catches(law, mutant, 3);
  assertEquals(found, { law: law.id, mutant: mutant.id, caught: 3, seeds: 3, median: 1 });
  assertEquals(caughtText(found), "3/3 @1");
  const survives = { ...mutant, subject: mutant.original };
  assertEquals(caughtText(await catches(law, survives, 2)), "0/2");
});

Deno.test("control() tells a false alarm from none", async () => {
  assertEquals(await control(law, [mutant.original], 4), { law: law.id, runs: 4, alarms: [] });
  const { alarms } = await control(law, [mutant.subject], 1);
  assertEquals(alarms.length, 1);
});

Deno.test("lawsPage() has a row for each mutant, and one for the control", async () => {
  const controls = [await control(law, [mutant.original], 2)];
  const page = lawsPage([law], [mutant], {
    caught: [await catches(law, mutant, 1)],
    controls,
    also: new Map([[mutant.id, ["a/b"]]]),
  });
  assertStringIncludes(page, `| \`${mutant.id}\` | ${mutant.about} | 1/1 @1 | a/b |`);
  assertStringIncludes(page, "| nothing: the control, 2 cases | 0 |");
});

Deno.test("docs/laws.md tells of every law and mutant", async () => {
  const page = await Deno.readTextFile(new URL("../docs/laws.md", import.meta.url));
  for (const { id, claim } of allLaws) {
    assert(page.includes(`### ${id}\n\n${claim} (`), `${id}: run deno task mutants --all`);
  }
  for (const { id } of allMutants) {
    assert(page.includes(`| \`${id}\` |`), `${id}: run deno task mutants --all`);
  }
});
