/**
 * Reads zip archives as PyTorch's reader does: the central directory is believed, local headers
 * only say where a payload starts.
 *
 * Every number read from the archive is held against the archive's real size before it is used.
 *
 * @module
 */
import { CheckpointError } from "../core/mod.ts";
import { hostCrc32 } from "./crc32.ts";
import type { ByteSource } from "./source.ts";

/** One record of an archive, as its directory describes it. */
export interface ZipEntry {
  /** The full name, "/" between its parts. */
  readonly name: string;
  /** The payload's length once inflated, in bytes. */
  readonly size: number;
  /** The payload's length in the archive, in bytes. */
  readonly storedSize: number;
  /** Whether the payload is deflated rather than stored. */
  readonly deflated: boolean;
  /** The checksum that the directory gives. */
  readonly crc: number;
  /** Where the record's local header starts. */
  readonly offset: number;
  /** Where the next record or the directory starts: the payload ends before it. */
  readonly limit: number;
}

const END_SIZE = 22;
const ZIP64_END_SIZE = 56;
const LOCATOR_SIZE = 20;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
/** How far from the end of the file the end record is looked for: the longest comment. */
const MAX_COMMENT = 0xffff;
/**
 * Inflated bytes that an archive may give on top of a multiple of its size. Deflate can reach
 * 1032 to 1, weights do not come near 2 to 1, and a checkpoint with blank moments somewhat more.
 */
const INFLATE_ALLOWANCE = 64 * 2 ** 20;
const INFLATE_RATIO = 256;

/** The records of one archive. */
export class ZipReader {
  /** The records in the directory's order; folders are left out. */
  readonly entries: readonly ZipEntry[];
  #source: ByteSource;
  #byName: Map<string, ZipEntry>;
  #inflatable: number;

  /** Use {@linkcode ZipReader.open}. */
  private constructor(source: ByteSource, entries: ZipEntry[], byName: Map<string, ZipEntry>) {
    this.#source = source;
    this.entries = entries;
    this.#byName = byName;
    this.#inflatable = INFLATE_ALLOWANCE + INFLATE_RATIO * source.size;
  }

  /**
   * Reads the directory.
   *
   * @param source The archive.
   * @returns The reader; closing the source stays with the caller.
   * @throws CheckpointError when the directory is missing, damaged or ambiguous.
   */
  static async open(source: ByteSource): Promise<ZipReader> {
    const { start, length, count } = await findDirectory(source);
    const entries = parseDirectory(source, await source.read(start, length), start, count);
    const byName = new Map<string, ZipEntry>();
    for (const entry of entries) {
      // PyTorch looks names up without regard to case, so two such names are one record twice.
      const key = entry.name.toLowerCase();
      if (byName.has(key)) {
        throw new CheckpointError(`${source.label}: the archive has two records "${entry.name}"`);
      }
      byName.set(key, entry);
    }
    return new ZipReader(source, entries.filter((entry) => !entry.name.endsWith("/")), byName);
  }

