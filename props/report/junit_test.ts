import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { XMLParser, XMLValidator } from "npm:fast-xml-parser@^5";
import { refutation, reportOf, resultOf } from "./fixtures/report.ts";
import { junit } from "./mod.ts";

const NAME = `<script>|"a&'`;
const expectation = { law: "save/identity", subject: "Dropout", reason: "It <draws>." };
const text = junit(reportOf([
  resultOf(),
  resultOf({ subject: NAME, refutation }),
  resultOf({ subject: "Slow", verdict: "unknown", reason: "time's up", case: { seed: 9 } }),
  resultOf({ subject: "Dropout", refutation, expectation }),
  resultOf({
    law: "engine/views",
    verdict: "not-applicable",
    lacks: "engine",
    reason: "no engine",
  }),
], {
  stale: [{ expectation, why: "its day has passed" }],
  absent: [{ name: "webgpu", reason: "no adapter", required: true }],
}));

type Element = Readonly<Record<string, string>> & { testcase: readonly Case[] };
interface Case extends Readonly<Record<string, string>> {}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  isArray: (name) => ["testsuite", "testcase", "property"].includes(name),
});
const { testsuites } = parser.parse(text);
const suites: readonly Element[] = testsuites.testsuite;
const cases = suites.flatMap(({ testcase }) => testcase);
const of = (name: string) => cases.filter((each) => name in each).length;

Deno.test("junit() is well-formed XML in which what XML reserves is escaped", () => {
  assertEquals(XMLValidator.validate(text), true);
  assert(!text.includes("<script>") && !text.includes("\u0000"));
  assertEquals(suites.map(({ name }) => name), ["Linear", NAME, "Slow", "Dropout", "gate"]);
});

Deno.test("junit() counts as many of each kind as there are elements", () => {
  const { tests, failures, errors, skipped } = testsuites;
  assertEquals([tests, failures, errors, skipped].map(Number), [
    cases.length,
    of("failure"),
    of("error"),
    of("skipped"),
  ]);
  assertEquals([of("failure"), of("error"), of("skipped")], [2, 2, 1]);
  for (const suite of suites) assertEquals(Number(suite.tests), suite.testcase.length);
});

Deno.test("junit() tells of a refutation with its place, seed, case and replay command", () => {
  const refuted = suites[1].testcase[0] as unknown as {
    classname: string;
    file: string;
    line: string;
    properties: { property: readonly { name: string; value: string }[] };
    failure: { message: string; type: string; "#text": string };
  };
  assertEquals(refuted.classname, "touchstone.save.identity");
  assertEquals([refuted.file, refuted.line], ["a,b.ts", "4"]);
  assertEquals(refuted.properties.property.map(({ name, value }) => [name, value]), [
    ["seed", "7"],
    ["case", `{"seed":1}`],
  ]);
  assertEquals(refuted.failure.message, "50% of it differs at w[0]");
  assertEquals(refuted.failure.type, "claim");
  assertStringIncludes(refuted.failure["#text"], "deno task conform --law save/identity");
});

Deno.test("junit() lets an expected refutation pass, and says why", () => {
  const [expected] = suites[3].testcase;
  assertEquals(expected["system-out"], "refuted, as expected: It <draws>.");
  assert(!("failure" in expected));
});
