/**
 * Memory that the garbage collector frees is only given back by finalizers, and these run between
 * macrotasks. A loop that awaits nothing but ready promises never gets there, so the engine's own
 * reads make a macrotask now and then.
 *
 * @module
 */

/** Yield after this many blocks were taken. */
const EVERY = 256;
let taken = 0;

/** Notes that a block was taken. */
export function noteBlock(): void {
  taken++;
}

/** Yields a macrotask if many blocks were taken since the last one. */
export function yieldUnderPressure(): Promise<void> | void {
  if (taken < EVERY) return;
  taken = 0;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
