import type { BenchCase } from "../case.ts";
import { ELEMENTS, toTensor, uniform } from "../inputs.ts";
import { expression } from "./_prepared.ts";

/** GELU in its tanh form. */
export const gelu: BenchCase = {
  name: "gelu",
  about: "tanh-GELU of float32 elements",
  sizes: ELEMENTS,
  tolerance: 2e-6,
  inputs: ({ numbers: { n } }) => ({ x: uniform([n], 3, 4) }),
  work: ({ numbers: { n } }) => ({ bytes: 8 * n }),
  prepare(inputs, device) {
    const x = toTensor(inputs.x, device);
    return Promise.resolve(expression(() => x.gelu({ approximate: "tanh" }), [x], device));
  },
};
