/**
 * Writing a file so that it is there whole or not at all.
 *
 * @module
 */
import type { ByteSink } from "./zip_writer.ts";

/**
 * Writes a file under another name in the same folder, flushes it to the disk, and only then gives
 * it its name. Until then an older file of that name is untouched.
 *
 * A link is followed, and an older file's permissions are kept. What is no regular file (a device,
 * a pipe) has nothing to keep whole and is written straight.
 *
 * @param path The file's name.
 * @param write Writes the contents to the sink that it is given.
 * @throws Whatever `write` or the system throws; the other file is then removed.
 */
export async function writeAtomically(
  path: string | URL,
  write: (sink: ByteSink) => Promise<void>,
): Promise<void> {
  const { target, mode, regular } = await resolve(path);
  if (!regular) {
    using file = await Deno.open(target, { write: true });
    await write(sinkOf(file));
    return;
  }
  const cut = lastSeparator(target) + 1;
  // The name does not repeat the target's, which may be as long as names can be.
  const temporary = `${target.slice(0, cut)}.touchstone-${crypto.randomUUID()}.tmp`;
  const file = await Deno.open(temporary, { write: true, createNew: true });
  try {
    try {
      if (mode !== null) await Deno.chmod(temporary, mode & 0o7777);
      await write(sinkOf(file));
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(target.slice(0, cut) || ".");
}

interface Target {
  target: string;
  mode: number | null;
  regular: boolean;
}

async function resolve(path: string | URL): Promise<Target> {
  try {
    const target = await Deno.realPath(path);
    const info = await Deno.stat(target);
    if (info.isDirectory) throw new Deno.errors.IsADirectory(`Cannot save to the folder ${target}`);
    return { target, mode: Deno.build.os === "windows" ? null : info.mode, regular: info.isFile };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { target: pathOf(path), mode: null, regular: true };
  }
}

function pathOf(path: string | URL): string {
  if (typeof path === "string") return path;
  if (path.protocol !== "file:") throw new TypeError(`Cannot save to ${path}: it is no file: URL`);
  const decoded = decodeURIComponent(path.pathname);
  return Deno.build.os === "windows" ? decoded.replace(/^\/(?=[A-Za-z]:)/, "") : decoded;
}

function lastSeparator(path: string): number {
  const slash = path.lastIndexOf("/");
  return Deno.build.os === "windows" ? Math.max(slash, path.lastIndexOf("\\")) : slash;
}

function sinkOf(file: Deno.FsFile): ByteSink {
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    },
  };
}

/** Makes a rename outlive a power failure, where the system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  try {
    using opened = await Deno.open(folder, { read: true });
    await opened.sync();
  } catch {
    // The file itself is complete and in place: this only makes it so sooner.
  }
}
