/**
 * Modules, layers, losses, and what they are made of.
 *
 * PyTorch: `torch.nn`.
 *
 * @example
 * ```ts
 * import { randn } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.GELU(), new nn.Linear(8, 2));
 * assertEquals(model.eval().forward(randn([3, 4])).shape, [3, 2]);
 * ```
 *
 * @module
 */
export {
  GELU,
  PReLU,
  type PReLUOptions,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Tanh,
} from "./activation.ts";
export { AlibiPositionalBias } from "./alibi.ts";
export { BatchNorm1d, type BatchNormOptions } from "./batch_norm.ts";
export { Buffer, type BufferOptions } from "./buffer.ts";
export { Dropout, type DropoutOptions } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { Embeddings } from "./embeddings.ts";
export * as functional from "./functional.ts";
export type {
  BackwardHook,
  ForwardHook,
  ForwardPreHook,
  LoadStateDictPostHook,
  LoadStateDictPreHook,
  StateDictHook,
  StateDictPreHook,
} from "./hooks.ts";
export { Identity } from "./identity.ts";
export * as init from "./init.ts";
export type { LayerOptions } from "./layer_options.ts";
export { LayerNorm, type LayerNormModuleOptions } from "./layer_norm.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { CrossEntropyLoss, MSELoss } from "./loss.ts";
export { Module } from "./module.ts";
export type {
  IncompatibleKeys,
  LoadStateDictOptions,
  NamedOptions,
  StateDictOptions,
  ZeroGradOptions,
} from "./module_options.ts";
export { ModuleDict } from "./module_dict.ts";
export { ModuleList } from "./module_list.ts";
export { Parameter, type ParameterOptions } from "./parameter.ts";
export { ParameterDict } from "./parameter_dict.ts";
export { ParameterList } from "./parameter_list.ts";
export {
  type PositionalEncodingOptions,
  SinusoidalPositionalEncoding,
} from "./positional_encoding.ts";
export { type RotaryOptions, RotaryPositionalEmbeddings } from "./rotary.ts";
export { Sequential } from "./sequential.ts";
export { StateDict } from "./state_dict.ts";
