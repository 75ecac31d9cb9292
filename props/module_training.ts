/**
 * What trains a module of this package.
 *
 * @module
 */
import type { Module, Parameter } from "../nn/mod.ts";
import {
  Adam,
  AdamW,
  type Optimizer,
  type OptimizerWithLR,
  SGD,
  type StepLR,
} from "../nn/optim/mod.ts";
import { load, toBytes } from "../serialize/mod.ts";
import { type Instance, type OptimizerChoice, Training } from "./instance.ts";
import { totalAsync } from "./totality.ts";

/** The optimizer of a choice, without its schedule. */
export function optimizerOf(
  { kind, lr, momentum, weightDecay }: OptimizerChoice,
  parameters: Parameter[],
): OptimizerWithLR {
  const decay = weightDecay === undefined ? {} : { weightDecay };
  if (kind === "Adam") return new Adam(parameters, { lr, ...decay });
  if (kind === "AdamW") return new AdamW(parameters, { lr, ...decay });
  return new SGD(parameters, { lr, ...(momentum === undefined ? {} : { momentum }), ...decay });
}

/** An optimizer, if there is anything to train, and its schedule, if it has one. */
export class ModuleTraining extends Training {
  /** What is trained. */
  protected readonly instance: Instance;
  readonly #module: Module;
  readonly #optimizer: Optimizer | null;
  readonly #scheduler: StepLR | null;

  /** Takes what is trained and what trains it. */
  constructor(
    instance: Instance,
    module: Module,
    optimizer: Optimizer | null,
    scheduler: StepLR | null,
  ) {
    super();
    this.instance = instance;
    this.#module = module;
    this.#optimizer = optimizer;
    this.#scheduler = scheduler;
  }

  /** Clears the gradients. */
  clear(): Promise<void> {
    return totalAsync("The optimizer's zeroGrad", () => this.#optimizer?.zeroGrad());
  }

  /** Changes the parameters by their gradients, and then the rate by the schedule. */
  advance(): Promise<void> {
    return totalAsync("step", () => {
      this.#optimizer?.step();
      this.#scheduler?.step();
    });
  }

  /** A file with the state of the module, of the optimizer and of its schedule. */
  save(): Promise<Uint8Array> {
    const all = new Map<string, unknown>([["model", this.#module.stateDict()]]);
    if (this.#optimizer !== null) all.set("optimizer", this.#optimizer.stateDict());
    if (this.#scheduler !== null) all.set("scheduler", this.#scheduler.stateDict());
    return totalAsync("save", () => toBytes(all));
  }

  /** Gives each what such a file holds. */
  async load(bytes: Uint8Array): Promise<void> {
    const state: ReadonlyMap<string, unknown> = await totalAsync("load", () => load(bytes));
    const of = (name: string) => state.get(name) as ReadonlyMap<string, unknown>;
    await totalAsync("loadStateDict", () => this.#module.loadStateDict(of("model")));
    await totalAsync(
      "the optimizer's loadStateDict",
      () => this.#optimizer?.loadStateDict(of("optimizer")),
    );
    this.#scheduler?.loadStateDict(of("scheduler"));
  }
}
