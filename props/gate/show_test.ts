import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { command, finish, GATE, inFolder, judged, subject } from "../testdata/run_gate.ts";

const STATE = "registration/no-unregistered-state";

Deno.test("--junit and --html write files; --github annotates before the last line, and adds to the summary", async () => {
  await inFolder(async (folder) => {
    const summary = `${folder}/summary.md`;
    await Deno.writeTextFile(summary, "# before\n");
    const args = [subject("keeps_state"), `--law=${STATE}`, "--github"];
    const files = [`--junit=${folder}/report.xml`, `--html=${folder}/report.html`];
    const run = command([...args, ...files], ["-A"], {
      GITHUB_STEP_SUMMARY: summary,
    });
    const { code, out } = await finish(run);
    assertEquals(code, 1);
    const [annotation, last] = out.trimEnd().split("\n").slice(-2);
    assert(annotation.startsWith("::error file="), annotation);
    assertStringIncludes(annotation, "keeps_state.ts,line=4,");
    assertEquals(last, "0 passed, 1 failed, 0 skipped");
    assertStringIncludes(await Deno.readTextFile(`${folder}/report.xml`), "<failure ");
    const page = await Deno.readTextFile(`${folder}/report.html`);
    assertStringIncludes(page, "<title>1 refuted: Touchstone</title>");
    assertStringIncludes(page, "deno task conform ");
    const text = await Deno.readTextFile(summary);
    assert(text.startsWith("# before\n## ❌ 0 passed, 1 failed"), text);
  });
});

Deno.test("a refutation's replay is a command for the same files, device and other device", async () => {
  const law = "device/moves-all-registered";
  const { report } = await judged(subject("stays"), `--law=${law}`);
  const [{ replay, partner, refutation }] = report.results;
  assertEquals(partner, "reference");
  const start = `deno task conform ${subject("stays")} --law ${law} --subject Stays`;
  assert(replay!.startsWith(`${start} --device cpu --partner reference --case '{`), replay);
  const words = replay!.slice("deno task conform ".length);
  const again = await finish(
    new Deno.Command("sh", { args: ["-c", `deno run -A ${GATE} ${words}`] }),
  );
  assertEquals(again.code, 1);
  assertStringIncludes(again.out, refutation!.where);
});
