/**
 * How far a run is, where a person is watching.
 *
 * @module
 */
import { painter } from "../paint.ts";
import type { RunOptions } from "./run.ts";

/** A line that says what is being judged; none where the output is no terminal. */
export function progressLine(): { show: RunOptions["onStart"]; clear: () => void } {
  if (!Deno.stderr.isTerminal()) return { show: () => {}, clear: () => {} };
  const paint = painter(!Deno.noColor);
  const write = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  let last = 0;
  return {
    show: ({ law, subject, device }, done, all) => {
      const now = performance.now();
      if (now - last < 50) return;
      last = now;
      const full = Math.round(20 * done / all);
      const bar = `${paint.green("━".repeat(full))}${paint.dim("━".repeat(20 - full))}`;
      write(`\r\x1b[K${bar} ${paint.bold(law)} ${paint.dim(`${subject} on ${device}`)}`);
    },
    clear: () => void write("\r\x1b[K"),
  };
}
