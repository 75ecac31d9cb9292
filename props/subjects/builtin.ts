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
import { fc } from "../fast_check.ts";
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

/** The mean of each sequence, without what is masked. */
class MaskedMean extends Module {
  lin = new Linear(4, 4);

  override forward(x: Tensor, padded: Tensor): Tensor {
    const mask = padded.unsqueeze(-1);
    const sum = this.lin.forward(x).maskedFill(mask, 0).sum([1]);
    return sum.div(mask.logicalNot().type(x.dtype).sum([1]).clamp(1));
  }
}

/** At each place the sum of all up to there. */
class RunningSum extends Module {
  lin = new Linear(4, 4);

  /** The sums of a piece, and the last of them, to go on from. */
  override forward(x: Tensor, before?: Tensor): [sums: Tensor, last: Tensor] {
    const own = this.lin.forward(x).cumsum(1);
    const sums = before === undefined ? own : own.add(before);
    return [sums, sums.narrow(1, x.shape[1] - 1, 1)];
  }
}

const row = (width: number) => [inputs.tensor({ shape: [inputs.size(1, 4), width] })];

const { size, tensor } = inputs;

/** Each row is answered as if it were alone. */
const alone = { batchIndependent: true };

/** Every kind of state that a module can have, each in the smallest module that has it. */
export const builtinSubjects: readonly Subject[] = [
  subject("Linear", () => new Linear(5, 3), {
    claims: { ...alone, constructOn: (device) => new Linear(5, 3, { device }) },
  }),
  subject("MLP", () => new Perceptron(), {
    claims: { ...alone, optimizer: (params) => new AdamW(params, { lr: 0.01 }) },
  }),
  subject("Embedding", () => new Embedding(9, 4), { claims: alone }),
  subject("LayerNorm", () => new LayerNorm(6), { claims: alone }),
  subject("BatchNorm1d", () => new BatchNorm1d(4), {
    claims: { ...alone, constructOn: (device) => new BatchNorm1d(4, { device }) },
  }),
  subject("Dropout", () => new Sequential(new Linear(4, 8), new Dropout(0.4), new Linear(8, 2)), {
    claims: alone,
  }),
  subject("Sequential", () =>
    new Sequential(
      new Sequential(new Linear(4, 6), new LayerNorm(6)),
      new GELU(),
      new Sequential(new BatchNorm1d(6), new Linear(6, 2)),
    ), { inputs: [inputs.tensor({ shape: [inputs.size(2, 4), 4] })], claims: alone }),
  subject("Tied weights", () => new TiedWeights(), { claims: alone }),
  subject("Transient buffer", () => new TransientBuffer(), { inputs: row(4), claims: alone }),
  subject("Containers", () => new Containers(), { inputs: row(4), claims: alone }),
  subject("Positions", () => new SinusoidalPositionalEncoding(6, { maxLen: 16 }), {
    claims: {
      ...alone,
      positional: {
        make: (dModel, maxLen) => new SinusoidalPositionalEncoding(dModel, { maxLen }),
        table: (module) => (module as SinusoidalPositionalEncoding).pe,
      },
    },
  }),
  subject("Embeddings", () => new Embeddings(7, 6, 0.1, 32), {
    claims: {
      ...alone,
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
  subject("Rotary", () => new RotaryPositionalEmbeddings(6, { maxLen: 16 }), {
    claims: { rotary: { make: (dim, maxLen) => new RotaryPositionalEmbeddings(dim, { maxLen }) } },
  }),
  subject(
    "Rotary halves",
    () => new RotaryPositionalEmbeddings(6, { maxLen: 16, interleaved: false }),
    {
      claims: {
        rotary: {
          make: (dim, maxLen) =>
            new RotaryPositionalEmbeddings(dim, { maxLen, interleaved: false }),
        },
      },
    },
  ),
  subject("ALiBi", () => new AlibiPositionalBias(3), {
    claims: { alibi: { make: (numHeads) => new AlibiPositionalBias(numHeads) } },
  }),
  subject("Masked mean", () => new MaskedMean(), {
    inputs: size(1, 3).chain((batch) =>
      size(1, 5).chain((length) =>
        fc.tuple(
          tensor({ shape: [batch, length, 4] }),
          tensor({ shape: [batch, length], dtype: "bool" }),
        )
      )
    ),
    claims: { ...alone, paddingIndependent: { input: 0, mask: 1 } },
  }),
  subject("Running sum", () => new RunningSum(), {
    inputs: [tensor({ shape: [size(1, 3), size(1, 6), 4] })],
    claims: {
      ...alone,
      incremental: { input: 0, output: "output[0]", state: { 1: "output[1]" } },
    },
  }),
  engineSubject(touchstone),
];
