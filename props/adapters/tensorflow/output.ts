/**
 * What a layer returned, and gradients of it.
 *
 * @module
 */
import { type Layer, variableOf } from "./layers.ts";
import { randomState, setRandomState } from "./random.ts";
import { tf } from "./tf.ts";

/** Gradients of weights by their variables. */
export type Gradients = Map<tf.Variable, tf.Tensor>;

/** How to call a layer. */
export interface Call {
  /** The arguments; those that are no tensors are what it may refuse. */
  readonly args: readonly unknown[];
  /** Whether it trains. */
  readonly training: boolean;
  /** Whether gradients may be asked for, */
  readonly recorded: boolean;
  /** and those of arguments too. */
  readonly inputGradients: boolean;
}

/**
 * What a layer returned. A tape of TensorFlow.js ends with the function that it watches, so gradients
 * are computed by a second call: with the random state of the first one, and without its effect on
 * moving statistics.
 */
export class Output {
  readonly #layer: Layer;
  readonly #call: Call;
  readonly #random = randomState();
  readonly #gradients: Gradients;
  readonly #inputGradients = new Map<string, tf.Tensor>();
  /** The outputs, in order. */
  readonly outputs: readonly tf.Tensor[];
  readonly #single: boolean;

  /**
   * Calls the layer.
   *
   * @param layer What is called.
   * @param call How.
   * @param gradients Where `backward` adds those of its weights.
   */
  constructor(layer: Layer, call: Call, gradients: Gradients) {
    this.#layer = layer;
    this.#call = call;
    this.#gradients = gradients;
    const value = this.#apply();
    this.#single = !Array.isArray(value);
    this.outputs = [value].flat();
  }

  #apply(): tf.Tensor | tf.Tensor[] {
    const { args, training } = this.#call;
    const given = (args.length === 1 ? args[0] : args) as tf.Tensor | tf.Tensor[];
    return tf.tidy(() => this.#layer.apply(given, { training }) as tf.Tensor | tf.Tensor[]);
  }

  #place(i: number): string {
    return this.#single ? "output" : `output[${i}]`;
  }

  /** What gradients are asked for: weights, and arguments. */
  get #watched(): [tf.Variable[], [string, tf.Tensor][]] {
    const { recorded, inputGradients } = this.#call;
    if (!recorded) return [[], []];
    const weights = this.#layer.trainableWeights.map(variableOf);
    const inputs = this.#inputs.filter(([, input]) => isFloating(input));
    return [weights, inputGradients ? inputs : []];
  }

  /** What the protocol says of the outputs. */
  get described(): unknown[] {
    const [weights, inputs] = this.#watched;
    return this.outputs.map((output, i) => ({
      place: this.#place(i),
      shape: output.shape,
      dtype: output.dtype,
      requiresGrad: isFloating(output) && weights.length + inputs.length > 0,
    }));
  }

  /** The outputs by place. */
  get values(): [string, tf.Tensor][] {
    return this.outputs.map((output, i) => [this.#place(i), output]);
  }

  /** The tensors among the arguments by place, each with whether it asks for gradients. */
  get given(): [string, tf.Tensor, boolean][] {
    return this.#inputs.map((
      [place, input],
    ) => [place, input, this.#call.inputGradients && isFloating(input)]);
  }

  get #inputs(): [string, tf.Tensor][] {
    return this.#call.args.flatMap((arg, i): [string, tf.Tensor][] =>
      arg instanceof tf.Tensor ? [[`arguments[${i}]`, arg]] : []
    );
  }

  /** What the last backward gave the arguments. */
  get inputGradients(): [string, tf.Tensor][] {
    return [...this.#inputGradients];
  }

  /**
   * Adds the gradients of the sum of the outputs times some weights to what is there.
   *
   * @param weights A tensor or null for each output.
   */
  backward(weights: readonly (tf.Tensor | null)[]): void {
    const [variables, inputs] = this.#watched;
    const watched = [...variables, ...inputs.map(([, input]) => input)];
    if (watched.length === 0 || weights.every((weight) => weight === null)) return;
    const { value, grads } = this.#again(() =>
      tf.engine().gradients(
        () => {
          const heads = [this.#apply()].flat().flatMap((output, i) => {
            const weight = weights[i];
            return weight === null ? [] : [tf.sum(tf.mul(output, weight))];
          });
          return tf.addN(heads);
        },
        watched,
        undefined,
        true,
      )
    );
    value.dispose();
    grads.forEach((gradient, i) => {
      if (gradient === null) return;
      if (i < variables.length) add(this.#gradients, variables[i], gradient);
      else add(this.#inputGradients, inputs[i - variables.length][0], gradient);
    });
  }

  /** Calls the layer again as if for the first time, and leaves no trace of that. */
  #again<T>(run: () => T): T {
    const random = randomState();
    const kept = this.#layer.nonTrainableWeights.map((weight) =>
      [weight, tf.clone(weight.read())] as const
    );
    setRandomState(this.#random);
    try {
      return run();
    } finally {
      setRandomState(random);
      for (const [weight, value] of kept) {
        weight.write(value);
        value.dispose();
      }
    }
  }

  /** Frees its tensors. */
  dispose(): void {
    const tensors = [...this.values, ...this.#inputs, ...this.#inputGradients];
    tf.dispose(tensors.map(([, tensor]) => tensor));
  }
}

function isFloating({ dtype }: tf.Tensor): boolean {
  return dtype === "float32";
}

function add<Key>(sums: Map<Key, tf.Tensor>, key: Key, gradient: tf.Tensor): void {
  const before = sums.get(key);
  sums.set(key, before === undefined ? gradient : tf.add(before, gradient));
  if (before !== undefined) tf.dispose([before, gradient]);
}
