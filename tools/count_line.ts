// deno-lint-ignore no-control-regex
const ANSI = /\x1b\[[0-9;]*m/g;
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/;

/**
 * The plain closing line for what `deno test` printed and the code it exited with.
 *
 * The counts are those of the last summary in the output. A run that failed without counting a
 * failure (a type error, a crash) counts as one.
 */
export function countLine(output: string, code: number): string {
  const summaries = output.replace(ANSI, "").split("\n").map((line) => line.match(SUMMARY));
  const [, passed, failed] = summaries.findLast((match) => match !== null) ?? [, "0", "0"];
  return `${passed} passed, ${code === 0 ? failed : Math.max(1, Number(failed))} failed`;
}
