// Why not make everything a Parameter, with requiresGrad = false for what is not trained?
//
//     deno run examples/seed_6_frozen_parameter_or_buffer.ts
import { F, nn, ones, optim, type Tensor, tensor, zeros } from "@touchstone/touchstone";

/** x w + offset, where the offset is part of the model but must not be trained. */
abstract class Shifted extends nn.Module {
  w = new nn.Parameter(ones([2]));
  abstract offset: Tensor;

  override forward(x: Tensor): Tensor {
    return x.mul(this.w).add(this.offset);
  }
}

class WithParameter extends Shifted {
  offset = new nn.Parameter(ones([2]), { requiresGrad: false });
}

class WithBuffer extends Shifted {
  offset = new nn.Buffer(ones([2]));
}

/** Steps once with everything that parameters() gives; says whether the offset moved. */
async function step(model: Shifted, optimizer: optim.SGD): Promise<boolean> {
  const before = await model.offset.tolist();
  F.mseLoss(model.forward(ones([2])), zeros([2])).backward();
  optimizer.step();
  // The gradients stay, as zeros: what a loop does that keeps their memory.
  optimizer.zeroGrad({ setToNone: false });
  return String(await model.offset.tolist()) !== String(before);
}

for (const model of [new WithParameter(), new WithBuffer()]) {
  console.log(model.constructor.name);
  console.log("  state dict:", [...model.stateDict().keys()]);
  console.log("  parameters:", Array.from(model.namedParameters(), ([name]) => name));
  console.log("  numbers in them:", model.parameters().reduce((sum, { numel }) => sum + numel, 0));

  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  console.log("  offset moved:", await step(model, optimizer));
  // The usual way to unfreeze a model.
  model.requiresGrad_(true);
  console.log("  after requiresGrad_(true), moved:", await step(model, optimizer));
  // Frozen again, it still has momentum.
  model.offset.requiresGrad_(false);
  console.log("  frozen again, moved:", await step(model, optimizer));
  const state = optimizer.stateDict().get("state") as Map<number, unknown>;
  console.log("  tensors with a state in the optimizer:", state.size);
}

// A count is no candidate for training at all.
const count = tensor(0n);
try {
  new nn.Parameter(count);
} catch (error) {
  console.log("a count as a Parameter:", (error as Error).name);
}
console.log("a count as a Buffer:", new nn.Buffer(count).dtype);
