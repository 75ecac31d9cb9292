/**
 * The tensor engine: tensors, storages, recipes, gradients, devices and random numbers.
 *
 * @module
 */
import { registerDevice, registerOpening } from "./device.ts";
import { cpuDevice } from "./cpu/device.ts";
import { referenceDevice } from "./reference/device.ts";

registerDevice("cpu", cpuDevice);
registerDevice("reference", referenceDevice);
registerOpening("webgpu", async () => (await import("./webgpu/device.ts")).openWebGpu());

export {
  type BackwardOptions,
  enableGrad,
  type GradHook,
  type GradNode,
  isGradEnabled,
  noGrad,
  type Vjp,
} from "./autograd.ts";
export {
  type DeviceInfo,
  deviceInfo,
  type DeviceLike,
  type DeviceName,
  deviceNames,
  openDevice,
} from "./device.ts";
export {
  type DType,
  type DTypeInfo,
  type DTypeKind,
  DTYPES,
  promoteTypes,
  type TypedArray,
} from "./dtype.ts";
export * from "./errors.ts";
export { backward, grad, type GradOptions } from "./gradient.ts";
export { where } from "./ops/choose.ts";
export type { CloseOptions } from "./ops/close.ts";
export {
  arange,
  empty,
  emptyLike,
  eye,
  fromStorage,
  full,
  fullLike,
  linspace,
  type Nested,
  ones,
  onesLike,
  tensor,
  type TensorOptions,
  zeros,
  zerosLike,
} from "./ops/create.ts";
export {
  rand,
  randint,
  randintLike,
  randLike,
  randn,
  randnLike,
  randperm,
} from "./ops/create_random.ts";
export type { Index } from "./ops/at.ts";
export { einsum } from "./ops/einsum.ts";
export { embedding, type EmbeddingOptions } from "./ops/embedding.ts";
export {
  crossEntropy,
  type CrossEntropyOptions,
  dropout,
  layerNorm,
  type LayerNormOptions,
  mseLoss,
  nllLoss,
  type Reduction,
} from "./ops/functional.ts";
export { cat, meshgrid, stack } from "./ops/join.ts";
export { linear, matmul } from "./ops/matmul.ts";
export { oneHot } from "./ops/nonzero.ts";
export type { PadOptions } from "./ops/pad.ts";
export type { Scalar } from "./ops/pointwise.ts";
export type { AddOptions, DivOptions } from "./ops/special.ts";
export type { Dims } from "./ops/reduce.ts";
export type { SortOptions, TopkOptions, ValuesAndIndices } from "./ops/sort.ts";
export { getRngState, manualSeed, type RngState, setRngState } from "./random.ts";
export { keep, scope } from "./scope.ts";
export { memory, type MemoryUse, resetStats, type Stats, stats } from "./stats.ts";
export { Storage, type StorageState, type StorageTrace, traceStorages } from "./storage.ts";
export { type Tolerance, tolerance } from "./tolerance.ts";
export { type HookHandle, type NestedList, type Target, Tensor } from "./tensor.ts";
