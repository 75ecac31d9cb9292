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

/** Judges by every law as a process of the gate does, and prints what the rest takes beside the checks. */
async function machinery(): Promise<void> {
  const path = makeCaseFile()!;
  const keeper = new CaseKeeper(path);
  const onCase = (testCase: unknown) => keeper.keep(JSON.stringify(testCase));
  const rows: { id: string; subject: string; check: number; rest: number }[] = [];
  for (const law of allLaws) {
    const subject = subjectFor(law);
    const { law: watched, checks, between } = timed(law);
    await judge(watched, subject, { onCase, runs: cases, milliseconds: 120_000 });
    if (between.length === 0) continue;
    // Most of the time one of them is late in a shared machine, or a collection falls into it.
    const [check, rest] = [checks, between].map((times) => quantile(times, 0.5));
    rows.push({ id: law.id, subject: subject.name, check, rest });
  }
  await Deno.remove(path);
  rows.sort((a, b) => b.rest / b.check - a.rest / a.check);
  console.log(
    "\n| law | subject | check, us | machinery, us | share |\n| --- | --- | --: | --: | --: |",
  );
  for (const { id, subject, check, rest } of rows) {
    const [a, b] = [check, rest].map((each) => (1000 * each).toFixed(1));
    console.log(`| ${id} | ${subject} | ${a} | ${b} | ${(100 * rest / check).toFixed(1)} % |`);
  }
  const over = rows.filter(({ check, rest }) => rest > check / 10).length;
  console.log(`\n${over} of ${rows.length} laws over 10 %`);
}

if (processes > 0) await start();
await machinery();
