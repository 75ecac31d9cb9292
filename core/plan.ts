/**
 * A plan: a recipe laid out for a device, in an order in which it can be computed, with equal
 * nodes merged and the results that are to be written.
 *
 * @module
 */
import type { DType } from "./dtype.ts";
import {
  type BinaryOp,
  type BlockView,
  type Node,
  operandsOf,
  type ReduceOp,
  type UnaryOp,
} from "./node.ts";

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

/** Lays steps out; the caller says where results go once it has seen them. */
export class PlanBuilder {
  readonly steps: Step[] = [];
  readonly shape: readonly number[];
  readonly split: number;
  readonly #seen = new Map<Node, number>();
  readonly #merged = new Map<string, number>();
  readonly #blocks = new Map<unknown, number>();
  /** Every node met, operands first. */
  readonly nodes: Node[] = [];

  constructor(root: Node) {
    const inner = root.inner;
    this.split = root.shape.length - (inner?.length ?? 0);
    this.shape = inner === null ? root.shape : [...root.shape.slice(0, this.split), ...inner];
  }

  /** The position of a node's value. */
  add(node: Node): number {
    const known = this.#seen.get(node);
    if (known !== undefined) return known;
    const operands = operandsOf(node).map((operand) => this.add(operand));
    const [step, key] = this.#lower(node, operands);
    let at = this.#merged.get(key);
    if (at === undefined) {
      at = this.steps.push(step) - 1;
      this.#merged.set(key, at);
    }
    this.#seen.set(node, at);
    this.nodes.push(node);
    return at;
  }

  #view(view: BlockView): string {
    let id = this.#blocks.get(view.block);
    if (id === undefined) this.#blocks.set(view.block, id = this.#blocks.size);
    return `${id}+${view.offset}:${view.strides.join()}`;
  }

  #lower(node: Node, operands: number[]): [Step, string] {
    const { dtype } = node;
    const [a, b, c] = operands;
    const steps = this.steps;
    switch (node.kind) {
      case "load": {
        const row = node.view.strides.every((stride, i) => i < this.split || stride === 0);
        return [
          { kind: "load", dtype, row, view: node.view },
          `load ${dtype} ${this.#view(node.view)}`,
        ];
      }
      case "const": {
        const { value } = node;
        const bits = Object.is(value, -0) ? "-0" : String(value);
        return [{ kind: "const", dtype, row: true, value }, `const ${dtype} ${bits}`];
      }
      case "index":
        return [
          { kind: "index", dtype, row: node.dim < this.split, dim: node.dim },
          `index ${node.dim}`,
        ];
      case "random": {
        const { key, base, word } = node;
        return [
          { kind: "random", dtype, row: false, key, base, word },
          `random ${key} ${base} ${word}`,
        ];
      }
      case "cast":
        return [{ kind: "cast", dtype, row: steps[a].row, a }, `cast ${dtype} ${a}`];
      case "unary":
        return [
          { kind: "unary", dtype, row: steps[a].row, op: node.op, a },
          `${node.op} ${dtype} ${a}`,
        ];
      case "binary":
        return [
          { kind: "binary", dtype, row: steps[a].row && steps[b].row, op: node.op, a, b },
          `${node.op} ${dtype} ${a} ${b}`,
        ];
      case "where":
        return [
          {
            kind: "where",
            dtype,
            row: steps[a].row && steps[b].row && steps[c].row,
            cond: a,
            a: b,
            b: c,
          },
          `where ${dtype} ${a} ${b} ${c}`,
        ];
      case "reduce":
        return [
          { kind: "reduce", dtype, row: true, op: node.op, a },
          `reduce ${node.op} ${dtype} ${a}`,
        ];
      case "contract":
        return [
          { kind: "contract", dtype, row: false, a: node.a, b: node.b, k: node.k },
          `contract ${this.#view(node.a)} ${this.#view(node.b)}`,
        ];
    }
  }
}
