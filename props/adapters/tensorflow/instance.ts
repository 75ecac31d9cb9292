/**
 * An instance of what is judged: a model of TensorFlow.js, or one of its layers.
 *
 * @module
 */
import {
  type Layer,
  layersOf,
  leadsOf,
  partsOf,
  variableOf,
  type Weight,
  weightsOf,
} from "./layers.ts";
import { type Call, type Gradients, Output } from "./output.ts";
import { setRandomState } from "./random.ts";
import { modelOf } from "./state.ts";
import { numberOf } from "./tensors.ts";
import { tf, type tfl } from "./tf.ts";

/** What a subject is made of: a model as its `model.json` describes it. */
export interface Spec {
  /** The layers and how they hang together: what `model.toJSON` gives. */
  readonly topology: tf.io.ModelJSON["modelTopology"];
  /** The URLs of modules that register classes of layers. */
  readonly modules?: readonly string[];
}

/** What is the same for a model and its layers. */
interface Shared {
  /** The model. */
  readonly model: tfl.LayersModel;
  /** The weights that were made to be trained, frozen or not. */
  readonly parameters: ReadonlySet<Weight>;
  /** In which mode each layer is called: an argument of the call, which the library keeps nowhere. */
  readonly training: Map<Layer, boolean>;
  /** Gradients so far, which the library keeps nowhere either. */
  readonly gradients: Gradients;
}

/** A model, or a layer of one. */
export class Instance {
  readonly #shared: Shared;
  /** What is called. */
  readonly layer: Layer;

  private constructor(shared: Shared, layer: Layer) {
    this.#shared = shared;
    this.layer = layer;
  }

  /** Makes a model, with the weights that follow from a seed. */
  static async make({ topology, modules = [] }: Spec, seed: number): Promise<Instance> {
    for (const url of modules) await import(url);
    setRandomState(seed);
    const model = await modelOf({ modelTopology: topology });
    const shared = {
      model,
      // Asked before anything is frozen: later, frozen ones say false too.
      parameters: new Set(model.weights.filter(({ trainable }) => trainable)),
      training: new Map<Layer, boolean>(),
      gradients: new Map(),
    };
    const instance = new Instance(shared, model);
    instance.train(true);
    return instance;
  }

  /** The whole model, for what only that has. */
  get model(): tfl.LayersModel {
    return this.layer as tfl.LayersModel;
  }

  /** Everything that it says of itself. */
  list(): unknown {
    const weights = weightsOf(this.layer);
    const parameters = weights.filter(([, weight]) => this.#isParameter(weight));
    const buffers = weights.filter(([, weight]) => !this.#isParameter(weight));
    const parts = partsOf(this.layer);
    const once = (list: readonly (readonly [name: string, object])[]) => ({
      names: list.map(([name]) => name),
      objects: list.map(([, value]) => numberOf(value)),
    });
    return {
      entries: [...parameters, ...buffers].map(([name, weight]) => this.#entry(name, weight)),
      parts: parts.map(([name, layer]) => ({
        name,
        type: layer.getClassName(),
        training: this.#training(layer),
        object: numberOf(layer),
        layer: behaviour(layer),
      })),
      once: { parameters: once(parameters), buffers: once(buffers), modules: once(parts) },
      // Operations are recorded within `tf.grad` and its like alone.
      recording: false,
    };
  }

  #isParameter(weight: Weight): boolean {
    return this.#shared.parameters.has(weight);
  }

  #training(layer: Layer): boolean {
    return this.#shared.training.get(layer)!;
  }

  #entry(name: string, weight: Weight): unknown {
    const variable = variableOf(weight);
    const parameter = this.#isParameter(weight);
    const gradient = this.#shared.gradients.get(variable) ?? null;
    return {
      name,
      role: parameter ? "parameter" : "buffer",
      shape: variable.shape,
      dtype: variable.dtype,
      device: tf.getBackend(),
      requiresGrad: parameter && this.layer.trainableWeights.includes(weight),
      gradient: gradient === null
        ? null
        : { object: numberOf(gradient), memory: numberOf(gradient.dataId) },
      isParameter: parameter,
      persistent: true,
      history: null,
      object: numberOf(weight),
      memory: numberOf(variable),
      offset: 0,
    };
  }

