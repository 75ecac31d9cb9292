/**
 * PyTorch's zip format, the default of `torch.save` since 1.6: `data.pkl`, one record a storage,
 * and a few small ones.
 *
 * @module
 */
import {
  CheckpointError,
  type DeviceName,
  DTYPES,
  fromStorage,
  Storage,
  type Tensor,
} from "../core/mod.ts";
import { hostCrc32 } from "./crc32.ts";
import { decodeValue, findTensors, type Loaded } from "./decode_value.ts";
import type { EncodedValue } from "./encode_value.ts";
import { readPickle } from "./pickle_reader.ts";
import { writePickle } from "./pickle_writer.ts";
import type { ByteSource } from "./source.ts";
import type { StorageCall, TensorCall } from "./tensor_call.ts";
import { admitGlobal } from "./torch_names.ts";
import { type ZipEntry, ZipReader } from "./zip_reader.ts";
import { type ByteSink, ZipWriter } from "./zip_writer.ts";

/** How a checkpoint is read, once its format is known. */
export interface ReadOptions {
  /** The device for all tensors. */
  device: DeviceName;
  /** Whether record sizes must be exact and checksums right. */
  strict: boolean;
  /** The byte order to believe, whatever the file says. */
  byteOrder: "little" | "big" | undefined;
}

/** Objects made of a pickle's bytes take some hundred times its size, and weights are not in it. */
const MAX_PICKLE = 512 * 2 ** 20;

/**
 * Writes a value in this format.
 *
 * @param encoded The value, taken apart.
 * @param root The folder inside of the archive that all records are in.
 * @param sink What takes the bytes.
 */
export async function writeTorchZip(
  encoded: EncodedValue,
  root: string,
  sink: ByteSink,
): Promise<void> {
  const { root: node, storages } = encoded;
  const pickle = writePickle(node);
  const zip = new ZipWriter(sink, await hostCrc32());
  const text = (content: string) => new TextEncoder().encode(content);
  // Without `.format_version`, torch reads where records are instead of computing it.
  await zip.record(`${root}/data.pkl`, pickle.length, [pickle]);
  await zip.record(`${root}/byteorder`, 6, [text("little")]);
  for (const [index, storage] of storages.entries()) {
    await zip.record(`${root}/data/${index}`, storage.nbytes, [await storage.bytes()]);
  }
  await zip.record(`${root}/version`, 2, [text("3\n")]);
  await zip.finish();
}

/**
 * Reads a checkpoint in this format.
 *
 * @param source A zip archive.
 * @param options The device, and how strictly to read.
 * @returns The value of `data.pkl`.
 * @throws CheckpointError for another kind of archive, for damage, and for what is not supported.
 * @throws UnsafePickleError for a global outside of the allow-list.
 */
export async function readTorchZip(source: ByteSource, options: ReadOptions): Promise<Loaded> {
  const archive = new Archive(source, await ZipReader.open(source), options);
  const entry = archive.record("data.pkl");
  if (entry.size > MAX_PICKLE) {
    throw new CheckpointError(`${source.label}: data.pkl has ${entry.size} bytes, too many`);
  }
  await archive.checkVersion();
  const bigEndian = await archive.isBigEndian();
  const { value } = readPickle(await archive.read(entry), {
    label: `data.pkl in ${source.label}`,
    admit: admitGlobal,
  });
  const storages = new Map<string, Storage>();
  const tensors = new Map<typeof value, Tensor>();
  for (const [node, call] of findTensors(value)) {
    const { storage: { key, dtype, pending } } = call;
    const name = `${key} ${dtype} ${pending}`;
    let storage = storages.get(name);
    if (storage === undefined) {
      storage = await archive.storage(call.storage, bigEndian);
      storages.set(name, storage);
    }
    tensors.set(node, tensorOf(storage, call));
  }
  return decodeValue(value, tensors);
}

function tensorOf(storage: Storage, call: TensorCall): Tensor {
  if (storage.nbytes !== call.storage.nbytes) {
    throw new CheckpointError(
      `Storage "${call.storage.key}" is said to have ${storage.nbytes} bytes, ` +
        `and elsewhere ${call.storage.nbytes}`,
    );
  }
  return fromStorage(storage, call);
}

/** The records of one checkpoint. */
class Archive {
  #source: ByteSource;
  #zip: ZipReader;
  #options: ReadOptions;
  /** What the names of all its records begin with. */
  #root: string;

  constructor(source: ByteSource, zip: ZipReader, options: ReadOptions) {
    this.#source = source;
    this.#zip = zip;
    this.#options = options;
    this.#root = this.#findRoot();
  }

