/**
 * The "cpu" device: every block lies in one WebAssembly memory, and plans run as WebAssembly SIMD
 * kernels generated on first need.
 *
 * @module
 */
import type { Block } from "../block.ts";
import type { Device, DeviceInfo, FamilyCall, TakePart } from "../device.ts";
import { isEmpty, type Plan } from "../plan.ts";
import { counters } from "../stats.ts";
import { Contractor } from "./contract.ts";
import { runFamily } from "./families.ts";
import { type Features, features as engineFeatures } from "./features.ts";
import { Gemm } from "./gemm.ts";
import { Kernels } from "./kernels.ts";
import { CpuBlock, Memory } from "./memory.ts";

/** The device that is always there. */
export class CpuDevice implements Device {
  /** Its name. */
  readonly name = "cpu";
  /** What it is. */
  readonly info: DeviceInfo = {
    name: this.name,
    description: "WebAssembly SIMD",
    software: false,
    float64: true,
  };
  /** Its memory is the host's. */
  readonly local = true;
  readonly #memory: Memory;
  readonly #kernels: Kernels;
  readonly #contractor: Contractor;

  /**
   * Makes the device.
   *
   * @param memory Where its blocks lie.
   * @param features The instructions that its kernels may use; all that the engine has by default.
   */
  constructor(memory: Memory = new Memory(), features: Features = engineFeatures()) {
    this.#memory = memory;
    this.#kernels = new Kernels(memory, features);
    this.#contractor = new Contractor(this, this.#kernels, new Gemm(memory, features));
  }

  /** Takes memory. */
  alloc(nbytes: number): Block {
    return new CpuBlock(this, nbytes, this.#memory.take(nbytes));
  }

  /** Gives memory back. */
  free(block: Block): void {
    this.#memory.give((block as CpuBlock).address, block.nbytes);
  }

  /** Copies bytes in. */
  write(block: Block, byteOffset: number, bytes: Uint8Array): void {
    counters.bytesMoved += bytes.byteLength;
    this.#memory.views.u8.set(bytes, (block as CpuBlock).address + byteOffset);
  }

  /** Copies bytes out. */
  read(block: Block, byteOffset: number, nbytes: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return Promise.resolve(this.readSync(block, byteOffset, nbytes));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Copies bytes out at once. */
  readSync(block: Block, byteOffset: number, nbytes: number): Uint8Array<ArrayBuffer> {
    counters.bytesMoved += nbytes;
    const start = (block as CpuBlock).address + byteOffset;
    // set() on a fresh array is twice as fast as slice() of shared memory.
    const bytes = new Uint8Array(nbytes);
    bytes.set(this.#memory.views.u8.subarray(start, start + nbytes));
    return bytes;
  }

  /** Shows the bytes where they lie, all at once. */
  readParts(block: Block, byteOffset: number, nbytes: number, take: TakePart): Promise<void> {
    counters.bytesMoved += nbytes;
    const start = (block as CpuBlock).address + byteOffset;
    return new Promise((resolve) => {
      take(this.#memory.views.u8.subarray(start, start + nbytes), 0);
      resolve();
    });
  }

  /** Runs one recipe. */
  cook(plan: Plan): void {
    counters.launches++;
    if (isEmpty(plan)) return;
    if (plan.steps.some((step) => step.kind === "contract")) this.#contractor.cook(plan);
    else this.#kernels.run(plan);
  }

  /** Runs one kernel of a family. */
  run(call: FamilyCall): void {
    counters.launches++;
    runFamily(this.#memory, call);
  }
}

/** Makes the device. */
export function cpuDevice(): Device {
  return new CpuDevice();
}
