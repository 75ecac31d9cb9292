/**
 * What a process that judges may do: what the gate itself was granted, and nothing else.
 *
 * @module
 */

/** What may be asked for as a whole, in the order of Deno's documentation. */
const WHOLE = ["read", "write", "net", "env", "sys", "ffi"] as const;

/** Whether the gate may start processes. */
export function mayStart(): boolean {
  return granted({ name: "run", command: Deno.execPath() });
}

/**
 * Deno's flags for a process that imports a file: the gate's own permissions. One that was granted
 * for a part only, such as a folder, is passed on for the folders in question: the working directory
 * and that of the file. That the gate may start processes is not passed on, unless everything is.
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
  const folders = [new URL(`file://${Deno.cwd()}/`), new URL(".", file)]
    .filter(({ protocol }) => protocol === "file:").map(({ pathname }) => decodeURI(pathname));
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

function granted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
