import { assertEquals, assertThrows } from "@std/assert";
import { refutation, reportOf, resultOf } from "../report/fixtures/report.ts";
import type { Report, Result } from "../results.ts";
import { merge } from "./merge.ts";
import { ReportError } from "./ndjson.ts";

const cpu = resultOf();
const webgpu = resultOf({ device: "webgpu" });
const both = reportOf([cpu, webgpu]);

/** What a shard reports: laws, subjects and devices of all, results of its own. */
function shard(index: number, results: Result[], fields: Partial<Report> = {}): Report {
  const plan = { hash: "a", size: 2 };
  return { ...both, results, plan, shard: { index, of: 2 }, ...fields };
}

Deno.test("merge() joins shards in the order of the plan, whatever theirs is", () => {
  const { report, gap } = merge([shard(2, [webgpu], { ms: 9 }), shard(1, [cpu])]);
  assertEquals(report.results, [cpu, webgpu]);
  assertEquals([report.ok, report.counts.held, report.shard, report.ms, gap], [
    true,
    2,
    undefined,
    9,
    null,
  ]);
});

Deno.test("merge() names the shards that are missing, or how many results are", () => {
  assertEquals(merge([shard(1, [cpu])]).gap, "1 results are missing: shard 2 of 2");
  assertEquals(merge([shard(1, [cpu]), shard(2, [])]).gap, "1 results are missing");
});

Deno.test("merge() takes the same result twice once, and refuses two verdicts on one", () => {
  assertEquals(merge([shard(1, [cpu]), shard(1, [cpu]), shard(2, [webgpu])]).gap, null);
  const other = shard(2, [resultOf({ refutation })]);
  assertThrows(
    () => merge([shard(1, [cpu]), other]),
    ReportError,
    "save/identity@Linear@cpu is held in one report and refuted in another",
  );
});

Deno.test("merge() refuses reports of other plans, or of none", () => {
  const other = shard(2, [webgpu], { plan: { hash: "b", size: 2 } });
  assertThrows(() => merge([shard(1, [cpu]), other]), ReportError, "different plans: a and b");
  assertThrows(() => merge([both]), ReportError, "no plan in the first report");
  assertThrows(() => merge([]), ReportError, "no plan in the first report");
});

Deno.test("merge() keeps a stale expectation of every shard once", () => {
  const why = "the law now holds on cpu";
  const expectation = { law: cpu.law, subject: cpu.subject, reason: "it is so" };
  const stale = [{ expectation, why }];
  const { report } = merge([shard(1, [cpu], { stale }), shard(2, [webgpu], { stale })]);
  assertEquals([report.stale, report.ok], [stale, false]);
});
