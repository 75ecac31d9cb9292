/**
 * Modules whose registry goes wrong in the course of changes.
 *
 * @module
 */
import { ones, type Tensor } from "../../core/mod.ts";
import { type Module, Parameter, type StateDict } from "../../nn/mod.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, rows } from "./parts.ts";

class KeepsDeleted extends Healthy {
  readonly #seen = new Map<string, Tensor>();
  override stateDict(options = {}): StateDict {
    const state = super.stateDict(options);
    for (const [name, value] of state) this.#seen.set(name, value);
    for (const [name, value] of this.#seen) if (!state.has(name)) state.set(name, value);
    return state;
  }
}

class CopiesTies extends Healthy {
  override registerParameter(name: string, parameter: Parameter | null): void {
    const known = parameter !== null && this.parameters().includes(parameter);
    super.registerParameter(name, known ? new Parameter(parameter.detach().clone()) : parameter);
  }
}

class TakesOverMode extends Healthy {
  override registerModule(name: string, module: Module | null): void {
    super.registerModule(name, module?.train(this.training) ?? null);
  }
}

const model = { law: "registration/model-based", original: healthy } as const;

/** Mutants of the registry's life. */
export const modelMutants: readonly Mutant[] = [
  {
    ...model,
    id: "deleted-name-stays-saved",
    about: "A name that was deleted is still in the state dict.",
    subject: rows("KeepsDeleted", () => new KeepsDeleted()),
    observe: (of) => {
      const module = made(of);
      module.registerBuffer("extra", ones([1]));
      module.stateDict();
      delete (module as unknown as Record<string, unknown>).extra;
      return Promise.resolve([...module.stateDict().keys()].join());
    },
  },
  {
    ...model,
    id: "tie-by-registration-copies",
    about: "A parameter registered under a second name is copied: the two are trained apart.",
    thread: issue("pytorch/pytorch", 188346),
    subject: rows("CopiesTies", () => new CopiesTies()),
    observe: (of) => {
      const module = made<Healthy>(of);
      module.registerParameter("again", module.weight);
      return Promise.resolve(String(module.parameters().length));
    },
  },
  {
    ...model,
    id: "registration-sets-the-mode",
    about:
      "Registering a child changes the child's mode to the parent's, which PyTorch never does.",
    subject: rows("TakesOverMode", () => new TakesOverMode()),
    observe: (of) => {
      const module = made(of).eval();
      const child = new Healthy();
      module.registerModule("child", child);
      return Promise.resolve(String(child.training));
    },
  },
];
