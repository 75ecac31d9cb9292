/**
 * Modules that a look, a file or a load changes in ways that it should not.
 *
 * @module
 */
import { linspace, noGrad, ones, rand, randn, type Tensor } from "../../core/mod.ts";
import { Buffer, Linear, Module, Parameter, type StateDict } from "../../nn/mod.ts";
import { toBytes } from "../../serialize/mod.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, outputText, rows } from "./parts.ts";

type LoadArguments = Parameters<Module["loadStateDict"]>;
type Loading = ReturnType<Module["loadStateDict"]>;

class ReplacesParameters extends Healthy {
  override async loadStateDict(...args: LoadArguments): Loading {
    const keys = await super.loadStateDict(...args);
    this.weight = new Parameter(this.weight.detach().clone());
    return keys;
  }
}

class SetsEval extends Healthy {
  override async loadStateDict(...args: LoadArguments): Loading {
    const keys = await super.loadStateDict(...args);
    this.eval();
    return keys;
  }
}

const kept = { law: "save/parameter-identity", original: healthy } as const;

class StateSetsEval extends Healthy {
  override stateDict(options = {}): StateDict {
    return super.stateDict.call(this.eval(), options);
  }
}

class PrintingDraws extends Healthy {
  override toString(): string {
    return `${super.toString()} #${rand([1]).shape}`;
  }
}

class ClearsGradients extends Healthy {
  override stateDict(options = {}): StateDict {
    this.zeroGrad();
    return super.stateDict(options);
  }
}

const looks = { law: "save/observation-is-pure", original: healthy } as const;

class Packs extends Healthy {
  #packed: Tensor | null = null;
  override forward(x: Tensor): Tensor {
    this.#packed ??= noGrad(() => this.lin.weight.detach().transpose(0, 1).clone());
    return x.mul(this.weight).matmul(this.#packed).add(this.lin.bias!);
  }
}

class PacksEachTime extends Healthy {
  override forward(x: Tensor): Tensor {
    return x.mul(this.weight).matmul(this.lin.weight.transpose(0, 1)).add(this.lin.bias!);
  }
}

/** An input and an output layer of one weight. */
class Tied extends Module {
  first: Linear = new Linear(4, 4, { bias: false });
  last: Linear = new Linear(4, 4, { bias: false });
  constructor() {
    super();
    this.last.weight = this.first.weight;
  }
  override forward(x: Tensor): Tensor {
    return this.last.forward(this.first.forward(x).tanh());
  }
}

class StateUnties extends Tied {
  override stateDict(options = {}): StateDict {
    const state = super.stateDict(options);
    const [last] = [...state.keys()].slice(-1);
    return state.set(last, state.get(last)!.clone()) as StateDict;
  }
}

class LoadUnties extends Tied {
  override async loadStateDict(...args: LoadArguments): Loading {
    const keys = await super.loadStateDict(...args);
    this.last.weight = new Parameter(this.last.weight.detach().clone());
    return keys;
  }
}

const tied = rows("Tied", () => new Tied());
const shared = { law: "save/sharing", original: tied } as const;
const memories = async (of: Mutant["subject"]): Promise<string> => {
  const module = made<Tied>(of);
  const state = module.stateDict();
  await module.loadStateDict(state);
  const same = state.get("first.weight")!.storage === state.get("last.weight")!.storage;
  return `${same} ${module.first.weight.storage === module.last.weight.storage}`;
};

class Window extends Module {
  table: Tensor = new Buffer(linspace(0, 1, 4));
  override forward(x: Tensor): Tensor {
    return x.mul(this.table);
  }
}

class WindowOfALot extends Window {
  override table: Tensor = new Buffer(linspace(0, 1, 100_000).narrow(0, 0, 4));
}

const bounded = "save/file-size-bounded";
const size = async (of: Mutant["subject"]): Promise<string> =>
  String((await toBytes(made(of).stateDict())).length);

class Counts extends Healthy {
  steps: Tensor = new Buffer(ones([]));
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    if (this.training) noGrad(() => this.steps.add_(1));
    return y.mul(this.steps.type(x.dtype));
  }
}

class CountsInAField extends Healthy {
  steps = 1;
  override forward(x: Tensor): Tensor {
    if (this.training) this.steps++;
    return super.forward(x).mul(this.steps);
  }
}

class Noisy extends Healthy {
  override forward(x: Tensor): Tensor {
    return super.forward(
      this.training ? x.mul(randn([4], { device: x.device, dtype: x.dtype })) : x,
    );
  }
}

