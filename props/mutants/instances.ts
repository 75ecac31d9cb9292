/**
 * Modules whose registry tells something else than what they compute with, or that share it with
 * other instances.
 *
 * @module
 */
import { noGrad, ones, randn, type Tensor } from "../../core/mod.ts";
import { Buffer, Linear, Module, Parameter, type StateDict } from "../../nn/mod.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, outputText, rows } from "./parts.ts";

/** Two names for one parameter, and for one child. */
class Twins extends Module {
  first: Linear = new Linear(4, 4);
  second: Linear = this.first;
  weight: Parameter = new Parameter(randn([4]));
  same: Parameter = this.weight;

  override forward(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x)).mul(this.weight).mul(this.same);
  }
}

class ListsTiesTwice extends Twins {
  override namedParameters(options = {}): [string, Parameter][] {
    return super.namedParameters({ ...options, removeDuplicate: false });
  }
}

class ListsChildTwice extends Twins {
  override namedModules(options = {}): [string, Module][] {
    return super.namedModules({ ...options, removeDuplicate: false });
  }
}

const twins = rows("Twins", () => new Twins());
const once = { law: "registration/each-tensor-once", original: twins } as const;

/** A mean that follows the data, written in place. */
class Follows extends Module {
  mean: Tensor = new Buffer(ones([4]));
  override forward(x: Tensor): Tensor {
    if (this.training) noGrad(() => this.mean.lerp_(x.detach().mean([0]), 0.5));
    return x.sub(this.mean);
  }
}

class Drifts extends Follows {
  readonly listed: Tensor = this.mean;
  override namedBuffers(): [string, Tensor][] {
    return [["mean", this.listed]];
  }
  override forward(x: Tensor): Tensor {
    if (this.training) {
      this.mean = new Buffer(noGrad(() => this.mean.lerp(x.detach().mean([0]), 0.5)));
    }
    return x.sub(this.mean);
  }
}

class LooksUpTheLastName extends Healthy {
  override getParameter(path: string): Parameter {
    return super.getParameter(path.split(".").at(-1)!);
  }
}

const resolves = "registration/names-resolve";

class MadeLate extends Healthy {
  override forward(x: Tensor): Tensor {
    if (!this.buffers().some((value) => value === (this as { late?: unknown }).late)) {
      this.registerBuffer("late", ones([4], { device: x.device }));
    }
    return super.forward(x);
  }
}

class GrowsWithTheBatch extends Follows {
  override forward(x: Tensor): Tensor {
    this.mean = new Buffer(ones([x.shape[0] + 4, 4], { device: x.device }));
    return x;
  }
}

const schema = "registration/schema-fixed-by-constructor";
const shapes = async (of: Mutant["subject"]): Promise<string> => {
  const module = made(of);
  await outputText(module);
  return module.namedBuffers().map(([name, { shape }]) => `${name} [${shape}]`).join();
};

const SHARED = ones([4]);

class SharedDefault extends Follows {
  override mean: Tensor = new Buffer(SHARED);
}

class CountsForAll extends Healthy {
  static calls = 0;
  override forward(x: Tensor): Tensor {
    CountsForAll.calls++;
    return super.forward(x).add(CountsForAll.calls);
  }
}

const isolated = "registration/instances-isolated";

class Unused extends Healthy {
  spare: Parameter = new Parameter(randn([4]));
}

class UsesACopy extends Healthy {
  readonly copies: Tensor[] = [this.weight.detach().clone()];
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x.mul(this.copies[0].type(x.dtype)).mul(this.scale));
  }
}

const live = { law: "registration/every-parameter-live", original: healthy } as const;
const trained = (of: Mutant["subject"]): Promise<string> => {
  const module = made(of);
  (module.forward(ones([1, 4])) as Tensor).sum().backward();
  const found = module.namedParameters().map(([name, { grad }]) => `${name} ${grad !== null}`);
  return Promise.resolve(found.join());
};

class Constant extends Healthy {
  table: Tensor = new Buffer(ones([4]));
}

class FrozenConstant extends Healthy {
  table: Tensor = new Parameter(ones([4]), { requiresGrad: false });
}

class KeepsHistory extends Healthy {
  override stateDict(options = {}): StateDict {
    return super.stateDict({ ...options, keepVars: true });
  }
}

class TransientStays extends Healthy {
  override async to(target: Parameters<Module["to"]>[0]): Promise<this> {
    const kept = this.transient;
    this.transient = null as never;
    await super.to(target);
    this.transient = kept;
    return this;
  }
}

class MakesPersistent extends Healthy {
  override async loadStateDict(
    ...[state, options]: Parameters<Module["loadStateDict"]>
  ): ReturnType<Module["loadStateDict"]> {
    const keys = await super.loadStateDict(state, options);
    this.transient = new Buffer(this.transient);
    return keys;
  }
}

