/**
 * The bytes of tensors: one dtype, one device, a version, and a value that is either ready or
 * pending, that is, a recipe that cooks on first need.
 *
 * @module
 */
import type { Block } from "./block.ts";
import { type Device, type DeviceLike, type DeviceName, deviceOf } from "./device.ts";
import { assertDType, type DType, DTYPES } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { type BlockView, type Node, operandsOf } from "./node.ts";
import { type Output, PlanBuilder } from "./plan.ts";
import { contiguousStrides, numelOf } from "./shape.ts";
import { counters } from "./stats.ts";

/** What a storage holds, kept apart from it so that a finalizer can let go of it. */
interface Held {
  block: Block | null;
  leases: readonly Block[];
  /** V8 counts this untouched buffer as the block's weight, and so collects in time. */
  ballast: ArrayBuffer | null;
}

const NONE: readonly Block[] = [];

/**
 * One ballast stands for this many bytes, or for one larger block: to reserve memory costs as much
 * as a small kernel.
 */
const BALLAST = 1 << 23;
/** Bytes of memory that the collector is to free and that no ballast stands for yet. */
let unweighed = 0;

/** The ballast of a block that was freed without the collector: for the next that wants one. */
let spare: ArrayBuffer | null = null;

/** A ballast for what was taken since the last one, once that is enough. */
function ballastFor(nbytes: number): ArrayBuffer | null {
  unweighed += nbytes;
  if (unweighed < BALLAST) return null;
  const weight = unweighed;
  if (spare !== null && spare.byteLength <= weight) {
    const ballast = spare;
    spare = null;
    unweighed -= ballast.byteLength;
    return ballast;
  }
  unweighed = 0;
  // Resizable: its pages are reserved and never touched. A fixed one is filled with zeros, which
  // was measured to cost more than the kernels do (0.1 ms for 4 MB against 0.01).
  return new ArrayBuffer(weight, { maxByteLength: weight });
}

/** Takes back the weight of a block that is freed without the collector. */
function unweigh(nbytes: number, ballast: ArrayBuffer | null): void {
  // A ballast that goes leaves those unweighed that it stood for; they may be gone themselves.
  unweighed = Math.max(unweighed + (ballast?.byteLength ?? 0) - nbytes, -BALLAST);
  if (ballast !== null && ballast.byteLength <= 2 * BALLAST) spare = ballast;
}

function letGo(held: Held): void {
  held.block?.release();
  for (const block of held.leases) block.release();
  held.block = null;
  held.leases = NONE;
  held.ballast = null;
}

const finalizer = new FinalizationRegistry<Held>(letGo);

/** The scopes that are open; each collects the storages made in it. */
const scopes: Storage[][] = [];

/** What a function did with storages. */
export interface StorageTrace {
  /** Storages whose values it used. */
  readonly used: Set<Storage>;
  /** Storages that it made. */
  readonly made: Set<Storage>;
}

let trace: StorageTrace | null = null;

/**
 * Runs a function and notes the storages that it uses and makes: how a law finds state that a module
 * reads and nobody registered.
 *
 * @param fn A synchronous function.
 * @returns Its result, and the storages.
 */
export function traceStorages<T>(fn: () => T): StorageTrace & { result: T } {
  const outer = trace;
  const own: StorageTrace = trace = { used: new Set(), made: new Set() };
  try {
    return { result: fn(), ...own };
  } finally {
    trace = outer;
    if (outer !== null) {
      for (const storage of own.used) outer.used.add(storage);
      for (const storage of own.made) outer.made.add(storage);
    }
  }
}

/** Where a storage is in its life. */
export type StorageState = "ready" | "pending" | "freed";

/**
 * The bytes behind one or more tensors.
 *
 * PyTorch: `torch.storage.TypedStorage`.
 */
export class Storage {
  /** The dtype of the elements. */
  readonly dtype: DType;
  /** The number of elements. */
  readonly length: number;
  /** The number of bytes. */
  readonly nbytes: number;
  /** Grows with every write in place; what autograd saved is checked against it. */
  version = 0;
  /** Whether a pending value is sure to be needed and is worth writing out with another. */
  kept = false;
  /** The open scope that will free the memory. */
  scope: Storage[] | null = null;
  readonly #device: Device;
  readonly #held: Held = { block: null, leases: NONE, ballast: null };
  #node: Node | null = null;
  #freed = false;
  #watched = false;
  #weighed = false;

  private constructor(dtype: DType, device: Device, length: number) {
    this.dtype = dtype;
    this.length = length;
    this.nbytes = length * DTYPES[dtype].itemSize;
    this.#device = device;
    this.enterScope();
    trace?.made.add(this);
  }

  /**
   * Fresh memory whose contents are undefined.
   *
   * @internal
   */
  static allocate(dtype: DType, length: number, device: Device): Storage {
    const storage = new Storage(dtype, device, length);
    storage.#settle(device.alloc(storage.nbytes));
    return storage;
  }

