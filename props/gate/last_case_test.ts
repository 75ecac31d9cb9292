import { assert, assertEquals } from "@std/assert";
import { begunCase, CaseKeeper, makeCaseFile, NO_CASE, readLastCase } from "./last_case.ts";

/** What is read, in short. */
function read(path: string): unknown[] {
  const last = readLastCase(path);
  return [last.cases, begunCase(last), last.partner];
}

Deno.test("readLastCase() reads the case that began last, and none after forget()", () => {
  const path = makeCaseFile()!;
  try {
    assertEquals(readLastCase(path), NO_CASE);
    const keeper = new CaseKeeper(path);
    const cases = [{ seed: 1, text: "a\nb" }, { seed: 2 }, "ö"];
    keeper.draw(cases);
    assertEquals(read(path), [0, null, null]);
    for (const [i, each] of cases.entries()) {
      keeper.begin();
      assertEquals(read(path), [i + 1, each, null]);
    }
    keeper.keepPartner("webgpu");
    assertEquals(read(path), [3, "ö", "webgpu"]);
    keeper.draw(["more"]);
    assertEquals(read(path), [3, null, "webgpu"]);
    keeper.begin();
    assertEquals(read(path), [4, "more", "webgpu"]);
    keeper.forget();
    assertEquals(read(path), [0, null, null]);
    keeper.draw(["again"]);
    keeper.begin();
    assertEquals(read(path), [1, "again", null]);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("readLastCase() reads the last of many long cases, and cases that are half written not at all", () => {
  const path = makeCaseFile()!;
  try {
    const keeper = new CaseKeeper(path);
    const long = "long ".repeat(4000);
    for (let cases = 1; cases <= 9; cases++) {
      keeper.draw([long]);
      keeper.begin();
      assertEquals(read(path), [cases, long, null]);
    }
    assert(Deno.statSync(path).size < 4 * long.length + 2 ** 16);
    Deno.writeTextFileSync(path, "\n10  [{", { append: true });
    assertEquals(read(path), [9, long, null]);
  } finally {
    Deno.removeSync(path);
  }
});
