import { assert, assertEquals } from "@std/assert";
import { CaseKeeper, makeCaseFile, NO_CASE, readLastCase } from "./last_case.ts";

Deno.test("readLastCase() reads the case that was kept last, and none after forget()", () => {
  const path = makeCaseFile()!;
  try {
    assertEquals(readLastCase(path), NO_CASE);
    const keeper = new CaseKeeper(path);
    for (const [i, json] of ['{"seed":1,"text":"a\\nb"}', '{"seed":2}', '"ö"'].entries()) {
      keeper.keep(json);
      assertEquals(readLastCase(path), { cases: i + 1, json, partner: null });
    }
    keeper.keepPartner("webgpu");
    assertEquals(readLastCase(path), { cases: 3, json: '"ö"', partner: "webgpu" });
    keeper.forget();
    assertEquals(readLastCase(path), NO_CASE);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("readLastCase() reads the last of many long cases, and a case that is half written not at all", () => {
  const path = makeCaseFile()!;
  try {
    const keeper = new CaseKeeper(path);
    const json = JSON.stringify("long ".repeat(4000));
    for (let cases = 1; cases <= 9; cases++) {
      keeper.keep(json);
      assertEquals(readLastCase(path), { cases, json, partner: null });
    }
    assert(Deno.statSync(path).size < 4 * json.length + 2 ** 16);
    Deno.writeTextFileSync(path, "10  {", { append: true });
    assertEquals(readLastCase(path).cases, 9);
  } finally {
    Deno.removeSync(path);
  }
});
