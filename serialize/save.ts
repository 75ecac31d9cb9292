/**
 * Writing checkpoints.
 *
 * @module
 */
import { CheckpointError } from "../core/mod.ts";
import { writeAtomically } from "./_atomic.ts";
import { encodeValue } from "./encode_value.ts";
import { writeTorchZip } from "./torch_zip.ts";

/** How {@linkcode save} writes. */
export interface SaveOptions {
  /**
   * The folder that the records are in, inside of the archive. Default: the file's name without its
   * extension, as PyTorch has it, or "archive" where there is no file.
   */
  root?: string;
}

/** What other formats are called by; they are not to be mistaken for this one. */
const OTHER_FORMATS: Readonly<Record<string, string>> = {
  safetensors: "safetensors",
  npz: "NumPy's npz",
  npy: "NumPy's npy",
};

/**
 * Writes a checkpoint that PyTorch reads, and `load` too.
 *
 * What may be saved: tensors, numbers (integers become `int`, others `float`), bigints, strings,
 * booleans, null, `Uint8Array`s, `Complex`; arrays (frozen ones become tuples), Maps and plain
 * objects (dicts), StateDicts (an `OrderedDict` with `_metadata`) and Sets of these. Tensors that
 * share a storage share one in the file; a view saves the whole storage that it looks into, as
 * PyTorch's does. The same value gives the same bytes.
 *
 * PyTorch reads the file with `weights_only=True` too, except for bytes, Sets and `Complex` before
 * 2.6, floats before 2.0, and the dtypes that it had not yet.
 *
 * A file is written whole or not at all: under another name in the same folder, flushed to the disk,
 * then renamed. Do not write to the tensors before the promise resolves: storages are read one by
 * one.
 *
 * PyTorch: `torch.save(value, f)`.
 *
 * @param value What to save.
 * @param destination A path, a `file:` URL, or a stream, which is closed at the end.
 * @param options The folder inside of the archive.
 * @throws {TypeError} If a part of the value cannot be saved; the message has the path to it.
 * @throws {CheckpointError} If the file's extension is that of a format that is not supported.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import { load, save } from "@touchstone/touchstone/serialize";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".pt" });
 * await save(new Map([["weight", tensor([[1, 2], [3, 4]])]]), path);
 * const loaded = await load(path);
 * assertEquals(await loaded.get("weight")!.tolist(), [[1, 2], [3, 4]]);
 * await Deno.remove(path);
 * ```
 */
export async function save(
  value: unknown,
  destination: string | URL | WritableStream<Uint8Array>,
  options: SaveOptions = {},
): Promise<void> {
  const encoded = encodeValue(value);
  if (destination instanceof WritableStream) {
    const writer = destination.getWriter();
    try {
      await writeTorchZip(encoded, rootOf(options.root ?? "archive"), writer);
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => {});
      throw error;
    }
    return;
  }
  if (typeof Deno === "undefined") {
    throw new TypeError("save() to a path needs a host with files; toBytes() or a stream do not");
  }
  const name = String(destination).replace(/^.*[/\\]/, "");
  const extension = /\.([^.]*)$/.exec(name)?.[1].toLowerCase() ?? "";
  if (Object.hasOwn(OTHER_FORMATS, extension)) {
    throw new CheckpointError(
      `Cannot save ${JSON.stringify(name)}: ${OTHER_FORMATS[extension]} is not supported yet`,
    );
  }
  const root = rootOf(options.root ?? name.replace(/\.[^.]*$/, ""));
  await writeAtomically(destination, (sink) => writeTorchZip(encoded, root, sink));
}

/**
 * Like {@linkcode save}, into memory.
 *
 * PyTorch: `torch.save(value, io.BytesIO())`.
 *
 * @param value What to save.
 * @param options The folder inside of the archive.
 * @returns The bytes of the file.
 * @throws {TypeError} If a part of the value cannot be saved; the message has the path to it.
 *
 * @example
 * ```ts
 * import { load, toBytes } from "@touchstone/touchstone/serialize";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = await toBytes(["any", "value", 1.5]);
 * assertEquals(await load<string[]>(bytes), ["any", "value", 1.5]);
 * ```
 */
export async function toBytes(
  value: unknown,
  options: SaveOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  await writeTorchZip(encodeValue(value), rootOf(options.root ?? "archive"), {
    write(bytes) {
      parts.push(bytes);
      length += bytes.length;
      return Promise.resolve();
    },
  });
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** PyTorch refuses an empty name, and its releases differ on names that are not ASCII. */
function rootOf(name: string): string {
  return /^[\x20-\x7e]+$/.test(name) && !/[/\\]/.test(name) ? name : "archive";
}
