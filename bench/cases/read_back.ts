import { scope } from "../../core/mod.ts";
import type { BenchCase } from "../case.ts";
import { toTensor, uniform } from "../inputs.ts";

/** A number that is computed and read: what each look at a loss costs. */
export const readBack: BenchCase = {
  name: "item",
  about: "await loss.item() of the mean of 256 float32 elements, one kernel",
  sizes: [{ label: "256", numbers: { n: 256 } }],
  tolerance: 1e-6,
  inputs: ({ numbers: { n } }) => ({ x: uniform([n], 21) }),
  work: () => ({}),
  prepare(inputs, device) {
    const x = toTensor(inputs.x, device);
    const read = async (): Promise<number> => {
      const mean = scope(() => x.mean());
      const value = await mean.item() as number;
      mean.dispose();
      return value;
    };
    return Promise.resolve({
      run: async () => void await read(),
      result: async () => [await read()],
      dispose: () => x.dispose(),
    });
  },
};
