/**
 * A zip archive written the way PyTorch writes one: stored records whose payloads start on a
 * multiple of 64 bytes, sizes and checksums after the payload, a zip64 tail always.
 *
 * Torch maps such files into memory and slices them at computed offsets, so the layout is fixed to
 * the byte.
 *
 * @module
 */
import type { Crc32 } from "./crc32.ts";

/** Where bytes go, in order. */
export interface ByteSink {
  /**
   * Takes the next bytes, and resolves when there is room for more.
   *
   * @param bytes The bytes, which nobody changes afterwards.
   */
  write(bytes: Uint8Array): Promise<void>;
}

interface WrittenRecord {
  readonly name: Uint8Array;
  readonly flags: number;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
}

const ALIGNMENT = 64;
/** Sizes and offsets from here on need a zip64 field. */
const ZIP32_MAX = 0xffffffff;
const FLAG_UTF8 = 0x0800;
const FLAG_DESCRIPTOR = 0x0008;

/** Assembles little-endian fields. */
class Fields {
  #bytes: number[] = [];

  u16(...values: number[]): this {
    for (const value of values) this.#bytes.push(value & 0xff, (value >>> 8) & 0xff);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.u16(value & 0xffff, value >>> 16);
    return this;
  }

  u64(...values: number[]): this {
    for (const value of values) this.u32(value % 2 ** 32, Math.floor(value / 2 ** 32));
    return this;
  }

  bytes(values: Iterable<number>): this {
    for (const value of values) this.#bytes.push(value);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** A zip64 extra field holding those of the values that do not fit 32 bits, or nothing. */
function zip64Extra(values: number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array(0);
  return new Fields().u16(0x0001, 8 * values.length).u64(...values).done();
}

/**
 * Writes records one after the other, then the directory. The caller waits for each call.
 */
export class ZipWriter {
  #sink: ByteSink;
  #crc32: Crc32;
  #records: WrittenRecord[] = [];
  #offset = 0;

  /**
   * Starts an archive at the sink's current position.
   *
   * @param sink What takes the bytes.
   * @param crc32 The checksum function to use.
   */
  constructor(sink: ByteSink, crc32: Crc32) {
    this.#sink = sink;
    this.#crc32 = crc32;
  }

  /**
   * Writes one record.
   *
   * @param name The full name inside of the archive, with "/" between its parts.
   * @param size The payload's length in bytes; the header needs it before the payload comes.
   * @param chunks The payload.
   * @throws RangeError when the payload is not `size` bytes long.
   */
  async record(
    name: string,
    size: number,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const encodedName = new TextEncoder().encode(name);
    const offset = this.#offset;
    // PyTorch writes no descriptor for an empty record, and no sizes in any local header.
    const flags = size > 0 ? FLAG_UTF8 | FLAG_DESCRIPTOR : FLAG_UTF8;
    const bigSize = size >= ZIP32_MAX, bigOffset = offset >= ZIP32_MAX;
    const zip64 = zip64Extra([...(bigSize ? [size, 0] : []), ...(bigOffset ? [offset] : [])]);
    const start = offset + 30 + encodedName.length + zip64.length + 4;
    const padding = (ALIGNMENT - (start % ALIGNMENT)) % ALIGNMENT;
    const header = new Fields().u32(0x04034b50).u16(0, flags, 0, 0, 0).u32(0, 0, 0)
      .u16(encodedName.length, zip64.length + 4 + padding)
      .bytes(encodedName).bytes(zip64).bytes([0x46, 0x42]).u16(padding)
      .bytes(new Uint8Array(padding).fill(0x5a));
    await this.#write(header.done());

    let crc = 0, written = 0;
    for await (const chunk of chunks) {
      written += chunk.length;
      if (written > size) break;
      crc = this.#crc32(chunk, crc);
      await this.#write(chunk);
    }
    if (written !== size) {
      throw new RangeError(`Record ${name} was announced with ${size} bytes and gave ${written}`);
    }
    if (size > 0) {
      const descriptor = new Fields().u32(0x08074b50, crc);
      if (bigSize || bigOffset) descriptor.u64(size, size);
      else descriptor.u32(size, size);
      await this.#write(descriptor.done());
    }
    this.#records.push({ name: encodedName, flags, crc, size, offset });
  }

  /** Writes the directory and the tail; the archive is complete after it. */
  async finish(): Promise<void> {
    const directory = this.#offset;
    for (const { name, flags, crc, size, offset } of this.#records) {
      const bigSize = size >= ZIP32_MAX, bigOffset = offset >= ZIP32_MAX;
      const zip64 = zip64Extra([...(bigSize ? [size, size] : []), ...(bigOffset ? [offset] : [])]);
      const shownSize = Math.min(size, ZIP32_MAX);
      const entry = new Fields().u32(0x02014b50).u16(0, 0, flags, 0, 0, 0)
        .u32(crc, shownSize, shownSize).u16(name.length, zip64.length, 0, 0, 0)
        .u32(0, Math.min(offset, ZIP32_MAX)).bytes(name).bytes(zip64);
      await this.#write(entry.done());
    }
    const tail = this.#offset;
    const count = this.#records.length, shownCount = Math.min(count, 0xffff);
    const length = tail - directory;
    await this.#write(
      new Fields()
        .u32(0x06064b50).u64(44).u16(0x031e, 45).u32(0, 0).u64(count, count, length, directory)
        .u32(0x07064b50, 0).u64(tail).u32(1)
        .u32(0x06054b50).u16(0, 0, shownCount, shownCount)
        .u32(Math.min(length, ZIP32_MAX), Math.min(directory, ZIP32_MAX)).u16(0)
        .done(),
    );
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#sink.write(bytes);
    this.#offset += bytes.length;
  }
}
