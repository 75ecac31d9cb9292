import { assert, assertEquals } from "@std/assert";
import { deviceInfo, openDevice } from "../../core/mod.ts";
import { examine, lacks } from "../examine.ts";
import { subjectsOf } from "../load_subjects.ts";
import { allLaws } from "../laws/mod.ts";
import { allMutants } from "../mutants/mod.ts";
import { judge } from "../runner.ts";
import { builtinSubjects } from "../subjects/builtin.ts";
import type { Subject } from "../subject.ts";
import { librarySubjects } from "./library.ts";
import * as mutants from "./testdata/all_mutants.ts";

const here = (file: string) => import.meta.resolve(file);

/** The modules of a file by way of a server, by their names here. */
async function served(file: string, local: readonly Subject[]): Promise<Map<Subject, Subject>> {
  const chosen = local.map((subject, spec) => ({ subject, spec }))
    .filter(({ subject }) => subject.make !== null);
  const remote = await librarySubjects(
    { command: [Deno.execPath(), "run", "-A", here("./module_server.ts"), here(file)] },
    chosen.map(({ subject: { name, claims }, subject, spec }) => ({
      name,
      spec,
      claims,
      ...(examine(subject).inputs === null ? {} : { inputs: examine(subject).inputs! }),
    })),
  );
  return new Map(chosen.map(({ subject }, i) => [subject, remote[i]]));
}

await openDevice("cpu");
const portable = allLaws.filter(({ needs }) => needs.includes("instance"));

Deno.test("what holds for a module here holds for it in another process", async () => {
  const subjects = await served("../subjects/builtin.ts", builtinSubjects);
  let judged = 0;
  for (const [local, remote] of subjects) {
    for (const law of portable) {
      const missing = lacks(law, examine(remote), deviceInfo("cpu"));
      if (missing !== null) continue;
      judged++;
      const { verdict, reason, refutation } = await judge(law, remote, { runs: 1 });
      assertEquals(verdict, "held", `${law.id}, ${local.name}: ${reason} ${refutation?.actual}`);
    }
  }
  assert(judged > 300, `${judged}`);
});

Deno.test("what is caught here is caught in another process", async () => {
  const subjects = await served("./testdata/all_mutants.ts", subjectsOf(mutants));
  let caught = 0;
  for (const mutant of allMutants) {
    const law = portable.find(({ id }) => id === mutant.law);
    const remote = subjects.get(mutant.subject);
    if (law === undefined || remote === undefined) continue;
    if (lacks(law, examine(remote), deviceInfo("cpu")) !== null) continue;
    const { verdict, reason, refutation } = await judge(law, remote, { seed: 1 });
    assertEquals(verdict, "refuted", `${law.id}, ${mutant.id}: ${reason}`);
    assertEquals(refutation!.kind, "claim", `${mutant.id}: ${refutation!.actual}`);
    caught++;
  }
  assert(caught > 70, `${caught}`);
});