  /**
   * A value that is computed when it is first needed.
   *
   * @internal
   */
  static pending(node: Node, device: Device): Storage {
    device.check?.(node);
    const storage = new Storage(node.dtype, device, numelOf(node.shape));
    storage.#wait(node);
    return storage;
  }

  /**
   * A storage with a copy of these bytes.
   *
   * @param dtype The dtype of the elements.
   * @param bytes The elements, little-endian; a whole number of them.
   * @param device Where to put them; `"cpu"` by default.
   * @returns The storage.
   * @throws {ShapeError} If the bytes are no whole number of elements.
   */
  static fromBytes(dtype: DType, bytes: Uint8Array, device: DeviceLike = "cpu"): Storage {
    return Storage.copyOf(dtype, bytes, deviceOf(device));
  }

  /**
   * `fromBytes` for a device itself.
   *
   * @internal
   */
  static copyOf(dtype: DType, bytes: Uint8Array, device: Device): Storage {
    assertDType(dtype);
    const { itemSize } = DTYPES[dtype];
    if (bytes.byteLength % itemSize !== 0) {
      throw new ShapeError(
        `Storage: ${bytes.byteLength} bytes are no whole number of ${dtype} elements of ${itemSize} bytes`,
      );
    }
    const storage = Storage.allocate(dtype, bytes.byteLength / itemSize, device);
    storage.#device.write(storage.block(), 0, bytes);
    return storage;
  }

