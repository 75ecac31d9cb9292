/** The project's root, with a slash at its end. */
export const ROOT: URL = new URL("../", import.meta.url);

/** The path of a `file:` URL. */
export function fromFileUrl(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.slice(1).replaceAll("/", "\\") : path;
}

/** A graphics interface that this system does not have, so that no adapter is found. */
export const ABSENT: string = Deno.build.os === "windows" ? "metal" : "dx12";

/** What a finished process left. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs this same Deno with the given arguments, from the project's root unless told otherwise. */
export async function runDeno(
  args: string[],
  { cwd = ROOT, env = {} }: { cwd?: string | URL; env?: Record<string, string> } = {},
): Promise<Finished> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
