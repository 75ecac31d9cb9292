import type { BenchCase } from "../case.ts";
import { toTensor, uniform } from "../inputs.ts";
import { expression } from "./_prepared.ts";

/** GELU in its tanh form. */
export const gelu: BenchCase = {
  name: "gelu",
  about: "tanh-GELU of float32 elements",
  sizes: [{ label: "1M", numbers: { n: 1 << 20 } }],
  tolerance: 2e-6,
  inputs: ({ numbers: { n } }) => ({ x: uniform([n], 3, 4) }),
  work: ({ numbers: { n } }) => ({ bytes: 8 * n }),
  prepare(inputs, device) {
    const x = toTensor(inputs.x, device);
    return Promise.resolve(expression(() => x.gelu({ approximate: "tanh" }), [x]));
  },
};
