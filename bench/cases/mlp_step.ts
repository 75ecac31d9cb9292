import type { DeviceName, Tensor } from "../../core/mod.ts";
import * as nn from "../../nn/mod.ts";
import { SGD } from "../../nn/optim/mod.ts";
import type { BenchCase, Inputs } from "../case.ts";
import { finishOn } from "./_prepared.ts";
import { integers, toTensor, uniform } from "../inputs.ts";

/** Two linear layers with a ReLU between them. */
class Mlp extends nn.Module {
  readonly hidden: nn.Linear;
  readonly out: nn.Linear;

  constructor({ w1, w2 }: Inputs, device: DeviceName) {
    super();
    this.hidden = new nn.Linear(w1.shape[1], w1.shape[0], { device });
    this.out = new nn.Linear(w2.shape[1], w2.shape[0], { device });
  }

  override forward(x: Tensor): Tensor {
    return this.out.forward(this.hidden.forward(x).relu());
  }
}

/** A model, its optimizer, and a batch to train it on. */
export class Training {
  readonly #model: Mlp;
  readonly #optimizer: SGD;
  readonly #x: Tensor;
  readonly #labels: Tensor;

  /** Starts from the inputs' parameters. */
  constructor(inputs: Inputs, device: DeviceName) {
    const model = this.#model = new Mlp(inputs, device);
    const { w1, b1, w2, b2 } = inputs;
    model.hidden.weight.setData(toTensor(w1, device));
    model.hidden.bias!.setData(toTensor(b1, device));
    model.out.weight.setData(toTensor(w2, device));
    model.out.bias!.setData(toTensor(b2, device));
    this.#optimizer = new SGD(model.parameters(), { lr: inputs.rate.data[0] });
    this.#x = toTensor(inputs.x, device);
    this.#labels = toTensor(inputs.labels, device);
  }

  /** One step, as a user writes it: the parameters are updated when the loss has been read. */
  async step(): Promise<number> {
    return await this.#advance().item() as number;
  }

  #advance(): Tensor {
    this.#optimizer.zeroGrad();
    const loss = nn.functional.crossEntropy(this.#model.forward(this.#x), this.#labels);
    loss.backward();
    this.#optimizer.step();
    return loss;
  }

  /** One step whose loss nobody reads. */
  run(): void {
    this.#advance().realize();
    for (const parameter of this.#model.parameters()) parameter.realize();
  }

  /** The last layer's bias, which every step changes. */
  async bias(): Promise<ArrayLike<number>> {
    return await this.#model.out.bias!.data() as ArrayLike<number>;
  }

  /** Frees the parameters and the batch. */
  dispose(): void {
    for (const parameter of this.#model.parameters()) parameter.dispose();
    this.#x.dispose();
    this.#labels.dispose();
  }
}

/** One training step of a small classifier. */
export const mlpStep: BenchCase = {
  name: "mlpStep",
  about:
    "one SGD step of a 784-256-10 MLP with ReLU and cross entropy; the loss is read, on a GPU " +
    "that of the last of many steps",
  sizes: [64, 512].map((batch) => ({ label: `batch ${batch}`, numbers: { batch } })),
  tolerance: 1e-4,
  inputs: ({ numbers: { batch } }) => ({
    x: uniform([batch, 784], 8),
    labels: integers([batch], 9, 10),
    w1: uniform([256, 784], 10, 1 / 28),
    b1: uniform([256], 11, 1 / 28),
    w2: uniform([10, 256], 12, 1 / 16),
    b2: uniform([10], 13, 1 / 16),
    rate: { shape: [1], data: Float32Array.of(0.01) },
  }),
  // Products: forward, and both gradients but that of the first layer's input.
  work: ({ numbers: { batch } }) => ({ flops: 2 * batch * (2 * 784 * 256 + 3 * 256 * 10) }),
  prepare(inputs, device) {
    const current = new Training(inputs, device);
    const { finish } = finishOn(device);
    return Promise.resolve({
      ...(finish === undefined ? { run: async () => void await current.step() } : {
        run: () => current.run(),
        finish,
      }),
      async result(): Promise<ArrayLike<number>> {
        const training = new Training(inputs, device);
        const losses = [await training.step(), await training.step(), await training.step()];
        const values = [...losses, ...Array.from(await training.bias())];
        training.dispose();
        return values;
      },
      dispose: () => current.dispose(),
    });
  },
};
