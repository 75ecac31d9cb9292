/**
 * Calling what is judged: what it throws where it should have worked refutes it, and is told from the
 * law's own errors.
 *
 * @module
 */
import { Refutation } from "./law.ts";

/**
 * Calls the subject: what it throws refutes that it works on everything in its domain.
 *
 * @param name What is called, for the message.
 * @param fn Calls it.
 * @returns What it returned.
 * @throws {Refutation} Of totality, if it threw.
 */
export function total<T>(name: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw totality(name, error);
  }
}

/** The same for what returns a promise. */
export async function totalAsync<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    throw totality(name, error);
  }
}

function totality(name: string, error: unknown): Refutation {
  if (error instanceof Refutation) return error;
  const [message, place] = error instanceof Error
    ? [`${error.name}: ${error.message.split("\n")[0]}`, placeOf(error)]
    : [String(error), "an unknown place"];
  return new Refutation({
    what: `${name} threw`,
    expected: "no error",
    actual: message,
    where: place,
  }, "totality");
}

const OURS = ["core", "nn", "serialize", "props"]
  .map((folder) => new URL(`../${folder}/`, import.meta.url).href);

/** Where engines and npm packages are: neither is what a reader wrote. */
const FOREIGN =
  /\b(node|ext):|\((<anonymous>|index \d+)\)|[/\\](npm[/\\].+[/\\]\d+\.\d+\.\d|node_modules[/\\])/;

/** The first line of a stack that the user wrote; if there is none, the first of this package's. */
function placeOf(error: Error): string {
  const lines = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line))
    .filter((line) => !FOREIGN.test(line));
  const own = lines.find((line) => !OURS.some((folder) => line.includes(folder))) ?? lines[0];
  return own?.trim().replace(/^at /, "") ?? "an unknown place";
}
