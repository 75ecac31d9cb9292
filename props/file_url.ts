/**
 * From a path to a URL.
 *
 * @module
 */

/**
 * The URL of a path, whatever characters its names have.
 *
 * @param path A path; one that is not absolute begins at the folder.
 * @param folder The URL of a folder, with a slash at its end; the working directory by default.
 * @returns The URL.
 */
export function fileUrl(path: string, folder?: URL): URL {
  return new URL(escaped(path), folder ?? `file://${escaped(Deno.cwd())}/`);
}

/** Without what would end a path in a URL, stand for another character, or be taken for a scheme. */
function escaped(path: string): string {
  return path.replace(/[%?#]/g, encodeURIComponent).replace(/^[^/\\:]+:(?![/\\])/, "./$&");
}
