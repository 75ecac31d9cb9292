import { matmul as product } from "../../core/mod.ts";
import type { BenchCase } from "../case.ts";
import { toTensor, uniform } from "../inputs.ts";
import { expression } from "./_prepared.ts";

/** A product of two square matrices. */
export const matmul: BenchCase = {
  name: "matmul",
  about: "the product of two n x n float32 matrices",
  sizes: [64, 128, 256, 512, 1024, 2048, 4096].map((n) => ({
    label: String(n),
    numbers: { n },
    hardware: n > 1024,
  })),
  tolerance: 1e-5,
  inputs: ({ numbers: { n } }) => ({ a: uniform([n, n], 1), b: uniform([n, n], 2) }),
  work: ({ numbers: { n } }) => ({ flops: 2 * n ** 3 }),
  prepare({ a, b }, device) {
    const x = toTensor(a, device), y = toTensor(b, device);
    return Promise.resolve(expression(() => product(x, y), [x, y], device));
  },
};
