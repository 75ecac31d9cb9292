import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../results.ts";
import { refutation, reportOf, resultOf } from "./fixtures/report.ts";
import { githubAnnotations, githubSummary } from "./mod.ts";

const NAME = `<script>|"a`;
const refuted = (count: number, fields: Partial<Report> = {}) =>
  reportOf(Array(count).fill(resultOf({ subject: NAME, refutation })), fields);

Deno.test("githubAnnotations() gives nine and one for the rest, escaped", () => {
  const lines = githubAnnotations(refuted(12)).split("\n");
  assertEquals(lines.length, 10);
  assert(lines[0].startsWith("::error file=a%2Cb.ts,line=3,title=save/identity%3A "));
  assertStringIncludes(lines[0], "50%25 of it");
  assertStringIncludes(lines[9], "And 3 more");
});

Deno.test("githubAnnotations() says what is unknown, stale and absent, and nothing if all held", () => {
  const expectation = { law: "save/identity", subject: "Linear", reason: "known" };
  const report = reportOf(
    [resultOf({ verdict: "unknown", reason: "time was up", case: { seed: 9 } })],
    {
      stale: [{ expectation, why: "the law now holds" }],
      absent: [
        { name: "webgpu", reason: "no adapter", required: true },
        { name: "reference", reason: "not asked for", required: false },
      ],
    },
  );
  const lines = githubAnnotations(report).split("\n");
  assertEquals(lines.length, 3);
  assertStringIncludes(lines[0], `::unknown: time was up%0Acase {"seed":9}`);
  assertStringIncludes(lines[1], "::Remove this expectation: the law now holds");
  assertStringIncludes(lines[2], "::error title=webgpu::Required, and not there: no adapter");
  assertEquals(githubAnnotations(reportOf([resultOf()])), "");
});

Deno.test("githubSummary() stays below GitHub's limit and says what was left out", () => {
  const text = githubSummary(refuted(3000));
  assert(new TextEncoder().encode(text).length < 910_000);
  assertStringIncludes(text, "more parts were left out");
  assert(!text.includes("| <script>"));
});

Deno.test("githubSummary() has as many cells in each row as subjects and one for the law", () => {
  const text = githubSummary(reportOf([resultOf({ subject: NAME, refutation }), resultOf()]));
  const rows = text.split("\n").filter((line) => line.startsWith("|"));
  assertEquals(rows.map((row) => row.replaceAll("\\|", "").split("|").length - 2), [3, 3, 3]);
});
