/**
 * Where a process keeps the case that it has begun, for the gate to read when the process has died of it:
 * a file, since a message for each case would wake the gate each time. Cases are written when they are
 * drawn, many at once; when one begins, a dot is added.
 *
 * @module
 */

import type { DeviceName } from "../../core/mod.ts";
import type { Json } from "../law.ts";
import { mayKeepFiles } from "./permissions.ts";

/** How many cases were begun, and the last of them. */
export interface LastCase {
  /** How many cases of the order were begun. */
  readonly cases: number;
  /** The JSON of cases that were drawn together, read only where the process dies of one. */
  readonly drawn: string;
  /** How many of these were begun. */
  readonly begun: number;
  /** The other device; null if the law has not asked for it. */
  readonly partner: DeviceName | null;
}

/** No case was begun. */
export const NO_CASE: LastCase = { cases: 0, drawn: "[]", begun: 0, partner: null };

/** The case that was begun last; null if none was. */
export function begunCase({ drawn, begun }: LastCase): Json {
  return begun === 0 ? null : (JSON.parse(drawn) as Json[])[begun - 1];
}

/** The file begins anew when it holds so many bytes: it is read whole. */
const MOST = 2 ** 16;

const DOT = new TextEncoder().encode(".");

/** Keeps each case in a file: when it begins, one call of the system is all that it takes. */
export class CaseKeeper {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  #before = 0;
  #drawn: readonly unknown[] = [];
  #begun = 0;
  #partner: DeviceName | null = null;
  #bytes = 0;

  /**
   * Opens the file.
   *
   * @param path The file.
   */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { append: true });
  }

  /** Keeps cases that will begin one after the other. */
  draw(cases: readonly unknown[]): void {
    this.#before += this.#begun;
    this.#begun = 0;
    this.#drawn = cases;
    if (this.#bytes > MOST) this.#empty();
    this.#write();
  }

  /** Keeps that the next case begins. It is in the file before it is judged, so a hang does not lose it. */
  begin(): void {
    this.#begun++;
    this.#bytes += this.#file.writeSync(DOT);
  }

  /** Keeps the other device beside the case. */
  keepPartner(partner: DeviceName): void {
    this.#partner = partner;
    this.#write();
  }

  /** Keeps none: the order is carried out. */
  forget(): void {
    this.#before = this.#begun = 0;
    this.#drawn = [];
    this.#partner = null;
    this.#empty();
  }

  #empty(): void {
    this.#file.truncateSync();
    this.#bytes = 0;
  }

  /** A line that says what was drawn, and behind it a line of dots that is not ended. */
  #write(): void {
    const json = JSON.stringify(this.#drawn);
    const line = `\n${this.#before} ${this.#partner ?? ""} ${json}\n${".".repeat(this.#begun)}`;
    this.#bytes += this.#file.writeSync(this.#encoder.encode(line));
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
  // Lines take turns: what was drawn, then dots. A line of cases that is not ended is not all there yet.
  const lines = Deno.readTextFileSync(path).split("\n");
  const dots = lines.length - (lines.length % 2 === 1 ? 1 : 2);
  const head = lines[dots - 1]?.match(/^(\d+) (\w*) (.*)$/s);
  if (!head) return NO_CASE;
  const [, before, partner, drawn] = head;
  const begun = lines[dots].length;
  return {
    cases: Number(before) + begun,
    drawn,
    begun,
    partner: partner === "" ? null : partner as DeviceName,
  };
}
