import { assertEquals, assertThrows } from "@std/assert";
import { refutation, reportOf, resultOf } from "../report/fixtures/report.ts";
import { fromNdjson, ReportError, toNdjson } from "./ndjson.ts";

const report = reportOf([resultOf(), resultOf({ device: "webgpu", refutation })]);

Deno.test("fromNdjson() gives what toNdjson() was given: a header, the results, a footer", () => {
  const text = toNdjson(report);
  assertEquals(
    text.trimEnd().split("\n").map((line) => JSON.parse(line).kind),
    ["header", "result", "result", "footer"],
  );
  assertEquals(fromNdjson(text, "f"), report);
});

Deno.test("fromNdjson() refuses what is no report, one without its end, and other versions", () => {
  const lines = toNdjson(report).trimEnd().split("\n");
  const wrong: [string, string][] = [
    ["", "f is no report"],
    ["nonsense", "f is no report"],
    ["{}", "does not begin with the header"],
    [lines.slice(1).join("\n"), "does not begin with the header"],
    [lines.slice(0, -1).join("\n"), "f has no end: its run was cut off"],
    [lines.join("\n").replace('"schema":1', '"schema":2'), "a report of schema 1"],
  ];
  for (const [text, message] of wrong) {
    assertThrows(() => fromNdjson(text, "f"), ReportError, message);
  }
});