  /** The folder of `data.pkl`: the file's name may have changed since. */
  #findRoot(): string {
    const label = this.#source.label;
    const entries = this.#zip.entries.filter(({ name }) => !/(^|\/)__MACOSX\//.test(name));
    const found = entries.filter(({ name }) => /(^|\/)data\.pkl$/i.test(name));
    const holds = (pattern: RegExp) => entries.some(({ name }) => pattern.test(name));
    if (holds(/(^|\/)(constants\.pkl|model\.json)$/i)) {
      throw new CheckpointError(`${label} is a TorchScript archive: not supported yet`);
    }
    if (found.length === 1) return found[0].name.slice(0, -"data.pkl".length);
    if (found.length > 1) {
      throw new CheckpointError(
        `${label} holds ${found.length} pickles: ${found.map(({ name }) => name).join(", ")}`,
      );
    }
    if (holds(/(^|\/)\.data\/extern_modules$/)) {
      throw new CheckpointError(`${label} is a torch.package archive: not supported yet`);
    }
    if (holds(/(^|\/)archive_format$/)) {
      throw new CheckpointError(`${label} is a torch.export archive: not supported yet`);
    }
    if (entries.length > 0 && entries.every(({ name }) => name.endsWith(".npy"))) {
      throw new CheckpointError(`${label} is a NumPy npz archive: not supported yet`);
    }
    throw new CheckpointError(`${label} is a zip archive without data.pkl: no checkpoint`);
  }

  find(name: string): ZipEntry | undefined {
    return this.#zip.find(this.#root + name);
  }

  record(name: string): ZipEntry {
    const entry = this.find(name);
    if (entry === undefined) {
      throw new CheckpointError(`${this.#source.label} has no record "${this.#root}${name}"`);
    }
    return entry;
  }

  read(entry: ZipEntry): Promise<Uint8Array> {
    return this.#zip.read(entry, { checkCrc: this.#options.strict });
  }

  async #text(entry: ZipEntry): Promise<string> {
    if (entry.size > 64) {
      throw new CheckpointError(
        `${this.#source.label}: record "${entry.name}" has ${entry.size} bytes, too many`,
      );
    }
    return new TextDecoder().decode(await this.read(entry));
  }

  /** PyTorch reads the number as C's `stoull` does, and takes 1 to 10. */
  async checkVersion(): Promise<void> {
    const text = await this.#text(this.find(".data/version") ?? this.record("version"));
    const version = Number(/^\s*\+?(\d+)/.exec(text)?.[1]);
    if (!(version >= 1 && version <= 10)) {
      throw new CheckpointError(
        `${this.#source.label} is of version ${JSON.stringify(text)}; 1 to 10 are known`,
      );
    }
  }

  async isBigEndian(): Promise<boolean> {
    if (this.#options.byteOrder !== undefined) return this.#options.byteOrder === "big";
    const entry = this.find("byteorder");
    if (entry === undefined) return false; // before 2.1; PyTorch assumes little too
    const text = await this.#text(entry);
    if (text !== "little" && text !== "big") {
      throw new CheckpointError(`${this.#source.label} has the byte order ${JSON.stringify(text)}`);
    }
    return text === "big";
  }

  async storage(call: StorageCall, bigEndian: boolean): Promise<Storage> {
    // The first releases that wrote zip files called the folder "tensors".
    const entry = this.find(`tensors/${call.key}`) ?? this.record(`data/${call.key}`);
    const exact = this.#options.strict && entry.size !== call.nbytes;
    if (entry.size < call.nbytes || exact) {
      throw new CheckpointError(
        `${this.#source.label}: record "${entry.name}" has ${entry.size} bytes, ` +
          `and its storage ${call.nbytes}`,
      );
    }
    const { itemSize } = DTYPES[call.dtype];
    let bytes = (await this.read(entry)).subarray(0, call.nbytes);
    if (bigEndian && itemSize > 1) {
      if (call.untyped && this.#options.byteOrder === undefined) {
        throw new CheckpointError(
          `${this.#source.label}: PyTorch does not say whether a big-endian file's ${call.dtype} ` +
            `storages are swapped; pass { byteOrder: "little" } or "big"`,
        );
      }
      bytes = swapped(bytes, call.dtype === "complex64" ? 4 : itemSize);
    }
    if (call.pending !== "") bytes = signsFlipped(bytes, call);
    return Storage.fromBytes(call.dtype, bytes, this.#options.device);
  }
}

/** The bytes with every group of `width` reversed. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    const inside = at % width;
    result[at] = bytes[at - inside + width - 1 - inside];
  }
  return result;
}

/** Floats, little-endian, with the signs turned that PyTorch left for later. */
function signsFlipped(bytes: Uint8Array, { dtype, pending }: StorageCall): Uint8Array {
  const result = bytes.slice();
  const complex = dtype === "complex64";
  const width = complex ? 4 : DTYPES[dtype].itemSize;
  const negative = pending.includes("neg"), conjugate = pending.includes("conj");
  for (let at = width - 1, index = 0; at < result.length; at += width, index++) {
    const imaginary = complex && index % 2 === 1;
    if (negative !== (conjugate && imaginary)) result[at] ^= 0x80;
  }
  return result;
}
