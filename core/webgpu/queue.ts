/**
 * Work for the GPU: kernels are gathered into batches that are submitted when someone reads, or when
 * a batch is full. What a kernel must know (sizes, strides, constants) goes into one ring of
 * uniforms, written once a batch.
 *
 * @module
 */
import { DeviceError, OutOfMemoryError } from "../errors.ts";
import { counters, memoryUse } from "../stats.ts";
import type { PooledBuffer } from "./pool.ts";

/** A compiled kernel. */
export interface Kernel {
  /** Its name, for messages. */
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** How each buffer is used: `r` read, `w` read and written. Two kernels with one have one layout. */
  readonly access: string;
  /** Bytes of uniforms that the kernel sees. */
  readonly window: number;
}

/** What a kernel is made of. */
export interface KernelSource {
  /** A name for messages. */
  readonly label: string;
  /** WGSL with an entry point `main`; buffers are group 0 in order, uniforms group 1 binding 0. */
  readonly code: string;
  /** One letter for each buffer: `r` or `w`. */
  readonly access: string;
  /** How many 32-bit words of uniforms. */
  readonly words: number;
}

/** Bytes of uniforms in one batch, and launches. */
const RING = 1 << 18, LAUNCHES = 128;
/** Dynamic offsets and windows are whole multiples of this on every adapter. */
const ALIGN = 256;
/** The largest window. */
const WINDOW = 1 << 14;
/** Workgroups in one dimension; more are folded into a second one. */
const GROUPS = 65535;
/** Bind groups that are remembered. */
const GROUPS_KEPT = 4096;

function errorOf(label: string, error: GPUError): Error {
  const message = `${label}: ${error.message}`;
  return error instanceof GPUOutOfMemoryError
    ? new OutOfMemoryError(`${message} (${memoryUse.webgpu.live} bytes are in use on "webgpu")`)
    : new DeviceError(message);
}

