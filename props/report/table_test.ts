import { assert, assertEquals, assertMatch } from "@std/assert";
import { painter } from "../paint.ts";
import type { Result } from "../results.ts";
import { refutation, reportOf, resultOf } from "./fixtures/report.ts";
import { table } from "./table.ts";

const rows = (...results: Result[]) => table(reportOf(results), 100, painter(false));
const cell = (...results: Result[]) =>
  rows(...results).find((line) => line.startsWith("  identity"))!.slice("  identity".length).trim()
    .split(/ {2,}/)[0].split(" ")[0];

Deno.test("table() puts the letter of the one device behind the sign that the others don't share", () => {
  const on = (device: Result["device"], fields: Partial<Result> = {}) =>
    resultOf({ device, ...fields });
  assertEquals(cell(on("cpu"), on("webgpu")), "✓");
  assertEquals(cell(on("cpu"), on("webgpu", { refutation })), "✗w");
  assertEquals(cell(on("cpu", { verdict: "unknown" }), on("webgpu")), "?c");
  assertEquals(cell(on("cpu"), on("reference", { refutation })), "✗r");
  assertEquals(
    cell(on("cpu"), on("reference", { refutation }), on("webgpu", { refutation })),
    "✗+",
  );
});

Deno.test("table() does not count a device to which the law does not apply as another outcome", () => {
  assertEquals(
    cell(resultOf({ verdict: "not-applicable" }), resultOf({ device: "webgpu", refutation })),
    "✗",
  );
});

Deno.test("table() explains the letters that it uses, and no others", () => {
  const lines = rows(resultOf(), resultOf({ device: "webgpu", refutation }));
  assertEquals(lines.at(-1), "w on webgpu alone");
  assert(!rows(resultOf(), resultOf({ device: "webgpu" })).join("\n").includes("alone"));
});

Deno.test("table() names the families that say nothing of the subjects instead of showing them", () => {
  const text = rows(resultOf(), resultOf({ law: "engine/views", verdict: "not-applicable" }))
    .join("\n");
  assertMatch(text, /nothing to say here: engine$/);
  assert(!text.includes("views"));
});
