import { assert, assertEquals } from "@std/assert";
import { ROOT } from "./_support.ts";
import { LAYERS } from "../tools/import_rules.ts";
import config from "../deno.json" with { type: "json" };

function exists(path: string): Promise<boolean> {
  return Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

Deno.test("deno.std.json is deno.json but for where the assertions come from", async () => {
  const ours = await Deno.readTextFile(new URL("deno.json", ROOT));
  const std = await Deno.readTextFile(new URL("deno.std.json", ROOT));
  const line = '"@std/assert": "./std_assert/mod.ts"';
  assert(ours.includes(line));
  assertEquals(std, ours.replace(line, '"@std/assert": "jsr:@std/assert@^1"'));
});

Deno.test("deno.json exports the mod.ts of every folder, and nothing that is not there", async () => {
  const exported = Object.values(config.exports);
  for (const path of exported) assert(await exists(path), `${path} is exported but missing`);
  for (const layer of LAYERS.filter((layer) => layer !== "core")) {
    const path = `./${layer}/mod.ts`;
    if (await exists(path)) assert(exported.includes(path), `${path} is not exported`);
  }
});

/** Packages that check what this one writes, in tests alone. */
const TESTS_IMPORT = ["npm:ajv@8", "npm:fast-xml-parser@5", "npm:yaml@2"];

Deno.test("deno.lock names what deno.json and tests import, so that no command fetches the benchmarks' peers", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  // A caret range of a package is locked by its major version.
  const imported = Object.values(config.imports).map((name) => name.replace("^", ""));
  imported.push(...TESTS_IMPORT);
  const locked = Object.keys(lock.specifiers);
  assertEquals(locked.filter((name) => !imported.includes(name)), []);
});