/** The commands of one GPU. */
export class Queue {
  readonly #device: GPUDevice;
  readonly #ring: GPUBuffer;
  readonly #words = new Uint32Array((RING + WINDOW) / 4);
  readonly #kernels = new Map<string, Kernel>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #groups = new Map<string, GPUBindGroup>();
  readonly #uniforms = new Map<number, GPUBindGroup>();
  readonly #uniformLayout: GPUBindGroupLayout;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #at = 0;
  #launches = 0;
  #labels: string[] = [];
  #checks: Promise<void>[] = [];
  #errors: Error[] = [];
  /** The batch that commands are gathered into. */
  batch = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    const { UNIFORM, COPY_DST } = GPUBufferUsage;
    this.#ring = device.createBuffer({ size: RING + WINDOW, usage: UNIFORM | COPY_DST });
    this.#uniformLayout = device.createBindGroupLayout({
      entries: [{
        binding: 0,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true },
      }],
    });
    device.addEventListener("uncapturederror", (event) => {
      this.#errors.push(errorOf("webgpu", (event as GPUUncapturedErrorEvent).error));
    });
  }

  /** The kernel of a key, compiled if it is new. */
  kernel(key: string, make: () => KernelSource): Kernel {
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) this.#kernels.set(key, kernel = this.#compile(make()));
    return kernel;
  }

  /**
   * Makes something on the GPU; what it finds wrong reaches whoever reads next.
   *
   * @param label What is made, for messages.
   * @param make Makes it.
   */
  guarded<T>(label: string, make: () => T): T {
    this.#device.pushErrorScope("out-of-memory");
    this.#device.pushErrorScope("validation");
    try {
      return make();
    } finally {
      this.#closeScopes(label);
    }
  }

  #compile({ label, code, access, words }: KernelSource): Kernel {
    counters.compilations++;
    const device = this.#device;
    const window = Math.max(ALIGN, 2 ** Math.ceil(Math.log2(words * 4)));
    if (window > WINDOW) {
      throw new DeviceError(`${label}: a kernel of ${words} arguments is too large for "webgpu"`);
    }
    return this.guarded(label, () => {
      const layout = this.#layoutOf(access);
      const module = device.createShaderModule({ label, code });
      const pipeline = device.createComputePipeline({
        label,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout, this.#uniformLayout] }),
        compute: { module, entryPoint: "main" },
      });
      return { label, pipeline, layout, access, window };
    });
  }

  /** Closes two error scopes; what they caught reaches whoever reads next. */
  #closeScopes(label: string): void {
    for (let i = 0; i < 2; i++) {
      this.#checks.push(
        this.#device.popErrorScope().then((error) => {
          if (error !== null) this.#errors.push(errorOf(label, error));
        }),
      );
    }
  }

  #layoutOf(access: string): GPUBindGroupLayout {
    let layout = this.#layouts.get(access);
    if (layout === undefined) {
      layout = this.#device.createBindGroupLayout({
        entries: [...access].map((use, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: use === "r" ? "read-only-storage" : "storage" },
        })),
      });
      this.#layouts.set(access, layout);
    }
    return layout;
  }

  /**
   * Starts a kernel.
   *
   * @param kernel Which.
   * @param buffers One for each letter of its access.
   * @param words Its uniforms, as 32-bit words.
   * @param groups How many workgroups; more than 65535 are folded into a second dimension.
   */
  dispatch(
    kernel: Kernel,
    buffers: readonly PooledBuffer[],
    words: readonly number[],
    groups: number,
  ): void {
    if (groups === 0) return;
    if (this.#at + kernel.window > RING || this.#launches >= LAUNCHES) this.flush();
    if (this.#encoder === null) this.#begin();
    const pass = this.#pass ??= this.#encoder!.beginComputePass();
    const first = this.#at / 4;
    for (let i = 0; i < words.length; i++) this.#words[first + i] = words[i];
    pass.setPipeline(kernel.pipeline);
    pass.setBindGroup(0, this.#groupOf(kernel, buffers));
    pass.setBindGroup(1, this.#uniformsOf(kernel.window), [this.#at]);
    if (groups <= GROUPS) pass.dispatchWorkgroups(groups);
    else {
      const rows = Math.ceil(groups / GROUPS);
      pass.dispatchWorkgroups(Math.ceil(groups / rows), rows);
    }
    this.#at += Math.ceil(words.length * 4 / ALIGN) * ALIGN || ALIGN;
    this.#launches++;
    this.#labels.push(kernel.label);
    for (const buffer of buffers) buffer.batch = this.batch;
    counters.launches++;
  }

  /** Copies the first bytes of a buffer to another; their number is a multiple of 4. */
  copy(from: PooledBuffer, to: PooledBuffer, nbytes: number): void {
    if (this.#encoder === null) this.#begin();
    this.#pass?.end();
    this.#pass = null;
    this.#encoder!.copyBufferToBuffer(from.buffer, 0, to.buffer, 0, nbytes);
    from.batch = to.batch = this.batch;
  }

  #groupOf(kernel: Kernel, buffers: readonly PooledBuffer[]): GPUBindGroup {
    let key = kernel.access;
    for (const { id } of buffers) key += `,${id}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= GROUPS_KEPT) this.#groups.clear();
      group = this.#device.createBindGroup({
        layout: kernel.layout,
        entries: buffers.map(({ buffer }, binding) => ({ binding, resource: { buffer } })),
      });
      this.#groups.set(key, group);
    }
    return group;
  }

  #uniformsOf(window: number): GPUBindGroup {
    let group = this.#uniforms.get(window);
    if (group === undefined) {
      group = this.#device.createBindGroup({
        layout: this.#uniformLayout,
        entries: [{ binding: 0, resource: { buffer: this.#ring, size: window } }],
      });
      this.#uniforms.set(window, group);
    }
    return group;
  }

  /** Forgets bind groups, because a buffer of theirs goes away. */
  forgetGroups(): void {
    this.#groups.clear();
  }

  #begin(): void {
    this.#device.pushErrorScope("out-of-memory");
    this.#device.pushErrorScope("validation");
    this.#encoder = this.#device.createCommandEncoder();
  }

  /** Submits what was gathered. */
  flush(): void {
    const encoder = this.#encoder;
    if (encoder === null) return;
    this.#pass?.end();
    const { queue } = this.#device;
    if (this.#at > 0) queue.writeBuffer(this.#ring, 0, this.#words, 0, this.#at / 4);
    queue.submit([encoder.finish()]);
    counters.submits++;
    this.#closeScopes([...new Set(this.#labels)].join(", "));
    this.#encoder = this.#pass = null;
    this.#at = this.#launches = 0;
    this.#labels = [];
    this.batch++;
  }

  /** Throws the first error that the GPU reported for what was submitted. */
  async check(): Promise<void> {
    while (this.#checks.length > 0) await Promise.all(this.#checks.splice(0));
    const [error] = this.#errors.splice(0);
    if (error !== undefined) throw error;
  }
}
