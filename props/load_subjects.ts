/**
 * Finding subjects in files.
 *
 * @module
 */
import { Module } from "../nn/mod.ts";
import { fileUrl } from "./file_url.ts";
import { type Subject, subject } from "./subject.ts";

/** A file that has nothing to judge, or can't be read; or subjects that a report can't tell apart. */
export class SubjectFileError extends Error {
  /** The class's name, as printed before the message. */
  override name = "SubjectFileError";
}

/** A subject that a file gives, by where it stands in it. */
export interface FoundSubject {
  /** What it is called in reports. */
  readonly name: string;
  /** The file's URL. */
  readonly file: string;
  /** Its place among the file's subjects, from 0. */
  readonly index: number;
}

/**
 * The subjects of files, folders and URLs. A file gives the array `subjects` that it exports, every
 * other subject that it exports, and a subject for each exported module class whose constructor takes
 * no arguments. A folder gives those of all its TypeScript and JavaScript files but tests.
 *
 * @param places Paths and URLs.
 * @returns The subjects; two of one name get their files' names added.
 * @throws {SubjectFileError} If a file can't be loaded, or gives nothing.
 */
export async function loadSubjects(places: readonly string[]): Promise<Subject[]> {
  const loaded = new Map<string, Subject[]>();
  const found = await findSubjects(places, async (file) => {
    loaded.set(file, subjectsOf(await importFile(file)));
    return loaded.get(file)!.map(({ name }) => name);
  });
  return found.map(({ name, file, index }) => ({ ...loaded.get(file)![index], name }));
}

/**
 * What the subjects of files, folders and URLs are called, as each file is listed by the caller: in
 * this process or, as the gate does, in another one.
 *
 * @param places Paths and URLs.
 * @param list Gives the names of a file's subjects.
 * @returns The subjects in order; two of one name get their files' names added.
 * @throws {SubjectFileError} If a place is not there, or gives nothing.
 */
export async function findSubjects(
  places: readonly string[],
  list: (file: string) => Promise<readonly string[]>,
): Promise<FoundSubject[]> {
  const folders = await Promise.all(places.map(filesOf));
  const files = [...new Set(folders.flat())];
  const names = new Map(
    await Promise.all(files.map(async (file) => [file, await list(file)] as const)),
  );
  const bare = places.find((_, i) => folders[i].every((file) => names.get(file)!.length === 0));
  if (bare !== undefined) {
    throw new SubjectFileError(
      `${bare} gives nothing to judge: export an array "subjects", or module classes whose constructor takes no arguments`,
    );
  }
  const found = files.flatMap((file) =>
    names.get(file)!.map((name, index) => ({ name, file, index }))
  );
  const often = (name: string) => found.filter((each) => each.name === name).length > 1;
  return found.map(({ name, file, index }) => ({
    name: often(name) ? `${name} (${file.split("/").at(-1)})` : name,
    file,
    index,
  }));
}

/**
 * Checks that reports can tell subjects apart.
 *
 * @param subjects The subjects.
 * @throws {SubjectFileError} If two have the same name.
 */
export function checkNames(subjects: readonly { readonly name: string }[]): void {
  const names = new Set<string>();
  for (const { name } of subjects) {
    if (names.has(name)) throw new SubjectFileError(`Two subjects are named "${name}"`);
    names.add(name);
  }
}

/**
 * Imports a file with subjects.
 *
 * @param url The file.
 * @returns What it exports.
 * @throws {SubjectFileError} If it can't be loaded.
 */
export async function importFile(url: string): Promise<Record<string, unknown>> {
  try {
    return await import(url);
  } catch (error) {
    throw new SubjectFileError(
      `${url} can't be loaded: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** What the exports of a file give to judge. */
export function subjectsOf(exports: Readonly<Record<string, unknown>>): Subject[] {
  const found = new Set<Subject>();
  for (const [name, value] of Object.entries(exports)) {
    if (Array.isArray(value)) value.filter(isSubject).forEach((each) => found.add(each));
    else if (isSubject(value)) found.add(value);
    else if (isModuleClass(value)) found.add(subject(name, () => new value()));
  }
  return [...found];
}

function isSubject(value: unknown): value is Subject {
  return typeof value === "object" && value !== null && "name" in value && "make" in value &&
    "claims" in value;
}

function isModuleClass(value: unknown): value is new () => Module {
  return typeof value === "function" && value.prototype instanceof Module && value.length === 0;
}

/**
 * The files of a place.
 *
 * @param place A path or URL.
 * @returns The URLs of the file, or of those in the folder.
 * @throws {SubjectFileError} If there is none.
 */
export async function filesOf(place: string): Promise<string[]> {
  if (/^(https?|jsr|npm|data|file):/.test(place)) return [place];
  const url = fileUrl(place);
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(url);
  } catch {
    throw new SubjectFileError(`There is no file or folder ${place}`);
  }
  return info.isDirectory ? await walk(new URL(`${url.href.replace(/\/$/, "")}/`)) : [url.href];
}

async function walk(folder: URL): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    if (isDirectory) files.push(...await walk(fileUrl(`${name}/`, folder)));
    else if (/\.[mc]?[jt]sx?$/.test(name) && !/[._]test\.[mc]?[jt]sx?$/.test(name)) {
      files.push(fileUrl(name, folder).href);
    }
  }
  return files.sort();
}
