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
export { ChainedScheduler } from "./chained_scheduler.ts";
export { ComposedLR } from "./composed_lr.ts";
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
} from "./cosine_lr.ts";
export { type DecayOptions, ExponentialLR, MultiStepLR, StepLR } from "./decay_lr.ts";
export { LambdaLR, type LRLambda } from "./lambda_lr.ts";
export { LRScheduler, type LRSchedulerOptions, type OptimizerWithLR } from "./lr_scheduler.ts";
export {
  type OneCycleLength,
  OneCycleLR,
  type OneCycleLROptions,
  type OneCycleSettings,
} from "./one_cycle_lr.ts";
export {
  Optimizer,
  type ParamGroup,
  type ParamGroupInput,
  type Params,
  type ParamState,
  type SavedForm,
  type SavedOption,
} from "./optimizer.ts";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce_lr_on_plateau.ts";
export { SequentialLR } from "./sequential_lr.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export {
  ConstantLR,
  type ConstantLROptions,
  LinearLR,
  type LinearLROptions,
  PolynomialLR,
  type PolynomialLROptions,
} from "./finite_lr.ts";
