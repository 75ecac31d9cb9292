/**
 * Modules that don't compute what the checkpoint's own framework computed.
 *
 * @module
 */
import { type Tensor, tensor } from "../../core/mod.ts";
import { Dropout, type IncompatibleKeys, Linear, Module, StateDict } from "../../nn/mod.ts";
import { type Subject, subject } from "../subject.ts";
import type { Mutant } from "./mutant.ts";
import { made } from "./parts.ts";

class Net extends Module {
  fc = new Linear(4, 3);
  drop = new Dropout(0.5);
  override forward(x: Tensor): Tensor {
    return this.fc.forward(this.drop.forward(x));
  }
}

class ForgetsEval extends Net {
  override eval(): this {
    return this;
  }
}

class LoadsHalf extends Net {
  override loadStateDict(state: ReadonlyMap<string, unknown>): Promise<IncompatibleKeys> {
    const [first] = state;
    return super.loadStateDict(new Map([first]), { strict: false });
  }
}

const weight = [0.5, -1, 2, 0.25, 1, 1, -1, 0, -0.5, 0.125, 3, -2];
const bias = [0.5, -0.25, 1];
const x = [1, 2, 3, 4, -1, 0, 1, 2];

/** What the layer gives, worked out here by its definition. */
const outputs: number[] = [0, 1].flatMap((row) =>
  bias.map((shift, out) =>
    [0, 1, 2, 3].reduce((sum, i) => sum + x[row * 4 + i] * weight[out * 4 + i], shift)
  )
);

const labels = [outputs.slice(0, 3), outputs.slice(3)].map((row) => row.indexOf(Math.max(...row)));

function net(name: string, make: () => Net): Subject {
  const state = new StateDict([["fc.weight", tensor(weight).reshape([3, 4])], [
    "fc.bias",
    tensor(bias),
  ]]);
  return subject(name, make, {
    claims: {
      expected: {
        state: () => Promise.resolve(state),
        inputs: () => Promise.resolve([tensor(x).float().reshape([2, 4])]),
        outputs: () => Promise.resolve(outputs),
        labels: () => Promise.resolve(labels),
        tolerance: 1e-5,
      },
    },
  });
}

const common = {
  law: "checkpoint/agrees-with-pytorch",
  original: net("Net", () => new Net()),
  async observe(of: Subject): Promise<string> {
    const module = made(of);
    const { state, inputs } = of.claims.expected!;
    await module.loadStateDict(await state());
    const output = module.eval().forward(...await inputs()) as Tensor;
    return JSON.stringify(await output.tolist());
  },
} as const;

/** Mutants of checkpoints. */
export const checkpointMutants: readonly Mutant[] = [
  {
    ...common,
    id: "checkpoint-forgets-eval",
    about: "eval() does nothing, so dropout stays on.",
    subject: net("ForgetsEval", () => new ForgetsEval()),
  },
  {
    ...common,
    id: "checkpoint-loads-half",
    about: "Only the first tensor of the checkpoint is loaded.",
    subject: net("LoadsHalf", () => new LoadsHalf()),
  },
];
