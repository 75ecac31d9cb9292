import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Expectation, Report, Result } from "../results.ts";
import { command, GATE, gate, inFolder, judged, subject } from "../testdata/run_gate.ts";
import { readCase } from "./case_file.ts";
import { fromNdjson } from "./ndjson.ts";
import { unitId } from "./plan.ts";

const LAW = "mode/eval-deterministic";
const STATE = "registration/no-unregistered-state";

const verdicts = (results: readonly Result[]) =>
  Object.fromEntries(results.map((result) => [unitId(result), result.verdict]));

Deno.test("a subject that hangs is unknown with its case, and the others are judged", async () => {
  const { code, report } = await judged(subject("hangs"), `--law=${LAW}`, "--seconds=1");
  assertEquals(code, 3);
  assertEquals(verdicts(report.results), {
    [`${LAW}@Hangs@cpu`]: "unknown",
    [`${LAW}@Good@cpu`]: "held",
  });
  const hung = report.results.find(({ subject }) => subject === "Hangs")!;
  assertEquals(hung.cause, "hang");
  assert(hung.case !== undefined);
});

Deno.test("a hang tells the other device, and its replay names it", async () => {
  const law = "--law=device/round-trip";
  const { report } = await judged(subject("hangs_when_moved"), law, "--seconds=1");
  const [{ cause, partner, replay }] = report.results;
  assertEquals([cause, partner], ["hang", "reference"]);
  assertStringIncludes(replay!, "--device cpu --partner reference --case");
});

Deno.test("a subject that ends its process is unknown with its case and exit code", async () => {
  const { code, report } = await judged(subject("exits"), `--law=${LAW}`);
  const [{ verdict, cause, reason, case: testCase }] = report.results;
  assertEquals([code, verdict, cause], [3, "unknown", "crash"]);
  assertStringIncludes(reason!, "exit code 7");
  assert(testCase !== undefined);
});

Deno.test({
  name: "a subject that takes too much memory is unknown",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { code, report } = await judged(subject("eats_memory"), `--law=${LAW}`, "--memory=600");
    assertEquals([code, report.results[0].cause], [3, "memory"]);
  },
});

Deno.test("a subject may print what it likes", async () => {
  const { code, err } = await judged(subject("prints"), `--law=${LAW}`, "--runs=2");
  assertEquals(code, 0);
  assertStringIncludes(err, "no end of a line");
});

Deno.test("the process that lists a file is the first to judge it", async () => {
  const { err } = await judged(subject("prints"), `--law=${LAW}`, "--runs=1", "--jobs=1");
  assertEquals(err.match(/imported/g)?.length, 1);
});

Deno.test("a file that hangs at its import is unknown, one that throws is a mistake", async () => {
  const { code, report } = await judged(
    subject("hangs_at_import"),
    subject("exits"),
    "--law=registration/buffers-not-parameters",
    "--seconds=1",
    "--runs=1",
  );
  assertEquals(code, 3);
  assertEquals(report.results.map(({ subject, cause }) => [subject, cause]), [
    ["hangs_at_import.ts", "hang"],
    ["Exits", undefined],
  ]);
  const thrown = await gate(subject("throws_at_import"));
  assertEquals(thrown.code, 2);
  assertStringIncludes(thrown.err, "not today");
});

Deno.test("a recorded case is replayed from its file, and judged first in later runs", async () => {
  await inFolder(async (folder) => {
    const where = `--regressions=${folder}/cases`;
    const found = await gate(subject("keeps_state"), `--law=${STATE}`, where, "--record");
    assertEquals(found.code, 1);
    const file = `${folder}/cases/registration-no-unregistered-state.Bad.cpu.json`;
    const { law, subject: name } = await readCase(file);
    assertEquals([law, name], [STATE, "Bad"]);
    const again = await gate(subject("keeps_state"), "--replay", file);
    assertEquals(again.code, 1);
    assertStringIncludes(again.out, "0 passed, 1 failed");
    const first = await judged(subject("keeps_state"), `--law=${STATE}`, where);
    const { found: at, shrinks, nondeterministic } = first.report.results[0].refutation!;
    assertEquals([at, shrinks, nondeterministic], [1, 0, false]);
    await Deno.writeTextFile(file, "{}");
    assertEquals((await gate("--replay", file)).code, 2);
  });
});

