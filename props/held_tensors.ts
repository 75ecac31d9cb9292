/**
 * Tensors of this package as laws see them: by name, by contents, and by numbers that tell objects and
 * memory apart.
 *
 * @module
 */
import { type DeviceName, fromStorage, noGrad, Storage, type Tensor } from "../core/mod.ts";
import { StateDict } from "../nn/mod.ts";
import { type Snapshot, snapshots } from "./compare.ts";
import type { Contents, Edit, HeldEntry, HeldState } from "./instance.ts";
import { arrange } from "./layout.ts";

/** A state dict in this process: the live one of a module, a file's or a changed copy. */
export class HeldTensors implements HeldState {
  /** What it holds, tensors and anything else. */
  readonly state: ReadonlyMap<string, unknown>;

  /**
   * Holds a state dict.
   *
   * @param state It, as it is.
   */
  constructor(state: ReadonlyMap<string, unknown>) {
    this.state = state;
  }

  /** What it holds now, without what is no tensor. */
  get entries(): readonly HeldEntry[] {
    return this.#tensors().map(([name, value]) => ({
      name,
      requiresGrad: value.requiresGrad,
      memory: numberOf(value.storage),
      offset: value.offset,
      shape: [...value.shape],
      dtype: value.dtype,
      memoryBytes: value.storage.nbytes,
    }));
  }

  #tensors(): [string, Tensor][] {
    return [...this.state].filter((item): item is [string, Tensor] => isTensor(item[1]));
  }

  /** The contents now. */
  read(): Promise<Map<string, Snapshot>> {
    return snapshots(this.#tensors());
  }

  /** Writes to the tensors of these names. */
  write(values: ReadonlyMap<string, Snapshot>): Promise<void> {
    writeTo(new Map(this.#tensors()), values);
    return Promise.resolve();
  }

  /** A copy with other entries. */
  edit(edits: ReadonlyMap<string, Edit>): Promise<HeldState> {
    const copy: Map<string, unknown> = new StateDict(this.state as ReadonlyMap<string, Tensor>);
    // Without it a state dict counts as one of an older version, which may lack names.
    const { metadata } = this.state as Partial<StateDict>;
    if (metadata !== undefined) (copy as StateDict).metadata = new Map(metadata);
    for (const [name, value] of edits) {
      if (value === "delete") copy.delete(name);
      else copy.set(name, value === null ? [1, 2, 3] : tensorOf(value, "cpu"));
    }
    return Promise.resolve(new HeldTensors(copy));
  }
}

const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && "storage" in value;

/** Writes to tensors, where they are. */
export function writeTo(
  tensors: ReadonlyMap<string, Tensor>,
  values: ReadonlyMap<string, Snapshot>,
): void {
  for (const [name, value] of values) {
    const tensor = tensors.get(name)!;
    noGrad(() => tensor.detach().copy_(tensorOf(value, tensor.device)));
  }
}

/** A tensor with some contents. */
export function tensorOf({ shape, dtype, bytes, layout }: Contents, device: DeviceName): Tensor {
  const storage = Storage.fromBytes(dtype, bytes, device);
  return arrange(fromStorage(storage, { shape: [...shape] }), layout ?? "contiguous");
}

const numbers = new WeakMap<object, number>();
let last = 0;

/** The same number for the same object, and for no other. */
export function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, number = ++last);
  return number;
}
