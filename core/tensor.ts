/**
 * The tensor: a handle on a storage, with every operation as a method.
 *
 * @module
 */
import {
  type BackwardOptions,
  enableGrad,
  type GradHook,
  type GradNode,
  runBackward,
} from "./autograd.ts";
import { type DeviceLike, type DeviceName, isDeviceName, opened } from "./device.ts";
import { defineTensor, fromNode, isWhole, makeTensor } from "./dispatch.ts";
import { assertDType, type DType, DTYPES, isFloat, type TypedArray } from "./dtype.ts";
import { AutogradError, DTypeError, ShapeError } from "./errors.ts";
import { toDevice } from "./move.ts";
import * as activations from "./ops/activation.ts";
import * as choices from "./ops/choose.ts";
import * as closeness from "./ops/close.ts";
import * as creation from "./ops/create.ts";
import { gcd, lcm } from "./ops/divisors.ts";
import { nextafter } from "./ops/nextafter.ts";
import * as functional from "./ops/functional.ts";
import { copyInto, inPlace } from "./ops/in_place.ts";
import { at, type Index, indexPut } from "./ops/at.ts";
import * as indexing from "./ops/index.ts";
import * as joining from "./ops/join.ts";
import * as matmulOps from "./ops/matmul.ts";
import * as byValue from "./ops/nonzero.ts";
import * as padding from "./ops/pad.ts";
import * as pointwise from "./ops/pointwise.ts";
import { prelu } from "./ops/prelu.ts";
import type { Scalar } from "./ops/pointwise.ts";
import * as reduction from "./ops/reduce.ts";
import type { Dims } from "./ops/reduce.ts";
import * as scans from "./ops/scan.ts";
import * as sorting from "./ops/sort.ts";
import * as special from "./ops/special.ts";
import { trace, triangle } from "./ops/triangle.ts";
import * as views from "./ops/view.ts";
import { repr, reprSync } from "./print.ts";
import { drawNormal, drawUniform } from "./random.ts";
import { bfloat16Value } from "./scalar_math.ts";
import {
  contiguousStrides,
  isContiguous,
  normalizeDim,
  numelOf,
  sameShape,
  show,
} from "./shape.ts";
import { yieldUnderPressure } from "./pressure.ts";
import type { Storage } from "./storage.ts";

/** What `to()` takes: a device, a dtype, or both. */
export type Target = DeviceLike | DType | { device?: DeviceLike; dtype?: DType };

/** A handle that takes a hook off again. */
export interface HookHandle extends Disposable {
  /** Takes the hook off. */
  remove(): void;
}

/** Numbers in rows, as `tolist()` gives them. */
export type NestedList = number | bigint | boolean | NestedList[];

/**
 * A multi-dimensional array of one dtype on one device, and the history of how it came about.
 *
 * PyTorch: `torch.Tensor`. Computing is synchronous and lazy: an operation returns at once, and what
 * can be one kernel becomes one. Reading is a promise.
 *
 * @example
 * ```ts
 * import { tensor } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * const y = x.mul(x).sum();
 * y.backward();
 * assertEquals(await y.item(), 30);
 * assertEquals(await x.grad!.tolist(), [[2, 4], [6, 8]]);
 * ```
 */
export class Tensor implements Disposable {
  #grad: Tensor | null = null;
  /** Whether nobody but this tensor has the gradient. */
  #ownsGrad = false;
  /**
   * Hooks on this leaf's gradient.
   *
   * @internal
   */
  hooks: Set<GradHook> | null = null;
  #storage: Storage;
  #shape: readonly number[];
  #strides: readonly number[];
  #offset: number;
  #numel: number;
  #requiresGrad = false;
  #gradFn: GradNode | null = null;
  #base: Tensor | null = null;
  #again: ((base: Tensor) => Tensor) | null = null;
  /** The base's sizes when this became a view of it. */
  #baseShape: readonly number[] | null = null;
  #retained: GradNode | null = null;
  #generation = 0;
  #seen = 0;

  /**
   * Makes a handle on a storage. Programs call `tensor()`, `zeros()` and the like.
   *
   * @param storage The bytes.
   * @param shape The sizes.
   * @param strides The distance of neighbours in each dimension, in elements.
   * @param offset The first element.
   */
  constructor(
    storage: Storage,
    shape: readonly number[],
    strides: readonly number[] = contiguousStrides(shape),
    offset = 0,
  ) {
    this.#storage = storage;
    this.#shape = shape;
    this.#strides = strides;
    this.#offset = offset;
    this.#numel = numelOf(shape);
  }

  /** The bytes that this tensor looks into. */
  get storage(): Storage {
    return this.#storage;
  }

  /** The sizes. */
  get shape(): readonly number[] {
    return this.#shape;
  }

  /** The distance of neighbours in each dimension, in elements. */
  get strides(): readonly number[] {
    return this.#strides;
  }

  /** The first element's position in the storage. */
  get offset(): number {
    return this.#offset;
  }

  /** The dtype of the elements. */
  get dtype(): DType {
    return this.#storage.dtype;
  }

  /** The name of the device that holds them. */
  get device(): DeviceName {
    return this.#storage.device;
  }

  /** The number of dimensions. PyTorch: `Tensor.ndim`. */
  get ndim(): number {
    return this.#shape.length;
  }

  /** The number of elements. PyTorch: `Tensor.numel()`. */
  get numel(): number {
    return this.#numel;
  }

  /** The size of one dimension. PyTorch: `Tensor.size`. */
  size(dim: number): number {
    return this.#shape[normalizeDim(dim, this.ndim, "size")];
  }

