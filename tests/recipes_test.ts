/** What docs/ci.md and action.yml tell CI to do, done here: their own scripts, in folders of their own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "npm:yaml@^2";
import config from "../deno.json" with { type: "json" };
import { fromNdjson } from "../props/gate/ndjson.ts";
import { ABSENT, type Finished, ROOT } from "./_support.ts";

const PUBLISHED = "jsr:@touchstone/touchstone/conform";
const DOCS = await Deno.readTextFile(new URL("docs/ci.md", ROOT));
const ACTION = parse(await Deno.readTextFile(new URL("action.yml", ROOT))) as {
  inputs: Record<string, { default: string }>;
  runs: { using: string; steps: Step[] };
};

interface Step {
  id?: string;
  uses?: string;
  if?: string;
  run?: string;
  shell?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
}
interface GithubJob {
  needs?: string;
  if?: string;
  strategy?: { "fail-fast": boolean; matrix: { shard: number[] } };
  steps: Step[];
}
interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, GithubJob>;
}
interface GitlabJob {
  parallel?: number;
  needs?: string[];
  when?: string;
  script: string[];
  artifacts: { when: string; paths: string[]; reports?: { junit: string } };
}
interface KubernetesJob {
  spec: {
    completionMode: string;
    completions: number;
    backoffLimitPerIndex: number;
    template: {
      spec: { restartPolicy: string; containers: { command: string[]; args: string[] }[] };
    };
  };
}

/** The blocks of a language in docs/ci.md. */
function blocks(language: string): string[] {
  return [...DOCS.matchAll(/^```(\w+)\n(.*?)^```/gms)]
    .filter(([, name]) => name === language).map(([, , text]) => text);
}

/** The command in docs/ci.md that stands on a line of its own. */
function commandWith(word: string): string {
  const found = [...DOCS.matchAll(/^ {4}(deno run .*)$/gm)].map(([, text]) => text)
    .filter((text) => text.split(" ").includes(word));
  assertEquals(found.length, 1, `${word}: ${found}`);
  return found[0];
}

const [USES, MATRIX, GITLAB, KUBERNETES] = blocks("yaml").map((text) => parse(text)) as [
  Workflow,
  Workflow,
  Record<string, GitlabJob>,
  KubernetesJob,
];
const [LOOP] = blocks("sh");

/** A script whose gate is this checkout's, and nothing else is changed. */
function ofCheckout(script: string): string {
  assertStringIncludes(script, PUBLISHED);
  return script.replaceAll(PUBLISHED, new URL("props/conform.ts", ROOT).href);
}

const url = (path: string) => JSON.stringify(new URL(path, ROOT));
const subjectsOf = (name: string, forward: string) =>
  `import type { Tensor } from ${url("mod.ts")};
import { Module } from ${url("nn/mod.ts")};
import { inputs, subject } from ${url("props/mod.ts")};

class ${name} extends Module {
  override forward(x: Tensor): Tensor {
    return ${forward};
  }
}
const options = { inputs: [inputs.tensor({ shape: [2], dtype: "int64" })] };
export const subjects = [subject("${name}", () => new ${name}(), options)];
`;
const GOOD = subjectsOf("Doubled", "x.add(x)");
const BAD = subjectsOf("DoubledInPlace", "this.training ? x.add_(x) : x.add(x)");
/** A subject that no law applies to. */
const SILENT = `export const subjects = [{
  name: "Silent",
  make: null,
  elsewhere: { library: "none", capabilities: new Set(), devices: ["cpu"], release: async () => {} },
  apart: null,
  inputs: null,
  claims: {},
}];
`;

