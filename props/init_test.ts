import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parse } from "npm:yaml@^2";
import config from "../deno.json" with { type: "json" };
import { parseArgs } from "./cli_options.ts";
import { FileExistsError, init } from "./init.ts";

const ROOT = new URL("../", import.meta.url);
const PACKAGE = "jsr:@touchstone/touchstone";

interface Step {
  uses?: string;
  run?: string;
  shell?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
}
interface Workflow {
  on: unknown;
  jobs: Record<
    string,
    { steps: Step[]; needs?: string; strategy?: { matrix: { shard: number[] } } }
  >;
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(
  command: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
    ...options,
    env: { NO_COLOR: "1", ...options.env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** The blocks of YAML in the documentation of CI. */
async function documented<T>(): Promise<T[]> {
  const text = await Deno.readTextFile(new URL("docs/ci.md", ROOT));
  return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml]) => parse(yaml) as T);
}

/** Runs a shell script with a stand-in for Deno that prints each of its words on a line. */
async function words(script: string, env: Record<string, string>, shell = "sh"): Promise<string[]> {
  const standIn = `deno() { printf '%s\\n' "$@"; }\n`;
  const { code, out, err } = await run(shell, ["-ec", standIn + script], { env });
  assertEquals([code, err], [0, ""]);
  return out.trimEnd().split("\n");
}

Deno.test("init() writes subjects that every law can judge, and no law refutes", async () => {
  await inFolder(async (folder) => {
    const [subjects] = await init(folder);
    // The package stands for itself as it is published.
    const published = Object.entries(config.exports).map(([name, file]) =>
      [PACKAGE + name.slice(1), new URL(file, ROOT).href] as const
    );
    const { compilerOptions, imports } = config;
    const absolute = Object.entries(imports).map(([name, to]) =>
      [name, to.startsWith("./") ? new URL(to, ROOT).href : to] as const
    );
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ compilerOptions, imports: Object.fromEntries([...absolute, ...published]) }),
    );
    const own = ["--no-lock", `--config=${folder}/deno.json`];
    const checked = await run(Deno.execPath(), ["check", "-q", ...own, subjects]);
    assertEquals([checked.code, checked.err], [0, ""]);
    const gate = new URL("conform.ts", import.meta.url).href;
    const judged = await run(
      Deno.execPath(),
      ["run", "-A", "-q", ...own, gate, subjects, "--device=cpu", "--runs=2"],
    );
    assertEquals(judged.code, 0);
    assertStringIncludes(judged.out, "┌ Classifier");
    assert(/\n[1-9]\d* passed, 0 failed, \d+ skipped\n$/.test(judged.out), judged.out);
  });
});

Deno.test("init() writes a workflow that judges those subjects and keeps the reports", async () => {
  await inFolder(async (folder) => {
    const [subjects, workflow] = await init(`${folder}/new/`);
    assertEquals(subjects, `${folder}/new/conform_subjects.ts`);
    assertEquals(workflow, `${folder}/new/.github/workflows/conform.yml`);
    const { on, jobs } = parse(await Deno.readTextFile(workflow)) as Workflow;
    assertEquals(on, { push: { branches: ["main"] }, pull_request: null });
    const { steps } = jobs.conform;
    const { run: judge } = steps.find((step) => step.run !== undefined)!;
    const [deno, all, gate, ...args] = await words(judge!, {});
    assertEquals([deno, all, gate], ["run", "-A", `${PACKAGE}/conform`]);
    const { places, github, junit, html } = parseArgs(args);
    assertEquals([places, github], [["conform_subjects.ts"], true]);
    assertEquals([junit, html], ["conform.xml", "conform.html"]);
    assertEquals(steps.at(-1)!.with!.path, "conform.xml\nconform.html\n");
  });
});

