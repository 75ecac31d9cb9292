/**
 * Modules that remember what they should not, or change what training should leave alone.
 *
 * @module
 */
import { linspace, noGrad, ones, randn, type Tensor } from "../../core/mod.ts";
import { BatchNorm1d, Buffer, Linear, Module, Parameter } from "../../nn/mod.ts";
import { SGD } from "../../nn/optim/mod.ts";
import { inputs } from "../argument.ts";
import { fc } from "../fast_check.ts";
import { type Subject, subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, outputText, rows } from "./parts.ts";

/** A layer whose weight is a product, which evaluation may multiply once and for all. */
class LowRank extends Module {
  left: Parameter = new Parameter(randn([4, 1]));
  right: Parameter = new Parameter(randn([1, 4]));
  protected weight(): Tensor {
    return this.left.matmul(this.right);
  }
  override forward(x: Tensor): Tensor {
    return x.matmul(this.weight());
  }
}

class KeepsMerged extends LowRank {
  #merged: Tensor | null = null;
  protected override weight(): Tensor {
    if (!this.training) this.#merged ??= super.weight();
    return this.#merged ?? super.weight();
  }
}

class Shifted extends Module {
  shift: Buffer = new Buffer(ones([4]));
  lin: Linear = new Linear(4, 4);
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x.sub(this.shift));
  }
}

class ShiftedByTheFirst extends Shifted {
  #first = true;
  override forward(x: Tensor): Tensor {
    if (this.#first) noGrad(() => this.shift.copy_(x.mean([0])));
    this.#first = false;
    return super.forward(x);
  }
}

class Scaled extends Module {
  lin: Linear = new Linear(4, 4);
  protected longest = 1;
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x).div(Math.max(1, x.shape[0]));
  }
}

class RescalesForGood extends Scaled {
  override forward(x: Tensor): Tensor {
    this.longest = Math.max(this.longest, x.shape[0]);
    return this.lin.forward(x).div(this.longest);
  }
}

/** Adds the rows of a table from an offset on. */
class Offsets extends Module {
  table: Buffer = new Buffer(linspace(0, 1, 8).reshape([8, 1]));
  protected rowsFrom(offset: number, length: number): Tensor {
    return this.table.narrow(0, offset, length);
  }
  override forward(x: Tensor, offset: number): Tensor {
    return x.add(this.rowsFrom(offset, x.shape[0]));
  }
}

class KeyedByLength extends Offsets {
  #cache: Map<number, Tensor> = new Map();
  protected override rowsFrom(offset: number, length: number): Tensor {
    const found = this.#cache.get(length) ?? super.rowsFrom(offset, length);
    this.#cache.set(length, found);
    return found;
  }
}

const offsets = (name: string, make: () => Module): Subject => {
  const x = inputs.tensor({ shape: [inputs.size(1, 2), 4] });
  return subject(name, make, { inputs: [x, fc.nat(5)] });
};

/** A layer, then the statistics of its batch. */
class Normed extends Module {
  lin: Linear = new Linear(4, 4);
  norm: BatchNorm1d = new BatchNorm1d(4);
  override forward(x: Tensor): Tensor {
    return this.norm.forward(this.lin.forward(x));
  }
}

class SetsModes extends Normed {
  override forward(x: Tensor): Tensor {
    this.norm.train(this.training);
    return super.forward(x);
  }
}

const batches = (name: string, make: () => Module): Subject =>
  subject(name, make, { inputs: [inputs.tensor({ shape: [inputs.size(2, 4), 4] })] });

class DecaysWeights extends Healthy {
  override forward(x: Tensor): Tensor {
    if (this.training) noGrad(() => this.lin.weight.mul_(0.99));
    return super.forward(x);
  }
}

const ramp = (length: number): Tensor => linspace(1, 4, 4 * length).reshape([length, 4]);

/** What a step computes and gives as gradients after a call in evaluation mode. */
const probed = async (of: Subject): Promise<string> => {
  const module = made(of).eval();
  noGrad(() => module.forward(ramp(3)));
  const y = module.train().forward(ramp(2)) as Tensor;
  if (y.requiresGrad) y.sum().backward();
  const gradients = module.parameters().map(({ grad }) => grad?.tolist() ?? null);
  return JSON.stringify([await y.tolist(), await Promise.all(gradients)]);
};

/** The answers for a short input before and after a long one. */
const shortLongShort = async (of: Subject): Promise<string> => {
  const module = made(of).eval();
  const answers = [ramp(1), ramp(3), ramp(1)].map((x) => outputText(module, x));
  return JSON.stringify(await Promise.all(answers));
};

const twoOffsets = async (of: Subject): Promise<string> => {
  const module = made(of);
  const [first, second] = [0, 5].map((offset) => module.forward(ramp(2), offset) as Tensor);
  return JSON.stringify([await first.tolist(), await second.tolist()]);
};

/** The state of the last child after it is frozen and a step is made. */
const frozenChild = async (of: Subject): Promise<string> => {
  const module = made(of);
  const child = module.children().at(-1)!.requiresGrad_(false).eval();
  const optimizer = new SGD(module.parameters(), { lr: 0.1 });
  (module.forward(ramp(2)) as Tensor).sum().backward();
  optimizer.step();
  const state = [...child.parameters(), ...child.buffers()].map((value) =>
    value.type("float32").tolist()
  );
  return JSON.stringify(await Promise.all(state));
};

const neutral = "mode/extra-forward-is-neutral";
const order = "mode/call-order-independent";
const freeze = "mode/freeze-holds";

/** Mutants of training. */
export const trainingMutants: readonly Mutant[] = [
  {
    law: neutral,
    id: "probe-leaves-a-merged-weight",
    about: "Evaluation multiplies two weights once, and training goes on with the product.",
    original: rows("LowRank", () => new LowRank()),
    subject: rows("KeepsMerged", () => new KeepsMerged()),
    observe: probed,
  },
  {
    law: neutral,
    id: "probe-initialises",
    about: "The first batch of all sets a shift, be it in training or in evaluation.",
    original: rows("Shifted", () => new Shifted()),
    subject: rows("ShiftedByTheFirst", () => new ShiftedByTheFirst()),
    observe: probed,
  },
  {
    law: order,
    id: "long-input-rescales-for-good",
    about: "A scale is made for the longest input so far: a long one changes later short ones.",
    thread: issue("huggingface/transformers", 25306),
    original: rows("Scaled", () => new Scaled()),
    subject: rows("RescalesForGood", () => new RescalesForGood()),
    observe: shortLongShort,
  },
  {
    law: order,
    id: "cache-keyed-by-length-only",
    about: "Rows of a table are cached by their number, whatever the offset.",
    thread: issue("lucidrains/rotary-embedding-torch", 11),
    original: offsets("Offsets", () => new Offsets()),
    subject: offsets("KeyedByLength", () => new KeyedByLength()),
    observe: twoOffsets,
  },
  {
    law: freeze,
    id: "forward-sets-modes",
    about: "forward puts a child in the mode of the whole: a frozen normalisation goes on.",
    thread: issue("pgniewko/gt-pyg", 112),
    original: batches("Normed", () => new Normed()),
    subject: batches("SetsModes", () => new SetsModes()),
    observe: frozenChild,
  },
  {
    law: freeze,
    id: "forward-decays-weights",
    about: "Weights shrink with each forward, frozen or not.",
    thread: issue("ahrefs/ocannl", 673),
    original: healthy,
    subject: rows("DecaysWeights", () => new DecaysWeights()),
    observe: frozenChild,
  },
];
