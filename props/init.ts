/**
 * A first file of subjects, and a workflow that judges them.
 *
 * @module
 */

/** A file that would have been written over. */
export class FileExistsError extends Error {
  /** The class's name, as printed before the message. */
  override name = "FileExistsError";
}

const SUBJECTS = `/**
 * What the gate judges:
 *
 *     deno run -A jsr:@touchstone/touchstone/conform conform_subjects.ts
 *
 * Put your own modules here in place of this one. A module class that is exported and whose
 * constructor takes no arguments is a subject too, without being listed.
 */
import type { Tensor } from "jsr:@touchstone/touchstone";
import { functional as F, Linear, Module } from "jsr:@touchstone/touchstone/nn";
import { inputs, type Subject, subject } from "jsr:@touchstone/touchstone/props";

class Classifier extends Module {
  hidden = new Linear(16, 32);
  out = new Linear(32, 10);

  override forward(x: Tensor): Tensor {
    return this.out.forward(F.relu(this.hidden.forward(x)));
  }
}

export const subjects: readonly Subject[] = [
  subject("Classifier", () => new Classifier(), {
    // One for each argument of forward: here a batch of 1 to 8 rows.
    inputs: [inputs.tensor({ shape: [inputs.size(1, 8), 16] })],
  }),
];
`;

const WORKFLOW = `name: conform
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  conform:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v4
      - uses: denoland/setup-deno@v2
        with:
          deno-version: v2.x
      - name: Judge the modules
        run: >-
          deno run -A jsr:@touchstone/touchstone/conform conform_subjects.ts
          --github --junit=conform.xml --html=conform.html
      - uses: actions/upload-artifact@v4
        if: \${{ !cancelled() }}
        with:
          name: conform
          path: |
            conform.xml
            conform.html
`;

const FILES: ReadonlyMap<string, string> = new Map([
  ["conform_subjects.ts", SUBJECTS],
  [".github/workflows/conform.yml", WORKFLOW],
]);

/**
 * Writes a first file of subjects and a workflow for GitHub Actions that judges them.
 *
 * @param folder Where; it is made if it is not there.
 * @returns The paths of the files.
 * @throws {FileExistsError} If one of them is there already; then nothing is written.
 */
export async function init(folder: string): Promise<string[]> {
  const files = [...FILES].map(([name, text]) => ({ path: join(folder, name), text }));
  const there: string[] = [];
  for (const { path } of files) {
    const found = await Deno.lstat(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    if (found !== undefined) there.push(path);
  }
  if (there.length > 0) {
    const verb = there.length === 1 ? "is" : "are";
    throw new FileExistsError(`${there.join(" and ")} ${verb} there already: nothing was written`);
  }
  for (const { path, text } of files) {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text, { createNew: true });
  }
  return files.map(({ path }) => path);
}

function join(folder: string, name: string): string {
  return `${folder === "" ? "." : folder.replace(/(?<=.)\/+$/, "")}/${name}`;
}
