/**
 * Broken optimizers.
 *
 * @module
 */
import { ones, randn, type Tensor } from "../../core/mod.ts";
import { Module, Parameter } from "../../nn/mod.ts";
import { SGD } from "../../nn/optim/mod.ts";
import { inputs } from "../argument.ts";
import { type Subject, subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { made } from "./parts.ts";

/** Two parameters of one shape, which can be taken for each other. */
class Alike extends Module {
  first: Parameter = new Parameter(randn([4]));
  second: Parameter = new Parameter(randn([4]));
  third: Parameter = new Parameter(randn([4]));

  override forward(x: Tensor): Tensor {
    return x.mul(this.first).tanh().mul(this.second).add(this.third.mul(x));
  }
}

class ByPosition extends SGD {
  override loadStateDict(state: Parameters<SGD["loadStateDict"]>[0]): Promise<void> {
    const groups = (state as Map<string, unknown>).get("param_groups") as Map<string, unknown>[];
    for (const group of groups) group.delete("param_names");
    return super.loadStateDict(state);
  }
}

const trained = (name: string, Optimizer: typeof SGD): Subject =>
  subject(name, () => new Alike(), {
    inputs: [inputs.tensor({ shape: [2, 4], fill: "normal" })],
    claims: { optimizer: (params) => new Optimizer(params, { lr: 0.1, momentum: 0.9 }) },
  });

/** Mutants of optimizers. */
export const optimizerMutants: readonly Mutant[] = [
  {
    law: "save/optimizer-state-follows-names",
    id: "optimizer-state-by-position",
    about: "State is given to parameters by their place in the list, though both sides have names.",
    thread: issue("pytorch/pytorch", 1489),
    original: trained("SGD", SGD),
    subject: trained("SGD by position", ByPosition),
    async observe(of) {
      const [first, second] = [made<Alike>(of), made<Alike>(of)];
      const make = of.claims.optimizer!;
      const saving = make(first.namedParameters());
      first.forward(ones([1, 4])).sum().backward();
      saving.step();
      const loading = make(second.namedParameters().reverse());
      await loading.loadStateDict(saving.stateDict());
      second.forward(ones([1, 4])).sum().backward();
      loading.step();
      return JSON.stringify(await second.first.tolist());
    },
  },
];
