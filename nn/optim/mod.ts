/**
 * Optimizers, and schedulers of their learning rates.
 *
 * PyTorch: `torch.optim`, `torch.optim.lr_scheduler`.
 *
 * @example
 * ```ts
 * import { randn } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { Adam } from "@touchstone/touchstone/optim";
 *
 * const model = new nn.Linear(4, 1);
 * const optimizer = new Adam(model.parameters(), { lr: 1e-2 });
 * for (let i = 0; i < 3; i++) {
 *   optimizer.zeroGrad();
 *   model.forward(randn([8, 4])).square().mean().backward();
 *   optimizer.step();
 * }
 * ```
 *
 * @module
 */
export { Adam, type AdamOptions } from "./adam.ts";
export { AdamW } from "./adamw.ts";
export { LambdaLR, type LRLambda } from "./lambda_lr.ts";
export { LRScheduler, type LRSchedulerOptions, type OptimizerWithLR } from "./lr_scheduler.ts";
export {
  Optimizer,
  type ParamGroup,
  type ParamGroupInput,
  type Params,
  type ParamState,
  type SavedForm,
  type SavedOption,
} from "./optimizer.ts";
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  type DecayOptions,
  ExponentialLR,
  LinearLR,
  type LinearLROptions,
  MultiStepLR,
  StepLR,
} from "./schedulers.ts";
export { SequentialLR } from "./sequential_lr.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
