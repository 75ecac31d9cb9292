/**
 * What a device worked out for a plan, kept for plans of the same form: a loop cooks the same few
 * plans over and over, on other memory.
 *
 * @module
 */
import { type Plan, sameOperation, type Step } from "./plan.ts";
import { sameShape } from "./shape.ts";

/** Forms that are remembered; where sizes differ each time there is no end of them. */
const KEPT = 1024;

/** Values by the form of a plan: all of it but its blocks, offsets and constants. */
export class FormCache<T> {
  readonly #entries = new Map<number, { plan: Plan; value: T }[]>();
  #size = 0;

  /**
   * What was kept for a plan of this form.
   *
   * @param plan The plan.
   * @param fits Whether it fits this plan in what a form leaves open.
   */
  get(plan: Plan, fits: (value: T) => boolean): T | undefined {
    const entries = this.#entries.get(hashOf(plan));
    if (entries === undefined) return undefined;
    for (const { plan: other, value } of entries) {
      if (sameForm(plan, other) && fits(value)) return value;
    }
  }

  /** Keeps a value; a plan with random numbers, whose counters differ each time, has no form. */
  set(plan: Plan, value: T): void {
    if (plan.steps.some((step) => step.kind === "random")) return;
    if (this.#size >= KEPT) {
      this.#entries.clear();
      this.#size = 0;
    }
    const hash = hashOf(plan);
    let entries = this.#entries.get(hash);
    if (entries === undefined) this.#entries.set(hash, entries = []);
    entries.push({ plan, value });
    this.#size++;
  }
}

function hashOf({ shape, split, steps, outputs }: Plan): number {
  let hash = split;
  const add = (numbers: readonly number[]) => {
    for (let i = 0; i < numbers.length; i++) hash = Math.imul(hash, 31) + numbers[i] | 0;
  };
  add(shape);
  for (const step of steps) {
    hash = Math.imul(hash, 31) + step.kind.length | 0;
    if (step.kind === "load") add(step.view.strides);
    else if ("op" in step) hash = Math.imul(hash, 31) + step.op.charCodeAt(0) + step.op.length | 0;
  }
  for (const { step, view } of outputs) {
    hash = Math.imul(hash, 31) + step | 0;
    add(view.strides);
  }
  return hash;
}

/** Whether two plans differ in nothing but blocks, offsets and constants. */
function sameForm(a: Plan, b: Plan): boolean {
  if (
    a.split !== b.split || a.steps.length !== b.steps.length ||
    a.outputs.length !== b.outputs.length || !sameShape(a.shape, b.shape)
  ) return false;
  for (let i = 0; i < a.steps.length; i++) if (!sameStep(a.steps[i], b.steps[i])) return false;
  for (let i = 0; i < a.outputs.length; i++) {
    const x = a.outputs[i], y = b.outputs[i];
    if (x.step !== y.step || !sameShape(x.view.strides, y.view.strides)) return false;
  }
  return true;
}

function sameStep(x: Step, y: Step): boolean {
  if (x.kind !== y.kind || x.dtype !== y.dtype || x.row !== y.row) return false;
  switch (x.kind) {
    case "load":
      return sameShape(x.view.strides, (y as typeof x).view.strides);
    case "const":
      return true;
    case "contract": {
      const { a, b, k } = y as typeof x;
      return x.k === k && sameShape(x.a.strides, a.strides) && sameShape(x.b.strides, b.strides);
    }
    default:
      return sameOperation(x, y);
  }
}
