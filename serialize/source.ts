/**
 * What a checkpoint is read from: a file, a URL, bytes, a Blob, a Response or a stream, behind one
 * interface with a size and random access.
 *
 * Files and Blobs are read range by range; what can only be read in order is gathered first.
 *
 * @module
 */
import { CheckpointError } from "../core/mod.ts";

/**
 * What `load` reads: a path, a `file:`, `http:` or `https:` URL (as a `URL` or a string), the bytes
 * themselves, a `Blob`, a `Response` or a stream of bytes.
 */
export type LoadSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Response
  | ReadableStream<Uint8Array>;

/** Bytes with a known size, read by range. */
export interface ByteSource {
  /** How messages call it. */
  readonly label: string;
  /** Its length in bytes: the real one, which bounds all memory taken. */
  readonly size: number;
  /**
   * Reads a range.
   *
   * @param offset The first byte.
   * @param length How many bytes.
   * @returns Exactly `length` bytes; they may alias the source and are not to be written to.
   * @throws CheckpointError when the range does not lie inside of the source.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Closes what was opened for it. */
  close(): void;
}

function checkRange(source: ByteSource, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= source.size)) {
    throw new CheckpointError(
      `${source.label}: bytes ${offset} to ${offset + length} are asked for, ` +
        `and there are only ${source.size}; the data is truncated or damaged`,
    );
  }
}

/** A source over bytes in memory. */
class MemorySource implements ByteSource {
  readonly size: number;

  constructor(readonly label: string, readonly bytes: Uint8Array) {
    this.size = bytes.length;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return new Promise((resolve) => {
      checkRange(this, offset, length);
      resolve(this.bytes.subarray(offset, offset + length));
    });
  }

  close(): void {}
}

/** A source over a Blob, which may live on disk. */
class BlobSource implements ByteSource {
  readonly label = "the Blob";
  readonly size: number;

  constructor(readonly blob: Blob) {
    this.size = blob.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    return new Uint8Array(await this.blob.slice(offset, offset + length).arrayBuffer());
  }

  close(): void {}
}

/** A source over an open regular file. */
class FileSource implements ByteSource {
  constructor(readonly label: string, readonly size: number, readonly file: Deno.FsFile) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const bytes = new Uint8Array(length);
    await this.file.seek(offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < length;) {
      const count = await this.file.read(bytes.subarray(filled));
      if (count === null) {
        throw new CheckpointError(
          `${this.label} ended at byte ${offset + filled} while being read`,
        );
      }
      filled += count;
    }
    return bytes;
  }

  close(): void {
    this.file.close();
  }
}

async function gather(label: string, stream: ReadableStream<Uint8Array>): Promise<ByteSource> {
  const bytes = await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer();
  return new MemorySource(label, new Uint8Array(bytes));
}

async function openFile(path: string | URL): Promise<ByteSource> {
  if (typeof Deno === "undefined") {
    throw new TypeError(`Cannot open ${path}: this host has no files; pass the bytes or a Blob`);
  }
  const label = JSON.stringify(String(path));
  const file = await Deno.open(path, { read: true });
  try {
    const info = await file.stat();
    if (info.isFile) return new FileSource(label, info.size, file);
    if (info.isDirectory) throw new CheckpointError(`${label} is a folder, not a checkpoint file`);
  } catch (error) {
    file.close();
    throw error;
  }
  return await gather(label, file.readable); // a pipe or a device; reading to the end closes it
}

async function openResponse(response: Response): Promise<ByteSource> {
  const label = response.url === "" ? "the Response" : JSON.stringify(response.url);
  if (!response.ok) {
    await response.body?.cancel();
    throw new CheckpointError(`${label} answered ${response.status} ${response.statusText}`.trim());
  }
  return new MemorySource(label, new Uint8Array(await response.arrayBuffer()));
}

/**
 * Opens whatever `load` was given.
 *
 * @param source The path, URL, bytes, Blob, Response or stream.
 * @returns The source, which the caller closes.
 * @throws CheckpointError for a folder or an HTTP status that is no success.
 * @throws TypeError for a value that is none of these.
 */
export async function openSource(source: LoadSource): Promise<ByteSource> {
  if (typeof source === "string") {
    if (!/^(https?|file):\/\//i.test(source)) return await openFile(source);
    source = new URL(source);
  }
  if (source instanceof URL) {
    return source.protocol === "file:"
      ? await openFile(source)
      : await openResponse(await fetch(source));
  }
  if (source instanceof Uint8Array) return new MemorySource("the given data", source);
  if (source instanceof ArrayBuffer) {
    return new MemorySource("the given data", new Uint8Array(source));
  }
  if (source instanceof Blob) return new BlobSource(source);
  if (source instanceof Response) return await openResponse(source);
  if (source instanceof ReadableStream) return await gather("the stream", source);
  throw new TypeError(
    `load() reads a path, URL, Uint8Array, ArrayBuffer, Blob, Response or ReadableStream, ` +
      `not ${Object.prototype.toString.call(source)}`,
  );
}
