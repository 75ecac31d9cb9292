import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { FileExistsError, init } from "./init.ts";

const ROOT = new URL("../", import.meta.url);
const PACKAGE = "jsr:@touchstone/touchstone";

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

Deno.test("init() makes the folder, and says what it wrote", async () => {
  await inFolder(async (folder) => {
    assertEquals(await init(`${folder}/new/`), [
      `${folder}/new/conform_subjects.ts`,
      `${folder}/new/.github/workflows/conform.yml`,
    ]);
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
