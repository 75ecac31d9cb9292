/**
 * Where a process keeps the case that it has begun, for the gate to read when the process has died of it:
 * a file, since a message for each case would wake the gate each time.
 *
 * @module
 */

import type { DeviceName } from "../../core/mod.ts";

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

/** Keeps each case in a file, over the one before. */
export class CaseKeeper {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  #last = NO_CASE;

  /**
   * Opens the file.
   *
   * @param path The file.
   */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true });
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
    this.#write(NO_CASE);
  }

  /** What is left of a longer case stays behind the end of the last line, where nothing reads it. */
  #write(last: LastCase): void {
    this.#last = last;
    const { cases, json, partner } = last;
    this.#file.seekSync(0, Deno.SeekMode.Start);
    this.#file.writeSync(this.#encoder.encode(`${cases}\n${json ?? ""}\n${partner ?? ""}\n`));
  }
}

/**
 * Makes a file for the cases of one process.
 *
 * @returns Its path; null if this process may make none, and the other must send its cases.
 */
export function makeCaseFile(): string | null {
  const may = (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
  return may ? Deno.makeTempFileSync({ prefix: "touchstone" }) : null;
}

/**
 * Reads the case that a process has begun.
 *
 * @param path The file.
 * @returns The case.
 */
export function readLastCase(path: string): LastCase {
  const [cases, json, partner] = Deno.readTextFileSync(path).split("\n", 3);
  return Number(cases) > 0
    ? { cases: Number(cases), json, partner: partner === "" ? null : partner as DeviceName }
    : NO_CASE;
}
