/**
 * Joining the reports of shards.
 *
 * @module
 */
import { makeReport } from "../gate.ts";
import type { Report, Result } from "../results.ts";
import { ReportError } from "./ndjson.ts";
import { unitId } from "./plan.ts";

/**
 * One report of what shards judged.
 *
 * @param reports The shards' reports, in any order.
 * @returns The report, and what is missing in it: the shards, or how many results; null if nothing.
 * @throws {ReportError} If they are of different plans, or contradict each other.
 *
 * @example
 * ```ts ignore
 * import { fromNdjson, merge, printReport } from "@touchstone/touchstone/props";
 *
 * const files = ["part-1.ndjson", "part-2.ndjson"];
 * const reports = files.map((file) => fromNdjson(Deno.readTextFileSync(file), file));
 * const { report, gap } = merge(reports);
 * console.log(printReport(report), gap ?? "nothing is missing");
 * ```
 */
export function merge(reports: readonly Report[]): { report: Report; gap: string | null } {
  const [first] = reports;
  if (first?.plan === undefined) throw new ReportError("There is no plan in the first report");
  const other = reports.find(({ plan }) => plan?.hash !== first.plan!.hash);
  if (other !== undefined) {
    throw new ReportError(
      `The reports are of different plans: ${first.plan.hash} and ${other.plan?.hash}`,
    );
  }
  const found = new Map<string, Result>();
  for (const result of reports.flatMap(({ results }) => results)) {
    const id = unitId(result);
    const before = found.get(id);
    if (before !== undefined && before.verdict !== result.verdict) {
      throw new ReportError(
        `${id} is ${before.verdict} in one report and ${result.verdict} in another`,
      );
    }
    if (before === undefined) found.set(id, result);
  }
  const order = (names: readonly string[], name: string) => names.indexOf(name);
  const laws = first.laws.map(({ id }) => id), subjects = first.subjects.map(({ name }) => name);
  const devices = first.devices.map(({ name }) => name);
  const results = [...found.values()].sort((a, b) =>
    order(laws, a.law) - order(laws, b.law) ||
    order(subjects, a.subject) - order(subjects, b.subject) ||
    order(devices, a.device) - order(devices, b.device)
  );
  const { schema: _schema, ok: _ok, counts: _counts, shard: _shard, ...rest } = first;
  const stale = new Map(
    reports.flatMap(({ stale }) => stale).map((each) => [JSON.stringify(each), each]),
  );
  const report = makeReport({
    ...rest,
    results,
    stale: [...stale.values()],
    ms: Math.max(...reports.map(({ ms }) => ms)),
  });
  return { report, gap: gapIn(reports, first.plan.size - results.length) };
}

function gapIn(reports: readonly Report[], missing: number): string | null {
  if (missing === 0) return null;
  const of = reports[0].shard?.of ?? 1;
  const there = new Set(reports.map(({ shard }) => shard?.index));
  const absent = Array.from({ length: of }, (_, i) => i + 1).filter((i) => !there.has(i));
  const shards = absent.length === 0 ? "" : `: shard ${absent.join(", ")} of ${of}`;
  return `${missing} results are missing${shards}`;
}
