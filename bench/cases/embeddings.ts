import { noGrad } from "../../core/mod.ts";
import * as nn from "../../nn/mod.ts";
import type { BenchCase } from "../case.ts";
import { integers, toTensor, uniform } from "../inputs.ts";
import { expression } from "./_prepared.ts";

/** The embedding layer of a transformer: words, scaled, plus their positions. */
export const embeddings: BenchCase = {
  name: "Embeddings",
  about: "forward of nn.Embeddings, 512 wide, without dropout: table rows, scale, positions",
  sizes: [[1, 16], [32, 128]].map(([batch, length]) => ({
    label: `${batch}x${length}`,
    numbers: { batch, length },
  })),
  tolerance: 1e-6,
  inputs: ({ numbers: { batch, length } }) => ({
    table: uniform([1000, 512], 18),
    words: integers([batch, length], 19, 1000),
  }),
  work: ({ numbers: { batch, length } }) => ({ bytes: batch * length * (12 * 512 + 8) }),
  async prepare(inputs, device) {
    const model = new nn.Embeddings(1000, 512, 0.1, 512).eval();
    model.embs.weight.setData(toTensor(inputs.table, "cpu"));
    await model.to(device);
    const words = toTensor(inputs.words, device);
    return expression(() => noGrad(() => model.forward(words)), [
      ...model.parameters(),
      ...model.buffers(),
      words,
    ], device);
  },
};
