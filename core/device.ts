/**
 * What a device is: a connector with few verbs that knows nothing of tensors.
 *
 * @module
 */
import type { Block } from "./block.ts";
import type { DType } from "./dtype.ts";
import { DeviceError } from "./errors.ts";
import type { Plan } from "./plan.ts";

/** The name of a device that tensors live on. */
export type DeviceName = "cpu" | "reference";

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

/** A device. */
export interface Device {
  /** Its name. */
  readonly name: DeviceName;
  /** Takes memory; throws `OutOfMemoryError`. Contents are undefined. */
  alloc(nbytes: number): Block;
  /** Gives memory back. Called once, by the block's last holder. */
  free(block: Block): void;
  /** Copies bytes in. */
  write(block: Block, byteOffset: number, bytes: Uint8Array): void;
  /** Copies bytes out. */
  read(block: Block, byteOffset: number, nbytes: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Copies bytes out at once, where the device can. */
  readSync?(block: Block, byteOffset: number, nbytes: number): Uint8Array<ArrayBuffer>;
  /** Runs one recipe as one kernel. */
  cook(plan: Plan): void;
  /** Runs one kernel of a family. */
  run(call: FamilyCall): void;
}

const devices = new Map<DeviceName, Device>();
const factories = new Map<DeviceName, () => Device>();

/** Makes a device known, in place of one of the same name; it is built when it is first asked for. */
export function registerDevice(name: DeviceName, make: () => Device): void {
  factories.set(name, make);
  devices.delete(name);
}

/** The device of a name. */
export function deviceOf(name: string): Device {
  const known = devices.get(name as DeviceName);
  if (known !== undefined) return known;
  const make = factories.get(name as DeviceName);
  if (make === undefined) {
    throw new DeviceError(
      `Unknown device "${name}": expected one of ${[...factories.keys()].join(", ")}`,
    );
  }
  const device = make();
  devices.set(name as DeviceName, device);
  return device;
}

/** Whether a string names a device. */
export function isDeviceName(name: string): name is DeviceName {
  return factories.has(name as DeviceName);
}

/** The names of all devices. */
export function deviceNames(): DeviceName[] {
  return [...factories.keys()];
}
