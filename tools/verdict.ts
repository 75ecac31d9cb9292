// deno-lint-ignore no-control-regex
const ANSI = /\x1b\[[0-9;]*m/g;
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/;

/**
 * The verdict on what `deno test` printed and how it ended: `N passed, N failed`.
 *
 * The counts are those of the last summary in the output. A run that failed without counting a
 * failure (a type error, a crash, even one after a green summary) counts as one.
 *
 * @param output What was printed.
 * @param code The exit code.
 * @returns The line.
 */
export function verdictOf(output: string, code: number): string {
  const summaries = output.replace(ANSI, "").split("\n").map((line) => line.match(SUMMARY));
  const [, passed, failed] = summaries.findLast((match) => match !== null) ?? ["", "0", "0"];
  return `${passed} passed, ${code === 0 ? failed : Math.max(1, Number(failed))} failed`;
}
