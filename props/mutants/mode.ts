/**
 * Modules that train and evaluate badly, or change what they are given, or hide gradients.
 *
 * @module
 */
import { noGrad, ones, rand, randn, type Tensor } from "../../core/mod.ts";
import { Buffer, functional as F, Linear, Module, Parameter } from "../../nn/mod.ts";
import type { Subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, outputText, rows } from "./parts.ts";

class StopsAtChildren extends Healthy {
  override train(mode = true): this {
    this.training = mode;
    return this;
  }
}

class PlainArray extends Module {
  layers: Module[] = [new Linear(4, 4)];
  override forward(x: Tensor): Tensor {
    return (this.layers[0] as Linear).forward(x);
  }
}

class Lists extends Module {
  layer = new Linear(4, 4);
  override forward(x: Tensor): Tensor {
    return this.layer.forward(x);
  }
}

class DropsAlways extends Healthy {
  override forward(x: Tensor): Tensor {
    return F.dropout(super.forward(x), { p: 0.5 });
  }
}

class DrawsUnused extends Healthy {
  override forward(x: Tensor): Tensor {
    rand([2]);
    return super.forward(x);
  }
}

/** A running mean that is kept while training. */
class RunningMean extends Module {
  mean: Buffer = new Buffer(randn([4]));
  protected get moves(): boolean {
    return this.training;
  }
  override forward(x: Tensor): Tensor {
    if (this.moves) noGrad(() => this.mean.lerp_(x.mean([0]), 0.1));
    return x.sub(this.mean);
  }
}

class MovesInEval extends RunningMean {
  protected override get moves(): boolean {
    return true;
  }
}

/** A weight that is divided by its size in one direction, which training keeps turning. */
class Normalised extends Module {
  weight: Parameter = new Parameter(randn([4, 4]));
  direction: Buffer = new Buffer(ones([4]).div(2));
  protected get turns(): boolean {
    return this.training;
  }
  override forward(x: Tensor): Tensor {
    const y = x.matmul(this.weight);
    const product = this.weight.detach().matmul(this.direction);
    if (this.turns) noGrad(() => this.direction.copy_(product.div(product.pow(2).sum().sqrt())));
    return y.div(this.weight.matmul(this.direction).pow(2).sum().sqrt());
  }
}

class TurnsInEval extends Normalised {
  protected override get turns(): boolean {
    return true;
  }
}

class WakesAChild extends Healthy {
  override forward(x: Tensor): Tensor {
    this.lin.train();
    return super.forward(x);
  }
}

/** Asks its argument for gradients, as what computes forces from energies does. */
class AsksItsInput extends Healthy {
  override forward(x: Tensor): Tensor {
    return super.forward(x.requiresGrad_(true));
  }
}

class WritesInput extends Healthy {
  override forward(x: Tensor): Tensor {
    return super.forward(noGrad(() => x.add_(1)));
  }
}

class WritesView extends Healthy {
  override forward(x: Tensor): Tensor {
    noGrad(() => x.narrow(1, 0, 1).fill_(7));
    return super.forward(x);
  }
}

/** A product with a weight, for gradients. */
class Product extends Module {
  weight: Parameter = new Parameter(randn([4]));
  shift: Parameter = new Parameter(randn([4]));
  override forward(x: Tensor): Tensor {
    return x.mul(this.weight).tanh().add(this.shift);
  }
}

class DetachedParameter extends Product {
  override forward(x: Tensor): Tensor {
    return x.mul(this.weight.detach()).tanh().add(this.shift);
  }
}

class HalfTheGradient extends Product {
  override forward(x: Tensor): Tensor {
    const weight = this.weight.mul(0.5).add(this.weight.detach().mul(0.5));
    return x.mul(weight).tanh().add(this.shift);
  }
}

class DetachedInput extends Product {
  override forward(x: Tensor): Tensor {
    return super.forward(x.detach());
  }
}

const product = rows("Product", () => new Product());
const reaches = "mode/reaches-all";
const still = "mode/eval-deterministic";
const pure = "mode/eval-pure";
const unchanged = "math/inputs-unchanged";

const twice = async (of: Subject): Promise<string> => {
  const module = made(of).eval();
  const first = await outputText(module), second = await outputText(module);
  return `${first === second} ${JSON.stringify(await rand([1]).tolist())}`;
};

const inputAfter = async (of: Subject): Promise<string> => {
  const x = ones([1, 4]);
  await outputText(made(of), x);
  return JSON.stringify(await x.tolist());
};

