import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Import, type ImportGraph, importProblems } from "./import_rules.ts";

const DOORS = new Set(["core/mod.ts", "nn/mod.ts", "props/mod.ts"]);

function imports(specifier: string, target: string | null, how: Partial<Import> = {}): Import {
  return { specifier, target, typeOnly: false, dynamic: false, ...how };
}

/** What the rules say of one file with one import. */
function problemOf(file: string, one: Import): string {
  const problems = importProblems(new Map([[file, [one]]]), DOORS);
  assert(problems.length <= 1);
  return problems[0] ?? "";
}

Deno.test("importProblems() lets a folder import the doors of those below it", () => {
  assertEquals(problemOf("nn/linear.ts", imports("../core/mod.ts", "core/mod.ts")), "");
  assertEquals(problemOf("core/cpu/a.ts", imports("../b.ts", "core/b.ts")), "");
  assertEquals(problemOf("mod.ts", imports("./nn/mod.ts", "nn/mod.ts")), "");
});

Deno.test("importProblems() finds an import that points up, be it of types alone", () => {
  for (const typeOnly of [false, true]) {
    assertStringIncludes(
      problemOf("core/a.ts", imports("../nn/mod.ts", "nn/mod.ts", { typeOnly })),
      "core is below nn",
    );
  }
  assertStringIncludes(
    problemOf("core/a.ts", imports("../nn/mod.ts", "nn/mod.ts", { dynamic: true })),
    "core is below nn",
  );
  assertStringIncludes(problemOf("nn/a.ts", imports("../mod.ts", "mod.ts")), "folders below it");
});

Deno.test("importProblems() finds an import of another folder's internals", () => {
  for (const typeOnly of [false, true]) {
    assertStringIncludes(
      problemOf("nn/a.ts", imports("../core/tensor.ts", "core/tensor.ts", { typeOnly })),
      "internals",
    );
  }
  assertStringIncludes(problemOf("mod.ts", imports("./core/a.ts", "core/a.ts")), "internals");
});

Deno.test("importProblems() finds a dependency where there may be none", () => {
  for (const file of ["mod.ts", "core/a.ts", "nn/a.ts", "serialize/a.ts"]) {
    assertStringIncludes(problemOf(file, imports("npm:x@^1", null)), "has no dependency");
    assertStringIncludes(problemOf(file, imports("node:fs", null)), "when it loads");
    assertEquals(problemOf(file, imports("node:fs", null, { dynamic: true })), "");
  }
});

Deno.test("importProblems() finds a package that is not named in full", () => {
  assertEquals(problemOf("props/a.ts", imports("npm:fast-check@^4", null)), "");
  assertEquals(problemOf("bench/a.ts", imports("npm:@a/b@1.2.3/sub", null)), "");
  assertEquals(problemOf("bench/a.ts", imports("node:os", null)), "");
  for (const specifier of ["fast-check", "npm:fast-check", "npm:@a/b", "https://a/b.ts"]) {
    assertStringIncludes(problemOf("props/a.ts", imports(specifier, null)), "in full");
  }
});

Deno.test("importProblems() finds circles, and lets types and import() close them", () => {
  const circle = (how: Partial<Import>): ImportGraph =>
    new Map([
      ["core/a.ts", [imports("./b.ts", "core/b.ts")]],
      ["core/b.ts", [imports("./c.ts", "core/c.ts")]],
      ["core/c.ts", [imports("./a.ts", "core/a.ts", how)]],
    ]);
  assertEquals(importProblems(circle({}), DOORS), [
    "Circular import: core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts",
  ]);
  assertEquals(importProblems(circle({ typeOnly: true }), DOORS), []);
  assertEquals(importProblems(circle({ dynamic: true }), DOORS), []);
});
