import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { linspace, type Tensor } from "../../core/mod.ts";
import { Linear, Module } from "../../nn/mod.ts";
import { conform, type ConformOptions, exitCode } from "../gate.ts";
import { noUnregisteredState, saveIdentity } from "../laws/mod.ts";
import { printReport, quote } from "./mod.ts";
import { subject } from "../subject.ts";
import { refutation, reportOf, resultOf } from "./fixtures/report.ts";

class Scaled extends Module {
  lin = new Linear(4, 4);
  table = linspace(0, 1, 4);
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x).mul(this.table);
  }
}

const linear = subject("Linear", () => new Linear(4, 2));
const scaled = subject("it's scaled", () => new Scaled());
const options: ConformOptions = {
  laws: [noUnregisteredState, saveIdentity],
  devices: ["cpu", "reference"],
  runs: 6,
};

Deno.test("printReport() ends with the counts, and prints one row for each law", async () => {
  const report = await conform([linear], options);
  const lines = printReport(report).split("\n");
  assertEquals(lines.at(-1), "4 passed, 0 failed, 0 skipped");
  assert(lines.some((line) => /^ {2}no-unregistered-state +✓ +\d+ /.test(line)));
  assertEquals(exitCode(report), 0);
});

Deno.test("printReport() tells a refutation in less than 40 lines, with the command that replays it", async () => {
  const report = await conform([scaled], { ...options, laws: [noUnregisteredState] });
  const text = printReport(report, { command: "deno task conform models.ts" });
  assertStringIncludes(text, "at        this.table");
  assertStringIncludes(
    text,
    "✗ registration/no-unregistered-state  it's scaled on cpu and reference",
  );
  const replay = text.split("\n").find((line) => line.includes("replay"))!;
  assertStringIncludes(
    replay,
    "deno task conform models.ts --law registration/no-unregistered-state",
  );
  assertStringIncludes(replay, `--subject 'it'\\''s scaled' --device cpu --case '{"seed":`);
  assertEquals(text.split("\n").at(-1), "0 passed, 2 failed, 0 skipped");
  assert(text.split("\n").length < 40);
  assertEquals(exitCode(report), 1);
});

Deno.test("printReport() keeps to the width, but for what is to be copied", async () => {
  const many = Array.from(
    { length: 40 },
    (_, i) => subject(`Subject ${i}`, () => new Linear(4, 2)),
  );
  const report = await conform(many, { laws: [saveIdentity], runs: 1, devices: ["cpu"] });
  for (const width of [60, 72, 100, 140]) {
    const lines = printReport(report, { width }).split("\n");
    assert(lines.every((line) => line.length <= width), `${width}`);
  }
});

Deno.test("printReport() says why it is unknown, and in which case", () => {
  const unknown = { verdict: "unknown", reason: "time was up", case: { seed: 9 } } as const;
  const text = printReport(
    reportOf([resultOf(unknown), resultOf({ ...unknown, law: "save/sharing" })]),
  );
  assertStringIncludes(
    text,
    `? save/identity, save/sharing  Linear on cpu
    unknown   time was up
    case      {"seed":9}`,
  );
});

Deno.test("printReport() tells an expected refutation by its reason, and counts it as passed", () => {
  const expectation = {
    law: "save/identity",
    subject: "Linear",
    reason: "It is known.",
    link: "https://example.com/12",
    expires: "2027-01-31",
  };
  const lines = printReport(reportOf([resultOf({ refutation, expectation }), resultOf()]))
    .split("\n");
  const at = lines.indexOf("~ save/identity  Linear on cpu: expected (until 2027-01-31)");
  assertEquals(lines.slice(at + 1, at + 3), ["    It is known.", "    https://example.com/12"]);
  assert(!lines.some((line) => line.startsWith("✗")));
  assertEquals(lines.at(-1), "2 passed, 0 failed, 0 skipped");
});

Deno.test("printReport() says which expectations to remove, and why", () => {
  const expectation = { law: "save/identity", subject: "Linear", reason: "It is known." };
  const text = printReport(reportOf([resultOf()], {
    stale: [{ expectation, why: "the law now holds" }],
  }));
  assertStringIncludes(
    text,
    "! save/identity  Linear: remove this expectation\n    the law now holds",
  );
  assertStringIncludes(text, "1 expectation to remove");
});

Deno.test("printReport() uses colours only when it is told to", async () => {
  const report = await conform([linear], { ...options, devices: ["cpu"] });
  assert(!printReport(report).includes("\x1b"));
  assert(printReport(report, { colours: true }).includes("\x1b[32m✓"));
});

Deno.test("a report is plain data", async () => {
  const report = await conform([linear, scaled], { ...options, devices: ["cpu"] });
  assertEquals(JSON.parse(JSON.stringify(report)), report);
});

Deno.test("exitCode() is 1 for a refutation, else 3 for an unknown, else 5 if nothing was judged", () => {
  const of = (refuted: number, unknown: number, held: number) =>
    exitCode({
      counts: { refuted, unknown, held, expected: 0, notApplicable: 2 },
      absent: [],
      stale: [],
    });
  assertEquals([of(1, 1, 1), of(0, 1, 1), of(0, 0, 1), of(0, 0, 0)], [1, 3, 0, 5]);
});

Deno.test("exitCode() is 3 where a required device is absent and nothing is refuted", () => {
  const of = (refuted: number, required: boolean) =>
    exitCode({
      counts: { refuted, unknown: 0, held: 1, expected: 0, notApplicable: 0 },
      absent: [{ name: "webgpu", reason: "no adapter", required }],
      stale: [],
    });
  assertEquals([of(1, true), of(0, true), of(0, false)], [1, 3, 0]);
});

Deno.test("conform() refuses two subjects of one name", async () => {
  let message = "";
  await conform([linear, linear], options).catch((error) => message = error.message);
  assertEquals(message, 'Two subjects are named "Linear"');
});

Deno.test("quote() leaves plain words alone and protects all others", () => {
  assertEquals(quote("save/identity"), "save/identity");
  assertEquals(quote(`{"a":1}`), `'{"a":1}'`);
  assertEquals(quote("it's"), `'it'\\''s'`);
});