const gradients = async (of: Subject): Promise<string> => {
  const x = ones([1, 4], { requiresGrad: true });
  const module = made(of);
  (module.forward(x) as Tensor).sum().backward();
  const all = [x, ...module.parameters()].map(({ grad }) => grad?.tolist() ?? null);
  return JSON.stringify(await Promise.all(all));
};

const gradcheck = { law: "math/gradcheck", original: product, observe: gradients } as const;

/** Mutants of modes, of purity and of gradients. */
export const modeMutants: readonly Mutant[] = [
  {
    law: reaches,
    id: "train-stops-at-children",
    about: "train() sets the module's own mode and no child's.",
    original: healthy,
    subject: rows("StopsAtChildren", () => new StopsAtChildren()),
    observe: (of) => Promise.resolve(made(of).eval().modules().map((m) => m.training).join()),
  },
  {
    law: reaches,
    id: "eval-misses-plain-array",
    about: "A child in a plain array stays in training mode.",
    thread: issue("pytorch/pytorch", 59925),
    original: rows("Lists", () => new Lists()),
    subject: rows("PlainArray", () => new PlainArray()),
    observe: (of) => Promise.resolve(String(made(of).eval().modules().length)),
  },
  {
    law: still,
    id: "dropout-in-eval",
    about: "The functional dropout is called without the mode.",
    thread: issue("facebookresearch/DME", 3),
    original: healthy,
    subject: rows("DropsAlways", () => new DropsAlways()),
    observe: twice,
  },
  {
    law: pure,
    id: "statistics-move-in-eval",
    about: "Running statistics are updated in evaluation mode.",
    thread: issue("rwth-i6/returnn", 1625),
    original: rows("RunningMean", () => new RunningMean()),
    subject: rows("MovesInEval", () => new MovesInEval()),
    observe: twice,
  },
  {
    law: pure,
    id: "vector-turns-in-eval",
    about: "Spectral normalisation goes on with its power iteration in evaluation mode.",
    thread: issue("pytorch/pytorch", 8208),
    original: rows("Normalised", () => new Normalised()),
    subject: rows("TurnsInEval", () => new TurnsInEval()),
    observe: twice,
  },
  {
    law: pure,
    id: "eval-wakes-a-child",
    about: "forward puts a child in training mode.",
    original: healthy,
    subject: rows("WakesAChild", () => new WakesAChild()),
    observe: async (of) => {
      const module = made(of).eval();
      await outputText(module);
      return module.modules().map(({ training }) => training).join();
    },
  },
  {
    law: pure,
    id: "eval-asks-its-input",
    about: "forward makes its argument require gradients, and so all that the caller does with it.",
    original: healthy,
    subject: rows("AsksItsInput", () => new AsksItsInput()),
    observe: async (of) => {
      const x = ones([1, 4]);
      await outputText(made(of).eval(), x);
      return String(x.requiresGrad);
    },
  },
  {
    law: still,
    id: "eval-draws-unused",
    about: "Evaluation draws random numbers that it does not use, which shifts all later draws.",
    original: healthy,
    subject: rows("DrawsUnused", () => new DrawsUnused()),
    observe: twice,
  },
  {
    law: unchanged,
    id: "writes-its-input",
    about: "forward adds to its argument in place.",
    thread: issue("rosinality/vq-vae-2-pytorch", 60),
    original: healthy,
    subject: rows("WritesInput", () => new WritesInput()),
    observe: inputAfter,
  },
  {
    law: unchanged,
    id: "writes-a-view-of-its-input",
    about: "forward writes a column of its argument through a view.",
    original: healthy,
    subject: rows("WritesView", () => new WritesView()),
    observe: inputAfter,
  },
  {
    ...gradcheck,
    id: "detached-parameter",
    about: "A parameter is used detached: it is never trained.",
    thread: issue("imbue-ai/slot_attention", 8),
    subject: rows("DetachedParameter", () => new DetachedParameter()),
  },
  {
    ...gradcheck,
    id: "gradient-of-the-wrong-scale",
    about: "Half of a parameter's gradient is lost.",
    subject: rows("HalfTheGradient", () => new HalfTheGradient()),
  },
  {
    ...gradcheck,
    id: "detached-input",
    about: "The argument is used detached: nothing before this module is trained.",
    subject: rows("DetachedInput", () => new DetachedInput()),
  },
];