  /** A storage with the same value that shares the memory until one of the two is written. */
  copy(): Storage {
    this.#assertLive();
    if (this.#node !== null) return Storage.pending(this.#node, this.#device);
    const copy = new Storage(this.dtype, this.#device, this.length);
    const block = this.block();
    block.retain();
    copy.#settle(block);
    return copy;
  }

  /** The name of the device that holds the bytes. */
  get device(): DeviceName {
    return this.#device.name;
  }

  /**
   * The device itself.
   *
   * @internal
   */
  get connector(): Device {
    return this.#device;
  }

  /** Whether the bytes are there, still to be computed, or gone. */
  get state(): StorageState {
    return this.#freed ? "freed" : this.#node !== null ? "pending" : "ready";
  }

  /**
   * The pending recipe, if there is one.
   *
   * @internal
   */
  get node(): Node | null {
    this.#assertLive();
    trace?.used.add(this);
    return this.#node;
  }

  /**
   * The memory, computed first if it is pending.
   *
   * @internal
   */
  block(): Block {
    this.#assertLive();
    trace?.used.add(this);
    if (this.#node !== null) this.cook();
    return this.#held.block!;
  }

  /** Computes a pending value, and with it the values inside that are needed later anyway. */
  cook(): void {
    const root = this.#node;
    if (root === null) return;
    const builder = new PlanBuilder(root);
    builder.add(root);
    // Worth writing: what is sure to be read again, and what costs more than a read to compute,
    // counted from the last value that is written anyway.
    const chosen: Storage[] = [];
    const costly: Node[] = [];
    for (const node of builder.nodes) {
      const cost = node.heavy || (costly.length > 0 && readsAny(node, costly));
      const storage = node === root ? this : node.owner;
      if (storage !== null && (node === root || storage.kept || cost)) chosen.push(storage);
      else if (cost) costly.push(node);
    }
    const outputs: Output[] = chosen.map((storage) => {
      const block = storage.#ownMemory(builder, chosen) ?? this.#device.alloc(storage.nbytes);
      const node = storage.#node!;
      return { step: builder.add(node), view: { block, offset: 0, strides: rowMajor(node.shape) } };
    });
    counters.cooks++;
    try {
      const { shape, split, steps } = builder;
      this.#device.cook({ shape, split, steps, outputs });
    } catch (error) {
      for (const { view } of outputs) view.block.release();
      throw error;
    }
    chosen.forEach((storage, i) => storage.#settle(outputs[i].view.block));
  }

  /**
   * The memory that held the value before a write in place, where the new value may go over it:
   * everyone who still reads it is computed by this very plan, each element before it is written.
   */
  #ownMemory(builder: PlanBuilder, chosen: readonly Storage[]): Block | null {
    const block = this.#before;
    if (block === null || builder.split !== builder.shape.length) return null;
    const readers = chosen.filter((storage) => storage.#held.leases.includes(block));
    if (block.holders !== readers.length) return null;
    const strides = rowMajor(builder.shape);
    for (const step of builder.steps) {
      // A product reads whole rows and columns for each element.
      if (step.kind === "contract" && (step.a.block === block || step.b.block === block)) {
        return null;
      }
      // A kernel that stops halfway must not have overwritten what it reads.
      if (step.kind === "binary" && MAY_THROW.has(step.op)) return null;
      if (step.kind !== "load" || step.view.block !== block) continue;
      const same = step.view.offset === 0 && step.dtype === this.dtype &&
        step.view.strides.every((stride, i) => stride === strides[i]);
      if (!same) return null;
    }
    block.retain();
    return block;
  }

  /** The block that a pending write in place replaces, as long as its own recipe reads it. */
  #before: Block | null = null;

  #settle(block: Block): void {
    const held = this.#held;
    for (const lease of held.leases) lease.release();
    held.leases = NONE;
    held.block = block;
    if (this.#watched) this.#weigh();
    if (this.#node !== null) this.#node.owner = null;
    this.#node = null;
    this.#before = null;
  }

  #wait(node: Node): void {
    for (const block of node.blocks) block.retain();
    this.#held.leases = node.blocks;
    this.#node = node;
    node.owner ??= this;
  }

  /**
   * Gives the whole storage a new value in place, still to be computed.
   *
   * @internal
   */
  replace(node: Node): void {
    this.#assertLive();
    const held = this.#held;
    const { block, leases } = held;
    if (this.#node?.owner === this) this.#node.owner = null;
    const before = block ?? this.#before;
    held.block = null;
    this.#wait(node);
    node.owner = this;
    this.#before = before !== null && node.blocks.includes(before) ? before : null;
    for (const lease of leases) lease.release();
    block?.release();
    this.kept = true;
    this.version++;
  }

  /**
   * The memory, for a write to a part of it: a copy first if a pending recipe still reads it.
   *
   * @internal
   */
  blockForWrite(): Block {
    const block = this.block();
    this.version++;
    if (block.holders > 1) {
      const copy = this.#device.alloc(this.nbytes);
      const shape = [this.length];
      const view: BlockView = { block, offset: 0, strides: [1] };
      this.#device.cook({
        shape,
        split: 1,
        steps: [{ kind: "load", dtype: this.dtype, row: false, view }],
        outputs: [{ step: 0, view: { ...view, block: copy } }],
      });
      block.release();
      this.#held.block = copy;
    }
    return this.#held.block!;
  }

  /**
   * A copy of the bytes, as they are stored.
   *
   * @returns Little-endian elements.
   */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#device.read(this.block(), 0, this.nbytes);
  }

  /** Frees the memory at once; tensors that look into it raise from here on. */
  free(): void {
    if (this.#freed) return;
    if (this.#node !== null && this.#node.owner === this) this.#node.owner = null;
    this.#node = null;
    this.#freed = true;
    if (this.#watched) finalizer.unregister(this.#held);
    if (this.#weighed) unweigh(this.nbytes, this.#held.ballast);
    letGo(this.#held);
  }

  /** Has the innermost open scope free the memory at its end, or else the collector. */
  enterScope(): void {
    // What a scope will free needs no finalizer, and finalizers are what makes garbage dear.
    if (scopes.length === 0) return outlive(this);
    this.scope = scopes[scopes.length - 1];
    this.scope.push(this);
  }

  /** Has the collector free the memory: for a storage that no scope will free. */
  watch(): void {
    if (this.#watched || this.#freed) return;
    this.#watched = true;
    finalizer.register(this, this.#held, this.#held);
    if (this.#held.block !== null) this.#weigh();
  }

  /** Shows the collector what it will free; a value that was written in place is counted once. */
  #weigh(): void {
    if (this.#weighed) return;
    this.#weighed = true;
    this.#held.ballast = ballastFor(this.nbytes);
  }

  #assertLive(): void {
    if (this.#freed) {
      throw new ReferenceError(
        `This tensor's memory (${this.length} x ${this.dtype}) was freed: by dispose(), by the end of its scope() or of its using block`,
      );
    }
  }
}

function readsAny(node: Node, values: readonly Node[]): boolean {
  for (const operand of operandsOf(node)) if (values.includes(operand)) return true;
  return false;
}

/** Row-major strides with 0 along dimensions of size 1, as loads have them. */
function rowMajor(shape: readonly number[]): number[] {
  const strides = contiguousStrides(shape);
  for (let i = 0; i < strides.length; i++) if (shape[i] === 1) strides[i] = 0;
  return strides;
}

const MAY_THROW = new Set(["floorDivide", "remainder", "fmod"]);

/**
 * Runs a function and frees every storage made in it but those kept.
 *
 * @param fn Is given the list that a storage made in it has as its `scope`.
 */
export function collectStorages<T>(
  fn: (made: readonly Storage[]) => T,
  keep: (result: T) => Iterable<Storage>,
): T {
  const made: Storage[] = [];
  scopes.push(made);
  let kept: Iterable<Storage> = NO_STORAGES;
  try {
    const result = fn(made);
    kept = keep(result);
    return result;
  } finally {
    scopes.pop();
    for (const storage of kept) if (storage.scope === made) storage.enterScope();
    for (const storage of made) if (storage.scope === made) storage.free();
  }
}

const NO_STORAGES: readonly Storage[] = [];

/** Takes a storage out of every open scope: it outlives them. */
export function outlive(storage: Storage): void {
  storage.scope = null;
  storage.watch();
}
