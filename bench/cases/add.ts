import type { BenchCase } from "../case.ts";
import { ELEMENTS, toTensor, uniform } from "../inputs.ts";
import { expression } from "./_prepared.ts";

/** A sum of two tensors. */
export const add: BenchCase = {
  name: "add",
  about: "the sum of two float32 vectors",
  sizes: ELEMENTS,
  tolerance: 0,
  inputs: ({ numbers: { n } }) => ({ x: uniform([n], 14), y: uniform([n], 15) }),
  work: ({ numbers: { n } }) => ({ bytes: 12 * n }),
  prepare(inputs, device) {
    const x = toTensor(inputs.x, device), y = toTensor(inputs.y, device);
    return Promise.resolve(expression(() => x.add(y), [x, y], device));
  },
};
