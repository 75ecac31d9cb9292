/**
 * Recipes: computations not yet cooked, as expressions over an iteration space. This is the one
 * expression language; each device interprets it.
 *
 * A node has a shape, and operands either have the same shape or are loads (which broadcast by
 * stride 0), constants, or *row* values: results of a reduction over the trailing dimensions,
 * whose trailing sizes are 1. One recipe reduces over one set of trailing dimensions (`inner`).
 *
 * @module
 */
import type { Block } from "./block.ts";
import type { DType } from "./dtype.ts";
import type { Storage } from "./storage.ts";

/** Scalar functions of one argument. The result has the argument's dtype unless it says so. */
export type UnaryOp =
  | "neg"
  | "abs"
  | "sign"
  | "exp"
  | "exp2"
  | "expm1"
  | "log"
  | "log2"
  | "log10"
  | "log1p"
  | "sqrt"
  | "rsqrt"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "erf"
  | "erfc"
  | "erfinv"
  | "lgamma"
  | "digamma"
  | "trigamma"
  | "sigmoid"
  | "gelu" // x * Phi(x), the error-function form
  | "geluTanh" // 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
  | "floor"
  | "ceil"
  | "round" // half to even
  | "trunc"
  | "bitwiseNot"
  | "logicalNot" // -> bool
  | "isnan" // -> bool
  | "uniform"; // int32 random bits -> float32 in [0, 1): the upper 24 bits times 2^-24

/** Scalar functions of two arguments of one dtype. Comparisons give bool. */
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div" // floats only; the operation layer promotes integers
  | "floorDivide" // toward minus infinity, PyTorch's floor_divide
  | "remainder" // the sign of the divisor, Python's %
  | "fmod" // the sign of the dividend, C's fmod
  | "pow"
  | "atan2"
  | "gcd" // of integers
  | "nextafter" // of floats: the next number of the dtype after a, toward b
  | "maximum" // NaN if either is
  | "minimum"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "bitwiseAnd"
  | "bitwiseOr"
  | "bitwiseXor"
  | "shiftLeft"
  | "shiftRight";

/** Reductions over the trailing dimensions. `argmax` and `argmin` give the first index, int64. */
export type ReduceOp = "sum" | "prod" | "max" | "min" | "argmax" | "argmin";

/** A strided look into a block of device memory; strides and offset count elements. */
export interface BlockView {
  /** The memory. */
  readonly block: Block;
  /** The first element. */
  readonly offset: number;
  /** One stride a dimension of the space; 0 where the value is broadcast. */
  readonly strides: readonly number[];
}

interface NodeBase {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Sizes of the trailing dimensions that a reduction inside runs over; null without one. */
  readonly inner: readonly number[] | null;
  /** Nodes in the expression, counting shared ones each time. */
  readonly size: number;
  /** Whether this one step costs more than reading its result back. */
  readonly heavy: boolean;
  /** Whether a contraction is inside. */
  readonly contracts: boolean;
  /** Whether the value depends on the coordinate itself, by `index` or `random`. */
  readonly positional: boolean;
  /** Every block that the expression reads. */
  readonly blocks: readonly Block[];
  /** The pending storage whose value this is, while anyone may still ask for it. */
  owner: Storage | null;
}

