/**
 * Memory that the garbage collector frees is only given back by finalizers, and these run between
 * macrotasks. A loop that awaits nothing but ready promises never gets there, so the engine's own
 * reads make a macrotask now and then.
 *
 * @module
 */
import { counters } from "./stats.ts";

/** Yield after this many blocks were taken. */
const EVERY = 256;
let taken = 0;

/** Yields a macrotask if many blocks were taken since the last one. */
export function yieldUnderPressure(): Promise<void> | void {
  if (counters.buffers < taken) taken = 0; // the counters were reset
  if (counters.buffers - taken < EVERY) return;
  taken = counters.buffers;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
