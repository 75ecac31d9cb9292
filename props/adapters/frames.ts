/**
 * How a server and this process talk: frames, each a line of JSON and then the bytes that it announces.
 *
 * @module
 */

/** Bytes that are no frame. */
export class FrameError extends Error {
  /** The class's name, as printed before the message. */
  override name = "FrameError";
}

/** One message: a line of JSON, and the byte strings that it speaks of. */
export interface Frame {
  /** What the line says. */
  readonly head: Readonly<Record<string, unknown>>;
  /** The byte strings, in order. */
  readonly bin: readonly Uint8Array[];
}

const NEWLINE = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * A frame as bytes.
 *
 * @param frame The frame.
 * @returns Its line, then its byte strings.
 */
export function encodeFrame({ head, bin }: Frame): Uint8Array<ArrayBuffer> {
  const lengths = bin.length === 0 ? {} : { bin: bin.map(({ length }) => length) };
  return joined([encoder.encode(JSON.stringify({ ...head, ...lengths }) + "\n"), ...bin]);
}

/** Finds frames in bytes that arrive in pieces. Each byte is looked at once, however many pieces. */
export class FrameReader {
  #parts: Uint8Array[] = [];
  #held = 0;
  /** The line whose byte strings are not complete, and their lengths. */
  #line: { head: Frame["head"]; lengths: readonly number[]; size: number } | null = null;

  /**
   * Takes the next piece.
   *
   * @param piece The bytes; they must not change later.
   * @returns The frames that it completes.
   * @throws {FrameError} If it holds something else than frames.
   */
  push(piece: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let rest = piece;
    while (true) {
      if (this.#line === null) {
        const end = rest.indexOf(NEWLINE);
        if (end < 0) break;
        this.#keep(rest.subarray(0, end));
        this.#line = parseLine(this.#take());
        rest = rest.subarray(end + 1);
      }
      const { head, lengths, size } = this.#line;
      const missing = size - this.#held;
      if (rest.length < missing) break;
      this.#keep(rest.subarray(0, missing));
      rest = rest.subarray(missing);
      this.#line = null;
      frames.push({ head, bin: cut(this.#take(), lengths) });
    }
    this.#keep(rest);
    return frames;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#held += bytes.length;
  }

  #take(): Uint8Array {
    const bytes = joined(this.#parts);
    this.#parts = [];
    this.#held = 0;
    return bytes;
  }
}

function parseLine(
  line: Uint8Array,
): { head: Frame["head"]; lengths: readonly number[]; size: number } {
  const text = () => JSON.stringify(new TextDecoder().decode(line.subarray(0, 200)));
  let parsed: unknown;
  try {
    parsed = JSON.parse(decoder.decode(line));
  } catch {
    throw new FrameError(`A frame begins with a line of JSON, got ${text()}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new FrameError(`A frame's line is an object, got ${text()}`);
  }
  const { bin: lengths = [], ...head } = parsed as Record<string, unknown>;
  if (!isLengths(lengths)) {
    throw new FrameError(`A frame's "bin" is a list of lengths, got ${JSON.stringify(lengths)}`);
  }
  return { head, lengths, size: lengths.reduce((sum, length) => sum + length, 0) };
}

function isLengths(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Byte strings with memory of their own, so that each can be seen as elements of any size. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let at = 0;
  return lengths.map((length) => bytes.slice(at, at += length));
}
