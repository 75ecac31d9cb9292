/**
 * Runs every law against its mutants and against what is as it should be, and writes the result to
 * `docs/laws.md`.
 *
 *     deno task mutants [--seeds 20] [--runs 10000] [--law PATTERN] [--all]
 *
 * `--all` judges each mutant by every law, to show which others see it too. Exit code 1: a mutant
 * survived a seed of its law, or a conforming subject was refuted.
 */
import { parseArgs } from "node:util";
import { deviceInfo } from "../core/mod.ts";
import { examine, lacks } from "../props/examine.ts";
import { allLaws } from "../props/laws/mod.ts";
import { catches, type Caught, type Control, control } from "../props/mutants/matrix.ts";
import { allMutants } from "../props/mutants/mod.ts";
import { builtinSubjects } from "../props/subjects/builtin.ts";
import { lawsPage } from "./laws_page.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seeds: { type: "string", default: "20" },
    runs: { type: "string", default: "10000" },
    law: { type: "string", default: "" },
    all: { type: "boolean", default: false },
  },
});
const seeds = Number(values.seeds), runs = Number(values.runs);
const laws = allLaws.filter(({ id }) => id.includes(values.law));
const conforming = [...new Set([...builtinSubjects, ...allMutants.map((each) => each.original)])];
const caught: Caught[] = [];
const also = new Map<string, string[]>();
const controls: Control[] = [];

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
  await Deno.writeTextFile(new URL("../docs/laws.md", import.meta.url), page);
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
Deno.exit(survived.length + alarms.length > 0 ? 1 : 0);
