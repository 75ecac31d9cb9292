/**
 * How strong the laws are: which mutants each catches, how often and how soon, and whether any of
 * them raises a false alarm.
 *
 * @module
 */
import { deviceInfo } from "../../core/mod.ts";
import { examine, lacks } from "../examine.ts";
import type { Law } from "../law.ts";
import { judge } from "../runner.ts";
import type { Subject } from "../subject.ts";
import type { Mutant } from "./mutant.ts";

/** What came of judging one mutant by one law with several seeds. */
export interface Caught {
  /** The law's id. */
  readonly law: string;
  /** The mutant's id. */
  readonly mutant: string;
  /** With how many seeds the law's claim was refuted; a mutant that only threw does not count. */
  readonly caught: number;
  /** With how many seeds it was judged. */
  readonly seeds: number;
  /** The median of the cases up to the first refuted one; null if there was none. */
  readonly median: number | null;
}

/** What came of judging the originals, which nothing is wrong with. */
export interface Control {
  /** The law's id. */
  readonly law: string;
  /** How many cases were judged. */
  readonly runs: number;
  /** The subjects that were refuted or could not be judged: false alarms. */
  readonly alarms: readonly string[];
}

/**
 * Judges a mutant by a law with several seeds, on the CPU.
 *
 * @param law The law.
 * @param mutant The mutant.
 * @param seeds How many seeds.
 * @returns How often and how soon it was caught.
 */
export async function catches(law: Law, mutant: Mutant, seeds: number): Promise<Caught> {
  const found: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { refutation } = await judge(law, mutant.subject, { seed });
    if (refutation?.kind === "claim") found.push(refutation.found);
  }
  found.sort((a, b) => a - b);
  const median = found[Math.floor(found.length / 2)] ?? null;
  return { law: law.id, mutant: mutant.id, caught: found.length, seeds, median };
}

/**
 * Judges conforming subjects by a law, on the CPU.
 *
 * @param law The law.
 * @param subjects What is as it should be.
 * @param runs How many cases all in all, spread over the subjects that the law applies to.
 * @returns The false alarms.
 */
export async function control(
  law: Law,
  subjects: readonly Subject[],
  runs: number,
): Promise<Control> {
  const judged = subjects.filter((each) => lacks(law, examine(each), deviceInfo("cpu")) === null);
  const alarms: string[] = [];
  let total = 0;
  for (const [i, subject] of judged.entries()) {
    const result = await judge(law, subject, {
      seed: 1000 + i,
      runs: Math.ceil(runs / judged.length),
      milliseconds: 600_000,
    });
    total += result.runs;
    if (result.verdict !== "held") {
      alarms.push(`${subject.name}: ${result.reason ?? result.refutation?.what}`);
    }
  }
  return { law: law.id, runs: total, alarms };
}

/** `20/20 @1`: caught with 20 of 20 seeds, in the median by the first case. */
export function caughtText({ caught, seeds, median }: Caught): string {
  return median === null ? `${caught}/${seeds}` : `${caught}/${seeds} @${median}`;
}
