import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deviceInfo, openDevice } from "../core/mod.ts";
import { choose, parseArgs } from "./cli_options.ts";
import { fromNdjson } from "./gate/ndjson.ts";

const GATE = new URL("./conform.ts", import.meta.url).href;
const CONFIG = new URL("../deno.json", import.meta.url);

interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** Runs the gate, on the devices that every system has unless told otherwise. */
function gate(...args: string[]): Promise<Outcome> {
  return gateWith({}, "--device=cpu", "--device=reference", ...args);
}

async function gateWith(env: Record<string, string>, ...args: string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      `--config=${CONFIG.pathname}`,
      GATE,
      ...args,
    ],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

async function withFile(
  text: string,
  use: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/models.ts`, text);
    await use(`${folder}/models.ts`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const NN = new URL("../nn/mod.ts", import.meta.url).href;
const GOOD =
  `import { Linear } from "${NN}"; export class Good extends Linear { constructor() { super(3, 2); } }`;
const BAD = `import { Linear, Module } from "${NN}";
export class Bad extends Module {
  layers = [new Linear(4, 4)];
  override forward(x: never) { return this.layers[0].forward(x); }
}`;

Deno.test("conform exits with 0 when every law holds, and ends with the counts", async () => {
  await withFile(GOOD, async (path) => {
    const { code, out, err } = await gate(path, "--runs", "2");
    assertEquals([code, err.replace(/^ *\d+ %: .*\n/gm, "")], [0, ""]);
    assert(/^\d+ passed, 0 failed, \d+ skipped$/.test(out.trimEnd().split("\n").at(-1)!));
  });
});

Deno.test("conform exits with 1 when a law is refuted, and its replay command refutes again", async () => {
  await withFile(BAD, async (path) => {
    const { code, out } = await gate(path, "--law", "no-unregistered-state");
    assertEquals(code, 1);
    assertStringIncludes(out, "this.layers[0].weight");
    const testCase = /--case '(.*)'/.exec(out)![1];
    const law = ["--law", "registration/no-unregistered-state", "--subject", "Bad"];
    const again = await gateWith({}, path, ...law, "--device", "cpu", "--case", testCase);
    assertEquals(again.code, 1);
    assertStringIncludes(again.out, "this.layers[0].weight");
    assertStringIncludes(again.out, "0 passed, 1 failed");
  });
});

Deno.test("conform exits with 2 for a wrong command line or file, and says what is wrong", async () => {
  const wrong: [string[], string][] = [
    [["--nonsense"], "Unknown option '--nonsense'"],
    [["--device", "abacus"], 'There is no device "abacus"'],
    [["no_such_file.ts"], "There is no file or folder no_such_file.ts"],
    [["--law", "save/nothing"], 'No law fits "save/nothing"'],
    [["--case", "{}"], "--case needs --law and --subject"],
  ];
  const outcomes = await Promise.all(wrong.map(([args]) => gate(...args)));
  outcomes.forEach(({ code, err }, i) => {
    assertEquals(code, 2, wrong[i][1]);
    assertStringIncludes(err, wrong[i][1]);
  });
  await withFile("export const nothing = 1;", async (path) => {
    const { code, err } = await gate(path);
    assertEquals(code, 2);
    assertStringIncludes(err, "gives nothing to judge");
  });
});

Deno.test("conform exits with 3 for what can't be judged, and says why", async () => {
  const unguessable = `import { Linear } from "${NN}";
export class Odd extends Linear {
  constructor() { super(3, 2); }
  override forward(x: never): never {
    if (!((x as unknown) instanceof Map)) throw new TypeError("a Map, please");
    return super.forward((x as Map<string, never>).get("x")!) as never;
  }
}`;
  await withFile(unguessable, async (path) => {
    const { code, out } = await gate(path, "--runs", "1");
    assertEquals(code, 3);
    assertStringIncludes(out, "no arguments for forward were given");
    assert(/^[1-9]\d* passed, [1-9]\d* failed, /.test(out.trimEnd().split("\n").at(-1)!));
  });
  await withFile(GOOD, async (path) => {
    const { code, out } = await gate(path, "--law", "save/identity", "--seconds", "1e-9");
    assertEquals(code, 3);
    assertStringIncludes(out, "stopped after 0 cases");
  });
});

Deno.test("conform exits with 5 when no law applies", async () => {
  const { code, out } = await gate("--law", "position/*", "--subject", "Linear");
  assertEquals(code, 5);
  assert(/\n0 passed, 0 failed, [1-9]\d* skipped\n$/.test(out));
});

/** A graphics interface that this system does not have, so that no adapter is found. */
const NO_ADAPTER = { DENO_WEBGPU_BACKEND: Deno.build.os === "windows" ? "metal" : "dx12" };
const QUICK = ["--law", "save/identity", "--runs", "1"];

Deno.test("conform says that WebGPU is not there and judges the rest, and fails if it is required", async () => {
  await withFile(GOOD, async (path, folder) => {
    const json = `${folder}/report.json`;
    const without = await gateWith(NO_ADAPTER, path, ...QUICK, "--json", json);
    assertEquals(without.code, 0);
    assertStringIncludes(without.out, "webgpu: not judged: There is no WebGPU adapter: ");
    assertStringIncludes(without.out, "2 passed, 0 failed");
    const report = fromNdjson(await Deno.readTextFile(json), json);
    assertEquals(report.devices.map(({ name }) => name), ["cpu", "reference"]);
    assertEquals(report.absent.map(({ name, required }) => [name, required]), [["webgpu", false]]);

    for (const name of ["webgpu", "gpu"]) {
      const required = await gateWith(NO_ADAPTER, path, ...QUICK, "--require-device", name);
      assertEquals(required.code, 3);
      assertStringIncludes(required.out, "webgpu: required, and not there: There is no WebGPU");
      assertStringIncludes(required.out, "2 passed, 0 failed");
    }
    const alone = await gateWith(NO_ADAPTER, path, ...QUICK, "--device", "webgpu");
    assertEquals(alone.code, 5);
    assertStringIncludes(alone.out, "webgpu: not judged: There is no WebGPU adapter: ");
  });
});

Deno.test("judge() calls what is to be judged on an absent device unknown, and says how to get one", async () => {
  const program = `import { judge, saveIdentity, subject } from "${new URL(
    "./mod.ts",
    import.meta.url,
  )}";
