import type { BenchCase } from "../case.ts";
import { toTensor, uniform } from "../inputs.ts";
import { expression } from "./_prepared.ts";

/** Softmax of each row. */
export const softmax: BenchCase = {
  name: "softmax",
  about: "softmax over the last dimension of a float32 matrix",
  sizes: [64, 1024, 8192].map((rows) => ({
    label: `${rows}x1024`,
    numbers: { rows, columns: 1024 },
    hardware: rows > 1024,
  })),
  tolerance: 2e-6,
  inputs: ({ numbers: { rows, columns } }) => ({ x: uniform([rows, columns], 4, 5) }),
  work: ({ numbers: { rows, columns } }) => ({ bytes: 8 * rows * columns }),
  prepare(inputs, device) {
    const x = toTensor(inputs.x, device);
    return Promise.resolve(expression(() => x.softmax(-1), [x], device));
  },
};