Deno.test("an expected refutation passes; one that holds, has expired or matches nothing does not", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/expect.json`;
    const expecting = async (...expectations: Partial<Expectation>[]) => {
      const known = { law: STATE, subject: "Bad", reason: "a list of layers" };
      await Deno.writeTextFile(file, JSON.stringify(expectations.map((e) => ({ ...known, ...e }))));
      return await judged(
        subject("keeps_state"),
        `--law=${STATE}`,
        "--law=" + LAW,
        "--expect",
        file,
      );
    };
    assertEquals((await expecting({})).code, 0);
    for (
      const [expectation, why] of [
        [{ expires: "2020-01-31" }, "expired"],
        [{ law: "no/such" }, "matches nothing"],
        [{ law: LAW }, "now holds"],
      ] as const
    ) {
      const { code, report } = await expecting({}, expectation);
      assertEquals(code, 1);
      assertStringIncludes(report.stale[0].why, why);
    }
    await Deno.writeTextFile(file, "[{}]");
    const { code, err } = await gate(subject("keeps_state"), "--expect", file);
    assertEquals(code, 2);
    assertStringIncludes(err, 'expectation 1 needs a text "law"');
  });
});

Deno.test("--fail-fast stops at the first refutation: the rest is unknown, the code 1", async () => {
  const laws = [`--law=${STATE}`, `--law=${LAW}`];
  const { code, report } = await judged(subject("keeps_state"), ...laws, "--fail-fast", "--jobs=1");
  assertEquals(code, 1);
  assertEquals(report.results.map(({ verdict, cause }) => [verdict, cause]), [
    ["refuted", undefined],
    ["unknown", "interrupted"],
  ]);
  assertStringIncludes(report.results[1].reason!, "the run stopped at a refutation");
});

Deno.test("with nothing to judge the code is 5, or 0 with --allow-empty", async () => {
  const nothing = [subject("prints"), "--law=position/*"];
  assertEquals((await gate(...nothing)).code, 5);
  assertEquals((await gate(...nothing, "--allow-empty")).code, 0);
});

Deno.test("shards and jobs change nothing, and merge refuses gaps and other plans", async () => {
  await inFolder(async (folder) => {
    const args = [
      subject("hangs"),
      "--subject=Good",
      "--law=save/",
      "--law=mode/reaches",
      "--law=math/",
      "--law=registration/",
      "--runs=2",
    ];
    const all = await judged(...args, "--jobs=1");
    const shards = [`${folder}/1.ndjson`, `${folder}/2.ndjson`];
    for (const [i, file] of shards.entries()) {
      await gate(...args, `--shard=${i + 1}/2`, "--allow-empty", `--json=${file}`);
    }
    const join = async (...files: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", GATE, "merge", ...files, `--json=${folder}/all.ndjson`],
      }).output();
      return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
    };
    assertEquals((await join(...shards)).code, 0);
    const whole = fromNdjson(await Deno.readTextFile(`${folder}/all.ndjson`), "all");
    const plain = (report: Report) => report.results.map(({ ms: _, ...rest }) => rest);
    assertEquals(plain(whole), plain(all.report));
    const gap = await join(shards[0]);
    assertEquals(gap.code, 3);
    assertStringIncludes(gap.text, "shard 2 of 2");
    await gate(...args, "--seed=1", `--json=${folder}/other.ndjson`);
    const other = await join(shards[0], `${folder}/other.ndjson`);
    assertEquals(other.code, 2);
    assertStringIncludes(other.text, "different plans");
  });
});

Deno.test({
  name: "an interrupted run reports what it judged, and never passes",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const child = command([subject("hangs"), `--law=${LAW}`, "--seconds=60"]).spawn();
    const out = new Response(child.stdout).text();
    let err = "", hangs = false;
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      err += text;
      if (hangs || !err.includes("hangs from here on")) continue;
      hangs = true;
      child.kill("SIGINT");
    }
    assertEquals((await child.status).code, 130);
    assertStringIncludes(await out, "not judged: the run was interrupted");
  },
});

Deno.test("without --allow-run the gate judges in its own process, and says so", async () => {
  const { code, stdout } = await command([subject("prints"), `--law=${LAW}`, "--runs=1"], [
    "--no-prompt",
    "--allow-read",
  ]).output();
  assertEquals(code, 0);
  assertStringIncludes(new TextDecoder().decode(stdout), "judged in this process");
});

Deno.test("what judges may do what the gate may, and nothing else", async () => {
  const { code, stderr, stdout } = await command([subject("prints"), `--law=${LAW}`, "--runs=1"], [
    "--no-prompt",
    "--allow-read",
    `--allow-run=${Deno.execPath()}`,
  ]).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout));
});
