/**
 * Checkpoints: `save` and `load`, in the format that PyTorch itself reads and writes.
 *
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import { load, type Loaded, save } from "@touchstone/touchstone/serialize";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".pt" });
 * const moment = tensor([0.5, 0.25]);
 * await save({ epoch: 3, state: [moment, moment.reshape([2, 1])] }, path);
 *
 * const checkpoint = await load<Map<string, Loaded>>(path);
 * assertEquals(checkpoint.get("epoch"), 3);
 * await Deno.remove(path);
 * ```
 *
 * A file is a zip archive with one pickle, which describes the value, and one record for each
 * storage. The pickle is read as data: what it names stands for a value of an allow-list or is
 * refused, and nothing is ever run. Memory is bounded by the real size of the file, never by a
 * number read from it.
 *
 * @module
 */
export { Complex } from "./complex.ts";
export type { Loaded, LoadedKey } from "./decode_value.ts";
export { load, type LoadOptions } from "./load.ts";
export { save, type SaveOptions, toBytes } from "./save.ts";
export type { LoadSource } from "./source.ts";
