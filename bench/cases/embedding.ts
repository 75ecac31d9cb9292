import * as nn from "../../nn/mod.ts";
import type { BenchCase } from "../case.ts";
import { integers, toTensor, uniform } from "../inputs.ts";
import { expression } from "./_prepared.ts";

/** Rows of a table, by index. */
export const embedding: BenchCase = {
  name: "embedding",
  about: "rows of 512 float32 elements out of a table of 10,000, by int64 index",
  sizes: [64, 4096].map((words) => ({ label: `${words}x512`, numbers: { words } })),
  tolerance: 0,
  inputs: ({ numbers: { words } }) => ({
    table: uniform([10_000, 512], 16),
    words: integers([words], 17, 10_000),
  }),
  work: ({ numbers: { words } }) => ({ bytes: words * (8 * 512 + 8) }),
  prepare(inputs, device) {
    const table = toTensor(inputs.table, device), words = toTensor(inputs.words, device);
    const build = () => nn.functional.embedding(words, table);
    return Promise.resolve(expression(build, [table, words], device));
  },
};
