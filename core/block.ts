/**
 * A block of device memory, counted by its holders: the storage whose bytes it is, and every
 * recipe that has yet to read it. A write in place may only go to a block with one holder.
 *
 * @module
 */
import type { Device } from "./device.ts";
import { noteBlock } from "./pressure.ts";

/** A counted block; each device extends it with what it needs to find the memory. */
export abstract class Block {
  /** How many storages and recipes hold it. */
  holders = 1;

  /**
   * Makes the block with one holder.
   *
   * @param device Where the memory is.
   * @param nbytes Its size.
   */
  constructor(readonly device: Device, readonly nbytes: number) {
    noteBlock(nbytes);
  }

  /** Adds a holder. */
  retain(): void {
    this.holders++;
  }

  /** Drops a holder; the last one frees the memory. */
  release(): void {
    if (--this.holders === 0) this.device.free(this);
  }
}
