// The embedding layer of "Attention is all you need" (https://arxiv.org/abs/1706.03762, section 3.4
// and 3.5): its position encoding is state that is saved and moved but not trained, a buffer.
//
//     deno run examples/seed_7_embeddings.ts [device]
import { type DeviceName, nn, type Tensor, tensor } from "@touchstone/touchstone";

/** Word embeddings, scaled, plus the encoding of each word's position. */
export class Embeddings extends nn.Module {
  embs: nn.Embedding;
  dropout: nn.Dropout;
  declare pe: Tensor;

  constructor(vocabSize: number, readonly dModel: number, dropout = 0.1, maxLen = 5000) {
    super();
    this.embs = new nn.Embedding(vocabSize, dModel);
    this.dropout = new nn.Dropout(dropout);
    this.registerBuffer("pe", positionalEncoding(maxLen, dModel));
  }

  /** `words` holds indices, int64 [N, seqLen]; returns [N, seqLen, dModel]. */
  override forward(words: Tensor): Tensor {
    const positions = this.pe.narrow(1, 0, words.shape[1]);
    return this.dropout.forward(
      this.embs.forward(words).mul(Math.sqrt(this.dModel)).add(positions),
    );
  }
}

/** Sines in the even columns and cosines in the odd ones: [1, maxLen, dModel]. */
function positionalEncoding(maxLen: number, dModel: number): Tensor {
  const values = new Float32Array(maxLen * dModel);
  for (let pos = 0; pos < maxLen; pos++) {
    for (let column = 0; column < dModel; column++) {
      // In float64, rounded once when stored: in float32 the angle itself would be off by then.
      const angle = pos / 10000 ** ((column - column % 2) / dModel);
      values[pos * dModel + column] = column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return tensor(values).reshape([1, maxLen, dModel]);
}

if (import.meta.main) {
  const device = (Deno.args[0] ?? "cpu") as DeviceName;
  const embeddings = await new Embeddings(5, 3).to(device);
  console.log(String(embeddings));
  for (const [name, value] of embeddings.stateDict()) console.log(name, value.shape);
  console.log("parameters:", Array.from(embeddings.namedParameters(), ([name]) => name));
  console.log("buffers:", Array.from(embeddings.namedBuffers(), ([name]) => name));
  console.log(await embeddings.pe.narrow(1, 0, 4).repr());
  console.log(await embeddings.pe.narrow(1, 4999, 1).repr());
  console.log(embeddings.forward(tensor([[0, 1, 4]], { dtype: "int64", device })).shape);
}
