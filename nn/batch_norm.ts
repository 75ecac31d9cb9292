/**
 * Normalisation over the batch.
 *
 * @module
 */
import { empty, noGrad, ShapeError, type Tensor, zeros } from "../core/mod.ts";
import { pyBool, pyFloat } from "./_python.ts";
import { assertSizes } from "./_sizes.ts";
import * as F from "./functional.ts";
import * as init from "./init.ts";
import type { LayerOptions } from "./layer_options.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of a `BatchNorm1d`. */
export interface BatchNormOptions extends LayerOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** How much of each batch goes into the running values; null: each batch counts alike. 0.1 by default. */
  momentum?: number | null;
  /** Whether there is a learnt scale and shift; true by default. */
  affine?: boolean;
  /** Whether running values are kept; if not, evaluation uses the batch too. True by default. */
  trackRunningStats?: boolean;
}

/**
 * Normalises each channel over the batch while training, and by running values in evaluation; then
 * scales by `weight` and shifts by `bias`. Takes `[N, C]` and `[N, C, L]`.
 *
 * Its buffers are `running_mean` and `running_var` (without the variance's bias), `[C]`, and
 * `num_batches_tracked`, an int64 scalar. Training writes them in place.
 *
 * PyTorch: `torch.nn.BatchNorm1d`.
 *
 * @example
 * ```ts
 * import { randn } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const norm = new nn.BatchNorm1d(3);
 * norm.forward(randn([8, 3]));
 * assertEquals(await norm.num_batches_tracked?.item(), 1);
 * ```
 */
export class BatchNorm1d extends Module {
  /** The scale `[C]`, or null. */
  declare weight: Parameter | null;
  /** The shift `[C]`, or null. */
  declare bias: Parameter | null;
  /** The running mean `[C]`, or null. */
  declare running_mean: Tensor | null;
  /** The running variance `[C]`, or null. */
  declare running_var: Tensor | null;
  /** How many batches went into the running values, an int64 scalar, or null. */
  declare num_batches_tracked: Tensor | null;
  /** The number of channels. */
  readonly numFeatures: number;
  /** Added to the variance. */
  readonly eps: number;
  /** How much of each batch goes into the running values, or null for the plain average. */
  readonly momentum: number | null;
  /** Whether there is a scale and a shift. */
  readonly affine: boolean;
  /** Whether running values are kept. */
  readonly trackRunningStats: boolean;

  /**
   * Makes the layer.
   *
   * @param numFeatures The number of channels.
   * @param options `eps`, `momentum`, `affine`, `trackRunningStats`, `device`, `dtype`.
   * @throws {ShapeError} If a size is no whole number from 0 up.
   */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super();
    assertSizes("BatchNorm1d", { numFeatures });
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true, ...where } =
      options;
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    const parameter = (): Parameter | null =>
      affine ? new Parameter(empty([numFeatures], where)) : null;
    const running = (): Tensor | null => trackRunningStats ? empty([numFeatures], where) : null;
    this.registerParameter("weight", parameter());
    this.registerParameter("bias", parameter());
    this.registerBuffer("running_mean", running());
    this.registerBuffer("running_var", running());
    const { device } = where;
    this.registerBuffer(
      "num_batches_tracked",
      trackRunningStats ? zeros([], { dtype: "int64", device }) : null,
    );
    this.resetParameters();
  }

  /** Its saved state has had `num_batches_tracked` since version 2. */
  override get stateVersion(): number {
    return 2;
  }

  /** Starts the running values anew: mean 0, variance 1, no batches. */
  resetRunningStats(): void {
    if (this.running_mean !== null) init.zeros_(this.running_mean);
    if (this.running_var !== null) init.ones_(this.running_var);
    if (this.num_batches_tracked !== null) init.zeros_(this.num_batches_tracked);
  }

  /** Starts everything anew: scale 1, shift 0, and the running values. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight !== null) init.ones_(this.weight);
    if (this.bias !== null) init.zeros_(this.bias);
  }

  /**
   * The same shape.
   *
   * @throws {ShapeError} If it is neither `[N, C]` nor `[N, C, L]`, or has one value per channel while
   * training.
   */
  override forward(x: Tensor): Tensor {
    if ((x.ndim !== 2 && x.ndim !== 3) || x.shape[1] !== this.numFeatures) {
      const c = this.numFeatures;
      throw new ShapeError(
        `BatchNorm1d: expected [N, ${c}] or [N, ${c}, L], got shape [${x.shape.join(", ")}]`,
      );
    }
    const { weight, bias, eps, running_mean, running_var, num_batches_tracked: count } = this;
    const training = this.training || running_mean === null || running_var === null;
    const counted = this.training ? count : null;
    const momentum = this.momentum ??
      (counted?.add(1).type(running_mean?.dtype ?? x.dtype).reciprocal() ?? 0);
    const options = { weight, bias, training, momentum, eps };
    const y = F.batchNorm(x, running_mean, running_var, options);
    // A batch that is refused does not count.
    noGrad(() => counted?.add_(1));
    return y;
  }

  /** Files of version 1 don't have the count of batches; it stays what it is. */
  protected override migrateState(
    state: Map<string, unknown>,
    prefix: string,
    metadata: ReadonlyMap<string, unknown>,
  ): void {
    const key = `${prefix}num_batches_tracked`;
    const version = metadata.get("version");
    const old = typeof version !== "number" || version < 2;
    if (old && this.num_batches_tracked !== null && !state.has(key)) {
      state.set(key, this.num_batches_tracked);
    }
  }

  /** The size and the options. */
  override extraRepr(): string {
    const momentum = this.momentum === null ? "None" : pyFloat(this.momentum);
    return `${this.numFeatures}, eps=${pyFloat(this.eps)}, momentum=${momentum}, ` +
      `affine=${pyBool(this.affine)}, track_running_stats=${pyBool(this.trackRunningStats)}`;
  }
}
