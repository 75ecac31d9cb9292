import { assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT, runDeno } from "./_support.ts";
import config from "../deno.json" with { type: "json" };

/** Serves the project's files, sources as what they are. */
async function serve(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  try {
    const body = await Deno.readFile(new URL(`.${path}`, ROOT));
    const type = path.endsWith(".ts") ? "text/typescript" : "application/octet-stream";
    return new Response(body, { headers: { "content-type": type } });
  } catch {
    return new Response(null, { status: 404 });
  }
}

/** A cache folder that knows nothing of this project's files, only the packages already here. */
async function emptyCache(folder: string): Promise<string> {
  const { stdout } = await runDeno(["info", "--json"]);
  const { npmCache } = JSON.parse(stdout) as { npmCache: string };
  const cache = `${folder}/cache`;
  await Deno.mkdir(cache);
  if (await Deno.stat(npmCache).then(() => true, () => false)) {
    await Deno.symlink(npmCache, `${cache}/npm`, { type: "dir" });
  }
  return cache;
}

/** Runs a program that has no configuration, in a folder of its own. */
async function runOutside(
  program: (origin: string) => string,
  flags: readonly string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const folder = await Deno.makeTempDir();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, serve);
  const host = `127.0.0.1:${server.addr.port}`;
  await Deno.writeTextFile(`${folder}/program.ts`, program(`http://${host}`));
  const finished = await runDeno(
    [
      "run",
      "--no-prompt",
      "--no-lock",
      "--quiet",
      `--allow-import=${host}`,
      ...flags,
      "program.ts",
    ],
    { cwd: folder, env: { DENO_DIR: await emptyCache(folder) } },
  );
  await Deno.remove(folder, { recursive: true });
  return finished;
}

Deno.test("mod.ts computes when it is imported from a URL, with no configuration", async () => {
  const { code, stdout, stderr } = await runOutside((origin) =>
    `import { tensor } from "${origin}/mod.ts";
console.log(await tensor([[1, 2], [3, 4]]).matmul(tensor([[1], [10]])).tolist());
`
  );
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "[ [ 21 ], [ 43 ] ]\n", stderr: "" });
});

Deno.test("every export that is a library can be imported from a URL", async () => {
  const paths = Object.entries(config.exports).filter(([name]) => name !== "./conform");
  const { code, stdout, stderr } = await runOutside((origin) =>
    paths.map(([, path], i) =>
      `import * as m${i} from "${new URL(path, origin)}";
console.log(Object.keys(m${i}).length > 0);
`
    ).join("")
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(stdout, "true\n".repeat(paths.length));
});

Deno.test("the gate runs from a URL and judges a file of one, in a process of its own", async () => {
  const { code, stdout, stderr } = await runOutside(
    (origin) =>
      `import { main } from "${origin}/props/conform.ts";
const file = "${origin}/props/testdata/keeps_state.ts";
const law = "registration/no-unregistered-state";
Deno.exit(await main([file, "--law", law, "--device", "cpu"]));
`,
    ["--allow-read", `--allow-run=${Deno.execPath()}`],
  );
  assertEquals({ code, stderr }, { code: 1, stderr: "" });
  assertStringIncludes(stdout, "0 passed, 1 failed, 0 skipped");
  assertEquals(stdout.includes("judged in this process"), false);
});

Deno.test("a file that the URL does not have is told from one that it has", async () => {
  const { code, stderr } = await runOutside((origin) => `import "${origin}/no_such_file.ts";`);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "no_such_file.ts");
});
