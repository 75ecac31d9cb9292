/**
 * Runs every law against its mutants and against what is as it should be, and writes the result to
 * `docs/laws.md`.
 *
 *     deno task mutants [--seeds 20] [--runs 10000] [--law PATTERN] [--all] [--libraries]
 *
 * `--all` judges each mutant by every law, to show which others see it too, and other libraries by the
 * laws that can judge them; `--libraries` does only the latter. Exit code 1: a mutant survived a seed of
 * its law, a conforming subject was refuted, or a library otherwise than expected.
 */
import { parseArgs } from "node:util";
import { deviceInfo } from "../core/mod.ts";
import { examine, lacks } from "../props/examine.ts";
import { allLaws } from "../props/laws/mod.ts";
import { catches, type Caught, type Control, control } from "../props/mutants/matrix.ts";
import { allMutants } from "../props/mutants/mod.ts";
import { builtinSubjects } from "../props/subjects/builtin.ts";
import { lawsPage } from "./laws_page.ts";
import { judgeLibrary, LIBRARIES, librarySection, surprises, withLibraries } from "./libraries.ts";

const PAGE = new URL("../docs/laws.md", import.meta.url);
const { values } = parseArgs({
  args: Deno.args,
  options: {
    seeds: { type: "string", default: "20" },
    runs: { type: "string", default: "10000" },
    law: { type: "string", default: "" },
    all: { type: "boolean", default: false },
    libraries: { type: "boolean", default: false },
  },
});
const seeds = Number(values.seeds), runs = Number(values.runs);
const laws = allLaws.filter(({ id }) => id.includes(values.law));
const conforming = [...new Set([...builtinSubjects, ...allMutants.map((each) => each.original)])];
const caught: Caught[] = [];
const also = new Map<string, string[]>();
const controls: Control[] = [];

const sections = new Map<string, string>();
const surprising: string[] = [];
for (const library of values.all || values.libraries ? LIBRARIES : []) {
  const found = await judgeLibrary(library, allLaws);
  if (typeof found === "string") {
    console.error(`${library.name} is not judged, and its section stays: ${found}`);
    continue;
  }
  sections.set(library.name, librarySection(found));
  surprising.push(...surprises(found));
}
for (const surprise of surprising) console.log(surprise);
const former = await Deno.readTextFile(PAGE);
if (values.libraries) {
  await Deno.writeTextFile(PAGE, withLibraries(former, former, sections, allLaws));
  Deno.exit(surprising.length > 0 ? 1 : 0);
}

for (const [i, law] of laws.entries()) {
  const started = performance.now();
  for (const mutant of allMutants.filter((each) => each.law === law.id)) {
    caught.push(await catches(law, mutant, seeds));
  }
  const share = Math.ceil(runs / laws.length);
  controls.push(await control(law, conforming, share));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`${i + 1}/${laws.length} ${law.id} ${seconds} s`);
}
if (values.all) {
  for (const mutant of allMutants) {
    for (const law of laws) {
      const applies = lacks(law, examine(mutant.subject), deviceInfo("cpu")) === null;
      if (law.id === mutant.law || !applies) continue;
      const { caught } = await catches(law, mutant, 1);
      if (caught > 0) also.set(mutant.id, [...also.get(mutant.id) ?? [], law.id]);
    }
  }
}

const survived = caught.filter((each) => each.caught < each.seeds);
const alarms = controls.flatMap(({ law, alarms }) => alarms.map((each) => `${law}: ${each}`));
if (values.law === "") {
  const page = lawsPage(laws, allMutants, { caught, controls, also });
  await Deno.writeTextFile(PAGE, withLibraries(page, former, sections, allLaws));
}
for (const { law, mutant, caught, seeds } of survived) {
  console.log(`${mutant} survived ${law} with ${seeds - caught} of ${seeds} seeds`);
}
for (const alarm of alarms) console.log(`false alarm: ${alarm}`);
const total = controls.reduce((sum, { runs }) => sum + runs, 0);
console.log(
  `${laws.length} laws, ${
    caught.length - survived.length
  } of ${caught.length} mutants caught with every seed of ${seeds}; ${alarms.length} false alarms in ${total} cases`,
);
Deno.exit(survived.length + alarms.length + surprising.length > 0 ? 1 : 0);
