/**
 * The modules of this package, as what to judge when nothing else is named.
 *
 * @module
 */
import { arange, type Tensor } from "../../core/mod.ts";
import {
  AlibiPositionalBias,
  BatchNorm1d,
  Buffer,
  Dropout,
  Embedding,
  Embeddings,
  functional as F,
  GELU,
  LayerNorm,
  Linear,
  Module,
  ModuleDict,
  ModuleList,
  ReLU,
  RotaryPositionalEmbeddings,
  Sequential,
  SinusoidalPositionalEncoding,
} from "../../nn/mod.ts";
import { AdamW } from "../../nn/optim/mod.ts";
import { inputs } from "../argument.ts";
import { touchstone } from "../engine.ts";
import { engineSubject, type Subject, subject } from "../subject.ts";

/** Two layers with a bend between them. */
class Perceptron extends Module {
  hidden = new Linear(6, 8);
  out = new Linear(8, 3);

  override forward(x: Tensor): Tensor {
    return this.out.forward(F.relu(this.hidden.forward(x)));
  }
}

/** An embedding and an output layer that are one tensor. */
class TiedWeights extends Module {
  embed = new Embedding(7, 4);
  head = new Linear(4, 7, { bias: false });

  constructor() {
    super();
    this.head.weight = this.embed.weight;
  }

  override forward(words: Tensor): Tensor {
    return this.head.forward(this.embed.forward(words));
  }
}

/** A scale that is saved, and positions that are not: they can be made again. */
class TransientBuffer extends Module {
  lin = new Linear(4, 4);
  scale = new Buffer(arange(1, 5, 1, { dtype: "float32" }));

  constructor() {
    super();
    this.registerBuffer("positions", arange(4, undefined, 1, { dtype: "float32" }), {
      persistent: false,
    });
  }

  declare positions: Tensor;

  override forward(x: Tensor): Tensor {
    return this.lin.forward(x.mul(this.scale).add(this.positions));
  }
}

/** Layers in a list, and one of two ends by name. */
class Containers extends Module {
  layers = new ModuleList([new Linear(4, 4), new Linear(4, 4), new Linear(4, 4)]);
  ends = new ModuleDict({ soft: new GELU(), hard: new ReLU() });

  override forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.layers) y = (layer as Linear).forward(y).add(y);
    return (this.ends.get("soft") as GELU).forward(y);
  }
}

const row = (width: number) => [inputs.tensor({ shape: [inputs.size(1, 4), width] })];

/** Every kind of state that a module can have, each in the smallest module that has it. */
export const builtinSubjects: readonly Subject[] = [
  subject("Linear", () => new Linear(5, 3)),
  subject("MLP", () => new Perceptron(), {
    claims: { optimizer: (params) => new AdamW(params, { lr: 0.01 }) },
  }),
  subject("Embedding", () => new Embedding(9, 4)),
  subject("LayerNorm", () => new LayerNorm(6)),
  subject("BatchNorm1d", () => new BatchNorm1d(4)),
  subject("Dropout", () => new Sequential(new Linear(4, 8), new Dropout(0.4), new Linear(8, 2))),
  subject("Sequential", () =>
    new Sequential(
      new Sequential(new Linear(4, 6), new LayerNorm(6)),
      new GELU(),
      new Sequential(new BatchNorm1d(6), new Linear(6, 2)),
    ), { inputs: [inputs.tensor({ shape: [inputs.size(2, 4), 4] })] }),
  subject("Tied weights", () => new TiedWeights()),
  subject("Transient buffer", () => new TransientBuffer(), { inputs: row(4) }),
  subject("Containers", () => new Containers(), { inputs: row(4) }),
  subject("Positions", () => new SinusoidalPositionalEncoding(6, { maxLen: 16 }), {
    claims: {
      positional: {
        make: (dModel, maxLen) => new SinusoidalPositionalEncoding(dModel, { maxLen }),
        table: (module) => (module as SinusoidalPositionalEncoding).pe,
      },
    },
  }),
  subject("Embeddings", () => new Embeddings(7, 6, 0.1, 32), {
    claims: {
      positional: {
        make: (dModel, maxLen) => new Embeddings(7, dModel, 0.1, maxLen),
        table: (module) => (module as Embeddings).pe,
        input: (_dModel, length) => ({
          tensor: [1, length],
          dtype: "int64",
          fill: "zeros",
          seed: 0,
        }),
      },
    },
  }),
  subject("Rotary", () => new RotaryPositionalEmbeddings(6, { maxLen: 16 })),
  subject(
    "Rotary halves",
    () => new RotaryPositionalEmbeddings(6, { maxLen: 16, interleaved: false }),
  ),
  subject("ALiBi", () => new AlibiPositionalBias(3)),
  engineSubject(touchstone),
];
