/**
 * Device memory: buffers in a few sizes, used again when their tensors are gone. The collector does
 * not see them, and to make one costs as much as a small launch.
 *
 * @module
 */
import { Block } from "../block.ts";
import type { Device } from "../device.ts";
import { DeviceError } from "../errors.ts";
import { counters, memoryUse } from "../stats.ts";
import type { Queue } from "./queue.ts";

/** A buffer and what the queue must know of it. */
export interface PooledBuffer {
  /** The buffer. */
  readonly buffer: GPUBuffer;
  /** Its size in bytes. */
  readonly size: number;
  /** A number of its own, for keys. */
  readonly id: number;
  /** The last batch of commands that uses it. */
  batch: number;
}

/** A block of GPU memory. */
export class GpuBlock extends Block {
  /** Makes the block over a pooled buffer. */
  constructor(device: Device, nbytes: number, readonly memory: PooledBuffer) {
    super(device, nbytes);
  }
}

/** Blocks end on 32 bytes, so that four elements of any dtype can be written at their end. */
const LEAST = 256;
/** Idle memory beyond this, and beyond a quarter of what is in use, goes back to the system. */
const IDLE = 256 << 20;

/** The sizes: four to each doubling, so that no more than a fifth is wasted. */
function sizeClass(nbytes: number): number {
  if (nbytes <= LEAST) return LEAST;
  const step = 2 ** Math.max(Math.floor(Math.log2(nbytes - 1)) - 2, 8);
  return Math.ceil(nbytes / step) * step;
}

/** The buffers of one GPU. */
export class Pool {
  readonly #device: GPUDevice;
  readonly #queue: Queue;
  readonly #idle = new Map<number, PooledBuffer[]>();
  readonly #use = memoryUse.webgpu ??= { live: 0, peak: 0 };
  readonly #limit: number;
  #idleBytes = 0;
  #next = 0;

  constructor(device: GPUDevice, queue: Queue) {
    this.#device = device;
    this.#queue = queue;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    this.#limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /** Takes memory. */
  take(nbytes: number): PooledBuffer {
    if (nbytes > this.#limit) {
      throw new DeviceError(
        `A tensor of ${nbytes} bytes does not fit "webgpu": this adapter binds at most ${this.#limit} bytes at once`,
      );
    }
    const size = Math.min(sizeClass(nbytes), Math.floor(this.#limit / 32) * 32);
    this.#use.live += nbytes;
    this.#use.peak = Math.max(this.#use.peak, this.#use.live);
    const idle = this.#idle.get(size)?.pop();
    if (idle !== undefined) {
      this.#idleBytes -= size;
      return idle;
    }
    counters.buffers++;
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const buffer = this.#queue.guarded(
      `memory for a tensor of ${nbytes} bytes`,
      () => this.#device.createBuffer({ size, usage }),
    );
    return { buffer, size, id: this.#next++, batch: -1 };
  }

  /** Gives memory back, to be used again by commands that come later. */
  give(memory: PooledBuffer, nbytes: number): void {
    this.#use.live -= nbytes;
    const list = this.#idle.get(memory.size);
    if (list === undefined) this.#idle.set(memory.size, [memory]);
    else {
      // The lowest number is taken first: a loop takes the same buffers each time, so that the bind
      // groups of its kernels are known.
      let at = list.length;
      while (at > 0 && list[at - 1].id < memory.id) at--;
      list.splice(at, 0, memory);
    }
    this.#idleBytes += memory.size;
  }

  /** Gives idle memory back to the system, where there is much of it. Pending commands keep theirs. */
  trim(): void {
    const most = Math.max(IDLE, this.#use.live / 4);
    if (this.#idleBytes <= most) return;
    for (const list of this.#idle.values()) {
      // The buffer that would be taken last is the first.
      while (this.#idleBytes > most / 2 && list.length > 0 && list[0].batch < this.#queue.batch) {
        const memory = list.shift()!;
        this.#idleBytes -= memory.size;
        this.#queue.forgetGroups();
        memory.buffer.destroy();
      }
    }
  }
}
