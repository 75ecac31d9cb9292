/**
 * What the tests of this folder share: plans that run on the "cpu" and "reference" devices alike.
 *
 * @module
 */
import type { Block } from "../../block.ts";
import type { Device } from "../../device.ts";
import { type DType, DTYPES } from "../../dtype.ts";
import type { BlockView } from "../../node.ts";
import type { Plan, Step } from "../../plan.ts";
import { contiguousStrides, numelOf } from "../../shape.ts";
import { referenceDevice } from "../../reference/device.ts";
import { cpuDevice } from "../device.ts";

/** The device under test. */
export const cpu: Device = cpuDevice();
/** The oracle. */
export const reference: Device = referenceDevice();

/** Contents for a block, by dtype. */
export interface Data {
  readonly dtype: DType;
  readonly values: readonly (number | bigint)[];
}

/** The stored bytes of values. */
export function bytesOf({ dtype, values }: Data): Uint8Array<ArrayBuffer> {
  const { array, itemSize } = DTYPES[dtype];
  const buffer = new ArrayBuffer(values.length * itemSize);
  const out = new array(buffer) as unknown as (number | bigint)[];
  if (dtype === "bfloat16") {
    const bits = new Uint32Array(Float32Array.from(values.map(Number)).buffer);
    bits.forEach((b, i) => out[i] = b >>> 16);
  } else {
    values.forEach((value, i) => out[i] = dtype === "int64" ? BigInt(value) : Number(value));
  }
  return new Uint8Array(buffer);
}

/** The values of stored bytes. */
export function valuesOf(dtype: DType, bytes: Uint8Array<ArrayBuffer>): (number | bigint)[] {
  const { array } = DTYPES[dtype];
  const raw = Array.from(new array(bytes.buffer) as unknown as (number | bigint)[]);
  if (dtype !== "bfloat16") return raw;
  const wide = new Uint32Array(raw.map((x) => (x as number) << 16));
  return Array.from(new Float32Array(wide.buffer));
}

/** A plan over blocks that are only named; `load` views give positions in `data`. */
export interface Draft {
  readonly shape: readonly number[];
  readonly split: number;
  readonly data: readonly Data[];
  /** Builds the steps and outputs from the blocks. */
  readonly build: (
    blocks: Block[],
  ) => { steps: Step[]; outputs: { step: number; view: BlockView }[] };
  /** Sizes, in elements, of the blocks written; they follow the inputs. */
  readonly results: readonly { dtype: DType; length: number }[];
}

/** Runs a draft on a device and reads the results. */
export function runDraft(device: Device, draft: Draft): (number | bigint)[][] {
  const inputs = draft.data.map((data) => {
    const bytes = bytesOf(data);
    const block = device.alloc(bytes.byteLength);
    device.write(block, 0, bytes);
    return block;
  });
  const results = draft.results.map(({ dtype, length }) => {
    const block = device.alloc(length * DTYPES[dtype].itemSize);
    device.write(block, 0, new Uint8Array(length * DTYPES[dtype].itemSize));
    return block;
  });
  const plan: Plan = {
    shape: draft.shape,
    split: draft.split,
    ...draft.build([...inputs, ...results]),
  };
  try {
    device.cook(plan);
    return results.map((block, i) =>
      valuesOf(draft.results[i].dtype, device.readSync(block, 0, block.nbytes)!)
    );
  } finally {
    for (const block of [...inputs, ...results]) device.free(block);
  }
}

/** A row-major view of a whole block. */
export function whole(block: Block, shape: readonly number[]): BlockView {
  return {
    block,
    offset: 0,
    strides: contiguousStrides(shape).map((s, i) => shape[i] === 1 ? 0 : s),
  };
}

/** The number of elements. */
export const count = numelOf;
