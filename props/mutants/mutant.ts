/**
 * Broken modules and engines: the proof that a law can fail. Never imported by `mod.ts`.
 *
 * @module
 */
import type { Subject } from "../subject.ts";

/** A broken subject, beside the one that it was made from. */
export interface Mutant {
  /** Its name, which the law lists under `detects`. */
  readonly id: string;
  /** The id of the law that has to catch it. */
  readonly law: string;
  /** What is wrong, in one sentence. */
  readonly about: string;
  /** Where such a bug was met. */
  readonly thread?: string;
  /** The subject as it should be: the law has to hold for it. */
  readonly original: Subject;
  /** The broken one. */
  readonly subject: Subject;
  /**
   * Something to see that differs between the two: a mutant that differs in nothing would be no
   * mutant.
   */
  observe(subject: Subject): Promise<string>;
}

/** `https://github.com/...` of an issue or a pull request. */
export const issue = (repository: string, number: number): string =>
  `https://github.com/${repository}/issues/${number}`;
