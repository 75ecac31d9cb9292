/**
 * Modules that handle gradients badly.
 *
 * @module
 */
import { fromStorage, grad, linspace, ones, randn, type Tensor, zeros } from "../../core/mod.ts";
import { Linear, Module, Parameter, type ZeroGradOptions } from "../../nn/mod.ts";
import { inputs } from "../argument.ts";
import { type Subject, subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, outputText, rows } from "./parts.ts";

class ForgetsGradients extends Healthy {
  override forward(x: Tensor): Tensor {
    for (const parameter of this.parameters()) parameter.grad = null;
    return super.forward(x);
  }
}

class ZeroesOneOnly extends Healthy {
  override zeroGrad(options?: ZeroGradOptions): void {
    this.lin.zeroGrad(options);
  }
}

/** A mean over all batches, which is subtracted. */
class Centred extends Module {
  lin: Linear = new Linear(4, 4);
  declare mean: Tensor;
  constructor() {
    super();
    this.registerBuffer("mean", ones([4]));
  }
  protected remember(batch: Tensor): void {
    this.mean = this.mean.mul(0.9).add(batch.detach().mul(0.1));
  }
  override forward(x: Tensor): Tensor {
    const y = this.lin.forward(x);
    if (this.training) this.remember(y.mean([0]));
    return y.sub(this.mean.detach());
  }
}

class WithHistory extends Centred {
  protected override remember(batch: Tensor): void {
    this.mean = this.mean.mul(0.9).add(batch.mul(0.1));
  }
}

class RequiresGrad extends Centred {
  protected override remember(batch: Tensor): void {
    super.remember(batch);
    this.mean.requiresGrad_(true);
  }
}

class RunningLoss extends Healthy {
  total: Tensor = zeros([]);
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    this.total = this.total.add(y.sum());
    return y;
  }
}

class KeepsOutputs extends Healthy {
  outputs: Tensor[] = [];
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    this.outputs.push(y.detach());
    return y;
  }
}

class Curved extends Module {
  weight: Parameter = new Parameter(randn([4]));
  override forward(x: Tensor): Tensor {
    return x.mul(this.weight).tanh();
  }
}

class ConstantSlope extends Curved {
  override forward(x: Tensor): Tensor {
    const h = x.mul(this.weight), y = h.detach().tanh();
    return y.add(h.sub(h.detach()).mul(y.mul(y).neg().add(1)));
  }
}

class DetachedGradient extends Curved {
  override forward(x: Tensor): Tensor {
    const h = x.mul(this.weight);
    if (h.requiresGrad) h.registerHook((g) => g.detach());
    return h.tanh();
  }
}

/** What lies in memory from where a tensor begins, as if it were contiguous. */
const unstrided = ({ storage, shape, offset }: Tensor): Tensor =>
  fromStorage(storage, { shape: [...shape], offset });

class ForwardUnstrided extends Healthy {
  override forward(x: Tensor): Tensor {
    return super.forward(x.isContiguous() ? x : unstrided(x));
  }
}

class BackwardUnstrided extends Healthy {
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    if (y.requiresGrad) y.registerHook((g) => g.isContiguous() ? g : unstrided(g));
    return y;
  }
}

/** Each row gets weights of its own. */
class Attends extends Module {
  lin: Linear = new Linear(4, 4);
  protected get over(): number {
    return 1;
  }
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x).softmax(this.over).mul(x);
  }
}

class AttendsOverBatch extends Attends {
  protected override get over(): number {
    return 0;
  }
}

class CentredByBatch extends Attends {
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    return y.sub(y.mean([0]));
  }
}

const independent = (name: string, make: () => Module): Subject =>
  subject(name, make, {
    inputs: [inputs.tensor({ shape: [inputs.size(1, 4), 4] })],
    claims: { batchIndependent: true },
  });

const ramp = (): Tensor => linspace(1, 4, 8).reshape([2, 4]);

/** The gradients after two backwards, and after they are forgotten. */
const twoBackwards = async (of: Subject): Promise<string> => {
  const module = made(of);
  const backward = () => (module.forward(ramp()) as Tensor).sum().backward();
  const gradients = () =>
    Promise.all(module.parameters().map(({ grad }) => grad?.tolist() ?? null));
  backward();
  backward();
  const added = await gradients();
  module.zeroGrad();
  return JSON.stringify([added, await gradients()]);
};

/** What the buffers are after two calls. */
const remembered = (of: Subject): Promise<string> => {
  const module = made(of);
  for (let i = 0; i < 2; i++) module.forward(ramp());
  return Promise.resolve(
    module.buffers().map(({ requiresGrad, gradFn }) => `${requiresGrad} ${gradFn?.name}`).join(),
  );
};

/** The answer to a transposed argument, and the gradient of one whose incoming one is transposed. */
const turned = async (of: Subject): Promise<string> => {
  const module = made(of);
  const y = module.forward(linspace(1, 4, 8).reshape([4, 2]).T) as Tensor;
  y.T.mul(linspace(1, 4, 8).reshape([4, 2])).sum().backward();
  const gradients = module.parameters().map(({ grad }) => grad?.tolist() ?? null);
  return JSON.stringify([await y.tolist(), await Promise.all(gradients)]);
};

