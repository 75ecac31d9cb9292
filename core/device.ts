/**
 * What a device is: a connector with few verbs that knows nothing of tensors.
 *
 * @module
 */
import type { Block } from "./block.ts";
import type { DType } from "./dtype.ts";
import { DeviceError } from "./errors.ts";
import type { Node } from "./node.ts";
import type { Plan } from "./plan.ts";

/** The name of a device that tensors live on. */
export type DeviceName = "cpu" | "webgpu" | "reference";

/** What names a device: its name, or another word for it. */
export type DeviceLike = DeviceName | "gpu" | "webgpu:0";

/** A tensor as the families see it: three dimensions, strides in elements. */
export interface View3 {
  /** The memory. */
  readonly block: Block;
  /** The first element. */
  readonly offset: number;
  /** Strides in elements. */
  readonly strides: readonly [number, number, number];
}

/**
 * `out[o, m, i] = src[o, index[o, m, i], i]`: `gather`, `indexSelect`, `embedding`, indexing. `src`
 * is contiguous `[outer, n, inner]`, `out` contiguous `[outer, m, inner]`; indices are int64 and
 * checked: one outside of `[0, n)` throws `IndexError`.
 */
export interface GatherCall {
  readonly family: "gather";
  readonly dtype: DType;
  readonly outer: number;
  readonly n: number;
  readonly m: number;
  readonly inner: number;
  readonly src: Block;
  readonly index: View3;
  readonly out: Block;
}

/**
 * `out[o, index[o, m, i], i] op= src[o, m, i]`, in order of `m`: `scatter`, `scatterAdd`, `indexAdd`, the
 * backward of `gather`. `out` is contiguous `[outer, n, inner]` and holds the values to start from.
 */
export interface ScatterCall {
  readonly family: "scatter";
  readonly mode: "set" | "add";
  readonly dtype: DType;
  readonly outer: number;
  readonly n: number;
  readonly m: number;
  readonly inner: number;
  readonly src: View3;
  readonly index: View3;
  readonly out: Block;
}

/** Running sums or products along `n` of a contiguous `[outer, n, inner]`. */
export interface ScanCall {
  readonly family: "scan";
  readonly op: "sum" | "prod";
  readonly dtype: DType;
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
  readonly x: Block;
  readonly out: Block;
}

/**
 * Stable sort of each row of a contiguous `[rows, n]`; NaN counts as the largest, as PyTorch has
 * it. Indices are int64.
 */
export interface SortCall {
  readonly family: "sort";
  readonly dtype: DType;
  readonly rows: number;
  readonly n: number;
  readonly descending: boolean;
  readonly x: Block;
  readonly values: Block;
  readonly indices: Block;
}

/** A kernel that recipes can't express; all blocks are ready, `out` blocks are distinct. */
export type FamilyCall = GatherCall | ScatterCall | ScanCall | SortCall;

/** Copies on a part of what is read; `at` is its first byte's place. */
export type TakePart = (part: Uint8Array, at: number) => void;

