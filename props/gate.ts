/**
 * Judging many subjects by many laws.
 *
 * @module
 */
import type { DeviceInfo, DeviceName } from "../core/mod.ts";
import { type Absence, DEVICES, openDevices } from "./devices.ts";
import type { Json, Law } from "./law.ts";
import { allLaws } from "./laws/mod.ts";
import { judge, type Judgement } from "./runner.ts";
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
  /** The time after which one judgement is given up as unknown. */
  milliseconds?: number;
  /** Judge exactly this case. */
  case?: Json;
  /** Is told of each judgement before it begins. */
  onStart?: (
    at: { law: Law; subject: Subject; device: DeviceName; done: number; all: number },
  ) => void;
}

/** How many judgements came to what. */
export interface Counts {
  /** The law held. */
  held: number;
  /** The subject breaks the law. */
  refuted: number;
  /** It could not be judged. */
  unknown: number;
  /** The law says nothing about the subject. */
  notApplicable: number;
}

/** What came of judging. Plain data. */
export interface Report {
  /** The version of this format. */
  readonly schema: 1;
  /** The master seed. */
  readonly seed: number;
  /** The laws in order, with what a reader needs to know of them. */
  readonly laws: readonly Pick<Law, "id" | "version" | "claim" | "source">[];
  /** The subjects' names in order. */
  readonly subjects: readonly string[];
  /** The devices in order: their adapters, and whether those are software. */
  readonly devices: readonly DeviceInfo[];
  /** The devices that are not there. */
  readonly absent: readonly Absence[];
  /** Every verdict. */
  readonly judgements: readonly Judgement[];
  /** How many there are of each. */
  readonly counts: Counts;
  /** How long it took. */
  readonly milliseconds: number;
}

/**
 * Judges subjects by laws on devices, one after the other: the random state is one for all. It opens
 * the devices; one that is not there is listed in the report.
 *
 * @param subjects What to judge.
 * @param options By what, where and how long.
 * @returns The report.
 * @throws {TypeError} If two subjects have the same name.
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
  const names = subjects.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TypeError(`Two subjects are named "${twice}"`);
  const started = performance.now();
  const { devices, absent } = await openDevices([...new Set([...wanted, ...required])], required);
  const judgements: Judgement[] = [];
  const all = devices.length * laws.length * subjects.length;
  for (const law of laws) {
    for (const subject of subjects) {
      for (const { name: device } of devices) {
        onStart?.({ law, subject, device, done: judgements.length, all });
        judgements.push(await judge(law, subject, { ...how, device, seed }));
      }
    }
  }
  return {
    schema: 1,
    seed,
    laws: laws.map(({ id, version, claim, source }) => ({ id, version, claim, source })),
    subjects: names,
    devices,
    absent,
    judgements,
    counts: count(judgements),
    milliseconds: performance.now() - started,
  };
}

function count(judgements: readonly Judgement[]): Counts {
  const of = (verdict: Judgement["verdict"]) =>
    judgements.filter((judgement) => judgement.verdict === verdict).length;
  return {
    held: of("held"),
    refuted: of("refuted"),
    unknown: of("unknown"),
    notApplicable: of("not-applicable"),
  };
}

/**
 * The exit code that a report means: 0 all held, 1 something was refuted, 3 something is unknown or
 * a required device is absent, 5 nothing was judged.
 */
export function exitCode({ counts, absent }: Report): 0 | 1 | 3 | 5 {
  if (counts.refuted > 0) return 1;
  if (counts.unknown > 0 || absent.some(({ required }) => required)) return 3;
  return counts.held > 0 ? 0 : 5;
}
