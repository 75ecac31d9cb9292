/**
 * The "webgpu" device: the same plans as WGSL kernels, on the system's GPU.
 *
 * @module
 */
import type { Block } from "../block.ts";
import { type Device, type DeviceInfo, type FamilyCall, forget, type TakePart } from "../device.ts";
import { DeviceLostError, IndexError } from "../errors.ts";
import type { Node } from "../node.ts";
import type { Plan } from "../plan.ts";
import { nextTask } from "../pressure.ts";
import { counters } from "../stats.ts";
import { openGpu } from "./adapter.ts";
import { Cook } from "./cook.ts";
import { runFamily } from "./families.ts";
import { checkNode } from "./float64.ts";
import { GpuBlock, Pool, type PooledBuffer } from "./pool.ts";
import { Queue } from "./queue.ts";
import { ReadBack, type Source, sourceOf } from "./read_back.ts";
import { FAULT_DIVISION } from "./shader.ts";

/** Bytes that are written at once: larger pieces touch fresh pages, and are four times slower. */
const CHUNK = 4 << 20;
/** Words in the buffer where kernels note faults. */
const FAULT_WORDS = 4;

/** A read that waits for its turn: all that are asked for together travel together. */
interface PendingRead {
  readonly source: Source;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The system's GPU. */
export class WebGpuDevice implements Device {
  /** Its name. */
  readonly name = "webgpu";
  /** Its adapter. */
  readonly info: DeviceInfo;
  /** Its memory is not the host's. */
  readonly local = false;
  readonly #gpu: GPUDevice;
  readonly #pool: Pool;
  readonly #queue: Queue;
  readonly #readBack: ReadBack;
  readonly #cook: Cook;
  readonly #faults: PooledBuffer;
  #faultsNoted = false;
  #pending: PendingRead[] = [];
  #lost: DeviceLostError | null = null;

  constructor(gpu: GPUDevice, info: DeviceInfo) {
    this.#gpu = gpu;
    this.info = info;
    this.#queue = new Queue(gpu);
    this.#pool = new Pool(gpu, this.#queue);
    this.#readBack = new ReadBack(gpu);
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const size = FAULT_WORDS * 4;
    const buffer = gpu.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
    this.#faults = { buffer, size, id: -1, batch: -1 };
    this.#cook = new Cook(
      this.#queue,
      info.software,
      // One may be needed to note faults.
      gpu.limits.maxStorageBuffersPerShaderStage - 1,
      () => this.faults,
      (nbytes) => this.alloc(nbytes),
    );
    gpu.lost.then(({ reason, message }) => this.#lose(reason ?? "unknown", message));
  }

  /** The buffer where a kernel notes a fault; whoever asks for it may have one. */
  get faults(): PooledBuffer {
    this.#faultsNoted = true;
    return this.#faults;
  }

  /** The commands. */
  get queue(): Queue {
    return this.#queue;
  }

  /** The GPU itself, for tests that take it away. */
  get gpu(): GPUDevice {
    return this.#gpu;
  }

  #lose(reason: string, message: string): void {
    forget(this);
    this.#lost = new DeviceLostError(
      `The device "webgpu" (${this.info.description}) was lost (${reason})${
        message === "" ? "" : `: ${message}`
      }; its tensors are gone. The next move to "webgpu" opens it again`,
    );
    for (const { reject } of this.#pending.splice(0)) reject(this.#lost);
  }

  #assertThere(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  /** Throws for arithmetic on float64. */
  check(node: Node): void {
    checkNode(node);
  }

