/**
 * What `forward` of a module of this package returned.
 *
 * @module
 */
import { backward, type Tensor } from "../core/mod.ts";
import { outputsOf, type Snapshot, snapshot, snapshots, tensorsIn } from "./compare.ts";
import { tensorOf } from "./held_tensors.ts";
import { type Contents, type InputTensor, Output, type OutputTensor } from "./instance.ts";
import { totalAsync } from "./totality.ts";

/** What `forward` returned in this process. */
export class ModuleOutput extends Output {
  readonly #given: readonly unknown[];
  readonly #value: unknown;
  readonly #tensors: readonly (readonly [string, Tensor])[];

  /** Takes what was given and what came of it. */
  constructor(given: readonly unknown[], value: unknown) {
    super();
    this.#given = given;
    this.#value = value;
    this.#tensors = tensorsIn(value);
  }

  /** The tensors, in order. */
  get outputs(): readonly OutputTensor[] {
    return this.#tensors.map(([place, { shape, dtype, requiresGrad }]) => ({
      place,
      shape: [...shape],
      dtype,
      requiresGrad,
    }));
  }

  /** The contents by their place, with every NaN made the same. */
  values(): Promise<Map<string, Snapshot>> {
    return totalAsync("Reading what forward returned", () => outputsOf(this.#value));
  }

  /** The tensors among the arguments as they are now. */
  async inputs(): Promise<Map<string, InputTensor>> {
    const inputs = new Map<string, InputTensor>();
    for (const [name, tensor] of tensorsIn(this.#given, "arguments")) {
      inputs.set(name, { ...await snapshot(tensor), requiresGrad: tensor.requiresGrad });
    }
    return inputs;
  }

  /** Adds the gradients of the sum of the outputs times weights. */
  backwardBy(weights: readonly (Contents | null)[]): Promise<void> {
    return totalAsync("backward", () => {
      const heads: Tensor[] = [], gradients: Tensor[] = [];
      this.#tensors.forEach(([, head], i) => {
        const weight = weights[i];
        if (weight === null || !head.requiresGrad) return;
        heads.push(head);
        gradients.push(tensorOf(weight, head.device));
      });
      backward(heads, gradients);
    });
  }

  /** What the last backward gave the arguments. */
  inputGradients(): Promise<Map<string, Snapshot>> {
    return snapshots(
      tensorsIn(this.#given, "arguments").flatMap(([name, { grad }]): [string, Tensor][] =>
        grad === null ? [] : [[name, grad]]
      ),
    );
  }
}