  /** Whether elements lie in row-major order without gaps. */
  isContiguous(): boolean {
    return isContiguous(this.#shape, this.#strides);
  }

  /** Whether this tensor is its whole storage in row-major order. */
  isWhole(): boolean {
    return isWhole(this);
  }

  // --- history -------------------------------------------------------------------------------

  /** The gradient that `backward()` left here, or null. PyTorch: `Tensor.grad`. */
  get grad(): Tensor | null {
    this.#ownsGrad = false;
    return this.#grad;
  }

  set grad(value: Tensor | null) {
    // What nobody has seen is freed at once: a training loop makes a gradient in every step.
    if (this.#ownsGrad && this.#grad !== value) this.#grad?.storage.free();
    this.#grad = value;
    this.#ownsGrad = false;
  }

  /**
   * The gradient, for readers that do not keep it.
   *
   * @internal
   */
  peekGrad(): Tensor | null {
    return this.#grad;
  }

  /**
   * Leaves a gradient here that nobody else has.
   *
   * @internal
   */
  giveGrad(value: Tensor): void {
    this.grad = value;
    this.#ownsGrad = true;
  }

  /** Whether operations on this tensor are recorded. PyTorch: `Tensor.requires_grad`. */
  get requiresGrad(): boolean {
    return this.#requiresGrad || this.gradFn !== null;
  }

  set requiresGrad(flag: boolean) {
    this.requiresGrad_(flag);
  }

  /**
   * Sets whether operations on this leaf are recorded.
   *
   * PyTorch: `Tensor.requires_grad_`.
   *
   * @param flag What to set; true by default.
   * @returns This tensor.
   * @throws {DTypeError} If the dtype is not floating.
   * @throws {AutogradError} If this is no leaf and the flag is false.
   */
  requiresGrad_(flag: boolean = true): this {
    if (flag && !isFloat(this.dtype)) {
      throw new DTypeError(`Only floating tensors can require gradients, got ${this.dtype}`);
    }
    if (!flag && this.gradFn !== null) {
      throw new AutogradError("Only a leaf's requiresGrad can be cleared; use detach()");
    }
    if (this.gradFn === null) this.#requiresGrad = flag;
    return this;
  }

  /** The operation that made this tensor, or null for a leaf. PyTorch: `Tensor.grad_fn`. */
  get gradFn(): GradNode | null {
    const base = this.#base;
    if (base !== null && base.#generation !== this.#seen) {
      // The base was written in place: this view's history starts again from there.
      this.#seen = base.#generation;
      this.#gradFn = enableGrad(() => this.again!(base).#gradFn);
    }
    return this.#gradFn;
  }

  /** Whether no recorded operation made this tensor. PyTorch: `Tensor.is_leaf`. */
  get isLeaf(): boolean {
    return this.gradFn === null;
  }

  /** The tensor that this one is a view of, or null. PyTorch: `Tensor._base`. */
  get base(): Tensor | null {
    return this.#base;
  }

  /**
   * How to make this view again from its base.
   *
   * @throws {AutogradError} If the base has changed its shape in place since.
   *
   * @internal
   */
  get again(): ((base: Tensor) => Tensor) | null {
    if (this.#base !== null && this.#base.#shape !== this.#baseShape) {
      throw new AutogradError(
        `A view of shape ${show(this.#shape)} has no history in its base, which has changed its ` +
          `shape in place from ${show(this.#baseShape!)} to ${show(this.#base.#shape)}`,
      );
    }
    return this.#again;
  }

  /**
   * Makes this a view of another tensor. Operations call it.
   *
   * @internal
   */
  setBase(parent: Tensor, again: (base: Tensor) => Tensor): void {
    const before = parent.#again;
    this.#base = parent.#base ?? parent;
    this.#baseShape = parent.#baseShape ?? parent.#shape;
    this.#again = before === null ? again : (base) => again(before(base));
    this.#seen = this.#base.#generation;
  }

  /**
   * Gives this tensor a history. Operations call it.
   *
   * @internal
   */
  setGradFn(node: GradNode): void {
    this.#gradFn = node;
    this.#requiresGrad = false;
    this.#generation++;
    if (this.#base !== null) this.#seen = this.#base.#generation;
  }

  /**
   * The same values without a history; the storage is shared.
   *
   * PyTorch: `Tensor.detach`.
   *
   * @returns A leaf that does not require gradients.
   */
  detach(): Tensor {
    return makeTensor(this.#storage, this.#shape, this.#strides, this.#offset);
  }

  /**
   * Keeps the gradient of this tensor in `.grad` though it is no leaf.
   *
   * PyTorch: `Tensor.retain_grad`.
   */
  retainGrad(): void {
    if (!this.requiresGrad) {
      throw new AutogradError("retainGrad: this tensor does not require gradients");
    }
    const node = this.gradFn;
    if (node === null || node === this.#retained) return;
    this.#retained = node;
    (node.hooks ??= new Set()).add((grad) => {
      const { grad: before } = this;
      this.grad = before === null ? grad : before.add(grad);
    });
  }

  /**
   * Calls a function with this tensor's gradient whenever one is computed.
   *
   * PyTorch: `Tensor.register_hook`.
   *
   * @param hook Sees the gradient, and may return another in its place.
   * @returns A handle that takes the hook off.
   */
  registerHook(hook: GradHook): HookHandle {
    if (!this.requiresGrad) {
      throw new AutogradError("registerHook: this tensor does not require gradients");
    }
    const owner = this.gradFn ?? this;
    const hooks = owner.hooks ??= new Set();
    // A function of its own, so that one hook may be registered twice.
    const entry: GradHook = (grad) => hook(grad);
    hooks.add(entry);
    const remove = () => void hooks.delete(entry);
    return { remove, [Symbol.dispose]: remove };
  }

  /**
   * Computes the gradients of this tensor with respect to all leaves, and adds them to their `.grad`.
   *
   * PyTorch: `Tensor.backward`.
   *
   * @param gradient The gradient of this tensor itself; 1 for a scalar.
   * @param options retainGraph, createGraph.
   * @throws {AutogradError} If nothing was recorded, if a gradient is needed and missing, or if a
   * saved tensor was changed in place.
   */
  backward(gradient: Tensor | null = null, options: BackwardOptions = {}): void {
    runBackward([{ tensor: this, grad: () => this.rootGradient(gradient) }], options, null);
  }

  /**
   * The gradient to start from: the one that is given, or 1. `grad()` calls it too.
   *
   * @internal
   */
  rootGradient(gradient: Tensor | null): Tensor {
    if (!this.requiresGrad) {
      throw new AutogradError(
        "backward: this tensor does not require gradients and has no history of operations that do",
      );
    }
    if (gradient === null) {
      if (this.#numel !== 1) {
        throw new AutogradError(
          `backward: a tensor of shape ${
            show(this.#shape)
          } needs a gradient of its own; only one element has 1 for it`,
        );
      }
      return creation.onesLike(this);
    }
    if (!sameShape(gradient.shape, this.#shape)) {
      throw new ShapeError(
        `backward: a gradient of shape ${show(gradient.shape)} for a tensor of shape ${
          show(this.#shape)
        }`,
      );
    }
    return gradient;
  }

  /**
   * This gradient as a tensor of its own that may be accumulated into.
   *
   * @internal
   */
  ownGradient(): Tensor {
    return this.detach().clone();
  }

  /**
   * This gradient summed to the shape, and converted to the dtype, of what it is for.
   *
   * @internal
   */
  fitTo(input: Tensor): Tensor {
    if (sameShape(this.#shape, input.shape)) return this.type(input.dtype);
    const lead = this.ndim - input.ndim;
    const stretched = this.#shape.flatMap((size, i) =>
      i < lead || (input.shape[i - lead] === 1 && size !== 1) ? [i] : []
    );
    const summed = stretched.length > 0 ? this.sum(stretched, true) : this;
    return (lead > 0 ? summed.reshape(input.shape) : summed).type(input.dtype);
  }

  // --- memory --------------------------------------------------------------------------------

  /**
   * Computes a pending value now; a ready one is left alone.
   *
   * @returns This tensor.
   */
  realize(): this {
    this.#storage.cook();
    return this;
  }

  /** Frees the memory at once. Views of it, and this tensor, raise when they are used again. */
  dispose(): void {
    this.#storage.free();
  }

  /** `using t = ...` frees the memory at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * Looks into another tensor's memory from now on, staying the same object.
   *
   * PyTorch: assigning to `Tensor.data`.
   *
   * @param other Whose storage, shape, strides and offset to take over.
   */
  setData(other: Tensor): void {
    this.#storage = other.#storage;
    this.#shape = other.#shape;
    this.#strides = other.#strides;
    this.#offset = other.#offset;
    this.#numel = other.#numel;
    this.#base = null;
    this.#baseShape = null;
    this.#again = null;
  }

  /** Takes over the layout of a view of this tensor; the storage counts it as a change. */
  #relayout(operation: string, view: (x: Tensor) => Tensor): this {
    if (this.requiresGrad) {
      throw new AutogradError(
        `${operation}: a tensor of shape ${
          show(this.#shape)
        } that requires grad keeps its shape, ` +
          `which its gradient has; use ${operation.slice(0, -1)}()`,
      );
    }
    const out = view(this), before = this.#again;
    this.#shape = out.#shape;
    this.#strides = out.#strides;
    this.#storage.version++;
    if (before !== null) this.#again = (base) => view(before(base));
    return this;
  }

  // --- reading -------------------------------------------------------------------------------

  /**
   * The elements in row-major order, copied to the host.
   *
   * @returns A typed array of the dtype; `bfloat16` and the float8 dtypes as raw bits.
   */
  async data(): Promise<TypedArray> {
    const source = this.isWhole() ? this : this.detach().clone();
    const block = source.storage.block();
    const bytes = await block.device.read(block, 0, source.storage.nbytes);
    await yieldUnderPressure();
    return new DTYPES[this.dtype].array(bytes.buffer);
  }

  /** The elements at once, or null on a device that can't be read without waiting. */
  dataSync(): TypedArray | null {
    const source = this.isWhole() ? this : this.detach().clone();
    const block = source.storage.block();
    const bytes = block.device.readSync(block, 0, source.storage.nbytes);
    return bytes === null ? null : new DTYPES[this.dtype].array(bytes.buffer);
  }

  /**
   * The value of a tensor of one element.
   *
   * PyTorch: `Tensor.item`.
   *
   * @returns A number; a bigint for an int64 beyond 2^53; a boolean for bool.
   * @throws {ShapeError} If there is more or less than one element.
   */
  async item(): Promise<number | bigint | boolean> {
    if (this.#numel !== 1) {
      throw new ShapeError(`item: expected one element, got shape ${show(this.#shape)}`);
    }
    return hostValue((await this.data())[0], this.dtype);
  }

  /**
   * The elements as nested arrays.
   *
   * PyTorch: `Tensor.tolist`.
   *
   * @returns One value for a scalar, else arrays of the tensor's shape.
   */
  async tolist(): Promise<NestedList> {
    const data = await this.data();
    let next = 0;
    const build = (dim: number): NestedList =>
      dim === this.ndim
        ? hostValue(data[next++], this.dtype)
        : Array.from({ length: this.#shape[dim] }, () => build(dim + 1));
    return build(0);
  }

  /**
   * This tensor as text, digit for digit as PyTorch prints it.
   *
   * PyTorch: `repr(tensor)`.
   *
   * @returns `tensor([[0.1000, 2.0000]])`, with the device, dtype and history where they are not the usual.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([[0.1, 2], [30, -4]]);
   * assertEquals(await x.repr(), "tensor([[ 0.1000,  2.0000],\n        [30.0000, -4.0000]])");
   * ```
   */
  repr(): Promise<string> {
    return repr(this);
  }

  /** What `console.log` shows: the values, where they can be read without waiting. */
  [Symbol.for("Deno.customInspect")](): string {
    return reprSync(this);
  }

  // --- moving and converting -----------------------------------------------------------------

  /**
   * This tensor on a device, in a dtype, or both; itself when it is there already.
   *
   * PyTorch: `Tensor.to`.
   *
   * @param target A device, a dtype, or `{ device, dtype }`.
   * @returns The tensor there; gradients flow back.
   */
  async to(target: Target): Promise<Tensor> {
    const { device: name, dtype } = resolveTarget(target);
    const device = name === undefined ? this.storage.connector : await opened(name);
    const converted = dtype === undefined ? this : this.type(dtype);
    return device === converted.storage.connector ? converted : await toDevice(converted, device);
  }

  /** This tensor in a dtype. PyTorch: `Tensor.type`. */
  type(dtype: DType): Tensor {
    assertDType(dtype);
    return pointwise.toDType(this, dtype);
  }

  /** This tensor in float32. */
  float(): Tensor {
    return this.type("float32");
  }

  /** This tensor in float64. */
  double(): Tensor {
    return this.type("float64");
  }

  /** This tensor in float16. */
  half(): Tensor {
    return this.type("float16");
  }

  /** This tensor in bfloat16. */
  bfloat16(): Tensor {
    return this.type("bfloat16");
  }

  /** This tensor in int64. */
  long(): Tensor {
    return this.type("int64");
  }

  /** This tensor in int32. */
  int(): Tensor {
    return this.type("int32");
  }

  /** This tensor in bool: what is not zero is true. */
  bool(): Tensor {
    return this.type("bool");
  }

  /** This tensor on the CPU. PyTorch: `Tensor.cpu`. */
  cpu(): Promise<Tensor> {
    return this.to("cpu");
  }

  /** The same elements in row-major memory of their own. PyTorch: `Tensor.clone`. */
  clone(): Tensor {
    return pointwise.clone(this);
  }

  /** This tensor if its elements are row-major, else a copy that is. */
  contiguous(): Tensor {
    return views.contiguous(this);
  }

  /** Zeros of this dtype and device. PyTorch: `Tensor.new_zeros`. */
  newZeros(shape: readonly number[]): Tensor {
    return creation.zeros(shape, { dtype: this.dtype, device: this.device });
  }

  /** 0 to n - 1 on this device, int64. */
  newArange(n: number): Tensor {
    return creation.arange(0, n, 1, { device: this.device });
  }

  // --- arithmetic ----------------------------------------------------------------------------

  /** `this + alpha * other`; alpha is 1 by default. PyTorch: `torch.add`. */
  add(other: Tensor | Scalar, options?: special.AddOptions): Tensor {
    if (options === undefined) return pointwise.add(this, other);
    return special.addScaled(this, other, options);
  }

  /** `this - alpha * other`; alpha is 1 by default. PyTorch: `torch.sub`. */
  sub(other: Tensor | Scalar, options?: special.AddOptions): Tensor {
    if (options === undefined) return pointwise.add(this, other, -1);
    return special.addScaled(this, other, options, -1);
  }

  /** `this * other`. PyTorch: `torch.mul`. */
  mul(other: Tensor | Scalar): Tensor {
    return pointwise.mul(this, other);
  }

  /** `this / other`; integers divide in float32, unless it rounds. PyTorch: `torch.div`. */
  div(other: Tensor | Scalar, options?: special.DivOptions): Tensor {
    if (options === undefined) return pointwise.div(this, other);
    return special.divRounded(this, other, options);
  }

  /** `this ** other`. PyTorch: `torch.pow`. */
  pow(other: Tensor | Scalar): Tensor {
    return pointwise.pow(this, other);
  }

  /** `1 / this`. PyTorch: `torch.reciprocal`. */
  reciprocal(): Tensor {
    return pointwise.div(1, this);
  }

  /** `this * this`. PyTorch: `torch.square`. */
  square(): Tensor {
    return this.pow(2);
  }

  /** The quotient toward minus infinity. PyTorch: `torch.floor_divide`. */
  floorDivide(other: Tensor | Scalar): Tensor {
    return pointwise.divide("floorDivide", this, other);
  }

  /** What is left of the division, with the divisor's sign. PyTorch: `torch.remainder`. */
  remainder(other: Tensor | Scalar): Tensor {
    return pointwise.divide("remainder", this, other);
  }

  /** What is left of the division, with the dividend's sign. PyTorch: `torch.fmod`. */
  fmod(other: Tensor | Scalar): Tensor {
    return pointwise.divide("fmod", this, other);
  }

  /**
   * The greatest common divisor of integers; that of 0 and 0 is 0. PyTorch: `torch.gcd`.
   *
   * @throws {DTypeError} If the dtype is none of integers.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(await tensor([12n, -8n, 0n]).gcd(18).tolist(), [6, 2, 18]);
   * ```
   */
  gcd(other: Tensor | Scalar): Tensor {
    return gcd(this, other);
  }

  /**
   * The least common multiple of integers, 0 where either is. PyTorch: `torch.lcm`.
   *
   * @throws {DTypeError} If the dtype is none of integers.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(await tensor([12n, -8n, 0n]).lcm(18).tolist(), [36, 72, 0]);
   * ```
   */
  lcm(other: Tensor | Scalar): Tensor {
    return lcm(this, other);
  }

  /** The angle of the point (other, this). PyTorch: `torch.atan2`. */
  atan2(other: Tensor | Scalar): Tensor {
    return pointwise.atan2(this, other);
  }

  /** The larger of the two, NaN if either is. PyTorch: `torch.maximum`. */
  maximum(other: Tensor | Scalar): Tensor {
    return pointwise.extreme("maximum", this, other);
  }

  /** The smaller of the two, NaN if either is. PyTorch: `torch.minimum`. */
  minimum(other: Tensor | Scalar): Tensor {
    return pointwise.extreme("minimum", this, other);
  }

  /** Held between bounds; null leaves a side open. PyTorch: `torch.clamp`. */
  clamp(min: Tensor | Scalar | null = null, max: Tensor | Scalar | null = null): Tensor {
    return choices.clamp(this, min, max);
  }

  /** `this + weight * (end - this)`. PyTorch: `torch.lerp`. */
  lerp(end: Tensor, weight: Tensor | number): Tensor {
    return choices.lerp(this, end, weight);
  }

  /** `this + value * a / b`. PyTorch: `torch.addcdiv`. */
  addcdiv(a: Tensor, b: Tensor, options: { value?: number } = {}): Tensor {
    return this.add(a.div(b).mul(options.value ?? 1));
  }

  /** `this + value * a * b`. PyTorch: `torch.addcmul`. */
  addcmul(a: Tensor, b: Tensor, options: { value?: number } = {}): Tensor {
    return this.add(a.mul(b).mul(options.value ?? 1));
  }

  /** The fractional part, with the sign of the number. PyTorch: `torch.frac`. */
  frac(): Tensor {
    return this.sub(this.trunc());
  }

  /** Where the element is infinite. PyTorch: `torch.isinf`. */
  isinf(): Tensor {
    return this.abs().eq(Infinity);
  }

  /** Where the element is neither infinite nor NaN. PyTorch: `torch.isfinite`. */
  isfinite(): Tensor {
    return this.abs().lt(Infinity);
  }

  /** Where the element is infinite and above zero. PyTorch: `torch.isposinf`. */
  isposinf(): Tensor {
    return this.eq(Infinity);
  }

  /** Where the element is infinite and below zero. PyTorch: `torch.isneginf`. */
  isneginf(): Tensor {
    return this.eq(-Infinity);
  }

  /**
   * Where the sign is minus, also that of -0. PyTorch: `torch.signbit`; the sign of NaN is not seen
   * here, and counts as plus.
   */
  signbit(): Tensor {
    return special.signbit(this);
  }

  /** The size of this with the sign of another. PyTorch: `torch.copysign`. */
  copysign(other: Tensor | Scalar): Tensor {
    return special.copysign(this, other);
  }

  /** The larger of the two; a number wins against NaN. PyTorch: `torch.fmax`. */
  fmax(other: Tensor | Scalar): Tensor {
    return special.extremeNumber("fmax", this, other);
  }

  /** The smaller of the two; a number wins against NaN. PyTorch: `torch.fmin`. */
  fmin(other: Tensor | Scalar): Tensor {
    return special.extremeNumber("fmin", this, other);
  }

  /** sqrt(this^2 + other^2), without overflow. PyTorch: `torch.hypot`. */
  hypot(other: Tensor | Scalar): Tensor {
    return special.hypot(this, other);
  }

  /** log(e^this + e^other), without overflow. PyTorch: `torch.logaddexp`. */
  logaddexp(other: Tensor | Scalar): Tensor {
    return special.logaddexp(this, other);
  }

  /** log2(2^this + 2^other), without overflow. PyTorch: `torch.logaddexp2`. */
  logaddexp2(other: Tensor | Scalar): Tensor {
    return special.logaddexp2(this, other);
  }

  /** this log(other), 0 where this is 0. PyTorch: `torch.xlogy`. */
  xlogy(other: Tensor | Scalar): Tensor {
    return special.xlogy(this, other);
  }

  /** log(x / (1 - x)), of x held between `eps` and 1 - `eps` if it is given. PyTorch: `torch.logit`. */
  logit(eps: number | null = null): Tensor {
    return special.logit(this, eps);
  }

  /**
   * `this * 2 ** n`. PyTorch: `torch.ldexp`, whose power overflows too where it leaves the dtype.
   *
   * @param n Exponents.
   * @returns The common dtype of this and of the power; integers have powers in float32.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(await tensor([1, 3]).ldexp(tensor([4n, -1n])).tolist(), [16, 1.5]);
   * ```
   */
  ldexp(n: Tensor): Tensor {
    return special.ldexp(this, n);
  }

  /**
   * `this ** other` in float64. PyTorch: `torch.float_power`.
   *
   * @param other Exponents.
   * @returns A float64 tensor.
   * @throws {DTypeError} On a device that does not compute in float64.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([2n, 3n]).floatPower(-1);
   * assertEquals(x.dtype, "float64");
   * assertEquals(await x.tolist(), [0.5, 1 / 3]);
   * ```
   */
  floatPower(other: Tensor | Scalar): Tensor {
    return special.floatPower(this, other);
  }

  /**
   * The next number of the dtype after this, in the direction of `other`. PyTorch: `torch.nextafter`,
   * which has no float16 on the CPU in version 1.13.
   *
   * @param other Where to go: what is equal stays, with the sign that it has there.
   * @returns A tensor of the common dtype, without a derivative.
   * @throws {DTypeError} For integers, and for float64 on a device that does not compute in it.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([1, 1], { dtype: "float64" });
   * const next = x.nextafter(tensor([2, 1], { dtype: "float64" }));
   * assertEquals(await next.tolist(), [1 + Number.EPSILON, 1]);
   * ```
   */
  nextafter(other: Tensor): Tensor {
    return nextafter(this, other);
  }

  /** sin(pi x) / (pi x), 1 at 0. PyTorch: `torch.sinc`. */
  sinc(): Tensor {
    return special.sinc(this);
  }

  /** Degrees as radians. PyTorch: `torch.deg2rad`. */
  deg2rad(): Tensor {
    return special.scaled("deg2rad", this);
  }

  /** Radians as degrees. PyTorch: `torch.rad2deg`. */
  rad2deg(): Tensor {
    return special.scaled("rad2deg", this);
  }

  /** 0 below zero, 1 above it, and `values` at it. PyTorch: `torch.heaviside`. */
  heaviside(values: Tensor): Tensor {
    return special.heaviside(this, values);
  }

  /**
   * Numbers in place of NaN and the infinities; by default 0, and the dtype's largest and smallest.
   *
   * PyTorch: `torch.nan_to_num`.
   */
  nanToNum(nan = 0, posinf: number | null = null, neginf: number | null = null): Tensor {
    return special.nanToNum(this, nan, posinf, neginf);
  }

  /**
   * Where `|this - other| <= atol + rtol |other|`; infinities only where they are equal.
   *
   * PyTorch: `torch.isclose`.
   *
   * @param other A tensor of this dtype, broadcast.
   * @param options `rtol` (1e-5 by default), `atol` (1e-8), `equalNan` (false).
   * @throws {DTypeError} If the dtypes differ.
   * @throws {RangeError} If a tolerance is below 0.
   */
  isclose(other: Tensor, options: closeness.CloseOptions = {}): Tensor {
    return closeness.isclose(this, other, options);
  }

  /** Whether all elements are close, as `isclose` says. PyTorch: `torch.allclose`. */
  allclose(other: Tensor, options: closeness.CloseOptions = {}): Promise<boolean> {
    return closeness.allclose(this, other, options);
  }

  /** Whether shapes and all elements are equal. PyTorch: `torch.equal`. */
  equal(other: Tensor): Promise<boolean> {
    return closeness.equal(this, other);
  }

  /** Where this bool tensor is true, `a`, else `b`. PyTorch: `torch.where`. */
  where(a: Tensor | Scalar, b: Tensor | Scalar): Tensor {
    return choices.where(this, a, b);
  }

  /** `value` where the mask is true. PyTorch: `Tensor.masked_fill`. */
  maskedFill(mask: Tensor, value: Tensor | Scalar): Tensor {
    return choices.maskedFill(this, mask, value);
  }

  /** -x. PyTorch: `torch.neg`. */
  neg(): Tensor {
    return pointwise.unaryOp("neg", this);
  }

  /** |x|. PyTorch: `torch.abs`. */
  abs(): Tensor {
    return pointwise.unaryOp("abs", this);
  }

  /** -1, 0 or 1; 0 for NaN. PyTorch: `torch.sign`. */
  sign(): Tensor {
    return pointwise.unaryOp("sign", this);
  }

  /** e^x. PyTorch: `torch.exp`. */
  exp(): Tensor {
    return pointwise.unaryOp("exp", this);
  }

  /** 2^x. PyTorch: `torch.exp2`. */
  exp2(): Tensor {
    return pointwise.unaryOp("exp2", this);
  }

  /** e^x - 1, exact for small x. PyTorch: `torch.expm1`. */
  expm1(): Tensor {
    return pointwise.unaryOp("expm1", this);
  }

  /** The natural logarithm. PyTorch: `torch.log`. */
  log(): Tensor {
    return pointwise.unaryOp("log", this);
  }

  /** The logarithm to base 2. PyTorch: `torch.log2`. */
  log2(): Tensor {
    return pointwise.unaryOp("log2", this);
  }

  /** The logarithm to base 10. PyTorch: `torch.log10`. */
  log10(): Tensor {
    return pointwise.unaryOp("log10", this);
  }

  /** log(1 + x), exact for small x. PyTorch: `torch.log1p`. */
  log1p(): Tensor {
    return pointwise.unaryOp("log1p", this);
  }

  /** The square root. PyTorch: `torch.sqrt`. */
  sqrt(): Tensor {
    return pointwise.unaryOp("sqrt", this);
  }

  /** 1 / sqrt(x). PyTorch: `torch.rsqrt`. */
  rsqrt(): Tensor {
    return pointwise.unaryOp("rsqrt", this);
  }

  /** The sine of radians. PyTorch: `torch.sin`. */
  sin(): Tensor {
    return pointwise.unaryOp("sin", this);
  }

  /** The cosine of radians. PyTorch: `torch.cos`. */
  cos(): Tensor {
    return pointwise.unaryOp("cos", this);
  }

  /** The tangent of radians. PyTorch: `torch.tan`. */
  tan(): Tensor {
    return pointwise.unaryOp("tan", this);
  }

  /** The angle whose sine is x. PyTorch: `torch.asin`. */
  asin(): Tensor {
    return pointwise.unaryOp("asin", this);
  }

  /** The angle whose cosine is x. PyTorch: `torch.acos`. */
  acos(): Tensor {
    return pointwise.unaryOp("acos", this);
  }

  /** The angle whose tangent is x. PyTorch: `torch.atan`. */
  atan(): Tensor {
    return pointwise.unaryOp("atan", this);
  }

  /** The hyperbolic sine. PyTorch: `torch.sinh`. */
  sinh(): Tensor {
    return pointwise.unaryOp("sinh", this);
  }

  /** The hyperbolic cosine. PyTorch: `torch.cosh`. */
  cosh(): Tensor {
    return pointwise.unaryOp("cosh", this);
  }

  /** The hyperbolic tangent. PyTorch: `torch.tanh`. */
  tanh(): Tensor {
    return pointwise.unaryOp("tanh", this);
  }

  /** The inverse hyperbolic sine. PyTorch: `torch.asinh`. */
  asinh(): Tensor {
    return pointwise.unaryOp("asinh", this);
  }

  /** The inverse hyperbolic cosine. PyTorch: `torch.acosh`. */
  acosh(): Tensor {
    return pointwise.unaryOp("acosh", this);
  }

  /** The inverse hyperbolic tangent. PyTorch: `torch.atanh`. */
  atanh(): Tensor {
    return pointwise.unaryOp("atanh", this);
  }

  /** The error function. PyTorch: `torch.erf`. */
  erf(): Tensor {
    return pointwise.unaryOp("erf", this);
  }

  /** 1 - erf(x), exact where it is small. PyTorch: `torch.erfc`. */
  erfc(): Tensor {
    return pointwise.unaryOp("erfc", this);
  }

  /**
   * The inverse of the error function: infinite at -1 and 1, NaN beyond. PyTorch: `torch.erfinv`.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(await tensor([-1, 0, 2]).erfinv().tolist(), [-Infinity, 0, NaN]);
   * ```
   */
  erfinv(): Tensor {
    return pointwise.unaryOp("erfinv", this);
  }

  /**
   * The logarithm of the size of the gamma function. PyTorch: `torch.lgamma`.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(await tensor([1, 5, -3]).lgamma().tolist(), [0, Math.fround(Math.log(24)), Infinity]);
   * ```
   */
  lgamma(): Tensor {
    return pointwise.unaryOp("lgamma", this);
  }

  /**
   * The derivative of `lgamma`, which can be differentiated once. PyTorch: `torch.digamma`.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * // Euler's constant.
   * assertEquals(await tensor(1).digamma().neg().item(), Math.fround(0.5772156649));
   * ```
   */
  digamma(): Tensor {
    return pointwise.unaryOp("digamma", this);
  }

  /** 1 / (1 + e^-x). PyTorch: `torch.sigmoid`. */
  sigmoid(): Tensor {
    return pointwise.unaryOp("sigmoid", this);
  }

  /** The next whole number below. PyTorch: `torch.floor`. */
  floor(): Tensor {
    return pointwise.unaryOp("floor", this);
  }

  /** The next whole number above. PyTorch: `torch.ceil`. */
  ceil(): Tensor {
    return pointwise.unaryOp("ceil", this);
  }

  /** The nearest whole number, half to even. PyTorch: `torch.round`. */
  round(): Tensor {
    return pointwise.unaryOp("round", this);
  }

  /** The whole part. PyTorch: `torch.trunc`. */
  trunc(): Tensor {
    return pointwise.unaryOp("trunc", this);
  }

  /** Where the element is NaN. PyTorch: `torch.isnan`. */
  isnan(): Tensor {
    return pointwise.predicate("isnan", this);
  }

  /** Where the element is zero. PyTorch: `torch.logical_not`. */
  logicalNot(): Tensor {
    return pointwise.predicate("logicalNot", this);
  }

  /** Every bit flipped; integers and bool. PyTorch: `torch.bitwise_not`. */
  bitwiseNot(): Tensor {
    return pointwise.predicate("bitwiseNot", this);
  }

  /** Where `this == other`. PyTorch: `torch.eq`. */
  eq(other: Tensor | Scalar): Tensor {
    return pointwise.compare("eq", this, other);
  }

  /** Where `this != other`. PyTorch: `torch.ne`. */
  ne(other: Tensor | Scalar): Tensor {
    return pointwise.compare("ne", this, other);
  }

  /** Where `this < other`. PyTorch: `torch.lt`. */
  lt(other: Tensor | Scalar): Tensor {
    return pointwise.compare("lt", this, other);
  }

  /** Where `this <= other`. PyTorch: `torch.le`. */
  le(other: Tensor | Scalar): Tensor {
    return pointwise.compare("le", this, other);
  }

  /** Where `this > other`. PyTorch: `torch.gt`. */
  gt(other: Tensor | Scalar): Tensor {
    return pointwise.compare("gt", this, other);
  }

  /** Where `this >= other`. PyTorch: `torch.ge`. */
  ge(other: Tensor | Scalar): Tensor {
    return pointwise.compare("ge", this, other);
  }

  /** Bits set in both. PyTorch: `torch.bitwise_and`. */
  bitwiseAnd(other: Tensor | Scalar): Tensor {
    return pointwise.bitwise("bitwiseAnd", this, other);
  }

  /** Bits set in either. PyTorch: `torch.bitwise_or`. */
  bitwiseOr(other: Tensor | Scalar): Tensor {
    return pointwise.bitwise("bitwiseOr", this, other);
  }

  /** Bits set in one of the two. PyTorch: `torch.bitwise_xor`. */
  bitwiseXor(other: Tensor | Scalar): Tensor {
    return pointwise.bitwise("bitwiseXor", this, other);
  }

  /** Bits moved up. PyTorch: `torch.bitwise_left_shift`. */
  bitwiseLeftShift(other: Tensor | Scalar): Tensor {
    return pointwise.bitwise("shiftLeft", this, other);
  }

  /** Bits moved down, the sign kept. PyTorch: `torch.bitwise_right_shift`. */
  bitwiseRightShift(other: Tensor | Scalar): Tensor {
    return pointwise.bitwise("shiftRight", this, other);
  }

  /** Where both are not zero. PyTorch: `torch.logical_and`. */
  logicalAnd(other: Tensor | Scalar): Tensor {
    return pointwise.logical("bitwiseAnd", this, other);
  }

  /** Where either is not zero. PyTorch: `torch.logical_or`. */
  logicalOr(other: Tensor | Scalar): Tensor {
    return pointwise.logical("bitwiseOr", this, other);
  }

  /** Where one of the two is not zero. PyTorch: `torch.logical_xor`. */
  logicalXor(other: Tensor | Scalar): Tensor {
    return pointwise.logical("bitwiseXor", this, other);
  }

  // --- networks ------------------------------------------------------------------------------

  /** Larger than 0, or 0. PyTorch: `torch.relu`. */
  relu(): Tensor {
    return functional.relu(this);
  }

  /** x Phi(x), or its tanh form. PyTorch: `torch.nn.functional.gelu`. */
  gelu(options: { approximate?: "none" | "tanh" } = {}): Tensor {
    return pointwise.unaryOp(options.approximate === "tanh" ? "geluTanh" : "gelu", this);
  }

  /** x sigmoid(x). PyTorch: `torch.nn.functional.silu`. */
  silu(): Tensor {
    return functional.silu(this);
  }

  /** log(1 + e^(beta x)) / beta. PyTorch: `torch.nn.functional.softplus`. */
  softplus(beta = 1, threshold = 20): Tensor {
    return functional.softplus(this, beta, threshold);
  }

  /**
   * This, or `weight * this` up to zero. PyTorch: `torch.prelu`.
   *
   * @param weight One slope for all, or one for each channel, which is dimension 1.
   * @throws {DTypeError} If the weight's dtype is another.
   * @throws {ShapeError} If there is neither one weight nor one for each channel.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([[-2, -2], [1, -4]]);
   * assertEquals(await x.prelu(tensor([0.5, 0.25])).tolist(), [[-1, -0.5], [1, -1]]);
   * ```
   */
  prelu(weight: Tensor): Tensor {
    return prelu(this, weight);
  }

  /** `x`, or `slope * x` below zero. PyTorch: `torch.nn.functional.leaky_relu`. */
  leakyRelu(negativeSlope = 0.01): Tensor {
    return activations.leakyRelu(this, negativeSlope);
  }

  /** `x`, or `alpha (e^x - 1)` below zero. PyTorch: `torch.nn.functional.elu`. */
  elu(alpha = 1): Tensor {
    return activations.elu(this, alpha);
  }

  /** `x`, or `alpha (e^(x / alpha) - 1)` below zero. PyTorch: `torch.celu`. */
  celu(alpha = 1): Tensor {
    return activations.celu(this, alpha);
  }

  /** `elu` with the scale and alpha that keep a mean of 0 and a variance of 1. PyTorch: `torch.selu`. */
  selu(): Tensor {
    return activations.selu(this);
  }

  /** `x / (1 + |x|)`. PyTorch: `torch.nn.functional.softsign`. */
  softsign(): Tensor {
    return activations.softsign(this);
  }

  /** Held between bounds. PyTorch: `torch.nn.functional.hardtanh`. */
  hardtanh(min = -1, max = 1): Tensor {
    return activations.hardtanh(this, min, max);
  }

  /** Held between 0 and 6. PyTorch: `torch.nn.functional.relu6`. */
  relu6(): Tensor {
    return activations.hardtanh(this, 0, 6, "relu6");
  }

  /** `x / 6 + 1 / 2`, held between 0 and 1. PyTorch: `torch.nn.functional.hardsigmoid`. */
  hardsigmoid(): Tensor {
    return activations.hardsigmoid(this);
  }

  /** `x hardsigmoid(x)`. PyTorch: `torch.nn.functional.hardswish`. */
  hardswish(): Tensor {
    return activations.hardswish(this);
  }

  /** log(sigmoid(x)). PyTorch: `torch.nn.functional.logsigmoid`. */
  logsigmoid(): Tensor {
    return activations.logsigmoid(this);
  }

  /** `x tanh(softplus(x))`. PyTorch: `torch.nn.functional.mish`. */
  mish(): Tensor {
    return activations.mish(this);
  }

  /** exp(x) over its sum along a dimension. PyTorch: `torch.softmax`. */
  softmax(dim: number): Tensor {
    return functional.softmax(this, dim);
  }

  /** The logarithm of softmax. PyTorch: `torch.log_softmax`. */
  logSoftmax(dim: number): Tensor {
    return functional.logSoftmax(this, dim);
  }

  /** Normalised over the last dimensions. PyTorch: `torch.nn.functional.layer_norm`. */
  layerNorm(
    normalizedShape: readonly number[],
    options: functional.LayerNormOptions = {},
  ): Tensor {
    return functional.layerNorm(this, normalizedShape, options);
  }

  // --- reductions ----------------------------------------------------------------------------

  /** The sum; integers and bool in int64. PyTorch: `torch.sum`. */
  sum(dim?: Dims, keepdim = false): Tensor {
    return reduction.sum(this, dim, keepdim);
  }

  /** The mean of floating elements. PyTorch: `torch.mean`. */
  mean(dim?: Dims, keepdim = false): Tensor {
    return reduction.mean(this, dim, keepdim);
  }

  /** The product; integers and bool in int64. PyTorch: `torch.prod`. */
  prod(dim?: number | null, keepdim = false): Tensor {
    return reduction.prod(this, dim, keepdim);
  }

  /** The largest along dimensions; equal ones share the gradient. PyTorch: `torch.amax`. */
  amax(dim?: Dims, keepdim = false): Tensor {
    return reduction.extremes("max", this, dim, keepdim);
  }

  /** The smallest along dimensions; equal ones share the gradient. PyTorch: `torch.amin`. */
  amin(dim?: Dims, keepdim = false): Tensor {
    return reduction.extremes("min", this, dim, keepdim);
  }

  /** The index of the first largest, of the flat tensor without a dimension. PyTorch: `torch.argmax`. */
  argmax(dim?: number | null, keepdim = false): Tensor {
    return reduction.argExtreme("argmax", this, dim, keepdim);
  }

  /** The index of the first smallest. PyTorch: `torch.argmin`. */
  argmin(dim?: number | null, keepdim = false): Tensor {
    return reduction.argExtreme("argmin", this, dim, keepdim);
  }

  /** Whether any element is not zero. PyTorch: `torch.any`. */
  any(dim?: Dims, keepdim = false): Tensor {
    return reduction.quantify("any", this, dim, keepdim);
  }

  /** Whether all elements are not zero. PyTorch: `torch.all`. */
  all(dim?: Dims, keepdim = false): Tensor {
    return reduction.quantify("all", this, dim, keepdim);
  }

  /** How many elements are not zero, NaN among them. PyTorch: `torch.count_nonzero`. */
  countNonzero(dim?: Dims): Tensor {
    return this.ne(0).sum(dim);
  }

  /** The variance; `correction` is 1 by default. PyTorch: `torch.var`. */
  var(dim?: Dims, options: { correction?: number; keepdim?: boolean } = {}): Tensor {
    return reduction.variance(this, dim, options);
  }

  /** The standard deviation. PyTorch: `torch.std`. */
  std(dim?: Dims, options: { correction?: number; keepdim?: boolean } = {}): Tensor {
    return reduction.deviation(this, dim, options);
  }

  /** log(sum(exp(x))) without overflow. PyTorch: `torch.logsumexp`. */
  logsumexp(dim?: Dims, keepdim = false): Tensor {
    return reduction.logsumexp(this, dim, keepdim);
  }

  /** The p-norm of the elements. PyTorch: `torch.linalg.vector_norm`. */
  norm(p = 2, dim?: Dims, keepdim = false): Tensor {
    return reduction.norm(this, p, dim, keepdim);
  }

  // --- products ------------------------------------------------------------------------------

  /** The matrix product, batches broadcast. PyTorch: `torch.matmul`. */
  matmul(other: Tensor): Tensor {
    return matmulOps.matmul(this, other);
  }

  /** The sum of products of two vectors. PyTorch: `torch.dot`. */
  dot(other: Tensor): Tensor {
    return matmulOps.dot(this, other);
  }

  /** Every product of an element of this vector by one of another. PyTorch: `torch.outer`. */
  outer(other: Tensor): Tensor {
    return matmulOps.outer(this, other);
  }

  /** The sum of the diagonal of a matrix. PyTorch: `torch.trace`. */
  trace(): Tensor {
    return trace(this);
  }

  // --- views ---------------------------------------------------------------------------------

  /** The transpose of a matrix. PyTorch: `Tensor.T`. */
  get T(): Tensor {
    return views.permute(this, this.#shape.map((_, i) => this.ndim - 1 - i));
  }

  /**
   * The transpose of a matrix; what has fewer dimensions stays. PyTorch: `torch.t`.
   *
   * @throws {ShapeError} If there are more than two dimensions.
   */
  t(): Tensor {
    if (this.ndim > 2) {
      throw new ShapeError(`t: expected at most two dimensions, got ${show(this.#shape)}`);
    }
    return this.T;
  }

  /** The same elements in another shape, never copied. PyTorch: `Tensor.view`. */
  view(shape: readonly number[]): Tensor {
    return views.view(this, shape);
  }

  /** The same elements in another shape, copied only if a view can't do it. PyTorch: `torch.reshape`. */
  reshape(shape: readonly number[]): Tensor {
    return views.reshape(this, shape);
  }

  /** Dimensions `start` to `end` as one. PyTorch: `torch.flatten`. */
  flatten(start = 0, end = -1): Tensor {
    return views.flatten(this, start, end);
  }

  /** One dimension as several. PyTorch: `torch.unflatten`. */
  unflatten(dim: number, sizes: readonly number[]): Tensor {
    return views.unflatten(this, dim, sizes);
  }

  /** Dimensions in another order. PyTorch: `torch.permute`. */
  permute(order: readonly number[]): Tensor {
    return views.permute(this, order);
  }

  /** Two dimensions exchanged. PyTorch: `torch.transpose`. */
  transpose(dim0: number, dim1: number): Tensor {
    return views.transpose(this, dim0, dim1);
  }

  /** Sizes of 1 stretched; -1 keeps a size. PyTorch: `Tensor.expand`. */
  expand(shape: readonly number[]): Tensor {
    return views.expand(this, shape);
  }

  /** `expand` to another tensor's shape. PyTorch: `Tensor.expand_as`. */
  expandAs(other: Tensor): Tensor {
    return views.expand(this, other.shape);
  }

  /** Dimensions moved to other places. PyTorch: `torch.movedim`. */
  movedim(source: number | readonly number[], destination: number | readonly number[]): Tensor {
    return joining.movedim(this, source, destination);
  }

  /** `length` elements of a dimension from `start`. PyTorch: `torch.narrow`. */
  narrow(dim: number, start: number, length: number): Tensor {
    return views.narrow(this, dim, start, length);
  }

  /** One element of a dimension, which goes. PyTorch: `torch.select`. */
  select(dim: number, index: number): Tensor {
    return views.select(this, dim, index);
  }

  /** Every `step`-th element of a dimension from `start` to before `end`, as Python's slices. */
  slice(dim: number, start = 0, end = Infinity, step = 1): Tensor {
    return views.slice(this, dim, start, end, step);
  }

  /** A diagonal as the last dimension. PyTorch: `torch.diagonal`. */
  diagonal(offset = 0, dim1 = 0, dim2 = 1): Tensor {
    return views.diagonal(this, offset, dim1, dim2);
  }

  /** Without dimensions of size 1. PyTorch: `torch.squeeze`. */
  squeeze(dim?: number | readonly number[]): Tensor {
    return views.squeeze(this, dim);
  }

  /** With a dimension of size 1 put in. PyTorch: `torch.unsqueeze`. */
  unsqueeze(dim: number): Tensor {
    return views.unsqueeze(this, dim);
  }

  /** A free look into the storage, checked against its bounds. PyTorch: `torch.as_strided`. */
  asStrided(shape: readonly number[], strides: readonly number[], offset?: number): Tensor {
    return views.asStrided(this, shape, strides, offset);
  }

  // --- parts and layout ----------------------------------------------------------------------

  /** Views of consecutive parts of a size, or of these sizes. PyTorch: `torch.split`. */
  split(sizes: number | readonly number[], dim = 0): Tensor[] {
    return joining.split(this, sizes, dim);
  }

  /** Views of at most `count` equal parts. PyTorch: `torch.chunk`. */
  chunk(count: number, dim = 0): Tensor[] {
    return joining.chunk(this, count, dim);
  }

  /** Views of every slice along a dimension. PyTorch: `torch.unbind`. */
  unbind(dim = 0): Tensor[] {
    return joining.unbind(this, dim);
  }

  /** Copies beside each other along every dimension. PyTorch: `Tensor.repeat`. */
  repeat(sizes: readonly number[]): Tensor {
    return joining.repeat(this, sizes);
  }

  /** `repeat` whose sizes are those of the last dimensions. PyTorch: `torch.tile`. */
  tile(sizes: readonly number[]): Tensor {
    return joining.tile(this, sizes);
  }

  /** The order of the elements reversed along dimensions. PyTorch: `torch.flip`. */
  flip(dims: readonly number[]): Tensor {
    return joining.flip(this, dims);
  }

  /** Elements moved along dimensions, round the ends. PyTorch: `torch.roll`. */
  roll(shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
    return joining.roll(this, shifts, dims);
  }

  /** Each element, or slice along a dimension, several times. PyTorch: `torch.repeat_interleave`. */
  repeatInterleave(repeats: number | Tensor, dim?: number): Tensor {
    return joining.repeatInterleave(this, repeats, dim);
  }

  /** With borders, given as pairs from the last dimension on. PyTorch: `torch.nn.functional.pad`. */
  pad(pads: readonly number[], options: padding.PadOptions = {}): Tensor {
    return padding.pad(this, pads, options);
  }

  /** Zeros above a diagonal of the last two dimensions. PyTorch: `torch.tril`. */
  tril(diagonal = 0): Tensor {
    return triangle("tril", this, diagonal);
  }

  /** Zeros below a diagonal of the last two dimensions. PyTorch: `torch.triu`. */
  triu(diagonal = 0): Tensor {
    return triangle("triu", this, diagonal);
  }

  // --- running sums --------------------------------------------------------------------------

  /** The running sum along a dimension; integers and bool in int64. PyTorch: `torch.cumsum`. */
  cumsum(dim: number): Tensor {
    return scans.cumsum(this, dim);
  }

  /** The running product along a dimension; integers and bool in int64. PyTorch: `torch.cumprod`. */
  cumprod(dim: number): Tensor {
    return scans.cumprod(this, dim);
  }

  // --- order ---------------------------------------------------------------------------------

  /** The elements along a dimension in order, and where they were. PyTorch: `torch.sort`. */
  sort(dim = -1, options: sorting.SortOptions = {}): sorting.ValuesAndIndices {
    return sorting.sort(this, dim, options);
  }

  /** The positions that sort a dimension. PyTorch: `torch.argsort`. */
  argsort(dim = -1, options: sorting.SortOptions = {}): Tensor {
    return sorting.sort(this.detach(), dim, options).indices;
  }

  /** The `k` largest, or smallest, along a dimension. PyTorch: `torch.topk`. */
  topk(k: number, dim = -1, options: sorting.TopkOptions = {}): sorting.ValuesAndIndices {
    return sorting.topk(this, k, dim, options);
  }

  /** The `k`-th smallest along a dimension, from 1. PyTorch: `torch.kthvalue`. */
  kthvalue(k: number, dim = -1, keepdim = false): sorting.ValuesAndIndices {
    return sorting.kthvalue(this, k, dim, keepdim);
  }

  /** The lower median of all elements. PyTorch: `torch.median`. */
  median(): Tensor;
  /** The lower median along a dimension, and where it was. */
  median(dim: number, keepdim?: boolean): sorting.ValuesAndIndices;
  median(dim?: number, keepdim = false): Tensor | sorting.ValuesAndIndices {
    return dim === undefined ? sorting.median(this) : sorting.medianAlong(this, dim, keepdim);
  }

  /** The largest of all elements. PyTorch: `torch.max`. */
  max(): Tensor;
  /** The largest along a dimension, and where it was first. */
  max(dim: number, keepdim?: boolean): sorting.ValuesAndIndices;
  max(dim?: number, keepdim = false): Tensor | sorting.ValuesAndIndices {
    return dim === undefined ? this.amax() : sorting.maxMin("max", this, dim, keepdim);
  }

  /** The smallest of all elements. PyTorch: `torch.min`. */
  min(): Tensor;
  /** The smallest along a dimension, and where it was first. */
  min(dim: number, keepdim?: boolean): sorting.ValuesAndIndices;
  min(dim?: number, keepdim = false): Tensor | sorting.ValuesAndIndices {
    return dim === undefined ? this.amin() : sorting.maxMin("min", this, dim, keepdim);
  }

  // --- indexing ------------------------------------------------------------------------------

  /**
   * The elements that an index names, as Python writes it between brackets.
   *
   * PyTorch: `x[1:5:2, ..., None, 0, index, mask]` is `x.at("1:5:2", "...", null, 0, index, mask)`.
   * Integers, slices, `"..."` and null (a new dimension) give a view. Tensors or arrays of integers
   * pick elements, and a bool mask those where it is true, into a new tensor: their shapes broadcast
   * to one, which stands where the picked dimensions were, or in front if they are apart. A mask uses
   * up as many dimensions as it has, also where other items follow it, as in NumPy.
   *
   * @param indices One for each dimension from the first on; the rest are taken whole.
   * @returns A view, or a new tensor where tensors pick.
   * @throws {IndexError} If an index is out of bounds, or there are too many.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([[1, 2, 3], [4, 5, 6]]);
   * assertEquals(await x.at(":", "1:").tolist(), [[2, 3], [5, 6]]);
   * assertEquals(await x.at(":", [2, 0]).tolist(), [[3, 1], [6, 4]]);
   * assertEquals(await x.at(x.gt(4)).tolist(), [5, 6]);
   * x.at(0).fill_(0); // a view: x has changed
   * assertEquals(await x.tolist(), [[0, 0, 0], [4, 5, 6]]);
   * ```
   */
  at(...indices: Index[]): Tensor {
    return at(this, indices);
  }

  /**
   * Writes a value, broadcast, where an index says, which takes what `at()` takes.
   *
   * PyTorch: `Tensor.index_put_`, and `x[indices] = value`.
   *
   * @param indices The items of `at()`, in an array.
   * @param value What to write.
   * @param options `accumulate`: add, also where an index repeats, instead of replacing.
   * @returns This tensor.
   * @throws {IndexError} If an index is out of bounds.
   */
  indexPut_(
    indices: readonly Index[],
    value: Tensor | Scalar,
    options: { accumulate?: boolean } = {},
  ): this {
    return indexPut(this, indices, value, options.accumulate ?? false) as this;
  }

  /** `out[i][j] = this[index[i][j]][j]` along `dim`. PyTorch: `torch.gather`. */
  gather(dim: number, index: Tensor): Tensor {
    return indexing.gather(this, dim, index);
  }

  /** A copy with `source` written at `this[index[i][j]][j]`. PyTorch: `torch.scatter`. */
  scatter(dim: number, index: Tensor, source: Tensor | Scalar): Tensor {
    return indexing.scatter(this, dim, index, source);
  }

  /** A copy with `source` added at `this[index[i][j]][j]`. PyTorch: `torch.scatter_add`. */
  scatterAdd(dim: number, index: Tensor, source: Tensor): Tensor {
    return indexing.scatterAdd(this, dim, index, source);
  }

  /** The slices along `dim` that an index of one dimension names. PyTorch: `torch.index_select`. */
  indexSelect(dim: number, index: Tensor): Tensor {
    return indexing.indexSelect(this, dim, index);
  }

  /** A copy with the slices of `source` added where the index says. PyTorch: `torch.index_add`. */
  indexAdd(dim: number, index: Tensor, source: Tensor): Tensor {
    return indexing.indexAdd(this, dim, index, source);
  }

  /** A copy with the slices of `source` written where the index says. PyTorch: `torch.index_copy`. */
  indexCopy(dim: number, index: Tensor, source: Tensor): Tensor {
    return indexing.indexCopy(this, dim, index, source);
  }

  /** A copy with a value in the slices that the index names. PyTorch: `torch.index_fill`. */
  indexFill(dim: number, index: Tensor, value: Tensor | Scalar): Tensor {
    return indexing.indexFill(this, dim, index, value);
  }

  /** The elements where a mask is true, in one dimension. PyTorch: `torch.masked_select`. */
  maskedSelect(mask: Tensor): Tensor {
    return byValue.maskedSelect(this, mask);
  }

  /** The coordinates of what is not zero, `[count, ndim]`. PyTorch: `torch.nonzero`. */
  nonzero(): Tensor {
    return byValue.nonzero(this);
  }

  /** `scatter` in place. PyTorch: `Tensor.scatter_`. */
  scatter_(dim: number, index: Tensor, source: Tensor | Scalar): this {
    return indexing.scatterInPlace(this, dim, index, source) as this;
  }

  /** `scatterAdd` in place. PyTorch: `Tensor.scatter_add_`. */
  scatterAdd_(dim: number, index: Tensor, source: Tensor): this {
    return indexing.scatterAddInPlace(this, dim, index, source) as this;
  }

  /** `indexAdd` in place. PyTorch: `Tensor.index_add_`. */
  indexAdd_(dim: number, index: Tensor, source: Tensor): this {
    return indexing.slicesInPlace("indexAdd", this, dim, index, source) as this;
  }

  /** `indexCopy` in place. PyTorch: `Tensor.index_copy_`. */
  indexCopy_(dim: number, index: Tensor, source: Tensor): this {
    return indexing.slicesInPlace("indexCopy", this, dim, index, source) as this;
  }

  /** `indexFill` in place. PyTorch: `Tensor.index_fill_`. */
  indexFill_(dim: number, index: Tensor, value: Tensor | Scalar): this {
    return indexing.slicesInPlace("indexFill", this, dim, index, value) as this;
  }

  // --- in place ------------------------------------------------------------------------------

  /**
   * `transpose` in place: this tensor has the new shape, the memory and its views stay.
   *
   * PyTorch: `Tensor.transpose_`, which also takes results that require grad.
   *
   * @param dim0 A dimension.
   * @param dim1 The one to exchange it with.
   * @returns This tensor.
   * @throws {AutogradError} If this tensor requires grad.
   *
   * @example
   * ```ts
   * import { tensor } from "@touchstone/touchstone";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([[1, 2, 3], [4, 5, 6]]), row = x.at(0);
   * assertEquals(await x.transpose_(0, 1).tolist(), [[1, 4], [2, 5], [3, 6]]);
   * assertEquals(await row.tolist(), [1, 2, 3]);
   * ```
   */
  transpose_(dim0: number, dim1: number): this {
    return this.#relayout("transpose_", (x) => x.transpose(dim0, dim1));
  }

  /**
   * The transpose of a matrix in place; what has fewer dimensions stays.
   *
   * PyTorch: `Tensor.t_`.
   *
   * @returns This tensor.
   * @throws {ShapeError} If there are more than two dimensions.
   * @throws {AutogradError} If this tensor requires grad.
   */
  t_(): this {
    return this.#relayout("t_", (x) => x.t());
  }

  /**
   * `squeeze` in place.
   *
   * PyTorch: `Tensor.squeeze_`.
   *
   * @param dim Which dimensions of size 1 go; all by default.
   * @returns This tensor.
   * @throws {AutogradError} If this tensor requires grad.
   */
  squeeze_(dim?: number | readonly number[]): this {
    return this.#relayout("squeeze_", (x) => x.squeeze(dim));
  }

  /**
   * `unsqueeze` in place.
   *
   * PyTorch: `Tensor.unsqueeze_`.
   *
   * @param dim Where the dimension of size 1 comes in.
   * @returns This tensor.
   * @throws {AutogradError} If this tensor requires grad.
   */
  unsqueeze_(dim: number): this {
    return this.#relayout("unsqueeze_", (x) => x.unsqueeze(dim));
  }

  /** Takes the values of another tensor, broadcast and converted. PyTorch: `Tensor.copy_`. */
  copy_(source: Tensor): this {
    return copyInto(this, source) as this;
  }

  /** One value everywhere. PyTorch: `Tensor.fill_`. */
  fill_(value: Scalar): this {
    const dtype = this.dtype, device = this.device;
    return inPlace("fill_", this, (x) => creation.full(x.shape, value, { dtype, device })) as this;
  }

  /** Zeros everywhere. PyTorch: `Tensor.zero_`. */
  zero_(): this {
    return this.fill_(0);
  }

  /** Uniform random numbers between bounds. PyTorch: `Tensor.uniform_`. */
  uniform_(from = 0, to = 1): this {
    const draw = (x: Tensor) =>
      fromNode(drawUniform(x.shape, x.dtype), x.storage.connector).mul(to - from).add(from);
    return inPlace("uniform_", this, draw) as this;
  }

  /** Normal random numbers. PyTorch: `Tensor.normal_`. */
  normal_(mean = 0, std = 1): this {
    const draw = (x: Tensor) =>
      fromNode(drawNormal(x.shape, x.dtype), x.storage.connector).mul(std).add(mean);
    return inPlace("normal_", this, draw) as this;
  }

  /**
   * 1 with a probability, a number or one for each element, else 0. PyTorch: `Tensor.bernoulli_`.
   *
   * @throws {RangeError} If a number is no probability.
   */
  bernoulli_(p: Tensor | number = 0.5): this {
    if (typeof p === "number" && !(p >= 0 && p <= 1)) {
      throw new RangeError(`bernoulli_: a probability is between 0 and 1, got ${p}`);
    }
    const draw = (x: Tensor) =>
      fromNode(drawUniform(x.shape, "float32"), x.storage.connector).lt(p);
    return inPlace("bernoulli_", this, draw) as this;
  }

  /** `maskedFill` in place. PyTorch: `Tensor.masked_fill_`. */
  maskedFill_(mask: Tensor, value: Tensor | Scalar): this {
    return inPlace("maskedFill_", this, (x) => x.maskedFill(mask, value)) as this;
  }

  /** `clamp` in place. PyTorch: `Tensor.clamp_`. */
  clamp_(min: Tensor | Scalar | null = null, max: Tensor | Scalar | null = null): this {
    return inPlace("clamp_", this, (x) => x.clamp(min, max)) as this;
  }

  /** `relu` in place. PyTorch: `torch.relu_`. */
  relu_(): this {
    return inPlace("relu_", this, (x) => x.relu()) as this;
  }

  /** `lerp` in place. PyTorch: `Tensor.lerp_`. */
  lerp_(end: Tensor, weight: Tensor | number): this {
    return inPlace("lerp_", this, (x) => x.lerp(end, weight)) as this;
  }

  /** `addcdiv` in place. PyTorch: `Tensor.addcdiv_`. */
  addcdiv_(a: Tensor, b: Tensor, options: { value?: number } = {}): this {
    return inPlace("addcdiv_", this, (x) => x.addcdiv(a, b, options)) as this;
  }

  /** `addcmul` in place. PyTorch: `Tensor.addcmul_`. */
  addcmul_(a: Tensor, b: Tensor, options: { value?: number } = {}): this {
    return inPlace("addcmul_", this, (x) => x.addcmul(a, b, options)) as this;
  }

  /** `neg` in place. PyTorch: `Tensor.neg_`. */
  neg_(): this {
    return inPlace("neg_", this, (x) => x.neg()) as this;
  }

  /** `abs` in place. PyTorch: `Tensor.abs_`. */
  abs_(): this {
    return inPlace("abs_", this, (x) => x.abs()) as this;
  }

  /** `exp` in place. PyTorch: `Tensor.exp_`. */
  exp_(): this {
    return inPlace("exp_", this, (x) => x.exp()) as this;
  }

  /** `log` in place. PyTorch: `Tensor.log_`. */
  log_(): this {
    return inPlace("log_", this, (x) => x.log()) as this;
  }

  /** `sqrt` in place. PyTorch: `Tensor.sqrt_`. */
  sqrt_(): this {
    return inPlace("sqrt_", this, (x) => x.sqrt()) as this;
  }

  /** `rsqrt` in place. PyTorch: `Tensor.rsqrt_`. */
  rsqrt_(): this {
    return inPlace("rsqrt_", this, (x) => x.rsqrt()) as this;
  }

  /** `sin` in place. PyTorch: `Tensor.sin_`. */
  sin_(): this {
    return inPlace("sin_", this, (x) => x.sin()) as this;
  }

  /** `cos` in place. PyTorch: `Tensor.cos_`. */
  cos_(): this {
    return inPlace("cos_", this, (x) => x.cos()) as this;
  }

  /** `tanh` in place. PyTorch: `Tensor.tanh_`. */
  tanh_(): this {
    return inPlace("tanh_", this, (x) => x.tanh()) as this;
  }

  /** `sigmoid` in place. PyTorch: `Tensor.sigmoid_`. */
  sigmoid_(): this {
    return inPlace("sigmoid_", this, (x) => x.sigmoid()) as this;
  }

  /** `floor` in place. PyTorch: `Tensor.floor_`. */
  floor_(): this {
    return inPlace("floor_", this, (x) => x.floor()) as this;
  }

  /** `ceil` in place. PyTorch: `Tensor.ceil_`. */
  ceil_(): this {
    return inPlace("ceil_", this, (x) => x.ceil()) as this;
  }

  /** `round` in place. PyTorch: `Tensor.round_`. */
  round_(): this {
    return inPlace("round_", this, (x) => x.round()) as this;
  }

  /** `trunc` in place. PyTorch: `Tensor.trunc_`. */
  trunc_(): this {
    return inPlace("trunc_", this, (x) => x.trunc()) as this;
  }

  /** `sign` in place. PyTorch: `Tensor.sign_`. */
  sign_(): this {
    return inPlace("sign_", this, (x) => x.sign()) as this;
  }

  /** `exp2` in place. PyTorch: `Tensor.exp2_`. */
  exp2_(): this {
    return inPlace("exp2_", this, (x) => x.exp2()) as this;
  }

  /** `expm1` in place. PyTorch: `Tensor.expm1_`. */
  expm1_(): this {
    return inPlace("expm1_", this, (x) => x.expm1()) as this;
  }

  /** `log2` in place. PyTorch: `Tensor.log2_`. */
  log2_(): this {
    return inPlace("log2_", this, (x) => x.log2()) as this;
  }

  /** `log10` in place. PyTorch: `Tensor.log10_`. */
  log10_(): this {
    return inPlace("log10_", this, (x) => x.log10()) as this;
  }

  /** `log1p` in place. PyTorch: `Tensor.log1p_`. */
  log1p_(): this {
    return inPlace("log1p_", this, (x) => x.log1p()) as this;
  }

  /** `tan` in place. PyTorch: `Tensor.tan_`. */
  tan_(): this {
    return inPlace("tan_", this, (x) => x.tan()) as this;
  }

  /** `asin` in place. PyTorch: `Tensor.asin_`. */
  asin_(): this {
    return inPlace("asin_", this, (x) => x.asin()) as this;
  }

  /** `acos` in place. PyTorch: `Tensor.acos_`. */
  acos_(): this {
    return inPlace("acos_", this, (x) => x.acos()) as this;
  }

  /** `atan` in place. PyTorch: `Tensor.atan_`. */
  atan_(): this {
    return inPlace("atan_", this, (x) => x.atan()) as this;
  }

  /** `sinh` in place. PyTorch: `Tensor.sinh_`. */
  sinh_(): this {
    return inPlace("sinh_", this, (x) => x.sinh()) as this;
  }

  /** `cosh` in place. PyTorch: `Tensor.cosh_`. */
  cosh_(): this {
    return inPlace("cosh_", this, (x) => x.cosh()) as this;
  }

  /** `asinh` in place. PyTorch: `Tensor.asinh_`. */
  asinh_(): this {
    return inPlace("asinh_", this, (x) => x.asinh()) as this;
  }

  /** `acosh` in place. PyTorch: `Tensor.acosh_`. */
  acosh_(): this {
    return inPlace("acosh_", this, (x) => x.acosh()) as this;
  }

  /** `atanh` in place. PyTorch: `Tensor.atanh_`. */
  atanh_(): this {
    return inPlace("atanh_", this, (x) => x.atanh()) as this;
  }

  /** `erf` in place. PyTorch: `Tensor.erf_`. */
  erf_(): this {
    return inPlace("erf_", this, (x) => x.erf()) as this;
  }

  /** `erfc` in place. PyTorch: `Tensor.erfc_`. */
  erfc_(): this {
    return inPlace("erfc_", this, (x) => x.erfc()) as this;
  }

  /** `erfinv` in place. PyTorch: `Tensor.erfinv_`. */
  erfinv_(): this {
    return inPlace("erfinv_", this, (x) => x.erfinv()) as this;
  }

  /** `lgamma` in place. PyTorch: `Tensor.lgamma_`. */
  lgamma_(): this {
    return inPlace("lgamma_", this, (x) => x.lgamma()) as this;
  }

  /** `digamma` in place. PyTorch: `Tensor.digamma_`. */
  digamma_(): this {
    return inPlace("digamma_", this, (x) => x.digamma()) as this;
  }

  /** `square` in place. PyTorch: `Tensor.square_`. */
  square_(): this {
    return inPlace("square_", this, (x) => x.square()) as this;
  }

  /** `reciprocal` in place. PyTorch: `Tensor.reciprocal_`. */
  reciprocal_(): this {
    return inPlace("reciprocal_", this, (x) => x.reciprocal()) as this;
  }

  /** `frac` in place. PyTorch: `Tensor.frac_`. */
  frac_(): this {
    return inPlace("frac_", this, (x) => x.frac()) as this;
  }

  /** `sinc` in place. PyTorch: `Tensor.sinc_`. */
  sinc_(): this {
    return inPlace("sinc_", this, (x) => x.sinc()) as this;
  }

  /** `deg2rad` in place. PyTorch: `Tensor.deg2rad_`. */
  deg2rad_(): this {
    return inPlace("deg2rad_", this, (x) => x.deg2rad()) as this;
  }

  /** `rad2deg` in place. PyTorch: `Tensor.rad2deg_`. */
  rad2deg_(): this {
    return inPlace("rad2deg_", this, (x) => x.rad2deg()) as this;
  }

  /** `logicalNot` in place. PyTorch: `Tensor.logical_not_`. */
  logicalNot_(): this {
    return inPlace("logicalNot_", this, (x) => x.logicalNot()) as this;
  }

  /** `bitwiseNot` in place. PyTorch: `Tensor.bitwise_not_`. */
  bitwiseNot_(): this {
    return inPlace("bitwiseNot_", this, (x) => x.bitwiseNot()) as this;
  }

  /** `logit` in place. PyTorch: `Tensor.logit_`. */
  logit_(eps: number | null = null): this {
    return inPlace("logit_", this, (x) => x.logit(eps)) as this;
  }

  /** `nanToNum` in place. PyTorch: `Tensor.nan_to_num_`. */
  nanToNum_(nan = 0, posinf: number | null = null, neginf: number | null = null): this {
    return inPlace("nanToNum_", this, (x) => x.nanToNum(nan, posinf, neginf)) as this;
  }

  /** `silu` in place. PyTorch: `torch.nn.functional.silu` with `inplace`. */
  silu_(): this {
    return inPlace("silu_", this, (x) => x.silu()) as this;
  }

  /** `hardsigmoid` in place. PyTorch: `torch.nn.functional.hardsigmoid` with `inplace`. */
  hardsigmoid_(): this {
    return inPlace("hardsigmoid_", this, (x) => x.hardsigmoid()) as this;
  }

  /** `hardswish` in place. PyTorch: `torch.nn.functional.hardswish` with `inplace`. */
  hardswish_(): this {
    return inPlace("hardswish_", this, (x) => x.hardswish()) as this;
  }

  /** `mish` in place. PyTorch: `torch.nn.functional.mish` with `inplace`. */
  mish_(): this {
    return inPlace("mish_", this, (x) => x.mish()) as this;
  }

  /** `relu6` in place. PyTorch: `torch.nn.functional.relu6` with `inplace`. */
  relu6_(): this {
    return inPlace("relu6_", this, (x) => x.relu6()) as this;
  }

  /** `selu` in place. PyTorch: `torch.selu_`. */
  selu_(): this {
    return inPlace("selu_", this, (x) => x.selu()) as this;
  }

  /** `gelu` in place. PyTorch has no such form. */
  gelu_(options: { approximate?: "none" | "tanh" } = {}): this {
    return inPlace("gelu_", this, (x) => x.gelu(options)) as this;
  }

  /** `elu` in place. PyTorch: `torch.nn.functional.elu_`. */
  elu_(alpha = 1): this {
    return inPlace("elu_", this, (x) => x.elu(alpha)) as this;
  }

  /** `celu` in place. PyTorch: `torch.celu_`. */
  celu_(alpha = 1): this {
    return inPlace("celu_", this, (x) => x.celu(alpha)) as this;
  }

  /** `leakyRelu` in place. PyTorch: `torch.nn.functional.leaky_relu_`. */
  leakyRelu_(negativeSlope = 0.01): this {
    return inPlace("leakyRelu_", this, (x) => x.leakyRelu(negativeSlope)) as this;
  }

  /** `hardtanh` in place. PyTorch: `torch.nn.functional.hardtanh_`. */
  hardtanh_(min = -1, max = 1): this {
    return inPlace("hardtanh_", this, (x) => x.hardtanh(min, max)) as this;
  }

  /** `tril` in place. PyTorch: `Tensor.tril_`. */
  tril_(diagonal = 0): this {
    return inPlace("tril_", this, (x) => x.tril(diagonal)) as this;
  }

  /** `triu` in place. PyTorch: `Tensor.triu_`. */
  triu_(diagonal = 0): this {
    return inPlace("triu_", this, (x) => x.triu(diagonal)) as this;
  }

  /** `cumsum` in place. PyTorch: `Tensor.cumsum_`. */
  cumsum_(dim: number): this {
    return inPlace("cumsum_", this, (x) => x.cumsum(dim)) as this;
  }

  /** `cumprod` in place. PyTorch: `Tensor.cumprod_`. */
  cumprod_(dim: number): this {
    return inPlace("cumprod_", this, (x) => x.cumprod(dim)) as this;
  }

  /** `add` in place. PyTorch: `Tensor.add_`. */
  add_(other: Tensor | Scalar, options?: special.AddOptions): this {
    return inPlace("add_", this, (x) => x.add(other, options)) as this;
  }

  /** `sub` in place. PyTorch: `Tensor.sub_`. */
  sub_(other: Tensor | Scalar, options?: special.AddOptions): this {
    return inPlace("sub_", this, (x) => x.sub(other, options)) as this;
  }

  /** `mul` in place. PyTorch: `Tensor.mul_`. */
  mul_(other: Tensor | Scalar): this {
    return inPlace("mul_", this, (x) => x.mul(other)) as this;
  }

  /** `div` in place. PyTorch: `Tensor.div_`. */
  div_(other: Tensor | Scalar, options?: special.DivOptions): this {
    return inPlace("div_", this, (x) => x.div(other, options)) as this;
  }

  /** `pow` in place. PyTorch: `Tensor.pow_`. */
  pow_(other: Tensor | Scalar): this {
    return inPlace("pow_", this, (x) => x.pow(other)) as this;
  }

  /** `remainder` in place. PyTorch: `Tensor.remainder_`. */
  remainder_(other: Tensor | Scalar): this {
    return inPlace("remainder_", this, (x) => x.remainder(other)) as this;
  }

  /** `floorDivide` in place. PyTorch: `Tensor.floor_divide_`. */
  floorDivide_(other: Tensor | Scalar): this {
    return inPlace("floorDivide_", this, (x) => x.floorDivide(other)) as this;
  }

  /** `fmod` in place. PyTorch: `Tensor.fmod_`. */
  fmod_(other: Tensor | Scalar): this {
    return inPlace("fmod_", this, (x) => x.fmod(other)) as this;
  }

  /** `bitwiseAnd` in place. PyTorch: `Tensor.bitwise_and_`. */
  bitwiseAnd_(other: Tensor | Scalar): this {
    return inPlace("bitwiseAnd_", this, (x) => x.bitwiseAnd(other)) as this;
  }

  /** `bitwiseOr` in place. PyTorch: `Tensor.bitwise_or_`. */
  bitwiseOr_(other: Tensor | Scalar): this {
    return inPlace("bitwiseOr_", this, (x) => x.bitwiseOr(other)) as this;
  }

  /** `bitwiseXor` in place. PyTorch: `Tensor.bitwise_xor_`. */
  bitwiseXor_(other: Tensor | Scalar): this {
    return inPlace("bitwiseXor_", this, (x) => x.bitwiseXor(other)) as this;
  }

  /** `logicalAnd` in place. PyTorch: `Tensor.logical_and_`. */
  logicalAnd_(other: Tensor | Scalar): this {
    return inPlace("logicalAnd_", this, (x) => x.logicalAnd(other)) as this;
  }

  /** `logicalOr` in place. PyTorch: `Tensor.logical_or_`. */
  logicalOr_(other: Tensor | Scalar): this {
    return inPlace("logicalOr_", this, (x) => x.logicalOr(other)) as this;
  }

  /** `atan2` in place. PyTorch: `Tensor.atan2_`. */
  atan2_(other: Tensor | Scalar): this {
    return inPlace("atan2_", this, (x) => x.atan2(other)) as this;
  }

  /** `gcd` in place. PyTorch: `Tensor.gcd_`. */
  gcd_(other: Tensor | Scalar): this {
    return inPlace("gcd_", this, (x) => x.gcd(other)) as this;
  }

  /** `lcm` in place. PyTorch: `Tensor.lcm_`. */
  lcm_(other: Tensor | Scalar): this {
    return inPlace("lcm_", this, (x) => x.lcm(other)) as this;
  }

  /** `copysign` in place. PyTorch: `Tensor.copysign_`. */
  copysign_(other: Tensor | Scalar): this {
    return inPlace("copysign_", this, (x) => x.copysign(other)) as this;
  }

  /** `hypot` in place. PyTorch: `Tensor.hypot_`. */
  hypot_(other: Tensor | Scalar): this {
    return inPlace("hypot_", this, (x) => x.hypot(other)) as this;
  }

  /** `xlogy` in place. PyTorch: `Tensor.xlogy_`. */
  xlogy_(other: Tensor | Scalar): this {
    return inPlace("xlogy_", this, (x) => x.xlogy(other)) as this;
  }

  /** `nextafter` in place. PyTorch: `Tensor.nextafter_`. */
  nextafter_(other: Tensor): this {
    return inPlace("nextafter_", this, (x) => x.nextafter(other)) as this;
  }

  /** `heaviside` in place. PyTorch: `Tensor.heaviside_`. */
  heaviside_(values: Tensor): this {
    return inPlace("heaviside_", this, (x) => x.heaviside(values)) as this;
  }

  /** `bitwiseLeftShift` in place. PyTorch: `Tensor.bitwise_left_shift_`. */
  bitwiseLeftShift_(other: Tensor | Scalar): this {
    return inPlace("bitwiseLeftShift_", this, (x) => x.bitwiseLeftShift(other)) as this;
  }

  /** `bitwiseRightShift` in place. PyTorch: `Tensor.bitwise_right_shift_`. */
  bitwiseRightShift_(other: Tensor | Scalar): this {
    return inPlace("bitwiseRightShift_", this, (x) => x.bitwiseRightShift(other)) as this;
  }

  /** `logicalXor` in place. PyTorch: `Tensor.logical_xor_`. */
  logicalXor_(other: Tensor | Scalar): this {
    return inPlace("logicalXor_", this, (x) => x.logicalXor(other)) as this;
  }

  /** `eq` in place. PyTorch: `Tensor.eq_`. */
  eq_(other: Tensor | Scalar): this {
    return inPlace("eq_", this, (x) => x.eq(other)) as this;
  }

  /** `ne` in place. PyTorch: `Tensor.ne_`. */
  ne_(other: Tensor | Scalar): this {
    return inPlace("ne_", this, (x) => x.ne(other)) as this;
  }

  /** `lt` in place. PyTorch: `Tensor.lt_`. */
  lt_(other: Tensor | Scalar): this {
    return inPlace("lt_", this, (x) => x.lt(other)) as this;
  }

  /** `le` in place. PyTorch: `Tensor.le_`. */
  le_(other: Tensor | Scalar): this {
    return inPlace("le_", this, (x) => x.le(other)) as this;
  }

  /** `gt` in place. PyTorch: `Tensor.gt_`. */
  gt_(other: Tensor | Scalar): this {
    return inPlace("gt_", this, (x) => x.gt(other)) as this;
  }

  /** `ge` in place. PyTorch: `Tensor.ge_`. */
  ge_(other: Tensor | Scalar): this {
    return inPlace("ge_", this, (x) => x.ge(other)) as this;
  }
}

defineTensor(Tensor);

/** A stored element as a value for the host. */
function hostValue(element: number | bigint, dtype: DType): number | bigint | boolean {
  if (dtype === "bool") return element !== 0;
  if (dtype === "bfloat16") return bfloat16Value(element as number);
  if (
    typeof element === "bigint" && BigInt(Number(element)) === element &&
    Number.isSafeInteger(Number(element))
  ) {
    return Number(element);
  }
  return element;
}

/** A target as a device and a dtype, checked. */
function resolveTarget(target: Target): { device?: DeviceLike; dtype?: DType } {
  if (typeof target === "string") {
    return Object.hasOwn(DTYPES, target) && !isDeviceName(target)
      ? { dtype: target as DType }
      : { device: target as DeviceLike };
  }
  if (target.dtype !== undefined) assertDType(target.dtype);
  return target;
}
