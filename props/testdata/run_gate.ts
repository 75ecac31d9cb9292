import { fromNdjson } from "../gate/ndjson.ts";
import type { Report } from "../results.ts";

/** The gate's file. */
export const GATE: string = new URL("../conform.ts", import.meta.url).pathname;

/** What a run left. */
export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** The path of a file with subjects for tests. */
export function subject(name: string): string {
  return new URL(`./${name}.ts`, import.meta.url).pathname;
}

/** The gate, on the CPU. */
export function command(
  args: readonly string[],
  permissions: readonly string[] = ["-A"],
  env: Record<string, string> = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...permissions, GATE, "--device=cpu", ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a command to its end. */
export async function finish(run: Deno.Command): Promise<Outcome> {
  const { code, stdout, stderr } = await run.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Runs the gate on the CPU. */
export function gate(...args: string[]): Promise<Outcome> {
  return finish(command(args));
}

/** Lends a folder. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs the gate on the CPU, and reads its report. */
export async function judged(...args: string[]): Promise<Outcome & { report: Report }> {
  let done: (Outcome & { report: Report }) | undefined;
  await inFolder(async (folder) => {
    const outcome = await gate(...args, `--json=${folder}/report.ndjson`);
    const text = await Deno.readTextFile(`${folder}/report.ndjson`);
    done = { ...outcome, report: fromNdjson(text, "the report") };
  });
  return done!;
}
