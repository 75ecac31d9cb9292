/**
 * Which checkpoint format some bytes are in. A format is a name, a test of the first bytes and, if
 * it is supported, a reader.
 *
 * @module
 */
import { CheckpointError } from "../core/mod.ts";
import type { Loaded } from "./decode_value.ts";
import type { ByteSource } from "./source.ts";
import { type ReadOptions, readTorchZip } from "./torch_zip.ts";

interface Format {
  /** What messages call it. */
  readonly name: string;
  /** Whether a file that starts with these bytes is in this format. */
  detect(head: Uint8Array): boolean;
  /** Reads it; absent when it is only known by name. */
  read?(source: ByteSource, options: ReadOptions): Promise<Loaded>;
}

/** Enough for the longest test, of a tar header's mark. */
const HEAD = 512;
/** The integer 0x1950a86a20f9469cfc6c that the legacy format opens with, as a pickle spells it. */
const LEGACY_MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const LEGACY_TEXT = "L119547037146038801333356L\n.";

function has(head: Uint8Array, at: number, expected: string | number[]): boolean {
  const bytes = typeof expected === "string" ? new TextEncoder().encode(expected) : expected;
  return bytes.every((byte: number, i: number) => head[at + i] === byte);
}

/** In order: the first whose test passes. */
const FORMATS: readonly Format[] = [
  {
    name: "a PyTorch zip checkpoint",
    detect: (head) => has(head, 0, "PK\x03\x04"),
    read: readTorchZip,
  },
  { name: "an empty zip archive", detect: (head) => has(head, 0, "PK\x05\x06") },
  {
    name: "PyTorch's legacy format (before 1.6)",
    detect: (head) =>
      has(head, 0, LEGACY_TEXT) || (head[0] === 0x80 && has(head, 2, LEGACY_MAGIC)) ||
      (head[0] === 0x80 && head[2] === 0x95 && has(head, 11, LEGACY_MAGIC)),
  },
  {
    name: "a tar archive (PyTorch before 0.1.10, or another)",
    detect: (head) => has(head, 257, "ustar"),
  },
  {
    name: "safetensors",
    detect: (head) => head[8] === 0x7b && has(head, 6, [0, 0]), // a header's length below 2^48
  },
  {
    name: "a NumPy npy file",
    detect: (head) => has(head, 0, [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]),
  },
  { name: "a flatbuffer for mobile PyTorch", detect: (head) => has(head, 4, "PTMF") },
  { name: "a preview release's PYTORCH1 file", detect: (head) => has(head, 0, "PYTORCH1") },
  { name: "a gzip file", detect: (head) => has(head, 0, [0x1f, 0x8b]) },
  { name: "an HDF5 file", detect: (head) => has(head, 0, [0x89, 0x48, 0x44, 0x46]) },
  {
    name: "a Git LFS pointer instead of the file it stands for",
    detect: (head) => has(head, 0, "version https://git-lfs"),
  },
  {
    name: "a web page instead of a checkpoint",
    detect: (head) => /^\s*<(!doctype|html|\?xml)/i.test(new TextDecoder().decode(head)),
  },
  { name: "a bare pickle", detect: (head) => head[0] === 0x80 && head[1] >= 2 && head[1] <= 5 },
];

/**
 * Reads a checkpoint in whatever format it is.
 *
 * @param source The bytes.
 * @param options How to read them.
 * @returns The value.
 * @throws CheckpointError for a format that is unknown or not supported, by its name.
 */
export async function readAnyFormat(source: ByteSource, options: ReadOptions): Promise<Loaded> {
  if (source.size === 0) throw new CheckpointError(`${source.label} is empty`);
  const head = await source.read(0, Math.min(HEAD, source.size));
  const format = FORMATS.find((candidate) => candidate.detect(head));
  if (format === undefined) {
    throw new CheckpointError(
      `${source.label} is in no known format; it starts with ${head.subarray(0, 8).toHex()}`,
    );
  }
  if (format.read === undefined) {
    throw new CheckpointError(`${source.label} is ${format.name}: not supported yet`);
  }
  return await format.read(source, options);
}
