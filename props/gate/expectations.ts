/**
 * Refutations that are known: a file says which, why, and until when.
 *
 * @module
 */
import { DEVICES } from "../devices.ts";
import type { Expectation, Result, Stale } from "../results.ts";
import type { Unit } from "./plan.ts";

/** A file that holds no list of expectations. */
export class ExpectationError extends Error {
  /** The class's name, as printed before the message. */
  override name = "ExpectationError";
}

/**
 * Reads expectations from the text of a file.
 *
 * @param text JSON: a list of expectations.
 * @param file The file's name, for messages.
 * @returns The expectations.
 * @throws {ExpectationError} If it is something else.
 */
export function parseExpectations(text: string, file: string): Expectation[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new ExpectationError(`${file} is not JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(list)) throw new ExpectationError(`${file} holds no list`);
  list.forEach((each, i) => {
    const problem = problemOf(each);
    if (problem !== null) throw new ExpectationError(`${file}: expectation ${i + 1} ${problem}`);
  });
  return list;
}

const FIELDS = ["law", "subject", "when", "reason", "link", "expires", "case"];

function problemOf(each: unknown): string | null {
  if (typeof each !== "object" || each === null) return "is no object";
  const found = each as Record<string, unknown>;
  for (const name of ["law", "subject", "reason"]) {
    if (typeof found[name] !== "string" || found[name] === "") return `needs a text "${name}"`;
  }
  const unknown = Object.keys(found).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) return `has the unknown field "${unknown}"`;
  const { expires, when } = found as { expires?: unknown; when?: { device?: unknown } };
  const date = typeof expires === "string" && /^\d{4}-\d\d-\d\d$/.test(expires);
  if (expires !== undefined && !(date && !isNaN(Date.parse(expires)))) {
    return `needs a date such as 2027-01-31 in "expires", not ${JSON.stringify(expires)}`;
  }
  if (when !== undefined && !(DEVICES as readonly unknown[]).includes(when?.device)) {
    return `needs a device in "when": ${DEVICES.join(", ")}`;
  }
  return null;
}

/** Whether an expectation is about a unit; the subject `*` is any. */
export function isAbout(expectation: Expectation, unit: Unit): boolean {
  const { law, subject, when } = expectation;
  return law === unit.law && (subject === "*" || subject === unit.subject) &&
    (when?.device === undefined || when.device === unit.device);
}

/**
 * Marks refutations that are expected, and finds the expectations that are not met.
 *
 * @param results What was judged.
 * @param expectations What is expected.
 * @param units Every unit that there is, judged in this run or not.
 * @param today The day, as `2027-01-31`.
 * @returns The results, and what is stale.
 */
export function meetExpectations(
  results: readonly Result[],
  expectations: readonly Expectation[],
  units: readonly Unit[],
  today: string,
): { results: Result[]; stale: Stale[] } {
  const stale: Stale[] = [];
  const valid: Expectation[] = [];
  for (const expectation of expectations) {
    const why = staleness(expectation, results, units, today);
    if (why === null) valid.push(expectation);
    else stale.push({ expectation, why });
  }
  const marked = results.map((result) => {
    if (result.verdict !== "refuted") return result;
    const expectation = valid.find((each) => isAbout(each, result));
    return expectation === undefined ? result : { ...result, expectation };
  });
  return { results: marked, stale };
}

function staleness(
  expectation: Expectation,
  results: readonly Result[],
  units: readonly Unit[],
  today: string,
): string | null {
  const { expires } = expectation;
  if (expires !== undefined && expires < today) return `it expired on ${expires}`;
  if (!units.some((unit) => isAbout(expectation, unit))) return "it matches nothing";
  const met = results.filter((result) => isAbout(expectation, result));
  const held = met.find(({ verdict }) => verdict === "held");
  if (held !== undefined) return `the law now holds on ${held.device}`;
  const bare = met.length > 0 && met.every(({ verdict }) => verdict === "not-applicable");
  return bare ? "the law does not apply" : null;
}
