/**
 * Models of TensorFlow.js as what to judge.
 *
 * @module
 */
import type { Subject } from "../subject.ts";
import { type LibraryModule, librarySubjects } from "./library.ts";
import type { ServerOptions } from "./server.ts";

/**
 * Models of TensorFlow.js as what to judge, by a server in a process of its own, which alone imports
 * that library. Needs `--allow-run`, and the network or a filled cache the first time.
 *
 * A spec is `{ topology, modules? }`: a model as its `model.json` describes it and `model.toJSON` gives
 * it, and the URLs of modules that register classes of layers in it. Layers should have names: those that
 * TensorFlow.js makes up differ from instance to instance.
 *
 * The library keeps neither a mode nor gradients, and draws from `Math.random`: the server keeps the
 * first two and seeds the last, so laws that look at nothing else say little of it.
 *
 * @param modules The models.
 * @returns The subjects, in the same order.
 * @throws {ServerError} If the server can't be started.
 *
 * @example
 * ```ts ignore
 * import { inputs, tensorflow } from "@touchstone/touchstone/props";
 *
 * const config = { name: "fc", units: 3, batch_input_shape: [null, 4] };
 * const layers = [{ class_name: "Dense", config }];
 * export const subjects = await tensorflow([{
 *   name: "Dense",
 *   spec: { topology: { class_name: "Sequential", config: { layers } } },
 *   inputs: [inputs.tensor({ shape: [inputs.size(1, 4), 4] })],
 *   claims: { batchIndependent: true },
 * }]);
 * ```
 */
export async function tensorflow(modules: readonly LibraryModule[]): Promise<Subject[]> {
  return await librarySubjects(tensorflowServer(), modules);
}

/**
 * How the server for TensorFlow.js is started: by this same Deno, with a lock of its own where this
 * package lies on disk.
 */
export function tensorflowServer(): ServerOptions {
  const server = new URL("./tensorflow/server.ts", import.meta.url);
  const lock = new URL("./tensorflow/deno.lock", import.meta.url);
  const locked = server.protocol === "file:"
    ? [`--lock=${decodeURIComponent(lock.pathname)}`, "--frozen"]
    : ["--no-lock"];
  return {
    command: [Deno.execPath(), "run", "-A", "--quiet", "--no-config", ...locked, server.href],
  };
}
