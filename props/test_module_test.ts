import { assertEquals, assertStringIncludes } from "@std/assert";
import { Linear } from "../nn/mod.ts";
import { evalDeterministic, positionBounded, saveIdentity } from "./laws/mod.ts";
import { subject } from "./subject.ts";
import { testModule } from "./test_module.ts";

testModule(subject("Linear", () => new Linear(3, 2)), {
  laws: [saveIdentity, evalDeterministic],
  runs: 3,
});

Deno.test("testModule() registers a test for each law and device, which fails with the refutation", async () => {
  const folder = await Deno.makeTempDir();
  const here = (path: string) => new URL(path, import.meta.url).href;
  await Deno.writeTextFile(
    `${folder}/bad_test.ts`,
    `import { Linear, Module } from "${here("../nn/mod.ts")}";
     import { modeReachesAll, positionBounded } from "${here("./laws/mod.ts")}";
     import { subject } from "${here("./subject.ts")}";
     import { testModule } from "${here("./test_module.ts")}";
     class Bad extends Module { layers = [new Linear(4, 4)]; }
     testModule(subject("Bad", () => new Bad()), { laws: [modeReachesAll, positionBounded] });`,
  );
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--no-check",
      "--retry=2",
      `--config=${new URL("../deno.json", import.meta.url).pathname}`,
      `${folder}/bad_test.ts`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(folder, { recursive: true });
  const out = new TextDecoder().decode(stdout);
  assertEquals(code, 1);
  assertStringIncludes(out, "mode/reaches-all: Bad on cpu ... FAILED");
  assertStringIncludes(out, `${positionBounded.id}: Bad on reference ... ignored`);
  assertStringIncludes(out, "at        this.layers[0] (Linear)");
  assertStringIncludes(out, "replay    deno task conform --law mode/reaches-all");
});

Deno.test("testModule() names the case of a subject that hangs, and the other tests run", async () => {
  const folder = await Deno.makeTempDir();
  const here = (path: string) => new URL(path, import.meta.url).href;
  await Deno.writeTextFile(
    `${folder}/hangs_test.ts`,
    `import { evalDeterministic, saveIdentity } from "${here("./laws/mod.ts")}";
     import { testModule } from "${here("./test_module.ts")}";
     import { hangs } from "${here("./testdata/hangs.ts")}";
     const laws = [evalDeterministic, saveIdentity];
     testModule(hangs, { laws, runs: 1, devices: ["cpu"], milliseconds: 100 });`,
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", `${folder}/hangs_test.ts`],
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(folder, { recursive: true });
  const out = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 1);
  assertStringIncludes(out, "mode/eval-deterministic: Hangs on cpu did not end; its case was {");
  assertStringIncludes(out, "save/identity: Hangs on cpu ...");
});
