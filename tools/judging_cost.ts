/**
 * What judging costs beside the checks: the start of a process that judges, and what the machinery
 * around each check takes of its time (drawing cases, counting, keeping the last case in its file).
 *
 *     deno run -A tools/judging_cost.ts [processes, 20 by default] [cases of each law, 400 by default]
 */
import { quantile } from "../bench/measure.ts";
import { deviceInfo } from "../core/mod.ts";
import { CaseKeeper, makeCaseFile } from "../props/gate/last_case.ts";
import { JudgingProcess } from "../props/gate/process.ts";
import { allLaws, builtinSubjects, judge, type Law, type Subject } from "../props/mod.ts";
import { examine, lacks } from "../props/examine.ts";

const [processes = 20, cases = 400] = Deno.args.map(Number);

const ms = (milliseconds: number) => `${milliseconds.toFixed(1)} ms`;

/** Starts processes in turns with empty programs. */
async function start(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const engine = new URL("../mod.ts", import.meta.url).href;
  const text = `import { nn } from ${JSON.stringify(engine)};
export class One extends nn.Linear {
  constructor() {
    super(3, 2);
  }
}`;
  const times: Record<"empty" | "listed" | "judged", number[]> = {
    empty: [],
    listed: [],
    judged: [],
  };
  try {
    await Deno.writeTextFile(`${folder}/empty.ts`, "");
    await Deno.writeTextFile(`${folder}/one.ts`, text);
    // The first run of each compiles TypeScript into Deno's cache, as the first run of any program.
    for (let run = -1; run < processes; run++) {
      const note = (name: keyof typeof times, since: number) => {
        if (run >= 0) times[name].push(performance.now() - since);
      };
      let began = performance.now();
      await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-config", "--no-lock", `${folder}/empty.ts`],
      }).output();
      note("empty", began);
      began = performance.now();
      const process = new JudgingProcess(`file://${folder}/one.ts`, {
        milliseconds: 30_000,
        memory: 2 ** 31,
      });
      await process.ready();
      note("listed", began);
      await process.judge({
        index: 0,
        subject: "One",
        law: "registration/names-resolve",
        devices: ["cpu"],
        device: "cpu",
        seed: 0,
        milliseconds: 30_000,
        runs: 1,
        examples: [],
      });
      note("judged", began);
      await process.end();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const empty = quantile(times.empty, 0.5);
  console.log(`an empty program: ${ms(empty)}`);
  for (
    const [name, what] of [["listed", "subjects listed"], ["judged", "first case judged"]] as const
  ) {
    const over = quantile(times[name], 0.5) - empty;
    console.log(
      `a judging process, until ${what}: ${ms(over)} more, ${
        (over / empty).toFixed(2)
      } times as much`,
    );
  }
}

/** A law that notes how long each check takes, and how long it is from one to the next. */
function timed(law: Law): { law: Law; checks: number[]; between: number[] } {
  const checks: number[] = [], between: number[] = [];
  let ended: number | null = null;
  const check: Law["check"] = async (context, testCase) => {
    const began = performance.now();
    if (ended !== null) between.push(began - ended);
    try {
      return await law.check(context, testCase);
    } finally {
      ended = performance.now();
      checks.push(ended - began);
    }
  };
  return { law: { ...law, check }, checks, between };
}

/** The small layer, or the first subject to which the law applies. */
function subjectFor(law: Law): Subject {
  const fits = (subject: Subject) => lacks(law, examine(subject), deviceInfo("cpu")) === null;
  const linear = builtinSubjects.find(({ name }) => name === "Linear")!;
  return [linear, ...builtinSubjects].find(fits) ?? linear;
}

/**
 * The median of the means over 32 at a time: cases are drawn as many at once, and now and then one is late
 * in a shared machine, or a collection falls into it.
 */
function typical(times: number[]): number {
  const means: number[] = [];
  for (let first = 0; first < times.length; first += 32) {
    const some = times.slice(first, first + 32);
    means.push(some.reduce((sum, time) => sum + time, 0) / some.length);
  }
  return quantile(means, 0.5);
}

/** What is between two checks of each law: alone, and where a process of the gate keeps each case in a file. */
async function machinery(): Promise<void> {
  const path = makeCaseFile()!;
  const keeper = new CaseKeeper(path);
  const keeping = {
    onDrawn: (cases: readonly unknown[]) => keeper.draw(cases),
    onCase: () => keeper.begin(),
  };
  const rows: { name: string; check: number; alone: number; kept: number }[] = [];
  for (const law of allLaws) {
    const subject = subjectFor(law);
    const figures = [];
    for (const told of [{}, keeping]) {
      const { law: watched, checks, between } = timed(law);
      await judge(watched, subject, { ...told, runs: cases, milliseconds: 120_000 });
      figures.push({ check: typical(checks), rest: typical(between) });
    }
    const [alone, kept] = figures;
    // What applies to no subject, or compares nothing, has no figures.
    if (!(alone.check > 0)) continue;
    const check = Math.min(alone.check, kept.check);
    rows.push({ name: `${law.id} | ${subject.name}`, check, alone: alone.rest, kept: kept.rest });
  }
  await Deno.remove(path);
  rows.sort((a, b) => b.kept / b.check - a.kept / a.check);
  console.log(
    "\n| law | subject | check, us | machinery, us | share | with the file, us | share |",
  );
  console.log("| --- | --- | --: | --: | --: | --: | --: |");
  for (const { name, check, alone, kept } of rows) {
    const columns = [alone, kept].flatMap((rest) => [
      (1000 * rest).toFixed(1),
      `${(100 * rest / check).toFixed(1)} %`,
    ]);
    console.log(`| ${name} | ${(1000 * check).toFixed(1)} | ${columns.join(" | ")} |`);
  }
  for (const [how, key] of [["alone", "alone"], ["with the file", "kept"]] as const) {
    const over = rows.filter((row) => row[key] > row.check / 10).length;
    const [rest, all] = [key, "check" as const].map((each) =>
      rows.reduce((sum, row) => sum + row[each], 0)
    );
    const share = (100 * rest / all).toFixed(1);
    console.log(
      `${how}: ${over} of ${rows.length} laws over 10 %; of all together it is ${share} %`,
    );
  }
}

if (processes > 0) await start();
await machinery();