  /** The mode of each layer. */
  modes(): [string, boolean][] {
    return partsOf(this.layer).map(([name, layer]) => [
      name === "" ? "the model itself" : `${name} (${layer.getClassName()})`,
      this.#training(layer),
    ]);
  }

  /** The tensors in properties of layers that are none of their weights. */
  unregistered(): unknown[] {
    const known = new Set<unknown>(this.layer.weights.map(variableOf));
    return partsOf(this.layer).flatMap(([name, layer]) =>
      Object.entries(layer).flatMap(([key, value]) =>
        value instanceof tf.Tensor && !known.has(value)
          ? [{
            where: name === "" ? key : `${name}.${key}`,
            device: tf.getBackend(),
            memory: numberOf(value),
          }]
          : []
      )
    );
  }

  /** What the names of layers and of weights lead to: `getLayer`, and a property of the layer. */
  leads(): unknown[] {
    return leadsOf(this.layer).map(({ value, found, ...lead }) => ({
      ...lead,
      listed: numberOf(value),
      found: found instanceof Error ? `${found.name}: ${found.message}` : numberOf(found),
    }));
  }

  /** The weights. */
  read(): [string, tf.Tensor][] {
    return weightsOf(this.layer).map(([name, weight]) => [name, weight.read()]);
  }

  /** Writes to weights. */
  write(values: ReadonlyMap<string, tf.Tensor>): void {
    for (const [name, weight] of weightsOf(this.layer)) {
      const value = values.get(name);
      if (value !== undefined) weight.write(value);
    }
  }

  /** The gradients so far. */
  gradients(): [string, tf.Tensor][] {
    return weightsOf(this.layer).flatMap(([name, weight]): [string, tf.Tensor][] => {
      const gradient = this.#shared.gradients.get(variableOf(weight));
      return gradient === undefined ? [] : [[name, gradient]];
    });
  }

  /** Sets or forgets gradients; it takes the tensors over. */
  setGradients(values: ReadonlyMap<string, tf.Tensor | null>): void {
    const { gradients } = this.#shared;
    for (const [name, weight] of weightsOf(this.layer)) {
      const variable = variableOf(weight);
      const value = values.get(name);
      if (value === undefined) continue;
      gradients.get(variable)?.dispose();
      if (value === null) gradients.delete(variable);
      else gradients.set(variable, value);
    }
  }

  /** Forgets all gradients, or sets them to zero. */
  zeroGrad(setToNone: boolean): void {
    this.setGradients(
      new Map(
        this.gradients().map(([name, value]) => [name, setToNone ? null : tf.zerosLike(value)]),
      ),
    );
  }

  /** Thaws or freezes all parameters, or those named. */
  requireGrad(flag: boolean, names: readonly string[] | null): void {
    const named = new Set(
      weightsOf(this.layer)
        .filter(([name, weight]) =>
          this.#isParameter(weight) && (names === null || names.includes(name))
        )
        .map(([, weight]) => weight),
    );
    for (const [, layer] of partsOf(this.layer)) {
      if (layersOf(layer).length > 0) continue;
      const parameters = layer.weights.filter((weight) => this.#isParameter(weight));
      const flags = parameters.map((weight) =>
        named.has(weight) ? flag : layer.trainable && weight.trainable
      );
      // A layer's own flag hides those of its weights, and sets them all.
      layer.trainable = flags.some(Boolean);
      parameters.forEach((weight, i) => weight.trainable = flags[i]);
    }
  }

  /** Sets the mode. */
  train(mode: boolean): void {
    for (const [, layer] of partsOf(this.layer)) this.#shared.training.set(layer, mode);
  }

  /** Calls it. */
  forward(call: Omit<Call, "training">): Output {
    const training = this.#training(this.layer);
    return new Output(this.layer, { ...call, training }, this.#shared.gradients);
  }

  /** One of the layers inside. */
  part(name: string): Instance {
    const found = partsOf(this.layer).find(([path]) => path === name);
    if (found === undefined) throw new TypeError(`There is no layer "${name}"`);
    return new Instance(this.#shared, found[1]);
  }

  /** Frees the whole model. */
  dispose(): void {
    tf.dispose([...this.#shared.gradients.values()]);
    this.#shared.model.dispose();
  }
}

/** What a layer is known to do. Moving statistics have other names here, and another formula. */
function behaviour(layer: Layer): unknown {
  if (layer.getClassName() !== "Dropout") return null;
  return { kind: "dropout", p: layer.getConfig().rate };
}