/** Gives a new folder with a file of subjects, as a checkout has it. */
async function inProject(text: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/conform_subjects.ts`, text);
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs words in a folder, with this Deno as `deno`, and no adapter, as CI's machines have none. */
async function run(
  [command, ...args]: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Finished> {
  const deno = Deno.execPath().replace(/\/[^/]*$/, "");
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    stdin: "null",
    env: {
      NO_COLOR: "1",
      DENO_WEBGPU_BACKEND: ABSENT,
      PATH: `${deno}:${Deno.env.get("PATH")}`,
      ...env,
    },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** What GitHub's runner starts for a step: without `shell` it asks less of bash. */
function githubShell({ shell }: Step): string[] {
  return shell === "bash" ? ["bash", "--noprofile", "--norc", "-eo", "pipefail"] : ["bash", "-e"];
}

/** A step that ran: what it printed, and what it left in the files that GitHub gives it. */
interface Stepped extends Finished {
  output: string;
  summary: string;
}

/** The one step of a job or an action that has a script. */
function scripted(steps: Step[]): Step {
  const [step, ...more] = steps.filter(({ run }) => run !== undefined);
  assertEquals(more, []);
  return step;
}

/** Runs the script of a job, with its expressions filled in. */
function runJob(
  { steps }: GithubJob,
  folder: string,
  values: Record<string, string> = {},
): Promise<Stepped> {
  const step = scripted(steps);
  return runStep({ ...step, run: filled(ofCheckout(step.run!), values) }, folder);
}

/** Runs a script as GitHub does. */
async function runStep(
  step: Step,
  folder: string,
  env: Record<string, string> = {},
): Promise<Stepped> {
  const files = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${files}/script.sh`, step.run!);
    for (const name of ["output", "summary"]) await Deno.writeTextFile(`${files}/${name}`, "");
    const finished = await run([...githubShell(step), `${files}/script.sh`], folder, {
      GITHUB_ACTIONS: "true",
      GITHUB_OUTPUT: `${files}/output`,
      GITHUB_STEP_SUMMARY: `${files}/summary`,
      ...env,
    });
    const output = await Deno.readTextFile(`${files}/output`);
    return { ...finished, output, summary: await Deno.readTextFile(`${files}/summary`) };
  } finally {
    await Deno.remove(files, { recursive: true });
  }
}

/** Text with GitHub's expressions filled in; each must be known. */
function filled(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{\{ (.*?) \}\}/g, (_, name: string) => {
    assert(name in values, name);
    return values[name];
  });
}

/** The step of a job that uploads, which must do so also when the one before failed. */
function upload(steps: Step[]): Record<string, string> {
  const [step, ...more] = steps.filter(({ uses }) => uses?.startsWith("actions/upload-artifact@"));
  assertEquals([step.if, more], ["${{ !cancelled() }}", []]);
  return step.with!;
}

/** The files of a folder that patterns name; each must name one. */
function matching(folder: string, patterns: readonly string[]): string[] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  return patterns.flatMap((pattern) => {
    const parts = pattern.split("*").map((part) => part.replace(/[^\w-]/g, "\\$&"));
    const found = names.filter((name) => new RegExp(`^${parts.join(".*")}$`).test(name));
    assert(found.length > 0, `${pattern}: ${names}`);
    return found;
  });
}

async function copy(names: readonly string[], from: string, to: string): Promise<void> {
  for (const name of names) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
}

/** Does something for each item, two at a time: that is how many cores the smallest machines of CI have. */
async function each<T, R>(items: readonly T[], use: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await use(items[i]);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1)!;

/** The counts of one run without shards. */
const whole = (() => {
  let found: Promise<string> | undefined;
  return () => found ??= judgeWhole();
})();

async function judgeWhole(): Promise<string> {
  let line = "";
  await inProject(GOOD, async (folder) => {
    const command = ofCheckout(`deno run -A ${PUBLISHED} conform_subjects.ts`);
    const { code, stdout, stderr } = await run(command.split(" "), folder);
    assertEquals(code, 0, stdout + stderr);
    line = lastLine(stdout);
  });
  assert(/^[1-9]\d* passed, 0 failed, \d+ skipped$/.test(line), line);
  return line;
}

