/**
 * Modules with state outside of the registry, or in the wrong part of it.
 *
 * @module
 */
import { linspace, noGrad, randint, randn, type Tensor } from "../../core/mod.ts";
import {
  Buffer,
  Linear,
  Module,
  ModuleList,
  type Parameter,
  type StateDict,
} from "../../nn/mod.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, outputText, rows } from "./parts.ts";

class BufferInParameters extends Healthy {
  override namedParameters(options = {}): [string, Parameter][] {
    return [...super.namedParameters(options), ["scale", this.scale as unknown as Parameter]];
  }
}

class ListsPlainTensor extends Healthy {
  readonly extra = randn([4]);
  override namedParameters(options = {}): [string, Parameter][] {
    return [...super.namedParameters(options), ["extra", this.extra as Parameter]];
  }
}

const roles = { law: "registration/buffers-not-parameters", original: healthy } as const;
const names = (subject: Mutant["subject"]): Promise<string> =>
  Promise.resolve(made(subject).namedParameters().map(([name]) => name).join());

function changed(state: StateDict, entries: [string, Tensor][]): StateDict {
  state.clear();
  for (const [name, value] of entries) state.set(name, value);
  return state;
}

class BuffersFirst extends Healthy {
  override stateDict(options = {}): StateDict {
    const state = super.stateDict(options);
    const entries = [...state];
    const isBuffer = ([name]: [string, Tensor]) => name === "scale" || name === "count";
    const rest = entries.filter((entry) => !isBuffer(entry));
    return changed(state, [...entries.filter(isBuffer), ...rest]);
  }
}

class CopiesState extends Healthy {
  override stateDict(options = {}): StateDict {
    const state = super.stateDict(options);
    return changed(state, [...state].map(([name, value]) => [name, value.clone()]));
  }
}

class SavesTransient extends Healthy {
  override stateDict(options = {}): StateDict {
    return super.stateDict(options).set("transient", this.transient) as StateDict;
  }
}

const order = { law: "registration/state-dict-keys-and-order", original: healthy } as const;
const keys = (subject: Mutant["subject"]): Promise<string> =>
  Promise.resolve([...made(subject).stateDict().keys()].join());

class Table extends Module {
  table: Tensor = new Buffer(linspace(0, 1, 4));
  override forward(x: Tensor): Tensor {
    return x.mul(this.table);
  }
}

class PlainField extends Module {
  table: Tensor = linspace(0, 1, 4);
  override forward(x: Tensor): Tensor {
    return x.mul(this.table);
  }
}

class InModuleList extends Module {
  layers = new ModuleList([new Linear(4, 4), new Linear(4, 4)]);
  override forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.layers) y = (layer as Linear).forward(y);
    return y;
  }
}

class InPlainArray extends Module {
  layers: Linear[] = [new Linear(4, 4), new Linear(4, 4)];
  override forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => layer.forward(y), x);
  }
}

class SecondHandle extends Module {
  readonly tables: Tensor[];
  constructor() {
    super();
    const first = linspace(0, 1, 4);
    this.tables = [first];
    this.registerBuffer("t0", new Buffer(first));
  }
  override forward(x: Tensor): Tensor {
    return x.mul(this.tables[0]);
  }
}

class OneHandle extends SecondHandle {
  declare t0: Tensor;
  override forward(x: Tensor): Tensor {
    return x.mul(this.t0);
  }
}

class Wiring extends Module {
  lin = new Linear(4, 4);
  wiring: Tensor = randint(0, 2, [4]);
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x).mul(this.wiring);
  }
}

class RegisteredWiring extends Wiring {
  override wiring: Tensor = new Buffer(randint(0, 2, [4]));
}

class ClassCache extends Module {
  static readonly masks: Map<number, Tensor> = new Map();
  override forward(x: Tensor): Tensor {
    const cache = ClassCache.masks;
    const width = x.shape[1];
    const mask = cache.get(width) ?? x.newArange(width);
    cache.set(width, mask);
    return x.add(mask);
  }
}

class NoCache extends Module {
  override forward(x: Tensor): Tensor {
    return x.add(x.newArange(x.shape[1]));
  }
}

class MadeByForward extends Module {
  kept: Tensor | null = null;
  override forward(x: Tensor): Tensor {
    this.kept ??= noGrad(() => randn([4], { device: x.device }));
    return x.mul(this.kept);
  }
}

