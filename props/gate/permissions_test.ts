import { assertEquals } from "@std/assert";

const MODULE = new URL("./permissions.ts", import.meta.url).href;
const FOLDER = new URL(".", import.meta.url).pathname;
const FILE = "file:///elsewhere/models/subjects.ts";

/** What a gate with such flags, started in this folder, passes on. */
async function passedOn(...flags: string[]): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...flags, "-"],
    cwd: FOLDER,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const program = `import { permissionFlags } from ${JSON.stringify(MODULE)};
    console.log(JSON.stringify(permissionFlags(${JSON.stringify(FILE)})));`;
  await new Response(program).body!.pipeTo(child.stdin);
  return JSON.parse(new TextDecoder().decode((await child.output()).stdout));
}

Deno.test("permissionFlags() passes on everything, or each permission that is whole", async () => {
  assertEquals(await passedOn("-A"), ["-A"]);
  assertEquals(await passedOn("--allow-read", "--allow-net", "--allow-run=deno"), [
    "--no-prompt",
    "--allow-read",
    "--allow-net",
  ]);
});

Deno.test("permissionFlags() passes on the folders in question, and no other part", async () => {
  const flags = ["--allow-read=/elsewhere", `--allow-write=${FOLDER}`, "--allow-net=example.org"];
  assertEquals(await passedOn(...flags, "--allow-env=HOME"), [
    "--no-prompt",
    "--allow-read=/elsewhere/models/",
    `--allow-write=${FOLDER}`,
  ]);
});

Deno.test("permissionFlags() passes on nothing that has an exception", async () => {
  const flags = await passedOn("-A", "--deny-read=/elsewhere/secret", "--deny-net=example.org");
  assertEquals(flags, [
    "--no-prompt",
    "--allow-write",
    "--allow-env",
    "--allow-sys",
    "--allow-ffi",
    `--allow-read=${FOLDER},/elsewhere/models/`,
  ]);
  const denied = await passedOn("--allow-read", "--deny-read=/elsewhere/models/keys");
  assertEquals(denied, ["--no-prompt", `--allow-read=${FOLDER}`]);
});
