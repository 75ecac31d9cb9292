/**
 * The processor time of this process.
 *
 * @module
 */

/**
 * Milliseconds that all threads of this process have computed so far, threads that have ended left
 * out; null where the system does not tell. A GPU in software computes on them.
 */
export function processorTime(): number | null {
  try {
    let nanoseconds = 0;
    for (const { name } of Deno.readDirSync("/proc/self/task")) {
      nanoseconds += Number(
        Deno.readTextFileSync(`/proc/self/task/${name}/schedstat`).split(" ")[0],
      );
    }
    return nanoseconds / 1e6;
  } catch {
    return null;
  }
}