Deno.test("init() overwrites nothing, and writes nothing if one of its files is there", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/conform_subjects.ts`, "mine");
    const error = await assertRejects(() => init(folder), FileExistsError);
    assertEquals(
      error.message,
      `${folder}/conform_subjects.ts is there already: nothing was written`,
    );
    assertEquals(await Deno.readTextFile(`${folder}/conform_subjects.ts`), "mine");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["conform_subjects.ts"]);
  });
});

Deno.test("action.yml passes its inputs on as words, and runs nothing that is in them", async () => {
  const action = parse(await Deno.readTextFile(new URL("action.yml", ROOT)));
  assertEquals(action.runs.using, "composite");
  const step: Step = action.runs.steps.find(({ run }: Step) => run !== undefined);
  assertEquals(step.shell, "bash");
  assert(!step.run!.includes("${{"));
  const output = await Deno.makeTempFile();
  try {
    const env = {
      SUBJECTS: "a b.ts\n$(touch x).ts\n",
      OPTIONS: "--law=save/*\n\n--seed=3",
      SHARD: "2/4",
      GATE: action.inputs.gate.default,
      ARTIFACT: action.inputs.artifact.default,
    };
    assertEquals(Object.keys(step.env!), Object.keys(env));
    assertEquals(await words(step.run!, { ...env, GITHUB_OUTPUT: output }, "bash"), [
      "run",
      "-A",
      `${PACKAGE}/conform`,
      "a b.ts",
      "$(touch x).ts",
      "--law=save/*",
      "--seed=3",
      "--shard=2/4",
      "--github",
      "--junit=conform-2-of-4.xml",
      "--json=conform-2-of-4.ndjson",
      "--html=conform-2-of-4.html",
    ]);
    assertEquals(await Deno.readTextFile(output), "artifact=conform-2-of-4\n");
  } finally {
    await Deno.remove(output);
  }
});

Deno.test("docs/ci.md gives the action only inputs that it has", async () => {
  const { inputs } = parse(await Deno.readTextFile(new URL("action.yml", ROOT)));
  const [{ jobs }] = await documented<Workflow>();
  const step = jobs.conform.steps.at(-1)!;
  assertStringIncludes(step.uses!, "/touchstone@");
  for (const input of Object.keys(step.with!)) assert(input in inputs, input);
});

Deno.test("docs/ci.md splits a matrix of GitHub into as many shards as it has jobs", async () => {
  const [, { jobs: { judge, merge } }] = await documented<Workflow>();
  const { shard } = judge.strategy!.matrix;
  assertEquals(shard, shard.map((_, i) => i + 1));
  const { run } = judge.steps.find((step) => step.run !== undefined)!;
  assertStringIncludes(run!, `--shard \${{ matrix.shard }}/${shard.length} `);
  assertEquals(merge.needs, "judge");
});

Deno.test("docs/ci.md counts GitLab's and Kubernetes's shards from 1", async () => {
  const [, , gitlab, kubernetes] = await documented<{
    conform: { script: string[] };
    spec: {
      completions: number;
      template: { spec: { containers: { command: string[]; args: string[] }[] } };
    };
  }>();
  const node = await words(gitlab.conform.script[0], { CI_NODE_INDEX: "1", CI_NODE_TOTAL: "4" });
  const { shard: first, places } = parseArgs(node.slice(3));
  assertEquals([first, places], [{ index: 1, of: 4 }, ["conform_subjects.ts"]]);
  const { completions, template } = kubernetes.spec;
  const [{ command, args }] = template.spec.containers;
  assertEquals(command, ["sh", "-c"]);
  for (const [index, shard] of [["0", "1/8"], [String(completions - 1), "8/8"]]) {
    const pod = await words(args[0], { JOB_COMPLETION_INDEX: index });
    const options = parseArgs(pod.slice(3));
    assertEquals(`${options.shard!.index}/${options.shard!.of}`, shard);
    assertEquals(options.json, `conform-${index}.ndjson`);
  }
});