class NoisyOnItsOwn extends Healthy {
  override forward(x: Tensor): Tensor {
    return super.forward(this.training ? x.mul(1 + Math.random()) : x);
  }
}

const resumes = "save/resume";

/** What a new instance computes in training mode after it loaded a used one. */
const resumed = async (of: Mutant["subject"]): Promise<string> => {
  const module = made(of, 1), other = made(of, 2);
  await outputText(module);
  await other.loadStateDict(module.stateDict());
  return await outputText(other);
};

/** Mutants of looking, saving and loading. */
export const loadMutants: readonly Mutant[] = [
  {
    ...kept,
    id: "load-replaces-parameters",
    about: "A load puts new parameters in the place of the old ones, which an optimizer holds.",
    thread: "https://github.com/huggingface/transformers/pull/3532",
    subject: rows("ReplacesParameters", () => new ReplacesParameters()),
    observe: async (of) => {
      const module = made<Healthy>(of), { weight } = module;
      await module.loadStateDict(module.stateDict());
      return String(module.weight === weight);
    },
  },
  {
    ...kept,
    id: "load-sets-eval",
    about: "A load leaves the module in evaluation mode.",
    thread: issue("pytorch/pytorch", 188166),
    subject: rows("SetsEval", () => new SetsEval()),
    observe: async (of) => {
      const module = made(of);
      await module.loadStateDict(module.stateDict());
      return String(module.training);
    },
  },
  {
    ...looks,
    id: "state-dict-sets-eval",
    about: "stateDict() leaves the module in evaluation mode.",
    thread: issue("pytorch/pytorch", 188166),
    subject: rows("StateSetsEval", () => new StateSetsEval()),
    observe: (of) => {
      const module = made(of);
      module.stateDict();
      return Promise.resolve(String(module.training));
    },
  },
  {
    ...looks,
    id: "printing-draws-numbers",
    about:
      "Printing a module draws a random number, so that a logged run differs from one that is not.",
    subject: rows("PrintingDraws", () => new PrintingDraws()),
    observe: (of) => Promise.resolve(String(made(of))),
  },
  {
    ...looks,
    id: "state-dict-clears-gradients",
    about:
      "stateDict() clears the gradients, so that a checkpoint in the middle of a step loses it.",
    subject: rows("ClearsGradients", () => new ClearsGradients()),
    observe: (of) => {
      const module = made<Healthy>(of);
      module.forward(ones([1, 4])).sum().backward();
      module.stateDict();
      return Promise.resolve(String(module.weight.grad === null));
    },
  },
  {
    law: "save/load-equals-rebuild",
    id: "packed-weight-goes-stale",
    about: "A packed copy of a weight is made by the first forward and kept over a load.",
    thread: issue("pytorch/pytorch", 65688),
    original: rows("PacksEachTime", () => new PacksEachTime()),
    subject: rows("Packs", () => new Packs()),
    observe: resumed,
  },
  {
    ...shared,
    id: "state-dict-unties",
    about: "The state dict holds a copy under the second name of a tied weight.",
    thread: issue("pytorch/pytorch", 188346),
    subject: rows("StateUnties", () => new StateUnties()),
    observe: memories,
  },
  {
    ...shared,
    id: "load-unties",
    about: "A load gives the second name of a tied weight memory of its own.",
    thread: issue("pytorch/pytorch", 188346),
    subject: rows("LoadUnties", () => new LoadUnties()),
    observe: memories,
  },
  {
    law: bounded,
    id: "saves-the-base-of-a-view",
    about: "A buffer of 4 elements is a view of 100,000, which are all saved.",
    thread: issue("safetensors/safetensors", 98),
    original: rows("Window", () => new Window()),
    subject: rows("WindowOfALot", () => new WindowOfALot()),
    observe: size,
  },
  {
    law: resumes,
    id: "counter-in-a-plain-field",
    about: "Steps are counted in a plain field, which starts anew after a load.",
    thread: "https://github.com/TrenTorch/TrenTorch/pull/187",
    original: rows("Counts", () => new Counts()),
    subject: rows("CountsInAField", () => new CountsInAField()),
    observe: resumed,
  },
  {
    law: resumes,
    id: "noise-of-its-own",
    about: "Noise comes from Math.random, whose state no checkpoint holds.",
    thread: "https://github.com/EleutherAI/bergson/pull/358",
    original: rows("Noisy", () => new Noisy()),
    subject: rows("NoisyOnItsOwn", () => new NoisyOnItsOwn()),
    observe: resumed,
  },
];