import { Linear } from "${NN}";
const made = subject("Linear", () => new Linear(3, 2));
console.log(JSON.stringify(await judge(saveIdentity, made, { device: "webgpu" })));`;
  await withFile(program, async (path) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", `--config=${CONFIG.pathname}`, path],
      env: NO_ADAPTER,
    }).output();
    const { verdict, reason } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(verdict, "unknown");
    assertStringIncludes(reason, "There is no WebGPU adapter: ");
  });
});

Deno.test({
  name: "conform opens WebGPU where there is an adapter, and says which it was",
  ignore: !await openDevice("webgpu").then(() => true, () => false),
  fn: () =>
    withFile(GOOD, async (path, folder) => {
      const json = `${folder}/report.json`;
      const { code, out } = await gateWith({}, path, ...QUICK, "--json", json);
      assertEquals(code, 0);
      const { description, software } = deviceInfo("webgpu");
      assertStringIncludes(out, `webgpu    ${description}${software ? ", software" : ""}`);
      assertStringIncludes(out, "3 passed, 0 failed");
      const report = fromNdjson(await Deno.readTextFile(json), json);
      assertEquals([report.devices.at(-1), report.absent], [deviceInfo("webgpu"), []]);
    }),
});

Deno.test("conform writes the report as JSON, lists the laws and prints help", async () => {
  await withFile(GOOD, async (path, folder) => {
    const { code } = await gate(
      path,
      "--law",
      "save/",
      "--runs",
      "1",
      "--json",
      `${folder}/report.json`,
    );
    assertEquals(code, 0);
    const report = fromNdjson(await Deno.readTextFile(`${folder}/report.json`), "the report");
    assertEquals([report.schema, report.subjects.map(({ name }) => name)], [1, ["Good"]]);
  });
  assertStringIncludes((await gate("--list")).out, "registration/no-unregistered-state");
  assertStringIncludes((await gate("--help")).out, "--case JSON");
});

Deno.test("conform judges what folders hold, but no tests", async () => {
  await withFile(GOOD, async (_path, folder) => {
    await Deno.writeTextFile(`${folder}/broken_test.ts`, "throw new Error();");
    const { code, out } = await gate(folder, "--law", "mode/reaches-all", "--runs", "1");
    assertEquals(code, 0);
    assertStringIncludes(out, "┌ Good");
  });
});

Deno.test("parseArgs() reads values after a space and after an equals sign", () => {
  const options = parseArgs([
    "a.ts",
    "--runs=3",
    "--seed=-4",
    "--law",
    "x",
    "--law=y",
    "--list",
  ]);
  assertEquals([options.places, options.runs, options.seed, options.laws, options.list], [
    ["a.ts"],
    3,
    -4,
    ["x", "y"],
    true,
  ]);
});

Deno.test("choose() takes the equal name, else what a pattern fits, else what contains it", () => {
  const names = ["save/identity", "save/identity-too", "mode/all"];
  assertEquals(choose("law", names, ["save/identity"]), ["save/identity"]);
  assertEquals(choose("law", names, ["save/*"]), ["save/identity", "save/identity-too"]);
  assertEquals(choose("law", names, ["ALL", "too"]), ["save/identity-too", "mode/all"]);
  assertEquals(choose("law", names, []), names);
});

Deno.test("conform init writes two files, and exits with 2 where one is there already", async () => {
  await withFile(GOOD, async (_, folder) => {
    const first = await gateWith({}, "init", folder);
    assertEquals(first.code, 0);
    assertStringIncludes(first.out, `wrote ${folder}/conform_subjects.ts\n`);
    const second = await gateWith({}, "init", folder);
    assertEquals(second.code, 2);
    assertStringIncludes(second.err, "there already: nothing was written");
  });
});
