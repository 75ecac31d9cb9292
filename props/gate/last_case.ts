/**
 * Where a process keeps the case that it has begun, for the gate to read when the process has died of it:
 * a file, since a message for each case would wake the gate each time.
 *
 * @module
 */

import type { DeviceName } from "../../core/mod.ts";
import { mayKeepFiles } from "./permissions.ts";

/** How many cases were begun, and the last of them. */
export interface LastCase {
  /** How many cases of the order were begun. */
  readonly cases: number;
  /** The last one's JSON; null if none was begun. */
  readonly json: string | null;
  /** The other device; null if the law has not asked for it. */
  readonly partner: DeviceName | null;
}

/** No case was begun. */
export const NO_CASE: LastCase = { cases: 0, json: null, partner: null };

/** The file begins anew when it holds so many bytes: it is read whole. */
const MOST = 2 ** 16;

/** Keeps each case in a file, a line after the one before: one call of the system is all that it takes. */
export class CaseKeeper {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  #last = NO_CASE;
  #bytes = 0;

  /**
   * Opens the file.
   *
   * @param path The file.
   */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { append: true });
  }

  /** Keeps a case that begins. It is in the file before it is judged, so a hang does not lose it. */
  keep(json: string): void {
    this.#write({ ...this.#last, cases: this.#last.cases + 1, json });
  }

  /** Keeps the other device beside the case. */
  keepPartner(partner: DeviceName): void {
    this.#write({ ...this.#last, partner });
  }

  /** Keeps none: the order is carried out. */
  forget(): void {
    this.#last = NO_CASE;
    this.#empty();
  }

  #empty(): void {
    this.#file.truncateSync();
    this.#bytes = 0;
  }

  #write(last: LastCase): void {
    this.#last = last;
    if (this.#bytes > MOST) this.#empty();
    const { cases, json, partner } = last;
    this.#bytes += this.#file.writeSync(
      this.#encoder.encode(`${cases} ${partner ?? ""} ${json}\n`),
    );
  }
}

/**
 * Makes a file for the cases of one process.
 *
 * @returns Its path; null if this process may make none, and the other must send its cases.
 */
export function makeCaseFile(): string | null {
  return mayKeepFiles() ? Deno.makeTempFileSync({ prefix: "touchstone" }) : null;
}

/**
 * Reads the case that a process has begun.
 *
 * @param path The file.
 * @returns The case.
 */
export function readLastCase(path: string): LastCase {
  const lines = Deno.readTextFileSync(path).split("\n");
  // What stands behind the last end of a line is not all there yet.
  const last = lines.at(-2)?.match(/^(\d+) (\w*) (.*)$/s);
  if (!last) return NO_CASE;
  const [, cases, partner, json] = last;
  return {
    cases: Number(cases),
    json: json === "null" ? null : json,
    partner: partner === "" ? null : partner as DeviceName,
  };
}