/** Reads a view. */
export interface LoadNode extends NodeBase {
  readonly kind: "load";
  readonly view: BlockView;
}
/** One value everywhere. */
export interface ConstNode extends NodeBase {
  readonly kind: "const";
  readonly value: number | bigint;
}
/** The coordinate along one dimension, int64. */
export interface IndexNode extends NodeBase {
  readonly kind: "index";
  readonly dim: number;
}
/** Word 0 to 3 of Philox4x32-10 at counter = row-major index + base, as int32 bits. */
export interface RandomNode extends NodeBase {
  readonly kind: "random";
  readonly key: readonly [number, number];
  readonly base: number;
  readonly word: number;
}
/** A conversion, as PyTorch's `to(dtype)`. */
export interface CastNode extends NodeBase {
  readonly kind: "cast";
  readonly a: Node;
}
/** A scalar function of one argument. */
export interface UnaryNode extends NodeBase {
  readonly kind: "unary";
  readonly op: UnaryOp;
  readonly a: Node;
}
/** A scalar function of two. */
export interface BinaryNode extends NodeBase {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly a: Node;
  readonly b: Node;
}
/** `cond ? a : b`, elementwise. */
export interface WhereNode extends NodeBase {
  readonly kind: "where";
  readonly cond: Node;
  readonly a: Node;
  readonly b: Node;
}
/** A reduction over the trailing dimensions `inner`. */
export interface ReduceNode extends NodeBase {
  readonly kind: "reduce";
  readonly op: ReduceOp;
  readonly a: Node;
}
/** `out[..., m, n] = sum over k of a[..., m, k] * b[..., k, n]`, the only leaf that computes. */
export interface ContractNode extends NodeBase {
  readonly kind: "contract";
  /** Strides over `[...batch, m, k]`. */
  readonly a: BlockView;
  /** Strides over `[...batch, k, n]`. */
  readonly b: BlockView;
  readonly k: number;
}

/** An expression. */
export type Node =
  | LoadNode
  | ConstNode
  | IndexNode
  | RandomNode
  | CastNode
  | UnaryNode
  | BinaryNode
  | WhereNode
  | ReduceNode
  | ContractNode;

const NO_BLOCKS: readonly Block[] = [];
const HEAVY_UNARY = new Set<UnaryOp>([
  "exp",
  "exp2",
  "expm1",
  "log",
  "log2",
  "log10",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "erfc",
  "erfinv",
  "lgamma",
  "digamma",
  "trigamma",
  "sigmoid",
  "gelu",
  "geluTanh",
]);
const HEAVY_BINARY = new Set<BinaryOp>(["pow", "atan2", "gcd", "fmod", "remainder", "floorDivide"]);

function union(a: readonly Block[], b: readonly Block[]): readonly Block[] {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  let out: Block[] | null = null;
  for (const block of b) {
    if (!a.includes(block)) (out ??= a.slice()).push(block);
  }
  return out ?? a;
}

/**
 * Every kind of node is this one class, with fields for all of them: the engine asks any node for
 * the same few fields, and V8 finds them at once where all nodes have one form.
 */
class AnyNode {
  inner: readonly number[] | null = null;
  size = 1;
  contracts = false;
  positional = false;
  blocks: readonly Block[] = NO_BLOCKS;
  owner: Storage | null = null;
  op: UnaryOp | BinaryOp | ReduceOp | null = null;
  a: Node | BlockView | null = null;
  b: Node | BlockView | null = null;
  cond: Node | null = null;
  view: BlockView | null = null;
  value: number | bigint = 0;
  dim = 0;
  k = 0;
  key: readonly [number, number] | null = null;
  base = 0;
  word = 0;

  constructor(
    readonly kind: Node["kind"],
    readonly dtype: DType,
    readonly shape: readonly number[],
    readonly heavy: boolean,
  ) {}

  /** Counts an operand in, and returns it. */
  over(node: Node): Node {
    this.inner ??= node.inner;
    this.size += node.size;
    this.contracts ||= node.contracts;
    this.positional ||= node.positional;
    this.blocks = union(this.blocks, node.blocks);
    return node;
  }
}

/** Makes a load; strides of dimensions of size 1 become 0, so that equal reads look equal. */
export function load(
  dtype: DType,
  shape: readonly number[],
  block: Block,
  offset: number,
  strides: readonly number[],
): LoadNode {
  const canonical = new Array<number>(strides.length);
  for (let i = 0; i < strides.length; i++) canonical[i] = shape[i] === 1 ? 0 : strides[i];
  const node = new AnyNode("load", dtype, shape, false);
  node.view = { block, offset, strides: canonical };
  node.blocks = [block];
  return node as LoadNode;
}