const unregistered = "registration/no-unregistered-state";
const count = (subject: Mutant["subject"]): Promise<string> => {
  const module = made(subject);
  return Promise.resolve(`${module.parameters().length} ${module.buffers().length}`);
};

/** What is left of the table after a trip, and a load of another. */
async function afterLoad(subject: Mutant["subject"]): Promise<string> {
  const module = made(subject);
  await module.to("reference");
  await module.to("cpu");
  await module.loadStateDict(new Map([["t0", linspace(5, 6, 4)]]));
  return await outputText(module);
}

/** Mutants of registration. */
export const registrationMutants: readonly Mutant[] = [
  {
    ...roles,
    id: "buffer-in-parameters",
    about: "A buffer is listed among the parameters, where an optimizer finds it.",
    subject: rows("BufferInParameters", () => new BufferInParameters()),
    observe: names,
  },
  {
    ...roles,
    id: "parameter-lists-plain-tensor",
    about: "A plain tensor is listed among the parameters.",
    subject: rows("ListsPlainTensor", () => new ListsPlainTensor()),
    observe: names,
  },
  {
    ...order,
    id: "state-dict-buffers-first",
    about: "Buffers come before parameters.",
    subject: rows("BuffersFirst", () => new BuffersFirst()),
    observe: keys,
  },
  {
    law: "registration/state-dict-aliases",
    original: healthy,
    id: "state-dict-of-copies",
    about: "The state dict holds copies, which later training does not show in.",
    thread: issue("WenjieDu/PyPOTS", 667),
    subject: rows("CopiesState", () => new CopiesState()),
    async observe(subject) {
      const module = made<Healthy>(subject);
      const state = module.stateDict();
      noGrad(() => module.weight.fill_(3));
      return JSON.stringify(await state.get("weight")!.tolist());
    },
  },
  {
    ...order,
    id: "state-dict-saves-transient",
    about: "A buffer that is not persistent is in the state dict.",
    thread: issue("huggingface/transformers", 6882),
    subject: rows("SavesTransient", () => new SavesTransient()),
    observe: keys,
  },
  {
    law: unregistered,
    id: "plain-field",
    about: "A table is kept as a plain field.",
    thread: issue("pytorch/audio", 457),
    original: rows("Table", () => new Table()),
    subject: rows("PlainField", () => new PlainField()),
    observe: count,
  },
  {
    law: unregistered,
    id: "modules-in-plain-array",
    about: "Layers are kept in a plain array.",
    thread: issue("pytorch/pytorch", 59925),
    original: rows("InModuleList", () => new InModuleList()),
    subject: rows("InPlainArray", () => new InPlainArray()),
    observe: count,
  },
  {
    law: unregistered,
    id: "stale-second-handle",
    about: "A second handle on a buffer keeps the old memory when the module is moved.",
    thread: issue("pytorch/pytorch", 43815),
    original: rows("OneHandle", () => new OneHandle()),
    subject: rows("SecondHandle", () => new SecondHandle()),
    observe: afterLoad,
  },
  {
    law: unregistered,
    id: "random-wiring-tensor",
    about: "A random mask is drawn at construction and kept as a plain field.",
    thread: issue("ligerlac/torchlogix", 23),
    original: rows("RegisteredWiring", () => new RegisteredWiring()),
    subject: rows("Wiring", () => new Wiring()),
    observe: count,
  },
  {
    law: unregistered,
    id: "cache-on-the-class",
    about: "A mask is cached on the class and shared by all instances.",
    thread: issue("ml-explore/mlx", 3071),
    original: rows("NoCache", () => new NoCache()),
    subject: rows("ClassCache", () => new ClassCache()),
    async observe(subject) {
      ClassCache.masks.clear();
      await outputText(made(subject));
      return String(ClassCache.masks.size);
    },
  },
  {
    law: unregistered,
    id: "state-made-by-forward",
    about: "A random matrix is drawn by the first forward and kept.",
    thread: issue("lucidrains/performer-pytorch", 33),
    original: rows("NoCache", () => new NoCache()),
    subject: rows("MadeByForward", () => new MadeByForward()),
    observe: (subject) => outputText(made(subject)),
  },
];
