/**
 * What becomes of a run that is told to end.
 *
 * @module
 */

/**
 * Ends a run when the process is told to end: what was judged is reported, and it never passes.
 *
 * @param run Is aborted then.
 * @returns The exit code, if the process was told to end, and how to listen no more.
 */
export function interruptedBy(
  run: AbortController,
): { code: () => number | null; stop: () => void } {
  let code: number | null = null;
  const listeners = ([["SIGINT", 130], ["SIGTERM", 143]] as const)
    .filter(([signal]) => signal === "SIGINT" || Deno.build.os !== "windows")
    .map(([signal, number]) => {
      const listener = () => {
        code = number;
        run.abort();
      };
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
  return { code: () => code, stop: () => listeners.forEach((remove) => remove()) };
}
