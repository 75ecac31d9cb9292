/**
 * Modules that handle gradients badly.
 *
 * @module
 */
import { linspace, ones, type Tensor } from "../../core/mod.ts";
import { Linear, Module, type ZeroGradOptions } from "../../nn/mod.ts";
import type { Subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, rows } from "./parts.ts";

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
];