/** What a command that judged shards, or joined them, ended with. */
function assertCode({ code, stdout, stderr }: Finished, expected: number): void {
  assertEquals(code, expected, stdout + stderr);
}

/** The matrix: every shard in a checkout of its own, then the last job with what they uploaded. */
async function runMatrix(text: string): Promise<{ codes: number[]; merged: Stepped }> {
  const { judge, merge } = MATRIX.jobs;
  const download = merge.steps.find(({ uses }) => uses?.startsWith("actions/download-artifact@"))!;
  assertEquals(download.with, { pattern: "conform-*", "merge-multiple": true } as unknown);
  let merged: Stepped | undefined;
  let codes: number[] = [];
  await inProject(text, async (last) => {
    codes = await each(judge.strategy!.matrix.shard, async (shard) => {
      let code = -1;
      await inProject(text, async (folder) => {
        const fill = { "matrix.shard": String(shard) };
        code = (await runJob(judge, folder, fill)).code;
        const { name, path } = upload(judge.steps);
        assertEquals(filled(name, fill), `conform-${shard}`);
        await copy(matching(folder, [path]), folder, last);
      });
      return code;
    });
    merged = await runJob(merge, last);
    const { name, path } = upload(merge.steps);
    // Its own artifact is none of those that it downloads.
    assertEquals(name, "conform");
    assertEquals(matching(last, path.trim().split("\n")), ["conform.xml", "conform.html"]);
  });
  return { codes, merged: merged! };
}

Deno.test("docs/ci.md's matrix of GitHub judges what one run judges", async () => {
  const { permissions, jobs: { judge, merge } } = MATRIX;
  assertEquals(permissions, { contents: "read" });
  assertEquals(judge.strategy!["fail-fast"], false);
  // It runs though a shard failed.
  assertEquals([merge.needs, merge.if], ["judge", "${{ !cancelled() }}"]);
  const { codes, merged } = await runMatrix(GOOD);
  assertEquals(codes, judge.strategy!.matrix.shard.map(() => 0));
  assertCode(merged, 0);
  assertEquals(lastLine(merged.stdout), await whole());
  assertStringIncludes(merged.summary, "## ✅");
});

Deno.test("docs/ci.md's matrix of GitHub is red in a shard and in the last job if a law is refuted", async () => {
  const { codes, merged } = await runMatrix(BAD);
  assert(codes.includes(1), String(codes));
  assert(codes.every((code) => code === 0 || code === 1), String(codes));
  assertCode(merged, 1);
  assert(/^::error file=\S+\/conform_subjects\.ts,line=\d+,title=/m.test(merged.stdout));
  assertStringIncludes(merged.summary, "math/inputs-unchanged");
});

/** Runs the action with inputs that are green, and gives the files that it uploads. */
async function runAction(
  inputs: Record<string, string>,
  folder: string,
): Promise<Stepped & { artifact: string; files: string[] }> {
  for (const name of Object.keys(inputs)) assert(name in ACTION.inputs, name);
  const fill: Record<string, string> = {};
  for (const [name, { default: value }] of Object.entries(ACTION.inputs)) {
    fill[`inputs.${name}`] = inputs[name] ?? value;
  }
  fill["inputs.gate"] = ofCheckout(fill["inputs.gate"]);
  const { steps } = ACTION.runs;
  const judge = scripted(steps);
  assertEquals(judge.id, "judge");
  // An expression in the script would be run.
  assert(!judge.run!.includes("${{"));
  const env = Object.entries(judge.env!).map(([name, text]) => [name, filled(text, fill)]);
  const stepped = await runStep(judge, folder, Object.fromEntries(env));
  assertCode(stepped, 0);
  const [, artifact] = /^artifact=(.*)\n$/.exec(stepped.output)!;
  const { name, path } = upload(steps);
  const outputs = { "steps.judge.outputs.artifact": artifact };
  assertEquals(filled(name, outputs), artifact);
  return { ...stepped, artifact, files: matching(folder, [filled(path, outputs)]).sort() };
}

