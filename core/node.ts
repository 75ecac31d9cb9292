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
  "sigmoid",
  "gelu",
  "geluTanh",
]);
const HEAVY_BINARY = new Set<BinaryOp>(["pow", "atan2", "fmod", "remainder", "floorDivide"]);

function leaf(dtype: DType, shape: readonly number[], blocks = NO_BLOCKS, heavy = false) {
  return {
    dtype,
    shape,
    inner: null,
    size: 1,
    heavy,
    contracts: false,
    positional: false,
    blocks,
    owner: null,
  };
}

function union(a: readonly Block[], b: readonly Block[]): readonly Block[] {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  let out: Block[] | null = null;
  for (const block of b) {
    if (!a.includes(block)) (out ??= a.slice()).push(block);
  }
  return out ?? a;
}

function over(dtype: DType, shape: readonly number[], operands: readonly Node[], heavy: boolean) {
  let inner: readonly number[] | null = null, size = 1, blocks = NO_BLOCKS;
  let contracts = false, positional = false;
  for (const node of operands) {
    inner ??= node.inner;
    size += node.size;
    contracts ||= node.contracts;
    positional ||= node.positional;
    blocks = union(blocks, node.blocks);
  }
  return { dtype, shape, inner, size, heavy, contracts, positional, blocks, owner: null };
}

/** Makes a load; strides of dimensions of size 1 become 0, so that equal reads look equal. */
export function load(
  dtype: DType,
  shape: readonly number[],
  block: Block,
  offset: number,
  strides: readonly number[],
): LoadNode {
  const canonical = strides.map((stride, i) => shape[i] === 1 ? 0 : stride);
  const view = { block, offset, strides: canonical };
  return { kind: "load", view, ...leaf(dtype, shape, [block]) };
}

/** Makes a constant of a shape. */
export function constant(
  dtype: DType,
  shape: readonly number[],
  value: number | bigint,
): ConstNode {
  return { kind: "const", value, ...leaf(dtype, shape) };
}

/** Makes a coordinate. */
export function index(shape: readonly number[], dim: number): IndexNode {
  return { kind: "index", dim, ...leaf("int64", shape), positional: true };
}

/** Makes random bits. */
export function random(
  shape: readonly number[],
  key: readonly [number, number],
  base: number,
  word: number,
): RandomNode {
  return {
    kind: "random",
    key,
    base,
    word,
    ...leaf("int32", shape, NO_BLOCKS, true),
    positional: true,
  };
}

/** Makes a conversion; the operand itself when it has the dtype. */
export function cast(a: Node, dtype: DType): Node {
  if (a.dtype === dtype) return a;
  return { kind: "cast", a, ...over(dtype, a.shape, [a], false) };
}

/** Makes a unary node. */
export function unary(op: UnaryOp, a: Node): UnaryNode {
  const dtype = op === "isnan" || op === "logicalNot"
    ? "bool"
    : op === "uniform"
    ? "float32"
    : a.dtype;
  return { kind: "unary", op, a, ...over(dtype, a.shape, [a], HEAVY_UNARY.has(op)) };
}

const COMPARE = new Set<BinaryOp>(["eq", "ne", "lt", "le", "gt", "ge"]);

/** Makes a binary node; both operands have one dtype. */
export function binary(op: BinaryOp, a: Node, b: Node, shape: readonly number[]): BinaryNode {
  const dtype = COMPARE.has(op) ? "bool" : a.dtype;
  return { kind: "binary", op, a, b, ...over(dtype, shape, [a, b], HEAVY_BINARY.has(op)) };
}

/** Makes a choice. */
export function where(cond: Node, a: Node, b: Node, shape: readonly number[]): WhereNode {
  return { kind: "where", cond, a, b, ...over(a.dtype, shape, [cond, a, b], false) };
}

/** Makes a reduction over the last `count` dimensions, which become size 1. */
export function reduce(op: ReduceOp, a: Node, count: number): ReduceNode {
  const split = a.shape.length - count;
  const inner = a.shape.slice(split);
  const shape = a.shape.map((size, i) => i < split ? size : 1);
  const dtype = op === "argmax" || op === "argmin" ? "int64" : a.dtype;
  return { kind: "reduce", op, a, ...over(dtype, shape, [a], true), inner };
}

/** Makes a contraction. */
export function contract(
  dtype: DType,
  shape: readonly number[],
  a: BlockView,
  b: BlockView,
  k: number,
): ContractNode {
  const blocks = a.block === b.block ? [a.block] : [a.block, b.block];
  return { kind: "contract", a, b, k, ...leaf(dtype, shape, blocks, true), contracts: true };
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
