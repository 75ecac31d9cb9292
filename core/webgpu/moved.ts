/**
 * Parts of a plan as plans of their own.
 *
 * @module
 */
import type { DType } from "../dtype.ts";
import type { BlockView, ReduceOp } from "../node.ts";
import type { Step } from "../plan.ts";

/** A step that reduces. */
export type Reduction = Extract<Step, { kind: "reduce" }>;

/** Steps of a plan that are moved into another one, with what they need. */
export class Moved {
  readonly steps: Step[] = [];
  readonly #from: readonly Step[];
  readonly #view: (view: BlockView) => BlockView;
  readonly #reduced: (r: number, into: Moved) => number;
  readonly #known = new Map<number, number>();

  /**
   * Moves nothing yet.
   *
   * @param from The plan's steps.
   * @param view What becomes of a view.
   * @param reduced Puts what stands for a reduction here, and says where it is.
   */
  constructor(
    from: readonly Step[],
    view: (view: BlockView) => BlockView,
    reduced: (r: number, into: Moved) => number,
  ) {
    this.#from = from;
    this.#view = view;
    this.#reduced = reduced;
  }

  /** Where a step of the plan is here. */
  add(i: number): number {
    let at = this.#known.get(i);
    if (at === undefined) this.#known.set(i, at = this.#add(this.#from[i], i));
    return at;
  }

  #add(step: Step, i: number): number {
    switch (step.kind) {
      case "load":
        return this.push({ ...step, view: this.#view(step.view) });
      case "reduce":
        return this.#reduced(i, this);
      case "cast":
      case "unary":
        return this.push({ ...step, a: this.add(step.a) });
      case "binary":
        return this.push({ ...step, a: this.add(step.a), b: this.add(step.b) });
      case "where":
        return this.push({
          ...step,
          cond: this.add(step.cond),
          a: this.add(step.a),
          b: this.add(step.b),
        });
      default:
        return this.push(step);
    }
  }

  /** Puts a step here. */
  push(step: Step): number {
    return this.steps.push(step) - 1;
  }

  /** A conversion, where it is one. */
  cast(a: number, dtype: DType): number {
    const { dtype: from, row } = this.steps[a];
    return from === dtype ? a : this.push({ kind: "cast", dtype, row, a });
  }

  /** A reduction. */
  reduce(op: ReduceOp, a: number): number {
    return this.push({ kind: "reduce", dtype: this.steps[a].dtype, row: true, op, a });
  }
}
