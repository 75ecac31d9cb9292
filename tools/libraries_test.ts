import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { allLaws } from "../props/laws/mod.ts";
import { refutation, resultOf } from "../props/report/fixtures/report.ts";
import { librarySection, portable, surprises, withLibraries } from "./libraries.ts";

const expectation = {
  law: "save/identity",
  subject: "*",
  reason: "it rounds",
  link: "https://example.org/1",
};
const results = [
  resultOf({ subject: "A", verdict: "held", runs: 3 }),
  resultOf({ subject: "B", refutation, runs: 2, expectation }),
  resultOf({ subject: "C", verdict: "not-applicable", lacks: "files", runs: 0 }),
];
const judged = { title: "PyTorch 1.2.3", subjects: ["A", "B", "C"], results, stale: [] };

Deno.test("librarySection() has a row for each law, with reasons and what is lacking", () => {
  const row =
    "| save/identity | 1 | 5 | 1 of 3: it rounds ([source](https://example.org/1)) | no files |";
  assertStringIncludes(librarySection(judged), row);
});

Deno.test("surprises() are what was refuted unexpectedly, unknown or stale", () => {
  assertEquals(surprises(judged), []);
  const unexpected = [
    resultOf({ refutation }),
    resultOf({ verdict: "unknown", reason: "it hung" }),
  ];
  assertEquals(surprises({ ...judged, results: unexpected, stale: ["gone"] }).length, 3);
});

Deno.test("withLibraries() replaces the section of what was judged, and keeps the others", () => {
  const page = "# The laws\n\ntext\n";
  const one = withLibraries(
    page,
    page,
    new Map([["PyTorch", "### PyTorch 1\n\nfirst\n"]]),
    allLaws,
  );
  assert(one.startsWith(page));
  assertStringIncludes(one, `\n## Other libraries\n\n${portable(allLaws).length} of the laws`);
  assertEquals(withLibraries("# The laws\n\ntext\n", one, new Map(), allLaws), one);
  assertEquals(withLibraries(one, one, new Map(), allLaws), one);
  const two = withLibraries(one, one, new Map([["PyTorch", "### PyTorch 2\n\nsecond\n"]]), allLaws);
  assertEquals(two, one.replace("PyTorch 1\n\nfirst", "PyTorch 2\n\nsecond"));
});
