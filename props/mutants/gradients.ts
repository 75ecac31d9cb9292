/**
 * Modules that handle gradients badly.
 *
 * @module
 */
import { linspace, type Tensor } from "../../core/mod.ts";
import type { ZeroGradOptions } from "../../nn/mod.ts";
import type { Subject } from "../subject.ts";
import type { Mutant } from "./mutant.ts";
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
];
