/**
 * Cases in files: what was refuted is judged again on another machine, and first in every later run.
 *
 * @module
 */
import type { DeviceName } from "../../core/mod.ts";
import { DEVICES } from "../devices.ts";
import type { Json } from "../law.ts";
import type { Result } from "../results.ts";

/** A case, and what it refuted. */
export interface CaseFile {
  /** The version of this format. */
  readonly schema: 1;
  /** The law's id. */
  readonly law: string;
  /** The law's version: a case means nothing to another one. */
  readonly lawVersion: number;
  /** The subject's name. */
  readonly subject: string;
  /** The subject's file: a URL, or a path from the working directory; none for this package's own. */
  readonly file?: string;
  /** Where it was refuted. */
  readonly device: DeviceName;
  /** The other device, where the law moved modules between the two. */
  readonly partner?: DeviceName;
  /** The master seed of the run that found it. */
  readonly seed: number;
  /** The case. */
  readonly case: Json;
  /** The version of this package that found it. */
  readonly touchstone: string;
}

/** A file that holds no case. */
export class CaseFileError extends Error {
  /** The class's name, as printed before the message. */
  override name = "CaseFileError";
}

/**
 * Reads a case from a file.
 *
 * @param path The file.
 * @returns The case.
 * @throws {CaseFileError} If the file can't be read or holds something else.
 */
export async function readCase(path: string | URL): Promise<CaseFile> {
  let found: Partial<CaseFile> | null;
  try {
    found = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new CaseFileError(`${path} can't be read: ${(error as Error).message}`);
  }
  const good = found?.schema === 1 && typeof found.law === "string" &&
    typeof found.lawVersion === "number" && typeof found.subject === "string" &&
    DEVICES.includes(found.device!) && DEVICES.includes(found.partner ?? "cpu") &&
    found.case !== undefined;
  if (good) return found as CaseFile;
  throw new CaseFileError(
    `${path} holds no case: it needs schema 1, law, lawVersion, subject, device and case`,
  );
}

/**
 * Reads every case of a folder, in the order of the files' names.
 *
 * @param folder The folder; there need not be one.
 * @returns The cases.
 * @throws {CaseFileError} If a file of the folder holds no case.
 */
export async function readCases(folder: URL): Promise<CaseFile[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".json")) names.push(name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return [];
    throw error;
  }
  return await Promise.all(names.sort().map((name) => readCase(new URL(name, folder))));
}

/** The folder of the cases of a subject's file, beside it; null where that is no local file. */
export function regressionsOf(file: string): URL | null {
  return file.startsWith("file:") ? new URL("regressions/", file) : null;
}

/**
 * Writes a case into a folder, which is made if it is not there.
 *
 * @param folder The folder.
 * @param found The case.
 * @returns The file.
 */
export async function writeCase(folder: URL, found: CaseFile): Promise<URL> {
  await Deno.mkdir(folder, { recursive: true });
  const name = `${found.law}.${found.subject}.${found.device}.json`.replaceAll(/[^\w.-]+/g, "-");
  const file = new URL(name, folder);
  await Deno.writeTextFile(file, `${JSON.stringify(found, null, 2)}\n`);
  return file;
}

/** The case that refuted a law, or during which the subject hung or crashed; null if there is none. */
export function caseOf(result: Result): Json | null {
  return result.refutation?.case ?? result.case ?? null;
}
