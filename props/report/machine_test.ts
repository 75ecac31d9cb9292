import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report, Result } from "../results.ts";
import { githubAnnotations, githubSummary, junit } from "./mod.ts";

const refuted: Result = {
  law: "save/identity",
  subject: `<script>|"a`,
  device: "cpu",
  verdict: "refuted",
  refutation: {
    kind: "claim",
    what: "50% of it\u0000 differs",
    where: "w[0]",
    expected: "1",
    actual: "0",
    case: { seed: 1 },
    found: 1,
    shrinks: 0,
    nondeterministic: false,
  },
  runs: 1,
  comparisons: 1,
  exercised: {},
  seed: 7,
  ms: 5,
};

function reportOf(results: Result[]): Report {
  return {
    schema: 1,
    ok: false,
    seed: 0,
    laws: [{ id: "save/identity", version: 1, claim: "It is the same.", source: "PyTorch" }],
    subjects: [{ name: refuted.subject, file: `file://${Deno.cwd()}/a,b.ts`, line: 3 }],
    devices: [],
    absent: [],
    results,
    stale: [],
    counts: { held: 0, refuted: results.length, expected: 0, unknown: 0, notApplicable: 0 },
    ms: 5,
  };
}

Deno.test("junit() escapes what XML reserves and drops control characters", () => {
  const text = junit(reportOf([refuted]));
  assert(!text.includes("<script>") && !text.includes("\u0000"));
  assertStringIncludes(text, `classname="touchstone.save.identity"`);
  assertStringIncludes(text, `failure message="50% of it differs at w[0]" type="claim"`);
  assertStringIncludes(text, `file="a,b.ts" line="3"`);
});

Deno.test("githubAnnotations() gives nine and one for the rest, escaped", () => {
  const lines = githubAnnotations(reportOf(Array(12).fill(refuted))).split("\n");
  assertEquals(lines.length, 10);
  assert(lines[0].startsWith("::error file=a%2Cb.ts,line=3,title=save/identity%3A "));
  assertStringIncludes(lines[0], "50%25 of it");
  assertStringIncludes(lines[9], "And 3 more");
});

Deno.test("githubSummary() stays below GitHub's limit and says what was left out", () => {
  const text = githubSummary(reportOf(Array(3000).fill(refuted)));
  assert(new TextEncoder().encode(text).length < 910_000);
  assertStringIncludes(text, "more parts were left out");
  assert(!text.includes("| <script>"));
});
