/**
 * Modules of real PyTorch as what to judge.
 *
 * @module
 */
import type { Subject } from "../subject.ts";
import { type LibraryModule, librarySubjects } from "./library.ts";
import { ServerError } from "./server.ts";

/** How to reach PyTorch. */
export interface PyTorchOptions {
  /** The Python that has it; `python3` by default. */
  python?: string;
}

/**
 * Modules of real PyTorch as what to judge, in a process of Python. Needs `--allow-run`.
 *
 * A spec is `{ class: "Linear", args: [4, 2], kwargs: { bias: false } }` for what is in `torch.nn`, with
 * `module` for another module of Python, or with `file`, a path, for a file. Any callable that gives a
 * module will do for a class, and an argument may itself be such a spec.
 *
 * @param modules The modules.
 * @param options Which Python.
 * @returns The subjects, in the same order.
 * @throws {ServerError} If there is no such Python, or it has no PyTorch.
 *
 * @example
 * ```ts ignore
 * import { inputs, pytorch } from "@touchstone/touchstone/props";
 *
 * export const subjects = await pytorch([{
 *   name: "nn.Linear",
 *   spec: { class: "Linear", args: [4, 2] },
 *   inputs: [inputs.tensor({ shape: [inputs.size(1, 4), 4] })],
 *   claims: { batchIndependent: true },
 * }]);
 * ```
 */
export async function pytorch(
  modules: readonly LibraryModule[],
  { python = "python3" }: PyTorchOptions = {},
): Promise<Subject[]> {
  try {
    return await librarySubjects({ command: [python, "-u", ...await program()] }, modules);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    throw new ServerError(
      `${error.message}; PyTorch is installed as https://pytorch.org/get-started/locally tells, ` +
        `and pytorch()'s option "python" names the Python that has it`,
    );
  }
}

/** The server: its path, or its text where this package came from a URL. */
async function program(): Promise<string[]> {
  const url = new URL("./pytorch.py", import.meta.url);
  if (url.protocol === "file:") return [decodeURIComponent(url.pathname)];
  return ["-c", await (await fetch(url)).text()];
}
