/**
 * Optimizers.
 *
 * PyTorch: `torch.optim`.
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
export {
  Optimizer,
  type ParamGroup,
  type ParamGroupInput,
  type Params,
  type ParamState,
  type SavedForm,
  type SavedOption,
} from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