/** A device. */
export interface Device {
  /** Its name. */
  readonly name: DeviceName;
  /** What it is, for a report: the adapter of a GPU, and whether it is software. */
  readonly info: DeviceInfo;
  /** Whether its memory is the host's: reading it waits for nothing. */
  readonly local: boolean;
  /** Throws `DTypeError` for an expression that the device can't compute. */
  check?(node: Node): void;
  /** Takes memory; throws `OutOfMemoryError`. Contents are undefined. */
  alloc(nbytes: number): Block;
  /** Gives memory back. Called once, by the block's last holder. */
  free(block: Block): void;
  /** Copies bytes in. */
  write(block: Block, byteOffset: number, bytes: Uint8Array): void;
  /** Copies bytes out. */
  read(block: Block, byteOffset: number, nbytes: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Copies bytes out at once; null where that is not possible. */
  readSync(block: Block, byteOffset: number, nbytes: number): Uint8Array<ArrayBuffer> | null;
  /**
   * Hands bytes to someone who copies them on, part by part and without memory of its own: `take` gets
   * each part and its place among the bytes, and must be done with it when it returns.
   */
  readParts(block: Block, byteOffset: number, nbytes: number, take: TakePart): Promise<void>;
  /** Runs one recipe as one kernel. */
  cook(plan: Plan): void;
  /** Runs one kernel of a family. */
  run(call: FamilyCall): void;
}

/** What a device is, in words. */
export interface DeviceInfo {
  /** The device's name. */
  readonly name: DeviceName;
  /** The processor, or the adapter and its driver. */
  readonly description: string;
  /** Whether a GPU's work is done by software on the host. */
  readonly software: boolean;
  /** Whether it computes in float64; one that does not stores it, moves it and converts it. */
  readonly float64: boolean;
}

/** A device that is known: how it is opened, and itself once it is. */
interface Entry {
  readonly open: () => Device | Promise<Device>;
  /** Whether opening waits for something. */
  readonly waits: boolean;
  device: Device | null;
  opening: Promise<Device> | null;
}

const entries = new Map<DeviceName, Entry>();
const ALIASES: Readonly<Record<string, DeviceName>> = { "gpu": "webgpu", "webgpu:0": "webgpu" };

/** Makes a device known, in place of one of the same name; it is built when it is first asked for. */
export function registerDevice(name: DeviceName, open: () => Device): void {
  entries.set(name, { open, waits: false, device: null, opening: null });
}

/** Makes a device known that must be opened before it can be asked for. */
export function registerOpening(name: DeviceName, open: () => Promise<Device>): void {
  entries.set(name, { open, waits: true, device: null, opening: null });
}

function entryOf(name: string): Entry {
  const entry = entries.get(canonical(name) as DeviceName);
  if (entry === undefined) {
    throw new DeviceError(
      `Unknown device "${name}": expected one of ${[...entries.keys()].join(", ")}`,
    );
  }
  return entry;
}

function canonical(name: string): string {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
}

/** The device of a name. */
export function deviceOf(name: string): Device {
  const entry = entryOf(name);
  if (entry.device !== null) return entry.device;
  if (entry.waits) {
    throw new DeviceError(
      `The device "${name}" is not open: \`await openDevice("${name}")\` first, or move a tensor there with \`await tensor.to("${name}")\``,
    );
  }
  return entry.device = entry.open() as Device;
}

/** The device of a name, opened if it is not yet. */
export async function opened(name: string): Promise<Device> {
  const entry = entryOf(name);
  if (entry.device !== null) return entry.device;
  entry.opening ??= Promise.resolve(entry.open());
  try {
    return entry.device = await entry.opening;
  } finally {
    entry.opening = null;
  }
}

/** Forgets a device that is lost: whoever asks next gets a new one. */
export function forget(device: Device): void {
  const entry = entryOf(device.name);
  if (entry.device === device) entry.device = null;
}

/**
 * Opens a device, so that tensors can be made on it. Moving a tensor or a module there opens it too.
 *
 * PyTorch: `torch.cuda.init`.
 *
 * @param name `"webgpu"`, or its alias `"gpu"`; the other devices are always open.
 * @returns What the device is: its adapter, and whether that is software.
 * @throws {DeviceError} If there is none; the message says how to get one.
 *
 * @example
 * ```ts
 * import { openDevice } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await openDevice("cpu")).name, "cpu");
 * ```
 */
export async function openDevice(name: DeviceLike): Promise<DeviceInfo> {
  return (await opened(name)).info;
}

/**
 * What an open device is.
 *
 * @param name The device's name.
 * @returns Its adapter, whether that is software, and what it can compute.
 * @throws {DeviceError} If it is not open.
 *
 * @example
 * ```ts
 * import { deviceInfo } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(deviceInfo("cpu").float64, true);
 * ```
 */
export function deviceInfo(name: DeviceLike): DeviceInfo {
  return deviceOf(name).info;
}

/** Whether a string names a device. */
export function isDeviceName(name: string): name is DeviceLike {
  return entries.has(canonical(name) as DeviceName);
}

/**
 * The names of the devices that are open: `"cpu"` and `"reference"` always, `"webgpu"` once it was
 * opened.
 *
 * @returns The names.
 */
export function deviceNames(): DeviceName[] {
  return [...entries].filter(([, { waits, device }]) => !waits || device !== null)
    .map(([name]) => name);
}
