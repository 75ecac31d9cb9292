/**
 * Copying bytes between the GPU and the host.
 *
 * Deno's `mapAsync` waits for the work inside of the call and then sleeps 10 ms before its promise
 * resolves, but the mapping is in place when the call returns. So the bytes are taken at once where
 * that works, and after the promise where it does not (as in browsers, where `getMappedRange`
 * throws until then). A buffer must have been mapped once before, or Deno 2.9.6 aborts the process:
 * each is created mapped.
 *
 * @module
 */
import type { TakePart } from "../device.ts";
import { counters } from "../stats.ts";

/** Bytes that travel at once: larger ones touch fresh pages, and are five times slower. */
const CHUNK = 4 << 20;
/** Staging buffers that are kept. */
const KEPT = 4;

/** A buffer that the host can map, made ready to be mapped at once. */
function stagingBuffer(device: GPUDevice, size: number): GPUBuffer {
  const { MAP_READ, COPY_DST } = GPUBufferUsage;
  const buffer = device.createBuffer({ size, usage: MAP_READ | COPY_DST, mappedAtCreation: true });
  buffer.unmap();
  return buffer;
}

/** Where bytes come from. */
export interface Source {
  /** The buffer. */
  readonly buffer: GPUBuffer;
  /** The first byte, a multiple of 4. */
  readonly offset: number;
  /** How many there are. */
  readonly nbytes: number;
  /** Who copies them on, part by part. */
  readonly take: TakePart;
}

/** A source that fills an array. */
export function sourceOf(buffer: GPUBuffer, offset: number, target: Uint8Array): Source {
  const take: TakePart = (part, at) => target.set(part, at);
  return { buffer, offset, nbytes: target.byteLength, take };
}

/** A part of a source, at its place in a staging buffer. */
interface Part {
  readonly source: Source;
  /** The first byte, counted from the source's offset. */
  readonly from: number;
  readonly nbytes: number;
  /** The place in the staging buffer. */
  readonly at: number;
}

/** The staging buffers of one GPU. */
export class ReadBack {
  readonly #device: GPUDevice;
  readonly #idle: GPUBuffer[] = [];
  readonly #waiter: GPUBuffer;
  /** Whether a mapping can be used as soon as `mapAsync` returned. Found out at the first reading. */
  #immediate: boolean | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#waiter = stagingBuffer(device, 8);
  }

  /** Whether bytes can be had without awaiting. */
  get immediate(): boolean {
    return this.#immediate ??= this.#probe();
  }

  /** Copies a known word through the fast path and looks whether it arrives. */
  #probe(): boolean {
    const { COPY_SRC, COPY_DST } = GPUBufferUsage;
    const known = this.#device.createBuffer({ size: 8, usage: COPY_SRC | COPY_DST });
    const words = Uint32Array.of(0x746f7563, Math.floor(Math.random() * 2 ** 32));
    this.#device.queue.writeBuffer(known, 0, words);
    const target = new Uint8Array(8);
    const parts = [{ source: sourceOf(known, 0, target), from: 0, nbytes: 8, at: 0 }];
    const staging = this.#copy(parts);
    const arrived = this.#take(staging, parts);
    known.destroy();
    const got = new Uint32Array(target.buffer);
    return arrived === null && got[0] === words[0] && got[1] === words[1];
  }

  /** Waits until all submitted work is done, where that can be had without awaiting. */
  wait(): void {
    if (!this.immediate) return;
    this.#waiter.mapAsync(GPUMapMode.READ, 0, 8).catch(() => {});
    try {
      this.#waiter.getMappedRange(0, 8);
    } catch {
      // Not mapped yet: there is nothing to wait with here.
    }
    this.#waiter.unmap();
  }

  /** Copies at once; false where that is not possible. */
  readSync(sources: readonly Source[]): boolean {
    if (!this.immediate) return false;
    for (const parts of batches(sources)) {
      const staging = this.#copy(parts);
      const late = this.#take(staging, parts);
      if (late !== null) {
        this.#immediate = false;
        return false;
      }
    }
    return true;
  }

  /** Copies; all sources wait together, not each for itself. */
  async read(sources: readonly Source[]): Promise<void> {
    if (this.readSync(sources)) return;
    const waiting: Promise<void>[] = [];
    for (const parts of batches(sources)) {
      const staging = this.#copy(parts);
      waiting.push(
        staging.mapAsync(GPUMapMode.READ).then(() =>
          this.#hand(staging, rangeOf(staging, parts), parts)
        ),
      );
    }
    await Promise.all(waiting);
  }

  #copy(parts: readonly Part[]): GPUBuffer {
    const last = parts[parts.length - 1];
    const size = Math.max(last.at + round(last.nbytes), 8);
    const staging = this.#staging(size);
    const encoder = this.#device.createCommandEncoder();
    for (const { source: { buffer, offset }, from, nbytes, at } of parts) {
      encoder.copyBufferToBuffer(buffer, offset + from, staging, at, round4(nbytes));
    }
    this.#device.queue.submit([encoder.finish()]);
    counters.submits++;
    return staging;
  }

  /** Takes the bytes at once; the pending promise where they are not there. */
  #take(staging: GPUBuffer, parts: readonly Part[]): Promise<void> | null {
    const mapped = staging.mapAsync(GPUMapMode.READ);
    mapped.catch(() => {});
    let range: ArrayBuffer;
    try {
      range = rangeOf(staging, parts);
    } catch {
      mapped.then(() => staging.destroy(), () => {});
      return mapped;
    }
    this.#hand(staging, range, parts);
    return null;
  }

  /** Has the bytes of a mapped buffer copied on, and keeps it for later. */
  #hand(staging: GPUBuffer, range: ArrayBuffer, parts: readonly Part[]): void {
    const bytes = new Uint8Array(range);
    try {
      for (const { source, from, nbytes, at } of parts) {
        source.take(bytes.subarray(at, at + nbytes), from);
      }
    } finally {
      staging.unmap();
      this.#giveBack(staging);
    }
  }

  #staging(size: number): GPUBuffer {
    const rounded = size <= 4096 ? 4096 : size <= CHUNK ? 2 ** Math.ceil(Math.log2(size)) : size;
    const at = this.#idle.findIndex((buffer) => buffer.size === rounded);
    return at >= 0 ? this.#idle.splice(at, 1)[0] : stagingBuffer(this.#device, rounded);
  }

  #giveBack(staging: GPUBuffer): void {
    this.#idle.push(staging);
    if (this.#idle.length > KEPT) this.#idle.shift()!.destroy();
  }
}

/** The bytes of some parts in a mapped buffer. */
function rangeOf(staging: GPUBuffer, parts: readonly Part[]): ArrayBuffer {
  const last = parts[parts.length - 1];
  return staging.getMappedRange(0, Math.max(last.at + round(last.nbytes), 8));
}

/** Mapped ranges begin on 8 bytes. */
function round(nbytes: number): number {
  return Math.ceil(nbytes / 8) * 8;
}

function round4(nbytes: number): number {
  return Math.ceil(nbytes / 4) * 4;
}

/** Cuts and gathers what is read into parts that travel together. */
function* batches(sources: readonly Source[]): Generator<Part[]> {
  let parts: Part[] = [], at = 0;
  for (const source of sources) {
    for (let from = 0; from < source.nbytes;) {
      if (at >= CHUNK) {
        yield parts;
        parts = [];
        at = 0;
      }
      const nbytes = Math.min(source.nbytes - from, CHUNK - at);
      parts.push({ source, from, nbytes, at });
      from += nbytes;
      at += round(nbytes);
    }
  }
  if (parts.length > 0) yield parts;
}
