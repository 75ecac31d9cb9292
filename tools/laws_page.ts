import type { Law } from "../props/law.ts";
import { type Caught, caughtText, type Control } from "../props/mutants/matrix.ts";
import type { Mutant } from "../props/mutants/mod.ts";

/** What was measured for the page. */
export interface Measured {
  /** Each mutant by its law. */
  readonly caught: readonly Caught[];
  /** Each law over what is as it should be. */
  readonly controls: readonly Control[];
  /** Other laws that see a mutant too, by the mutant's id; empty where that was not looked at. */
  readonly also: ReadonlyMap<string, readonly string[]>;
}

/** The page about all laws: what each claims, why, and which mutants show that it can fail. */
export function lawsPage(
  laws: readonly Law[],
  mutants: readonly Mutant[],
  { caught, controls, also }: Measured,
): string {
  const total = controls.reduce((sum, { runs }) => sum + runs, 0);
  const alarms = controls.reduce((sum, { alarms }) => sum + alarms.length, 0);
  const lines = [
    "# The laws",
    "",
    "Written by `deno task mutants --all`; don't edit it.",
    "",
    `${laws.length} laws and ${mutants.length} mutants. A mutant is a module or an engine that was broken on purpose, most of them after a bug that was met (its link follows). \`20/20 @1\` says that the law refutes the mutant with 20 of 20 seeds, in the median by the first case. The control: ${total} cases over modules and engines that nothing is wrong with raised ${alarms} false alarm${
      alarms === 1 ? "" : "s"
    }.`,
  ];
  let family = "";
  for (const law of laws) {
    const [group, name] = law.id.split("/");
    if (group !== family) lines.push("", `## ${group}`);
    family = group;
    lines.push(
      "",
      `### ${group}/${name}`,
      "",
      `${law.claim} ([source](${law.source}); needs ${
        law.needs.join(", ")
      }; version ${law.version})`,
      "",
      "| mutant | what is wrong with it | caught | also caught by |",
      "| --- | --- | --- | --- |",
    );
    for (const mutant of mutants.filter((each) => each.law === law.id)) {
      const found = caught.find((each) => each.mutant === mutant.id);
      const thread = mutant.thread === undefined ? "" : ` ([thread](${mutant.thread}))`;
      const cells = [
        `\`${mutant.id}\``,
        `${mutant.about}${thread}`,
        found === undefined ? "" : caughtText(found),
        (also.get(mutant.id) ?? []).join(", "),
      ];
      lines.push(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
    }
    const check = controls.find((each) => each.law === law.id);
    if (check !== undefined) {
      lines.push(`| | nothing: the control, ${check.runs} cases | ${check.alarms.length} | |`);
    }
  }
  return lines.join("\n") + "\n";
}
