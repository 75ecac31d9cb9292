import type { DeviceName, Tensor } from "../../core/mod.ts";
import { load as read, toBytes } from "../../serialize/mod.ts";
import type { BenchCase, Inputs, Size } from "../case.ts";
import { toTensor, uniform } from "../inputs.ts";
import { finishOn } from "./_prepared.ts";

const TENSORS = 16;
const sizes: readonly Size[] = [[64, "1 MB"], [1024, "64 MB"]].map(([width, label]) => ({
  label: `${label}`,
  numbers: { rows: Number(width), columns: width === 64 ? 256 : 1024 },
}));
const inputs = ({ numbers: { rows, columns } }: Size): Inputs =>
  Object.fromEntries(
    Array.from({ length: TENSORS }, (_, i) => [`layer${i}`, uniform([rows, columns], 22 + i)]),
  );
const work = ({ numbers: { rows, columns } }: Size) => ({ bytes: 4 * TENSORS * rows * columns });

const tensorsOf = (arrays: Inputs, device: DeviceName): Map<string, Tensor> =>
  new Map(Object.entries(arrays).map(([name, array]) => [name, toTensor(array, device)]));

/** Some elements of each, to be compared. */
async function sample(tensors: Iterable<Tensor>): Promise<number[]> {
  const values: number[] = [];
  for (const x of tensors) values.push(...await x.narrow(0, 0, 1).data() as Float32Array);
  return values;
}

/** A dictionary of tensors into the bytes of a `.pt` file, in memory. */
export const save: BenchCase = {
  name: "save",
  about: "16 float32 tensors of a device into the bytes of a .pt file",
  sizes,
  tolerance: 0,
  inputs,
  work,
  prepare(arrays, device) {
    const state = tensorsOf(arrays, device);
    return Promise.resolve({
      run: async () => void await toBytes(state),
      result: async () => sample((await read<Map<string, Tensor>>(await toBytes(state))).values()),
      dispose(): void {
        for (const x of state.values()) x.dispose();
      },
    });
  },
};

/** Back, to a device. */
export const load: BenchCase = {
  name: "load",
  about: "the bytes of a .pt file as 16 float32 tensors on a device",
  sizes,
  tolerance: 0,
  inputs,
  work,
  async prepare(arrays, device) {
    const bytes = await toBytes(tensorsOf(arrays, "cpu"));
    const all = () => read<Map<string, Tensor>>(bytes, { device });
    return {
      async run(): Promise<void> {
        for (const x of (await all()).values()) x.dispose();
      },
      ...finishOn(device),
      result: async () => sample((await all()).values()),
      dispose(): void {},
    };
  },
};
