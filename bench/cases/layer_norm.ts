import { layerNorm as normalize } from "../../core/mod.ts";
import type { BenchCase } from "../case.ts";
import { toTensor, uniform } from "../inputs.ts";
import { expression } from "./_prepared.ts";

/** Layer normalisation of each row, with scale and shift. */
export const layerNorm: BenchCase = {
  name: "layerNorm",
  about: "layer normalisation over the last dimension of a float32 matrix, with scale and shift",
  sizes: [[64, 768], [1024, 1024], [4096, 768]].map(([rows, columns]) => ({
    label: `${rows}x${columns}`,
    numbers: { rows, columns },
  })),
  tolerance: 5e-6,
  inputs: ({ numbers: { rows, columns } }) => ({
    x: uniform([rows, columns], 5, 3),
    weight: uniform([columns], 6),
    bias: uniform([columns], 7),
  }),
  work: ({ numbers: { rows, columns } }) => ({ bytes: 8 * rows * columns }),
  prepare(inputs, device) {
    const x = toTensor(inputs.x, device);
    const weight = toTensor(inputs.weight, device), bias = toTensor(inputs.bias, device);
    const { shape } = weight;
    return Promise.resolve(
      expression(() => normalize(x, shape, { weight, bias }), [x, weight, bias], device),
    );
  },
};
