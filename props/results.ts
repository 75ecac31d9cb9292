/**
 * What comes of judging, as plain data: one result for each law, subject and device, and the report
 * that holds them all.
 *
 * @module
 */
import type { DeviceInfo, DeviceName } from "../core/mod.ts";
import type { Absence } from "./devices.ts";
import type { Capability, Findings, Json, Law } from "./law.ts";

/** What came of judging a subject by a law on a device. */
export type Verdict = "held" | "refuted" | "unknown" | "not-applicable";

/** A refutation with the case that brought it about. */
export interface Refuted extends Findings {
  /** Whether the law's claim is broken, or the subject threw. */
  readonly kind: "claim" | "totality";
  /** The smallest case found; `--case` replays it. */
  readonly case: Json;
  /** How many cases were judged until then. */
  readonly found: number;
  /** How often the case was made smaller. */
  readonly shrinks: number;
  /** Whether the same case, judged again, was not refuted or was refuted by something else. */
  readonly nondeterministic: boolean;
}

/**
 * What kept a subject from being judged: it did nothing for too long, its process ended, it took too
 * much memory, the run was stopped before, or roundings explain any answer in too many cases.
 */
export type Cause = "hang" | "crash" | "memory" | "interrupted" | "ill-conditioned";

/** A verdict, and what it rests on. */
export interface Result {
  /** The law's id. */
  readonly law: string;
  /** The subject's name. */
  readonly subject: string;
  /** The device's name. */
  readonly device: DeviceName;
  /** The other device, where the law moved modules between the two. */
  readonly partner?: DeviceName;
  /** The verdict. */
  readonly verdict: Verdict;
  /** Why it is unknown or not applicable. */
  readonly reason?: string;
  /** What kept it from being judged, where that is why it is unknown. */
  readonly cause?: Cause;
  /** The capability that is missing, where the law is not applicable. */
  readonly lacks?: Capability;
  /** What refutes it. */
  readonly refutation?: Refuted;
  /** The expectation that says that this refutation is known. */
  readonly expectation?: Expectation;
  /** The case that was being judged when the subject hung or crashed. */
  readonly case?: Json;
  /** The command that judges the case again: the one that was refuted, or that did not end. */
  readonly replay?: string;
  /** How many cases were judged. */
  readonly runs: number;
  /** How many comparisons were made in them. */
  readonly comparisons: number;
  /** What was exercised: per axis how often each value. */
  readonly exercised: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The seed of the cases, made from the master seed and what is judged. */
  readonly seed: number;
  /** How long it took. */
  readonly ms: number;
}

/** A refutation that is known and why: it does not fail the gate, and one that no longer comes does. */
export interface Expectation {
  /** The law's id. */
  readonly law: string;
  /** The subject's name, or `*` for each. */
  readonly subject: string;
  /** On which devices; on all by default. */
  readonly when?: { readonly device?: DeviceName };
  /** Why it is so. */
  readonly reason: string;
  /** Where it is tracked. */
  readonly link?: string;
  /** The last day, as `2027-01-31`, on which it counts. */
  readonly expires?: string;
  /** The case that is refuted, which is judged first. */
  readonly case?: Json;
}

/** An expectation that is to be removed, and why. */
export interface Stale {
  /** The expectation. */
  readonly expectation: Expectation;
  /** Why: it matches nothing, the law now holds, or its day has passed. */
  readonly why: string;
}

/** Who was judged. */
export interface SubjectInfo {
  /** The name. */
  readonly name: string;
  /** The URL of the file that exports it. */
  readonly file?: string;
  /** The line in it where the subject or its class begins, from 1. */
  readonly line?: number;
}

/** How many results came to what. */
export interface Counts {
  /** The law held. */
  held: number;
  /** The subject breaks the law. */
  refuted: number;
  /** The subject breaks the law, as an expectation says. */
  expected: number;
  /** It could not be judged. */
  unknown: number;
  /** The law says nothing about the subject. */
  notApplicable: number;
}

/** A part of a plan: shard 1 of 3, 2 of 3 and 3 of 3 make the whole. */
export interface Shard {
  /** Which part, from 1. */
  readonly index: number;
  /** How many parts there are. */
  readonly of: number;
}

/** What was to be judged, by a hash that is the same for each shard of a run. */
export interface Plan {
  /** The hash of everything that is to be judged, in all shards. */
  readonly hash: string;
  /** How many results there are in all shards. */
  readonly size: number;
}

/** What judged. */
export interface Versions {
  /** This package's version. */
  readonly touchstone: string;
  /** Deno's version. */
  readonly deno: string;
}

/** What came of judging. */
export interface Report {
  /** The version of this format. */
  readonly schema: 1;
  /** Whether every law held, as far as no expectation says otherwise. */
  readonly ok: boolean;
  /** The master seed. */
  readonly seed: number;
  /** What was to be judged, if the gate made a plan of it. */
  readonly plan?: Plan;
  /** Which part of it was judged, if not all. */
  readonly shard?: Shard;
  /** What judged. */
  readonly versions?: Versions;
  /** The laws in order, with what a reader needs to know of them. */
  readonly laws: readonly Pick<Law, "id" | "version" | "claim" | "source">[];
  /** The subjects in order. */
  readonly subjects: readonly SubjectInfo[];
  /** The devices in order: their adapters, and whether those are software. */
  readonly devices: readonly DeviceInfo[];
  /** The devices that are not there. */
  readonly absent: readonly Absence[];
  /** Every verdict. */
  readonly results: readonly Result[];
  /** Expectations to remove. */
  readonly stale: readonly Stale[];
  /** How many results there are of each kind. */
  readonly counts: Counts;
  /** How long it took. */
  readonly ms: number;
}
