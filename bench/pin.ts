/**
 * Holding a process to one core.
 *
 * @module
 */
const MARK = "TOUCHSTONE_BENCH_PINNED";

/** Whether this process was started by `pinned`. */
export function isPinned(): boolean {
  return Deno.env.has(MARK);
}

/** What to give Deno to run this program again. */
export function thisProgram(args: readonly string[]): string[] {
  const lock = `--lock=${new URL("./deno.lock", import.meta.url).pathname}`;
  return ["run", "-A", lock, Deno.mainModule, ...args];
}

/**
 * Runs this program again under `taskset`, on one core, and exits with its code. Peers use threads;
 * one core for all is the only fair comparison of what each makes of it.
 *
 * @param core The core's number.
 * @returns Only when this process is pinned already, or where there is no `taskset`.
 */
export async function pinned(core: number): Promise<void> {
  if (isPinned()) return;
  try {
    const { code } = await new Deno.Command("taskset", {
      args: ["-c", String(core), Deno.execPath(), ...thisProgram(Deno.args)],
      env: { [MARK]: String(core) },
    }).spawn().status;
    Deno.exit(code);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error("There is no taskset here: peers may use several cores.");
  }
}
