/**
 * What copying to and from a GPU costs without an engine: the yardstick for `to(device)`.
 *
 * @module
 */

const MB = 2 ** 20;

/** Copies between the host and a buffer, each of all bytes. */
export interface BareCopies {
  /** One `writeBuffer`, and the wait for it. */
  upload(): Promise<void>;
  /** The same in pieces of 4 MB, each awaited in place. */
  uploadInPieces(): void;
  /** One copy into a buffer that is mapped, and out of it. */
  download(): Promise<void>;
  /** The same in pieces of 4 MB. */
  downloadInPieces(): void;
  /** Frees the buffers. */
  dispose(): void;
}

/**
 * Opens a device of its own.
 *
 * @param nbytes How many bytes to copy, a multiple of 4 MB.
 * @returns The copies; null without an adapter.
 */
export async function bareCopies(nbytes: number): Promise<BareCopies | null> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  const { maxBufferSize } = adapter.limits;
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize } });
  const { MAP_READ, COPY_DST, COPY_SRC, STORAGE } = GPUBufferUsage;
  const buffer = device.createBuffer({ size: nbytes, usage: STORAGE | COPY_DST | COPY_SRC });
  const host = new Uint8Array(nbytes).fill(1);
  const piece = 4 * MB;
  // Mapped once when they are made: Deno 2.9.6 takes a range at once only of such buffers.
  const mappable = (size: number): GPUBuffer => {
    const made = device.createBuffer({ size, usage: MAP_READ | COPY_DST, mappedAtCreation: true });
    made.unmap();
    return made;
  };
  const whole = mappable(nbytes), part = mappable(piece), waiter = mappable(8);
  const copy = (from: number, size: number, to: GPUBuffer): void => {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, from, to, 0, size);
    device.queue.submit([encoder.finish()]);
  };
  const take = (from: number, staging: GPUBuffer): void => {
    host.set(new Uint8Array(staging.getMappedRange()), from);
    staging.unmap();
  };
  return {
    async upload(): Promise<void> {
      device.queue.writeBuffer(buffer, 0, host);
      device.queue.submit([]);
      await waiter.mapAsync(GPUMapMode.READ);
      waiter.unmap();
    },
    uploadInPieces(): void {
      for (let from = 0; from < nbytes; from += piece) {
        device.queue.writeBuffer(buffer, from, host, from, piece);
        device.queue.submit([]);
        waiter.mapAsync(GPUMapMode.READ).catch(() => {});
        waiter.getMappedRange();
        waiter.unmap();
      }
    },
    async download(): Promise<void> {
      copy(0, nbytes, whole);
      await whole.mapAsync(GPUMapMode.READ);
      take(0, whole);
    },
    downloadInPieces(): void {
      for (let from = 0; from < nbytes; from += piece) {
        copy(from, piece, part);
        part.mapAsync(GPUMapMode.READ).catch(() => {});
        take(from, part);
      }
    },
    dispose: () => device.destroy(),
  };
}