const transient = {
  law: "registration/non-persistent-moves-not-saved",
  original: healthy,
} as const;

/** Mutants of names, and of what instances share. */
export const instanceMutants: readonly Mutant[] = [
  {
    ...once,
    id: "tied-parameter-twice",
    about: "A parameter with two names is listed twice, and stepped twice.",
    thread: issue("zalandoresearch/pytorch-vq-vae", 2),
    subject: rows("ListsTiesTwice", () => new ListsTiesTwice()),
    observe: (of) => Promise.resolve(String(made(of).namedParameters().length)),
  },
  {
    ...once,
    id: "shared-child-twice",
    about: "A child with two names is listed twice.",
    subject: rows("ListsChildTwice", () => new ListsChildTwice()),
    observe: (of) => Promise.resolve(String(made(of).namedModules().length)),
  },
  {
    law: resolves,
    id: "registry-drifts-from-field",
    about: "A running mean is replaced in its field; the list of buffers has the first one.",
    thread: issue("dotnet/TorchSharp", 1114),
    original: rows("Follows", () => new Follows()),
    subject: rows("Drifts", () => new Drifts()),
    async observe(of) {
      const module = made(of).train();
      await outputText(module);
      return JSON.stringify(await module.namedBuffers()[0][1].tolist());
    },
  },
  {
    law: resolves,
    id: "lookup-drops-the-path",
    about: "A child's parameter is looked up by its last name, which the module itself has too.",
    thread: "https://github.com/pytorch/pytorch/pull/196942",
    original: healthy,
    subject: rows("LooksUpTheLastName", () => new LooksUpTheLastName()),
    observe: (of) => Promise.resolve(String(made(of).getParameter("lin.weight").shape)),
  },
  {
    law: schema,
    id: "buffer-made-by-forward",
    about:
      "The first forward registers a buffer: a checkpoint of a used module does not fit a new one.",
    thread: issue("huggingface/transformers", 6882),
    original: healthy,
    subject: rows("MadeLate", () => new MadeLate()),
    observe: shapes,
  },
  {
    law: schema,
    id: "buffer-grows-with-the-batch",
    about: "A buffer takes the size of the last batch.",
    original: rows("Follows", () => new Follows()),
    subject: rows("GrowsWithTheBatch", () => new GrowsWithTheBatch()),
    observe: shapes,
  },
  {
    law: isolated,
    id: "shared-default-tensor",
    about: "All instances register one tensor of the file.",
    thread: issue("cornellius-gp/gpytorch", 1360),
    original: rows("Follows", () => new Follows()),
    subject: rows("SharedDefault", () => new SharedDefault()),
    observe: (of) =>
      Promise.resolve(String(made(of).buffers()[0].storage === made(of).buffers()[0].storage)),
  },
  {
    law: isolated,
    id: "counter-of-the-class",
    about: "Forwards are counted on the class, and the count is part of the output.",
    original: healthy,
    subject: rows("CountsForAll", () => new CountsForAll()),
    observe: (of) => outputText(made(of)),
  },
  {
    ...live,
    id: "parameter-never-used",
    about: "A parameter is registered that forward never reads.",
    subject: rows("Unused", () => new Unused()),
    observe: trained,
  },
  {
    ...live,
    id: "parameter-replaced-by-its-copy",
    about: "forward reads a copy of a parameter that was made at construction.",
    thread: issue("pytorch/pytorch", 65688),
    subject: rows("UsesACopy", () => new UsesACopy()),
    observe: trained,
  },
  {
    law: "registration/frozen-is-not-a-buffer",
    id: "constant-as-frozen-parameter",
    about: "A constant is a parameter that requires no gradient.",
    thread: issue("jmclong/random-fourier-features-pytorch", 6),
    original: rows("Constant", () => new Constant()),
    subject: rows("FrozenConstant", () => new FrozenConstant()),
    observe: (of) => Promise.resolve(String(made(of).parameters().length)),
  },
  {
    law: "registration/state-dict-aliases",
    id: "state-dict-with-history",
    about: "The state dict holds the parameters themselves, which still require gradients.",
    original: healthy,
    subject: rows("KeepsHistory", () => new KeepsHistory()),
    observe: (of) =>
      Promise.resolve([...made(of).stateDict().values()].map((t) => t.requiresGrad).join()),
  },
  {
    ...transient,
    id: "transient-stays-behind",
    about: "to() passes over buffers that files do not hold.",
    subject: rows("TransientStays", () => new TransientStays()),
    observe: async (of) => (await made<Healthy>(of).to("float64")).transient.dtype,
  },
  {
    ...transient,
    id: "load-makes-transient-persistent",
    about: "A load registers the buffer anew, and files hold it from then on.",
    subject: rows("MakesPersistent", () => new MakesPersistent()),
    observe: async (of) => {
      const module = made(of);
      await module.loadStateDict(module.stateDict());
      return [...module.stateDict().keys()].join();
    },
  },
];
