/**
 * Memory that the garbage collector frees is only given back by finalizers, and these run between
 * macrotasks. A loop that awaits nothing but ready promises never gets there, so the engine's own
 * reads make a macrotask now and then.
 *
 * @module
 */

/** Yield after this many blocks, or this many bytes, were taken. */
const EVERY = 256, EVERY_BYTES = 1 << 26;
let taken = 0, takenBytes = 0;

/** Notes that a block was taken. */
export function noteBlock(nbytes: number): void {
  taken++;
  takenBytes += nbytes;
}

/** Yields a macrotask if much was taken since the last one. */
export function yieldUnderPressure(): Promise<void> | void {
  if (taken < EVERY && takenBytes < EVERY_BYTES) return;
  taken = takenBytes = 0;
  return nextTask();
}

/** Lets every task that is due run first. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
