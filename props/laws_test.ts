import { assert, assertEquals } from "@std/assert";
import { deviceInfo, openDevice } from "../core/mod.ts";
import { processesFor } from "./adapters/apart.ts";
import { examine, lacks } from "./examine.ts";
import { allLaws, devicesAgree, halfPrecisionAgrees } from "./laws/mod.ts";
import { testModule } from "./test_module.ts";
import { builtinSubjects } from "./subjects/builtin.ts";
import { subjects as digits } from "../examples/digits/subject.ts";

for (const each of [...builtinSubjects, ...digits]) testModule(each, { devices: ["cpu"] });

// A case for each value of each axis, and few subjects where each has many kernels to compile; the gate
// has all.
if (await openDevice("webgpu").then(() => true, () => false)) {
  for (const each of builtinSubjects) {
    const laws = ["Sequential", "Embeddings"].includes(each.name)
      ? allLaws
      : allLaws.filter((law) => law !== devicesAgree && law !== halfPrecisionAgrees);
    testModule(each, { devices: ["webgpu"], laws, runs: 1 });
  }
}

Deno.test("the laws have ids of their own, a claim that is a sentence, and a source", () => {
  assertEquals(new Set(allLaws.map(({ id }) => id)).size, allLaws.length);
  for (const { id, claim, source, needs, runs } of allLaws) {
    assert(/^[A-Z\w].*\.$/s.test(claim), id);
    assert(/^https:\/\//.test(source), id);
    assert(needs.length > 0 && runs > 0, id);
  }
});

Deno.test("every law applies to some built-in subject", () => {
  // As the gate has them, which knows their file.
  const apart = processesFor(import.meta.resolve("./subjects/builtin.ts"));
  const found = builtinSubjects.map((each, i) => ({ ...each, apart: apart(i) }));
  for (const law of allLaws) {
    const some = [...found, ...digits].some((each) =>
      lacks(law, examine(each), deviceInfo("cpu")) === null
    );
    assert(some, law.id);
  }
});

Deno.test("mod.ts and conform.ts import no mutant", async () => {
  for (const entry of ["./mod.ts", "./conform.ts"]) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", new URL(entry, import.meta.url).href],
    }).output();
    assert(!new TextDecoder().decode(stdout).includes("/props/mutants/"), entry);
  }
});
