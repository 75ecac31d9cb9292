/**
 * What a process that judges may do: what the gate itself was granted, and nothing else.
 *
 * @module
 */
import { fileUrl } from "../file_url.ts";

/** What is passed on as a whole, in the order of Deno's documentation. */
const WHOLE = ["read", "write", "net", "env", "sys", "ffi"] as const;

/** Whether the gate may start processes. */
export function mayStart(): boolean {
  return granted({ name: "run", command: Deno.execPath() });
}

/** Whether the gate may keep files where it likes, and so may the processes that it starts. */
export function mayKeepFiles(): boolean {
  return granted({ name: "read" }) && granted({ name: "write" });
}

/**
 * Deno's flags for a process that imports a file: the gate's own permissions, or less. Deno tells
 * whether something is permitted but not what is, so of a permission for a part only two folders are
 * passed on, where it covers them: the working directory and that of the file. A permission for some
 * hosts or variables is not passed on, nor is one with exceptions (`--deny-read=FOLDER`), nor that the
 * gate may start processes, unless everything is.
 *
 * @param file The URL of the file.
 * @returns The flags.
 */
export function permissionFlags(file: string): string[] {
  const names = [...WHOLE, "run", "import"] as const;
  if (names.every((name) => granted({ name } as Deno.PermissionDescriptor))) return ["-A"];
  const flags: string[] = ["--no-prompt"];
  for (const name of WHOLE) {
    if (granted({ name })) flags.push(`--allow-${name}`);
  }
  const folders = [fileUrl("./"), new URL(".", file)]
    .filter(({ protocol }) => protocol === "file:").map(({ pathname }) =>
      decodeURIComponent(pathname)
    );
  for (const name of ["read", "write"] as const) {
    if (flags.includes(`--allow-${name}`)) continue;
    const some = folders.filter((path) => granted({ name, path }));
    if (some.length > 0) flags.push(`--allow-${name}=${some.join(",")}`);
  }
  const hosts = [import.meta.url, file].map((url) => new URL(url).host)
    .filter((host) => host !== "");
  if (hosts.length > 0) flags.push(`--allow-import=${[...new Set(hosts)].join(",")}`);
  return flags;
}

/** Whether something is permitted without an exception. */
function granted(descriptor: Deno.PermissionDescriptor): boolean {
  const { state, partial } = Deno.permissions.querySync(descriptor);
  return state === "granted" && !partial;
}