Deno.test("action.yml judges as docs/ci.md uses it", async () => {
  assertEquals(ACTION.runs.using, "composite");
  const step = USES.jobs.conform.steps.at(-1)!;
  assertEquals(step.uses, `OWNER/touchstone@v${config.version}`);
  await inProject(GOOD, async (folder) => {
    await Deno.writeTextFile(`${folder}/conform_expected.json`, "[]");
    const judged = await runAction(step.with!, folder);
    assertEquals(lastLine(judged.stdout), await whole());
    assertEquals(judged.files, ["conform.html", "conform.ndjson", "conform.xml"]);
    assertStringIncludes(judged.summary, "## ✅");
  });
});

Deno.test("action.yml takes lines with odd characters as words, and runs nothing in them", async () => {
  await inProject(GOOD, async (folder) => {
    const odd = "a  b' $(touch ran) `touch ran` ; touch ran & * # %41.ts";
    const expected = '$(touch ran); "a  b".json';
    await Deno.writeTextFile(`${folder}/${odd}`, GOOD.replaceAll("Doubled", "Odd"));
    await Deno.writeTextFile(`${folder}/${expected}`, "[]");
    const judged = await runAction({
      subjects: `conform_subjects.ts\n${odd}\n`,
      options: `--law=mode/*\n\n--seed=3\n--expect=${expected}\n`,
      shard: "2/3",
      artifact: "two words",
    }, folder);
    const name = "two words-2-of-3";
    assertEquals(judged.files, [`${name}.html`, `${name}.ndjson`, `${name}.xml`]);
    assertEquals(judged.artifact, name);
    const text = await Deno.readTextFile(`${folder}/${name}.ndjson`);
    const { seed, shard, subjects, laws } = fromNdjson(text, name);
    assertEquals([seed, shard], [3, { index: 2, of: 3 }]);
    assertEquals(subjects.map(({ name }) => name), ["Doubled", "Odd"]);
    assert(laws.every(({ id }) => id.startsWith("mode/")));
    const there = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(
      there.sort(),
      [...judged.files, "conform_subjects.ts", odd, expected].sort(),
    );
  });
});

/** Runs the items of a script of GitLab, as its runner does. */
function runGitlab(
  { script }: GitlabJob,
  folder: string,
  env: Record<string, string> = {},
): Promise<Finished> {
  const lines = script.map((line) => `${ofCheckout(line)}\n`).join("");
  return run(["bash", "-eo", "pipefail", "-c", lines], folder, { GITLAB_CI: "true", ...env });
}

/** GitLab's parallel jobs, each in a checkout of its own, then the last with their artifacts. */
async function runParallel(text: string): Promise<{ codes: number[]; merged: Finished }> {
  const { conform, "conform-merge": merge } = GITLAB;
  const nodes = Array.from({ length: conform.parallel! }, (_, i) => String(i + 1));
  let codes: number[] = [];
  let merged: Finished | undefined;
  await inProject(text, async (last) => {
    codes = await each(nodes, async (node) => {
      let code = -1;
      await inProject(text, async (folder) => {
        const env = { CI_NODE_INDEX: node, CI_NODE_TOTAL: String(nodes.length) };
        code = (await runGitlab(conform, folder, env)).code;
        matching(folder, [conform.artifacts.reports!.junit]);
        await copy(matching(folder, conform.artifacts.paths), folder, last);
      });
      return code;
    });
    merged = await runGitlab(merge, last);
    matching(last, merge.artifacts.paths);
  });
  return { codes, merged: merged! };
}