/** Makes a constant of a shape. */
export function constant(
  dtype: DType,
  shape: readonly number[],
  value: number | bigint,
): ConstNode {
  const node = new AnyNode("const", dtype, shape, false);
  node.value = value;
  return node as ConstNode;
}

/** Makes a coordinate. */
export function index(shape: readonly number[], dim: number): IndexNode {
  const node = new AnyNode("index", "int64", shape, false);
  node.dim = dim;
  node.positional = true;
  return node as IndexNode;
}

/** Makes random bits. */
export function random(
  shape: readonly number[],
  key: readonly [number, number],
  base: number,
  word: number,
): RandomNode {
  const node = new AnyNode("random", "int32", shape, true);
  node.key = key;
  node.base = base;
  node.word = word;
  node.positional = true;
  return node as RandomNode;
}

/** Makes a conversion; the operand itself when it has the dtype. */
export function cast(a: Node, dtype: DType): Node {
  if (a.dtype === dtype) return a;
  const node = new AnyNode("cast", dtype, a.shape, false);
  node.a = node.over(a);
  return node as CastNode;
}

/** Makes a unary node. */
export function unary(op: UnaryOp, a: Node): UnaryNode {
  const dtype = op === "isnan" || op === "logicalNot"
    ? "bool"
    : op === "uniform"
    ? "float32"
    : a.dtype;
  const node = new AnyNode("unary", dtype, a.shape, HEAVY_UNARY.has(op));
  node.op = op;
  node.a = node.over(a);
  return node as UnaryNode;
}

const COMPARE = new Set<BinaryOp>(["eq", "ne", "lt", "le", "gt", "ge"]);

/** Makes a binary node; both operands have one dtype. */
export function binary(op: BinaryOp, a: Node, b: Node, shape: readonly number[]): BinaryNode {
  const dtype = COMPARE.has(op) ? "bool" : a.dtype;
  const node = new AnyNode("binary", dtype, shape, HEAVY_BINARY.has(op));
  node.op = op;
  node.a = node.over(a);
  node.b = node.over(b);
  return node as BinaryNode;
}

/** Makes a choice. */
export function where(cond: Node, a: Node, b: Node, shape: readonly number[]): WhereNode {
  const node = new AnyNode("where", a.dtype, shape, false);
  node.cond = node.over(cond);
  node.a = node.over(a);
  node.b = node.over(b);
  return node as WhereNode;
}

/** Makes a reduction over the last `count` dimensions, which become size 1. */
export function reduce(op: ReduceOp, a: Node, count: number): ReduceNode {
  const split = a.shape.length - count;
  const shape = a.shape.map((size, i) => i < split ? size : 1);
  const dtype = op === "argmax" || op === "argmin" ? "int64" : a.dtype;
  const node = new AnyNode("reduce", dtype, shape, true);
  node.op = op;
  node.a = node.over(a);
  node.inner = a.shape.slice(split);
  return node as ReduceNode;
}

/** Makes a contraction. */
export function contract(
  dtype: DType,
  shape: readonly number[],
  a: BlockView,
  b: BlockView,
  k: number,
): ContractNode {
  const node = new AnyNode("contract", dtype, shape, true);
  node.a = a;
  node.b = b;
  node.k = k;
  node.blocks = a.block === b.block ? [a.block] : [a.block, b.block];
  node.contracts = true;
  return node as ContractNode;
}

/** The operands of a node. */
export function operandsOf(node: Node): Node[] {
  switch (node.kind) {
    case "cast":
    case "unary":
    case "reduce":
      return [node.a];
    case "binary":
      return [node.a, node.b];
    case "where":
      return [node.cond, node.a, node.b];
    default:
      return [];
  }
}
