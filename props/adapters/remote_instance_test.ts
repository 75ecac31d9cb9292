import { assertEquals, assertRejects } from "@std/assert";
import type { Law } from "../law.ts";
import { allLaws } from "../laws/mod.ts";
import { judge } from "../runner.ts";
import { builtinSubjects } from "../subjects/builtin.ts";
import { examine } from "../examine.ts";
import type { Subject } from "../subject.ts";
import { librarySubjects } from "./library.ts";
import { ServerError } from "./server.ts";

const path = new URL("testdata/server.ts", import.meta.url).href;
const command = [Deno.execPath(), "run", "-A", "--no-check", "--quiet", path];

const JUDGED = ["Linear", "BatchNorm1d", "Dropout", "Tied weights"];
const here = builtinSubjects.filter(({ name }) => JUDGED.includes(name));

/** The same modules of this package, behind a server. */
function there(): Promise<Subject[]> {
  const modules = here.map((each) => ({
    name: each.name,
    spec: each.name,
    inputs: examine(each).inputs!,
    claims: { batchIndependent: each.claims.batchIndependent },
  }));
  return librarySubjects({ command }, modules);
}

Deno.test("a module that is judged through a server is judged as it is judged here", async () => {
  assertEquals(here.map(({ name }) => name).sort(), [...JUDGED].sort());
  const remote = await there();
  const alike = (law: Law, i: number) => {
    const [one, other] = [here[i], remote[i]].map((each) =>
      JSON.stringify(law.axes(examine(each)))
    );
    return one === other;
  };
  for (const law of allLaws.filter(({ needs }) => needs.includes("instance"))) {
    for (const [i, local] of here.entries()) {
      const options = { device: "cpu", runs: 4 } as const;
      const [one, other] = [await judge(law, local, options), await judge(law, remote[i], options)];
      // Some cases are for this package's devices alone.
      const facts = ({ verdict, runs, comparisons, lacks, reason }: typeof one) =>
        alike(law, i) ? { verdict, runs, comparisons, lacks, reason } : { verdict, lacks, reason };
      assertEquals(facts(other), facts(one), `${law.id}: ${local.name}`);
    }
  }
});

Deno.test("what throws in a server refutes totality", async () => {
  const [subject] = await there();
  const law = allLaws.find(({ id }) => id === "save/identity")!;
  const wrong = { seed: 1, specials: false, args: ["no tensor"] };
  const { verdict, refutation } = await judge(law, subject, { case: wrong });
  assertEquals([verdict, refutation?.kind, refutation?.what], [
    "refuted",
    "totality",
    "forward threw",
  ]);
});

Deno.test("librarySubjects() refuses a server of another protocol, and a program that is none", async () => {
  const other = { command: [...command, "hello"] };
  await assertRejects(() => librarySubjects(other, []), ServerError, "speaks protocol 3, not 2");
  await assertRejects(() => librarySubjects({ command: ["true"] }, []), ServerError, "exit code 0");
});