/** The answer to two rows, and to the first alone. */
const oneAndTwo = async (of: Subject): Promise<string> => {
  const module = made(of);
  const answers = [ramp(), ramp().narrow(0, 0, 1)].map((x) => outputText(module, x));
  return JSON.stringify(await Promise.all(answers));
};

/** How much hangs on the module after a call and after two. */
const held = (of: Subject): Promise<string> => {
  const module = made<Healthy>(of);
  const counts = [0, 1].map(() => {
    module.forward(ramp());
    return Object.values(module).map((value) =>
      Array.isArray(value) ? value.length : (value as Partial<Tensor>).gradFn?.edges.length ?? 0
    );
  });
  return Promise.resolve(JSON.stringify(counts));
};

/** The gradient of a gradient. */
const second = async (of: Subject): Promise<string> => {
  const module = made<Curved>(of);
  const [first] = grad(module.forward(ramp()).sum(), [module.weight], { createGraph: true });
  if (!first!.requiresGrad) return "none";
  const [found] = grad(first!.sum(), [module.weight], { allowUnused: true });
  return JSON.stringify(await found?.tolist() ?? null);
};

const growth = { law: "math/no-growth", original: healthy, observe: held } as const;
const twice = {
  law: "math/gradgradcheck",
  original: rows("Curved", () => new Curved()),
  observe: second,
} as const;
const layout = {
  law: "math/layout-independent",
  original: healthy,
  observe: turned,
} as const;
const batch = {
  law: "math/batch-independent",
  original: independent("Attends", () => new Attends()),
  observe: oneAndTwo,
} as const;
const graph = {
  law: "math/buffers-hold-no-graph",
  original: rows("Centred", () => new Centred()),
  observe: remembered,
} as const;

/** Mutants of gradients. */
export const gradientMutants: readonly Mutant[] = [
  {
    law: "math/accumulates",
    id: "forward-forgets-gradients",
    about: "forward sets the gradients to null, so that only the last of several batches counts.",
    original: healthy,
    subject: rows("ForgetsGradients", () => new ForgetsGradients()),
    observe: twoBackwards,
  },
  {
    law: "math/accumulates",
    id: "zero-grad-misses-a-parameter",
    about: "zeroGrad() reaches the child and not the module's own parameter.",
    original: healthy,
    subject: rows("ZeroesOneOnly", () => new ZeroesOneOnly()),
    observe: twoBackwards,
  },
  {
    ...graph,
    id: "running-mean-with-history",
    about: "The running mean is computed from the batch with its history.",
    thread: issue("bayesiains/nflows", 11),
    subject: rows("WithHistory", () => new WithHistory()),
  },
  {
    ...graph,
    id: "buffer-starts-to-require-grad",
    about: "A buffer is made to require gradients by forward.",
    thread: issue("lucidrains/vector-quantize-pytorch", 57),
    subject: rows("RequiresGrad", () => new RequiresGrad()),
  },
  {
    ...layout,
    id: "forward-ignores-strides",
    about: "forward reads the memory of its argument as if it were contiguous.",
    thread: issue("pytorch/pytorch", 118115),
    subject: rows("ForwardUnstrided", () => new ForwardUnstrided()),
  },
  {
    ...layout,
    id: "backward-ignores-strides",
    about: "backward reads the memory of the incoming gradient as if it were contiguous.",
    thread: issue("Dao-AILab/flash-attention", 355),
    subject: rows("BackwardUnstrided", () => new BackwardUnstrided()),
  },
  {
    ...batch,
    id: "softmax-over-the-batch",
    about: "The softmax is over the rows of the batch.",
    thread: issue("google-research-datasets/answer-equivalence-dataset", 1),
    subject: independent("AttendsOverBatch", () => new AttendsOverBatch()),
  },
  {
    ...batch,
    id: "centred-by-the-batch",
    about: "The mean of the batch is subtracted, in evaluation too.",
    subject: independent("CentredByBatch", () => new CentredByBatch()),
  },
  {
    ...growth,
    id: "running-loss-with-history",
    about: "A running sum of outputs keeps the history of all of them.",
    thread: issue("alexhernandezgarcia/gflownet", 133),
    subject: rows("RunningLoss", () => new RunningLoss()),
  },
  {
    ...growth,
    id: "keeps-every-output",
    about: "Every output is kept in a list that is never cleared.",
    thread: issue("Lightning-AI/torchmetrics", 2493),
    subject: rows("KeepsOutputs", () => new KeepsOutputs()),
  },
  {
    ...twice,
    id: "second-gradient-of-a-constant",
    about: "The slope is computed by hand, as a constant: its own gradient is zero.",
    subject: rows("ConstantSlope", () => new ConstantSlope()),
  },
  {
    ...twice,
    id: "gradient-without-history",
    about: "A hook detaches the gradient that goes through it.",
    subject: rows("DetachedGradient", () => new DetachedGradient()),
  },
];
