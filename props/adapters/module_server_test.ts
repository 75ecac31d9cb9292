import { assert, assertEquals } from "@std/assert";
import { deviceInfo, openDevice } from "../../core/mod.ts";
import { examine, lacks } from "../examine.ts";
import { subjectsOf } from "../load_subjects.ts";
import { allLaws } from "../laws/mod.ts";
import { allMutants } from "../mutants/mod.ts";
import { judge } from "../runner.ts";
import type { Subject } from "../subject.ts";
import { librarySubjects } from "./library.ts";
import * as mutants from "./testdata/all_mutants.ts";

/** The modules among the mutants by way of a server, by what they are here. */
async function served(): Promise<Map<Subject, Subject>> {
  const chosen = subjectsOf(mutants).map((subject, spec) => ({ subject, spec }))
    .filter(({ subject }) => subject.make !== null);
  const [server, file] = ["./module_server.ts", "./testdata/all_mutants.ts"].map((path) =>
    import.meta.resolve(path)
  );
  const remote = await librarySubjects(
    { command: [Deno.execPath(), "run", "-A", server, file] },
    chosen.map(({ subject, spec }) => {
      const { inputs } = examine(subject);
      const { name, claims } = subject;
      return { name, spec, claims, ...(inputs === null ? {} : { inputs }) };
    }),
  );
  return new Map(chosen.map(({ subject }, i) => [subject, remote[i]]));
}

await openDevice("cpu");
const portable = allLaws.filter(({ needs }) => needs.includes("instance"));

Deno.test("what is caught here is caught in another process", async () => {
  const subjects = await served();
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
