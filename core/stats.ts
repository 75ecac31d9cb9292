/**
 * Counters of what the engine did: what tests assert instead of time.
 *
 * @module
 */

/** What was counted since the last `resetStats()`. */
export interface Stats {
  /** Kernels started. */
  launches: number;
  /** Batches of kernels handed to a GPU. */
  submits: number;
  /** Recipes turned into kernels' work. */
  cooks: number;
  /** Kernels compiled. */
  compilations: number;
  /** Blocks of device memory taken from the system or the pool. */
  buffers: number;
  /** Bytes copied between host and device, either way. */
  bytesMoved: number;
}

/** The live counters; devices add to them. */
export const counters: Stats = {
  launches: 0,
  submits: 0,
  cooks: 0,
  compilations: 0,
  buffers: 0,
  bytesMoved: 0,
};

/**
 * What the engine did since the last `resetStats()`.
 *
 * @returns A copy of the counters.
 *
 * @example
 * ```ts
 * import { ones, resetStats, stats } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const x = ones([4, 8]);
 * await x.data();
 * resetStats();
 * await x.softmax(-1).data();
 * assertEquals(stats().launches, 1); // one fused kernel
 * ```
 */
export function stats(): Stats {
  return { ...counters };
}

/** Sets every counter to zero. */
export function resetStats(): void {
  for (const key of Object.keys(counters) as (keyof Stats)[]) counters[key] = 0;
}

/** Bytes held on one device. */
export interface MemoryUse {
  /** Bytes in use now. */
  live: number;
  /** The most that were in use at once. */
  peak: number;
}

/** The live figures by device; devices write to them. */
export const memoryUse: Record<string, MemoryUse> = {};

/**
 * The bytes that tensors hold, by device.
 *
 * PyTorch: `torch.cuda.memory_allocated` and `max_memory_allocated`.
 *
 * @returns A copy: live and peak bytes of every device used so far.
 */
export function memory(): Record<string, MemoryUse> {
  return Object.fromEntries(
    Object.entries(memoryUse).map(([device, use]) => [device, { ...use }]),
  );
}
