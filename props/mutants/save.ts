/**
 * Modules that lose part of their state in a file, and that load badly.
 *
 * @module
 */
import { noGrad, randn, StateDictError, type Tensor } from "../../core/mod.ts";
import {
  Buffer,
  type IncompatibleKeys,
  Linear,
  type LoadStateDictOptions,
  Module,
  StateDict,
} from "../../nn/mod.ts";
import { load, toBytes } from "../../serialize/mod.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, outputText, rows } from "./parts.ts";

type State = ReadonlyMap<string, unknown>;

/** A fresh instance of another seed that loads what the first saved. */
async function reloaded(subject: Mutant["subject"]): Promise<string> {
  const bytes = await toBytes(made(subject, 1).stateDict());
  const other = made(subject, 2);
  await other.loadStateDict(await load(bytes));
  return await outputText(other.eval());
}

class DropsABuffer extends Healthy {
  override scale = new Buffer(randn([4]), { persistent: false });
}

class Rounds extends Healthy {
  override stateDict(options = {}): StateDict {
    const state = super.stateDict(options);
    for (const [name, value] of state) {
      if (value.dtype === "float32") state.set(name, value.mul(1000).round().div(1000));
    }
    return state;
  }
}

class RandomWiring extends Module {
  lin = new Linear(4, 4);
  readonly wiring: number[] = Array.from({ length: 8 }, () => Math.floor(Math.random() * 4));

  override forward(x: Tensor): Tensor {
    let y = this.lin.forward(x);
    this.wiring.forEach((from, i) => y = y.add(x.narrow(1, from, 1).mul(2 ** i)));
    return y;
  }
}

class FixedWiring extends RandomWiring {
  override readonly wiring: number[] = [2, 0, 1, 3, 3, 2, 0, 0];
}

class SkipsChildren extends Healthy {
  override loadStateDict(state: State): Promise<IncompatibleKeys> {
    const own = [...state].filter(([name]) => !name.includes("."));
    return super.loadStateDict(new Map(own), { strict: false });
  }
}

const saving = { law: "save/identity", observe: reloaded } as const;

const load2 = async (
  subject: Mutant["subject"],
  change: (state: StateDict) => void,
  options: LoadStateDictOptions = {},
): Promise<string> => {
  const module = made(subject);
  const state = made(subject, 2).stateDict();
  change(state);
  const outcome = await module.loadStateDict(state, options)
    .then(() => "loaded", (error) => error.name);
  return `${outcome} ${JSON.stringify(await module.stateDict().get("weight")!.tolist())}`;
};

class WritesUntilItThrows extends Healthy {
  override async loadStateDict(
    state: State,
    options: LoadStateDictOptions = {},
  ): Promise<IncompatibleKeys> {
    const own = super.stateDict();
    for (const [name, value] of state) {
      const target = own.get(name), tensor = value as Tensor;
      if (target?.shape?.join() === tensor.shape?.join() && target?.dtype === tensor.dtype) {
        noGrad(() => target.copy_(tensor));
      }
    }
    return await super.loadStateDict(state, options);
  }
}

class ComparesPrefixes extends Healthy {
  override loadStateDict(
    state: State,
    options: LoadStateDictOptions = {},
  ): Promise<IncompatibleKeys> {
    const own = super.stateDict();
    const known = new StateDict();
    known.metadata = new Map((state as StateDict).metadata);
    for (const [name, value] of state) {
      const extended = [...own.keys()].some((key) => name.startsWith(`${key}.`));
      if (!extended) known.set(name, value as Tensor);
    }
    return super.loadStateDict(known, options);
  }
}

class FallsBack extends Healthy {
  override async loadStateDict(
    state: State,
    options: LoadStateDictOptions = {},
  ): Promise<IncompatibleKeys> {
    try {
      return await super.loadStateDict(state, options);
    } catch (error) {
      if (!(error instanceof StateDictError)) throw error;
      return await super.loadStateDict(state, { ...options, strict: false });
    }
  }
}

class ResetsTheRest extends Healthy {
  override async loadStateDict(
    state: State,
    options: LoadStateDictOptions = {},
  ): Promise<IncompatibleKeys> {
    const keys = await super.loadStateDict(state, options);
    const own = super.stateDict();
    noGrad(() => keys.missingKeys.forEach((name) => own.get(name)?.zero_()));
    return keys;
  }
}

const strict = { law: "save/strict-and-atomic", original: healthy } as const;

/** Mutants of saving and loading. */
export const saveMutants: readonly Mutant[] = [
  {
    ...saving,
    id: "save-drops-a-buffer",
    about: "A random buffer is registered as not persistent, so the file lacks it.",
    thread: issue("huggingface/transformers", 45902),
    original: healthy,
    subject: rows("DropsABuffer", () => new DropsABuffer()),
  },
  {
    ...saving,
    id: "save-rounds",
    about: "The state dict holds values rounded to three decimals.",
    original: healthy,
    subject: rows("Rounds", () => new Rounds()),
  },
  {
    ...saving,
    id: "random-wiring",
    about: "Connections are drawn at construction and kept as plain numbers.",
    thread: issue("ligerlac/torchlogix", 23),
    original: rows("FixedWiring", () => new FixedWiring()),
    subject: rows("RandomWiring", () => new RandomWiring()),
  },
  {
    ...saving,
    id: "load-skips-children",
    about: "Loading takes the module's own names and leaves its children as they are.",
    original: healthy,
    subject: rows("SkipsChildren", () => new SkipsChildren()),
  },
  {
    ...strict,
    id: "load-writes-until-it-throws",
    about: "Entries are written one by one, before all of them are checked.",
    thread: issue("stanfordnlp/dspy", 9655),
    subject: rows("WritesUntilItThrows", () => new WritesUntilItThrows()),
    observe: (subject) => load2(subject, (state) => void state.delete("lin.bias")),
  },
  {
    ...strict,
    id: "strict-compares-prefixes",
    about: "A name that extends a known one passes for known.",
    thread: issue("pytorch/pytorch", 123510),
    subject: rows("ComparesPrefixes", () => new ComparesPrefixes()),
    observe: (subject) =>
      load2(subject, (state) => void state.set("weight.scale", state.get("weight")!)),
  },
  {
    ...strict,
    id: "strict-falls-back",
    about: "A strict load that fails is tried again leniently.",
    thread: issue("NVIDIA-NeMo/Megatron-Bridge", 6032),
    subject: rows("FallsBack", () => new FallsBack()),
    observe: (subject) => load2(subject, (state) => void state.delete("lin.bias")),
  },
  {
    law: "save/non-strict-is-projection",
    original: healthy,
    id: "load-resets-the-rest",
    about: "A lenient load sets what it is not given to zero.",
    thread: issue("pytorch/pytorch", 110361),
    subject: rows("ResetsTheRest", () => new ResetsTheRest()),
    observe: (subject) => load2(subject, (state) => void state.delete("weight"), { strict: false }),
  },
];
