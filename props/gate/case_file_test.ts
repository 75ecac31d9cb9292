import { assert, assertEquals, assertRejects } from "@std/assert";
import { refutation, resultOf } from "../report/fixtures/report.ts";
import { inFolder } from "../testdata/run_gate.ts";
import {
  type CaseFile,
  CaseFileError,
  caseOf,
  readCase,
  readCases,
  regressionsOf,
  writeCase,
} from "./case_file.ts";

const found: CaseFile = {
  schema: 1,
  law: "save/identity",
  lawVersion: 1,
  subject: "A b/../c",
  file: "models.ts",
  device: "cpu",
  partner: "reference",
  seed: 3,
  case: { seed: 7 },
  touchstone: "0.1.0",
};

Deno.test("readCase() and readCases() read what writeCase() wrote, in the folder and nowhere else", async () => {
  await inFolder(async (path) => {
    const folder = new URL(`file://${path}/made/`);
    const file = await writeCase(folder, found);
    assert(file.href.startsWith(folder.href), file.href);
    assertEquals(await readCase(file), found);
    const other = { ...found, law: "device/agrees" };
    await writeCase(folder, other);
    assertEquals(await readCases(folder), [other, found]);
    assertEquals(await readCases(new URL("missing/", folder)), []);
  });
});

Deno.test("readCase() refuses what is no case, and names the file", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/case.json`;
    await assertRejects(() => readCase(file), CaseFileError, "case.json can't be read");
    for (
      const wrong of [
        "no JSON",
        "null",
        "{}",
        JSON.stringify({ ...found, schema: 2 }),
        JSON.stringify({ ...found, device: "abacus" }),
        JSON.stringify({ ...found, partner: "abacus" }),
        JSON.stringify({ ...found, case: undefined }),
      ]
    ) {
      await Deno.writeTextFile(file, wrong);
      await assertRejects(() => readCase(file), CaseFileError, "case.json");
    }
  });
});

Deno.test("caseOf() is the refuted case, else the one that did not end", () => {
  assertEquals(caseOf(resultOf({ refutation })), refutation.case);
  assertEquals(caseOf(resultOf({ verdict: "unknown", case: { seed: 2 } })), { seed: 2 });
  assertEquals(caseOf(resultOf()), null);
});

Deno.test("regressionsOf() is the folder beside a local file", () => {
  assertEquals(regressionsOf("file:///a/b.ts")!.href, "file:///a/regressions/");
  assertEquals(regressionsOf("https://example.com/b.ts"), null);
});