  /**
   * Finds a record by its full name, letter case aside.
   *
   * @param name The record's name.
   * @returns The record, or undefined.
   */
  find(name: string): ZipEntry | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /**
   * Reads a record's payload.
   *
   * @param entry The record.
   * @param options `checkCrc`: hold the payload against the directory's checksum.
   * @returns The payload, inflated if need be; it may alias the source.
   * @throws CheckpointError when the record does not hold what the directory says.
   */
  async read(entry: ZipEntry, options: { checkCrc?: boolean } = {}): Promise<Uint8Array> {
    const fail = (what: string): CheckpointError =>
      new CheckpointError(
        `${this.#source.label}: record "${entry.name}" at byte ${entry.offset} ${what}`,
      );
    const local = viewOf(await this.#source.read(entry.offset, LOCAL_SIZE));
    if (local.getUint32(0, true) !== 0x04034b50) throw fail("has no local header");
    const start = entry.offset + LOCAL_SIZE + local.getUint16(26, true) + local.getUint16(28, true);
    if (start + entry.storedSize > entry.limit) {
      throw fail(`is ${entry.storedSize} bytes long and would run into what follows it`);
    }
    if (entry.deflated && entry.size > this.#inflatable) {
      throw fail(`inflates ${entry.storedSize} bytes to ${entry.size}, more than is believable`);
    }
    const stored = await this.#source.read(start, entry.storedSize);
    const bytes = entry.deflated ? await inflate(stored, entry.size, fail) : stored;
    if (entry.deflated) this.#inflatable -= bytes.length;
    if (options.checkCrc && (await hostCrc32())(bytes) !== entry.crc) {
      throw fail("does not match its checksum");
    }
    return bytes;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A 64-bit field as a number; one past 2^53 is past any file's end as well. */
function u64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

interface DirectoryPlace {
  start: number;
  length: number;
  count: number;
}

async function findDirectory(source: ByteSource): Promise<DirectoryPlace> {
  const tailSize = Math.min(source.size, MAX_COMMENT + END_SIZE + LOCATOR_SIZE + ZIP64_END_SIZE);
  const tailStart = source.size - tailSize;
  const tail = viewOf(await source.read(tailStart, tailSize));
  for (let at = tailSize - END_SIZE; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    const end = tailStart + at;
    const place = {
      start: tail.getUint32(at + 16, true),
      length: tail.getUint32(at + 12, true),
      count: tail.getUint16(at + 10, true),
    };
    let disks = tail.getUint16(at + 4, true) + tail.getUint16(at + 6, true);
    const locator = at - LOCATOR_SIZE;
    if (locator >= 0 && tail.getUint32(locator, true) === 0x07064b50) {
      const wide = await source.read(u64(tail, locator + 8), ZIP64_END_SIZE);
      const view = viewOf(wide);
      if (view.getUint32(0, true) !== 0x06064b50) {
        throw new CheckpointError(
          `${source.label}: the zip64 end record is not at byte ${u64(tail, locator + 8)}, ` +
            `where byte ${tailStart + locator} says it is`,
        );
      }
      place.start = u64(view, 48);
      place.length = u64(view, 40);
      place.count = u64(view, 32);
      disks = view.getUint32(16, true) + view.getUint32(20, true);
    }
    if (disks !== 0) {
      throw new CheckpointError(`${source.label}: archives of several parts are not supported`);
    }
    if (place.start + place.length > end || place.count * ENTRY_SIZE > place.length) {
      throw new CheckpointError(
        `${source.label}: the archive's directory (${place.count} records in ${place.length} ` +
          `bytes at byte ${place.start}) does not fit before its end record at byte ${end}`,
      );
    }
    return place;
  }
  throw new CheckpointError(
    `${source.label}: a zip archive of ${source.size} bytes without its directory, ` +
      `which would be at the end: the file is truncated (an interrupted download?)`,
  );
}

function parseDirectory(
  source: ByteSource,
  bytes: Uint8Array,
  start: number,
  count: number,
): ZipEntry[] {
  const view = viewOf(bytes);
  const entries: (ZipEntry & { limit: number })[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const fail = (what: string): CheckpointError =>
      new CheckpointError(
        `${source.label}: the archive's directory ${what} at byte ${start + at} (entry ${index})`,
      );
    if (at + ENTRY_SIZE > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw fail("has no entry");
    }
    const nameLength = view.getUint16(at + 28, true), extraLength = view.getUint16(at + 30, true);
    const next = at + ENTRY_SIZE + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) throw fail("ends inside of an entry");
    const extraStart = at + ENTRY_SIZE + nameLength;
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_SIZE, extraStart));
    if (view.getUint16(at + 8, true) & 1) throw fail(`has the encrypted record "${name}"`);
    const method = view.getUint16(at + 10, true);
    if (method !== 0 && method !== 8) {
      throw fail(`has the record "${name}" with unsupported compression method ${method}`);
    }
    const wide = wideFields(view, extraStart, extraStart + extraLength);
    const field = (shown: number): number => {
      if (shown !== 0xffffffff) return shown;
      const value = wide.shift();
      if (value === undefined) throw fail(`lacks zip64 sizes of "${name}"`);
      return value;
    };
    const size = field(view.getUint32(at + 24, true));
    const storedSize = field(view.getUint32(at + 20, true));
    const offset = field(view.getUint32(at + 42, true));
    if (offset + LOCAL_SIZE + storedSize > start) {
      throw fail(`puts "${name}" (${storedSize} bytes at byte ${offset}) behind itself`);
    }
    if (method === 0 && size !== storedSize) {
      throw fail(`gives the stored record "${name}" two sizes, ${storedSize} and ${size}`);
    }
    const crc = view.getUint32(at + 16, true);
    entries.push({ name, size, storedSize, deflated: method === 8, crc, offset, limit: start });
    at = next;
  }
  // Records that share bytes let a small file unfold into a huge one.
  const ordered = entries.toSorted((a, b) => a.offset - b.offset);
  for (let i = 0; i + 1 < ordered.length; i++) {
    const record = ordered[i];
    record.limit = ordered[i + 1].offset;
    if (record.offset + LOCAL_SIZE + record.storedSize > record.limit) {
      throw new CheckpointError(
        `${source.label}: records "${record.name}" at byte ${record.offset} and ` +
          `"${ordered[i + 1].name}" at byte ${record.limit} overlap`,
      );
    }
  }
  return entries;
}

/** The 64-bit values of a zip64 extra field, in their fixed order; empty without such a field. */
function wideFields(view: DataView, from: number, to: number): number[] {
  for (let at = from; at + 4 <= to;) {
    const id = view.getUint16(at, true), length = view.getUint16(at + 2, true);
    const end = at + 4 + length;
    if (id === 0x0001 && end <= to) {
      const values: number[] = [];
      for (let field = at + 4; field + 8 <= end; field += 8) values.push(u64(view, field));
      return values;
    }
    at = end;
  }
  return [];
}

async function inflate(
  stored: Uint8Array,
  size: number,
  fail: (what: string) => CheckpointError,
): Promise<Uint8Array> {
  const stream = new Blob([stored as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (true) {
    let step: ReadableStreamReadResult<Uint8Array>;
    try {
      step = await reader.read();
    } catch (error) {
      throw fail(`cannot be inflated: ${error instanceof Error ? error.message : error}`);
    }
    if (step.done) break;
    length += step.value.length;
    if (length > size) {
      await reader.cancel().catch(() => {});
      throw fail(`inflates to more than the ${size} bytes that the directory gives`);
    }
    chunks.push(step.value);
  }
  if (length !== size) throw fail(`inflates to ${length} bytes, and the directory gives ${size}`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
