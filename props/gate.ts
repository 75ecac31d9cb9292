/**
 * Judging many subjects by many laws.
 *
 * @module
 */
import type { DeviceName } from "../core/mod.ts";
import { DEVICES, openDevices } from "./devices.ts";
import type { Json, Law } from "./law.ts";
import { allLaws } from "./laws/mod.ts";
import { checkNames } from "./load_subjects.ts";
import type { Counts, Report, Result } from "./results.ts";
import { judge } from "./runner.ts";
import type { Subject } from "./subject.ts";

/** How to judge. */
export interface ConformOptions {
  /** Where, if it is there; every device by default. */
  devices?: readonly DeviceName[];
  /** Devices that are judged on too, and whose absence is an error; none by default. */
  requireDevices?: readonly DeviceName[];
  /** By what; every law by default. */
  laws?: readonly Law[];
  /** How many cases for each law, subject and device; what the law says by default. */
  runs?: number;
  /** The master seed; 0 by default. */
  seed?: number;
  /** The time after which one result is given up as unknown. */
  milliseconds?: number;
  /** Judge exactly this case. */
  case?: Json;
  /** Is told of each result before it begins. */
  onStart?: (
    at: { law: Law; subject: Subject; device: DeviceName; done: number; all: number },
  ) => void;
}

/**
 * Judges subjects by laws on devices, one after the other: the random state is one for all. It opens
 * the devices; one that is not there is listed in the report.
 *
 * @param subjects What to judge.
 * @param options By what, where and how long.
 * @returns The report.
 * @throws {SubjectFileError} If two subjects have the same name.
 *
 * @example
 * ```ts
 * import * as nn from "@touchstone/touchstone/nn";
 * import { conform, subject } from "@touchstone/touchstone/props";
 * import { assertEquals } from "@std/assert";
 *
 * const report = await conform([subject("Linear", () => new nn.Linear(3, 2))], { runs: 2 });
 * assertEquals([report.counts.refuted, report.counts.unknown], [0, 0]);
 * ```
 */
export async function conform(
  subjects: readonly Subject[],
  options: ConformOptions = {},
): Promise<Report> {
  const { laws = allLaws, seed = 0, onStart, ...rest } = options;
  const { devices: wanted = DEVICES, requireDevices: required = [], ...how } = rest;
  checkNames(subjects);
  const started = performance.now();
  const { devices, absent } = await openDevices([...new Set([...wanted, ...required])], required);
  const results: Result[] = [];
  const all = devices.length * laws.length * subjects.length;
  for (const law of laws) {
    for (const subject of subjects) {
      for (const { name: device } of devices) {
        onStart?.({ law, subject, device, done: results.length, all });
        results.push(await judge(law, subject, { ...how, device, seed }));
      }
    }
  }
  return makeReport({
    seed,
    laws: laws.map(({ id, version, claim, source }) => ({ id, version, claim, source })),
    subjects: subjects.map(({ name }) => ({ name })),
    devices,
    absent,
    results,
    stale: [],
    ms: performance.now() - started,
  });
}

/**
 * A report of what was judged: counts it, and says whether it is good.
 *
 * @param judged Everything else that a report holds.
 * @returns The report.
 */
export function makeReport(judged: Omit<Report, "schema" | "ok" | "counts">): Report {
  const counts = count(judged.results);
  return { schema: 1, ok: exitCode({ ...judged, counts }) === 0, ...judged, counts };
}

function count(results: readonly Result[]): Counts {
  const of = (verdict: Result["verdict"]) =>
    results.filter((result) => result.verdict === verdict).length;
  const expected = results.filter(({ expectation }) => expectation !== undefined).length;
  return {
    held: of("held"),
    refuted: of("refuted") - expected,
    expected,
    unknown: of("unknown"),
    notApplicable: of("not-applicable"),
  };
}

/**
 * The exit code that a report means: 0 all held, 1 something was refuted or an expectation is stale,
 * 3 something is unknown or a required device is absent, 5 nothing was judged.
 */
export function exitCode(
  { counts, absent, stale }: Pick<Report, "counts" | "absent" | "stale">,
): 0 | 1 | 3 | 5 {
  if (counts.refuted > 0 || stale.length > 0) return 1;
  if (counts.unknown > 0 || absent.some(({ required }) => required)) return 3;
  return counts.held + counts.expected > 0 ? 0 : 5;
}