Deno.test("docs/ci.md's parallel jobs of GitLab judge what one run judges", async () => {
  const { conform, "conform-merge": merge } = GITLAB;
  assertEquals([conform.artifacts.when, merge.artifacts.when], ["always", "always"]);
  // It runs though a shard failed.
  assertEquals([merge.needs, merge.when], [["conform"], "always"]);
  const { codes, merged } = await runParallel(GOOD);
  assertEquals(codes, [0, 0, 0, 0]);
  assertCode(merged, 0);
  assertEquals(lastLine(merged.stdout), await whole());
});

Deno.test("docs/ci.md's shards may be empty, but not all of them", async () => {
  const { codes, merged } = await runParallel(SILENT);
  assertEquals(codes, [0, 0, 0, 0]);
  assertCode(merged, 5);
});

/** An argument of a container, with the variables that Kubernetes itself would fill in. */
function expanded(text: string, env: Record<string, string>): string {
  return text.replace(
    /\$\$|\$\(([^)]*)\)/g,
    (all, name?: string) => all === "$$" ? "$" : env[name!] ?? all,
  );
}

Deno.test("docs/ci.md's pods of Kubernetes judge what one run judges", async () => {
  const { completionMode, completions, backoffLimitPerIndex, template } = KUBERNETES.spec;
  // No shard is tried twice.
  assertEquals([completionMode, backoffLimitPerIndex], ["Indexed", 0]);
  assertEquals(template.spec.restartPolicy, "Never");
  const [{ command, args }, ...more] = template.spec.containers;
  assertEquals([command, args.length, more], [["sh", "-c"], 1, []]);
  assert(args[0].includes(`/${completions} `), args[0]);
  await inProject(GOOD, async (volume) => {
    const pods = Array.from({ length: completions }, (_, i) => String(i));
    const codes = await each(pods, async (pod) => {
      const env = { JOB_COMPLETION_INDEX: pod };
      return (await run([...command, expanded(ofCheckout(args[0]), env)], volume, env)).code;
    });
    assertEquals(codes, pods.map(() => 0));
    const merged = await run(["sh", "-c", ofCheckout(commandWith("merge"))], volume);
    assertCode(merged, 0);
    assertEquals(lastLine(merged.stdout), await whole());
    matching(volume, ["conform.html"]);
  });
});

Deno.test("docs/ci.md's loop of a shell judges what one run judges, and misses a shard left out", async () => {
  await inProject(GOOD, async (folder) => {
    const looped = await run(["sh", "-c", ofCheckout(LOOP)], folder);
    assertCode(looped, 0);
    assertEquals(lastLine(looped.stdout), await whole());
    await Deno.remove(`${folder}/conform-2.ndjson`);
    const merged = await run(["sh", "-c", ofCheckout(LOOP.trim().split("\n").at(-1)!)], folder);
    assertCode(merged, 3);
    assertStringIncludes(merged.stderr, "shard 2 of 3");
  });
});

Deno.test("the workflow that docs/ci.md's init writes judges what one run judges", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const wrote = await run(["sh", "-c", ofCheckout(commandWith("init"))], folder);
    assertCode(wrote, 0);
    const yaml = await Deno.readTextFile(`${folder}/.github/workflows/conform.yml`);
    const workflow = parse(yaml) as Workflow & { on: unknown };
    assertEquals(workflow.on, { push: { branches: ["main"] }, pull_request: null });
    assertEquals(workflow.permissions, { contents: "read" });
    assertStringIncludes(await Deno.readTextFile(`${folder}/conform_subjects.ts`), "subject(");
    await Deno.writeTextFile(`${folder}/conform_subjects.ts`, GOOD);
    const judged = await runJob(workflow.jobs.conform, folder);
    assertCode(judged, 0);
    assertEquals(lastLine(judged.stdout), await whole());
    assertStringIncludes(judged.summary, "## ✅");
    const { path } = upload(workflow.jobs.conform.steps);
    assertEquals(matching(folder, path.trim().split("\n")), ["conform.xml", "conform.html"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
