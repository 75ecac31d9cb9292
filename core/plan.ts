/**
 * A plan: a recipe laid out for a device, in an order in which it can be computed, with equal
 * nodes merged and the results that are to be written.
 *
 * @module
 */
import type { DType } from "./dtype.ts";
import type { BinaryOp, BlockView, Node, ReduceOp, UnaryOp } from "./node.ts";
import { sameShape } from "./shape.ts";

/** A node of a plan; operands are positions of earlier nodes. */
export type Step =
  | {
    readonly kind: "load";
    readonly dtype: DType;
    readonly row: boolean;
    readonly view: BlockView;
  }
  | {
    readonly kind: "const";
    readonly dtype: DType;
    readonly row: boolean;
    readonly value: number | bigint;
  }
  | { readonly kind: "index"; readonly dtype: DType; readonly row: boolean; readonly dim: number }
  | {
    readonly kind: "random";
    readonly dtype: DType;
    readonly row: boolean;
    readonly key: readonly [number, number];
    readonly base: number;
    readonly word: number;
  }
  | { readonly kind: "cast"; readonly dtype: DType; readonly row: boolean; readonly a: number }
  | {
    readonly kind: "unary";
    readonly dtype: DType;
    readonly row: boolean;
    readonly op: UnaryOp;
    readonly a: number;
  }
  | {
    readonly kind: "binary";
    readonly dtype: DType;
    readonly row: boolean;
    readonly op: BinaryOp;
    readonly a: number;
    readonly b: number;
  }
  | {
    readonly kind: "where";
    readonly dtype: DType;
    readonly row: boolean;
    readonly cond: number;
    readonly a: number;
    readonly b: number;
  }
  | {
    readonly kind: "reduce";
    readonly dtype: DType;
    readonly row: boolean;
    readonly op: ReduceOp;
    readonly a: number;
  }
  | {
    readonly kind: "contract";
    readonly dtype: DType;
    readonly row: boolean;
    readonly a: BlockView;
    readonly b: BlockView;
    readonly k: number;
  };

/** The operands of a step. */
export function operandsOfStep(step: Step): number[] {
  switch (step.kind) {
    case "cast":
    case "unary":
    case "reduce":
      return [step.a];
    case "binary":
      return [step.a, step.b];
    case "where":
      return [step.cond, step.a, step.b];
    default:
      return [];
  }
}

/**
 * A result: which step, and where it goes. A row step is written once a row if its strides are 0
 * along the inner dimensions; else the result is full, and its elements are alike along the row.
 */
export interface Output {
  /** The step whose value is written. */
  readonly step: number;
  /** Where; strides over the whole space. */
  readonly view: BlockView;
}

/** A recipe ready for a device. */
export interface Plan {
  /** The iteration space. */
  readonly shape: readonly number[];
  /** Dimensions from here on are inner: reductions run over them. The rank without reductions. */
  readonly split: number;
  /** The steps, operands before their users. `row` steps have one value for each row. */
  readonly steps: readonly Step[];
  /** What is written, and where. */
  readonly outputs: readonly Output[];
}

/** Whether there is no element to write. */
export function isEmpty({ shape, split, outputs, steps }: Plan): boolean {
  for (let d = 0; d < split; d++) if (shape[d] === 0) return true;
  if (split === shape.length || !outputs.every(({ step }) => !steps[step].row)) return false;
  return shape.includes(0);
}

/** Lays steps out; the caller says where results go once it has seen them. */
export class PlanBuilder {
  readonly steps: Step[] = [];
  readonly shape: readonly number[];
  readonly split: number;
  /** Every node met, operands first. */
  readonly nodes: Node[] = [];
  /** The step of each. */
  readonly #stepOf: number[] = [];

  constructor(root: Node) {
    const inner = root.inner;
    this.split = root.shape.length - (inner?.length ?? 0);
    this.shape = inner === null ? root.shape : [...root.shape.slice(0, this.split), ...inner];
  }

  /** The position of a node's value. */
  add(node: Node): number {
    // Recipes are small: to look at every node, and every step, is faster than to keep a map.
    const known = this.nodes.indexOf(node);
    if (known >= 0) return this.#stepOf[known];
    const step = this.#lower(node);
    let at = 0;
    while (at < this.steps.length && !equal(this.steps[at], step)) at++;
    if (at === this.steps.length) this.steps.push(step);
    this.nodes.push(node);
    this.#stepOf.push(at);
    return at;
  }

  #lower(node: Node): Step {
    const { dtype } = node;
    const { steps, split } = this;
    switch (node.kind) {
      case "load": {
        const { view } = node;
        return { kind: "load", dtype, row: isRow(view.strides, split), view };
      }
      case "const":
        return { kind: "const", dtype, row: true, value: node.value };
      case "index":
        return { kind: "index", dtype, row: node.dim < split, dim: node.dim };
      case "random": {
        const { key, base, word } = node;
        return { kind: "random", dtype, row: false, key, base, word };
      }
      case "cast": {
        const a = this.add(node.a);
        return { kind: "cast", dtype, row: steps[a].row, a };
      }
      case "unary": {
        const a = this.add(node.a);
        return { kind: "unary", dtype, row: steps[a].row, op: node.op, a };
      }
      case "binary": {
        const a = this.add(node.a), b = this.add(node.b);
        return { kind: "binary", dtype, row: steps[a].row && steps[b].row, op: node.op, a, b };
      }
      case "where": {
        const cond = this.add(node.cond), a = this.add(node.a), b = this.add(node.b);
        const row = steps[cond].row && steps[a].row && steps[b].row;
        return { kind: "where", dtype, row, cond, a, b };
      }
      case "reduce":
        return { kind: "reduce", dtype, row: true, op: node.op, a: this.add(node.a) };
      case "contract":
        return { kind: "contract", dtype, row: false, a: node.a, b: node.b, k: node.k };
    }
  }
}

/** Whether a load reads one value for each row. */
function isRow(strides: readonly number[], split: number): boolean {
  for (let i = split; i < strides.length; i++) if (strides[i] !== 0) return false;
  return true;
}

/** Whether two steps of one plan have the same value. */
function equal(x: Step, y: Step): boolean {
  if (x.kind !== y.kind || x.dtype !== y.dtype) return false;
  switch (x.kind) {
    case "load":
      return equalViews(x.view, (y as typeof x).view);
    case "const":
      return Object.is(x.value, (y as typeof x).value);
    case "random": {
      const { key, base, word } = y as typeof x;
      return x.base === base && x.word === word && x.key[0] === key[0] && x.key[1] === key[1];
    }
    case "contract": {
      const { a, b } = y as typeof x;
      return equalViews(x.a, a) && equalViews(x.b, b);
    }
    default:
      return sameOperation(x, y);
  }
}

/** Whether two steps of one kind are the same function of the same steps, or coordinate. */
export function sameOperation(x: Step, y: Step): boolean {
  switch (x.kind) {
    case "index":
      return x.dim === (y as typeof x).dim;
    case "cast":
      return x.a === (y as typeof x).a;
    case "unary":
    case "reduce": {
      const { op, a } = y as typeof x;
      return x.op === op && x.a === a;
    }
    case "binary": {
      const { op, a, b } = y as typeof x;
      return x.op === op && x.a === a && x.b === b;
    }
    case "where": {
      const { cond, a, b } = y as typeof x;
      return x.cond === cond && x.a === a && x.b === b;
    }
    default:
      return false;
  }
}

function equalViews(x: BlockView, y: BlockView): boolean {
  return x.block === y.block && x.offset === y.offset && sameShape(x.strides, y.strides);
}
