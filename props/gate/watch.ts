/**
 * Judging again whenever what is judged changes.
 *
 * @module
 */
import { UsageError } from "../cli_options.ts";
import { filesOf, SubjectFileError } from "../load_subjects.ts";
import { pathOf, some } from "../report/verdicts.ts";
import { mayStart } from "./permissions.ts";

/** Editors write a file in several steps: a change is over when so many milliseconds bring no other. */
const QUIET = 100;
/** Exit codes from here on mean that the run was told to end. */
const INTERRUPTED = 128;

/**
 * Judges, and judges again when a file changes, until it is interrupted.
 *
 * @param places Gives the files and folders with subjects.
 * @param judge Judges them, and gives the exit code.
 * @returns The exit code of the last run.
 * @throws {UsageError} If no processes may be started: this one imports no file twice.
 */
export async function watch(
  places: () => Promise<readonly string[]>,
  judge: () => Promise<number>,
): Promise<number> {
  if (!mayStart()) throw new UsageError("--watch needs --allow-run: each run is a new process");
  while (true) {
    const files = await localFiles(await places());
    const folders = new Set([...files].map((file) => file.replace(/[^/\\]*$/, "")));
    // It is there before the run, so that no change during it is missed.
    using watcher = Deno.watchFs([...folders], { recursive: false });
    const code = await judge();
    if (code >= INTERRUPTED) return code;
    console.log(`\nwatching ${some(files.size, "file")}`);
    const changed = await nextChange(watcher, files);
    if (changed === null) return code;
    console.log(`\nchanged: ${changed.map((file) => pathOf(`file://${file}`)).join(", ")}`);
  }
}

/** The files that change next, or null if the process is interrupted. */
async function nextChange(
  watcher: Deno.FsWatcher,
  files: ReadonlySet<string>,
): Promise<string[] | null> {
  const changed = new Set<string>();
  let interrupted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const interrupt = () => {
    interrupted = true;
    watcher.close();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    for await (const { kind, paths } of watcher) {
      const ours = kind === "access" ? [] : paths.filter((path) => files.has(path));
      if (ours.length === 0) continue;
      ours.forEach((path) => changed.add(path));
      clearTimeout(timer);
      timer = setTimeout(() => watcher.close(), QUIET);
    }
  } finally {
    clearTimeout(timer);
    Deno.removeSignalListener("SIGINT", interrupt);
  }
  return interrupted ? null : [...changed];
}

/** The paths of local files with subjects, and of the local files that they import. */
async function localFiles(places: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const place of places) {
    for (const file of await filesOf(place)) {
      for (const url of [file, ...await importsOf(file)]) {
        if (url.startsWith("file:")) found.add(decodeURIComponent(new URL(url).pathname));
      }
    }
  }
  if (found.size > 0) return found;
  throw new SubjectFileError("--watch needs a local file: there is none to watch");
}

/** What a file imports, directly or not; nothing where that can't be told. */
async function importsOf(file: string): Promise<string[]> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file],
    stdout: "piped",
    stderr: "null",
  }).output();
  if (!success) return [];
  const { modules }: { modules: { specifier: string }[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return modules.map(({ specifier }) => specifier);
}
