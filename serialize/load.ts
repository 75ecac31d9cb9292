/**
 * Reading checkpoints.
 *
 * @module
 */
import { type DeviceLike, openDevice } from "../core/mod.ts";
import type { StateDict } from "../nn/mod.ts";
import type { Loaded } from "./decode_value.ts";
import { readAnyFormat } from "./formats.ts";
import { type LoadSource, openSource } from "./source.ts";

/** How {@linkcode load} reads. */
export interface LoadOptions {
  /** The device that all tensors go to. Default `"cpu"`; what the file says is ignored. */
  device?: DeviceLike;
  /**
   * Whether to hold records against their checksums and exact sizes. PyTorch does neither, so the
   * default is false: a file that PyTorch loads is loaded.
   */
  strict?: boolean;
  /**
   * The byte order of the numbers, for files that do not say it (PyTorch before 2.1) or say it
   * wrongly. Default: what the file says, else little.
   */
  byteOrder?: "little" | "big";
}

/**
 * Reads what `torch.save` or `save` wrote. Nothing in the file is run: a pickle may only name
 * globals of an allow-list, and those only stand for values.
 *
 * The type parameter is the caller's expectation, by default a state dict: the file decides what it
 * really holds, and `loadStateDict` checks names, shapes and dtypes. For a nested checkpoint ask for
 * `load<Map<string, Loaded>>(...)`, and narrow its parts. Tensors that shared a storage share one,
 * and one object is one object. Python's values become: `None` null, `int` a number (a bigint past
 * 2^53), `float` a number, `str` a string, `bytes` a Uint8Array, `list` an array, `tuple` a frozen
 * array, `dict` a Map, `OrderedDict` a StateDict, `set` a Set, `complex` a `Complex`, a
 * `torch.device` or `torch.dtype` its name.
 *
 * PyTorch: `torch.load(f, map_location=device, weights_only=True)`.
 *
 * @param source A path, a URL, bytes, a Blob, a Response or a stream.
 * @param options The device, strictness, and byte order.
 * @returns The value that was saved.
 * @throws {CheckpointError} If the file is damaged (what, and where), is in another format, or holds
 * what is not supported.
 * @throws {UnsafePickleError} If its pickle names any other global.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import { load, type Loaded, toBytes } from "@touchstone/touchstone/serialize";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = await toBytes({ epoch: 3, weight: tensor([1, 2]) });
 * const checkpoint = await load<Map<string, Loaded>>(bytes);
 * assertEquals(checkpoint.get("epoch"), 3);
 * ```
 */
export async function load<T extends Loaded = StateDict>(
  source: LoadSource,
  options: LoadOptions = {},
): Promise<NoInfer<T>> {
  const { strict = false, byteOrder } = options;
  const device = (await openDevice(options.device ?? "cpu")).name;
  const opened = await openSource(source);
  try {
    return await readAnyFormat(opened, { device, strict, byteOrder }) as T;
  } finally {
    opened.close();
  }
}