  /** Takes memory. */
  alloc(nbytes: number): Block {
    this.#assertThere();
    return new GpuBlock(this, nbytes, this.#pool.take(nbytes));
  }

  /** Gives memory back. */
  free(block: Block): void {
    this.#pool.give((block as GpuBlock).memory, block.nbytes);
  }

  /** Copies bytes in. */
  write(block: Block, byteOffset: number, bytes: Uint8Array): void {
    this.#assertThere();
    counters.bytesMoved += bytes.byteLength;
    const { memory } = block as GpuBlock;
    // What is written is there before the kernels that wait, not after those that came earlier.
    if (memory.batch === this.#queue.batch) this.#flush();
    const { queue } = this.#gpu;
    for (let from = 0; from < bytes.byteLength; from += CHUNK) {
      const part = bytes.subarray(from, from + CHUNK);
      queue.writeBuffer(memory.buffer, byteOffset + from, wholeWords(part));
      if (bytes.byteLength > CHUNK) {
        queue.submit([]);
        this.#readBack.wait();
      }
    }
  }

  /** Copies bytes out; reads that are asked for together travel together. */
  async read(block: Block, byteOffset: number, nbytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const target = new Uint8Array(nbytes);
    await this.readParts(block, byteOffset, nbytes, (part, at) => target.set(part, at));
    return target;
  }

  /** Shows bytes in parts, each as soon as it is there. */
  readParts(block: Block, byteOffset: number, nbytes: number, take: TakePart): Promise<void> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    // The memory stays as it is until it is read, whatever becomes of the tensor.
    block.retain();
    if (this.#pending.length === 0) queueMicrotask(() => this.#readAll());
    return new Promise((resolve, reject) => {
      const { buffer } = (block as GpuBlock).memory;
      this.#pending.push({
        source: { buffer, offset: byteOffset, nbytes, take },
        resolve: () => {
          block.release();
          resolve();
        },
        reject: (error) => {
          block.release();
          reject(error);
        },
      });
    });
  }

  async #readAll(): Promise<void> {
    const reads = this.#pending.splice(0);
    try {
      const noted = this.#notedFaults();
      this.#flush();
      const sources = [...reads.map(({ source }) => source), ...this.#faultSource(noted)];
      await this.#readBack.read(sources);
      await this.#queue.check();
      this.#assertThere();
      for (const { source } of reads) counters.bytesMoved += source.nbytes;
      this.#raise(noted);
      for (const { resolve } of reads) resolve();
    } catch (error) {
      // That a device is lost is told by a task of its own, after calls have failed already.
      await nextTask();
      for (const { reject } of reads) reject(this.#lost ?? error);
    }
  }

  /** Copies bytes out at once, where the runtime maps buffers at once. */
  readSync(block: Block, byteOffset: number, nbytes: number): Uint8Array<ArrayBuffer> | null {
    this.#assertThere();
    if (!this.#readBack.immediate) return null;
    const target = new Uint8Array(nbytes);
    const noted = this.#notedFaults();
    this.#flush();
    const source = sourceOf((block as GpuBlock).memory.buffer, byteOffset, target);
    if (!this.#readBack.readSync([source, ...this.#faultSource(noted)])) return null;
    counters.bytesMoved += nbytes;
    this.#raise(noted);
    return target;
  }

  #flush(): void {
    this.#queue.flush();
    this.#pool.trim();
  }

  /** Room for what kernels noted of faults, if one of them might have. */
  #notedFaults(): Uint32Array<ArrayBuffer> | null {
    return this.#faultsNoted ? new Uint32Array(FAULT_WORDS) : null;
  }

  #faultSource(noted: Uint32Array<ArrayBuffer> | null): Source[] {
    return noted === null ? [] : [sourceOf(this.#faults.buffer, 0, new Uint8Array(noted.buffer))];
  }

  /** Throws what a kernel noted since the last reading. */
  #raise(noted: Uint32Array<ArrayBuffer> | null): void {
    if (noted === null) return;
    this.#faultsNoted = false;
    const [code, low, high, size] = noted;
    if (code === 0) return;
    this.#gpu.queue.writeBuffer(this.#faults.buffer, 0, new Uint32Array(FAULT_WORDS));
    if (code === FAULT_DIVISION) {
      throw new RangeError("ZeroDivisionError: an integer was divided by zero");
    }
    const index = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
    throw new IndexError(`Index ${index} is out of bounds for a dimension of size ${size}`);
  }

  /** Runs one recipe. */
  cook(plan: Plan): void {
    this.#assertThere();
    this.#cook.run(plan);
  }

  /** Runs one kernel of a family. */
  run(call: FamilyCall): void {
    this.#assertThere();
    runFamily(this, call);
  }
}

/** Bytes with up to three more, since buffers are written in whole words; their memory is padded. */
function wholeWords(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.byteLength % 4 === 0) return bytes as Uint8Array<ArrayBuffer>;
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  padded.set(bytes);
  return padded;
}

/** Opens the device. */
export async function openWebGpu(): Promise<Device> {
  const { device, info } = await openGpu();
  return new WebGpuDevice(device, info);
}
