// deno-lint-ignore no-control-regex
const ANSI = /\x1b\[[0-9;]*m/g;
const SUMMARY = /^(ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/;

/** How a process ended. */
export interface Ending {
  /** Its exit code. */
  readonly code: number;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
}

/** What a run of the tests came to. */
export interface Verdict {
  /** `N passed, N failed`. */
  readonly line: string;
  /** Whether everything passed. */
  readonly ok: boolean;
  /** The signal that ended the process when all tests had passed and it was leaving, or null. */
  readonly lateSignal: string | null;
}

/**
 * The verdict on what `deno test` printed and how it ended.
 *
 * The counts are those of the last summary in the output. A run that failed without counting a
 * failure (a type error, a crash) counts as one. One crash is no failure: Deno prints its summary
 * when every test has ended, and Mesa's software driver was seen to abort the process after that, in
 * about one run of ten, while it was being taken down. Then the summary stands, and the caller says
 * what happened.
 */
export function verdictOf(output: string, { code, signal }: Ending): Verdict {
  const summaries = output.replace(ANSI, "").split("\n").map((line) => line.match(SUMMARY));
  const last = summaries.findLast((match) => match !== null);
  const [, word, passed, failed] = last ?? [, "", "0", "0"];
  const late = code !== 0 && signal !== null && word === "ok" && failed === "0";
  const ok = code === 0 || late;
  return {
    line: `${passed} passed, ${ok ? failed : Math.max(1, Number(failed))} failed`,
    ok,
    lateSignal: late ? signal : null,
  };
}
