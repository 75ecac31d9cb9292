/**
 * Pointwise operations: each is an expression and, where it has one, a gradient.
 *
 * @module
 */
import { isGradEnabled, record } from "../autograd.ts";
import {
  commonDevice,
  fromNode,
  inline,
  isTensor,
  makeTensor,
  pointwise,
  read,
} from "../dispatch.ts";
import {
  assertComputes,
  type DType,
  DTYPES,
  isFloat,
  isInt,
  resultType,
  wideDType,
} from "../dtype.ts";
import { AutogradError, DTypeError } from "../errors.ts";
import { binary, type BinaryOp, cast, constant, type Node, unary, type UnaryOp } from "../node.ts";
import { roundBfloat16 } from "../scalar_math.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** A number that stands in for a tensor. Whole ones count as integers, as Python's do. */
export type Scalar = number | bigint | boolean;

/** The dtype that a bare number has in promotion. */
function scalarDType(value: Scalar): DType {
  if (typeof value === "boolean") return "bool";
  return typeof value === "bigint" || Number.isInteger(value) ? "int64" : "float32";
}

/** A number as an element of a dtype. */
export function scalarValue(value: Scalar, dtype: DType): number | bigint {
  if (isInt(dtype) && typeof value === "number" && !Number.isFinite(value)) {
    throw new DTypeError(`${value} is no ${dtype}: integers are finite`);
  }
  switch (dtype) {
    case "int64":
      return BigInt.asIntN(
        64,
        typeof value === "number" ? BigInt(Math.trunc(value)) : BigInt(value),
      );
    case "float64":
      return Number(value);
    case "float32":
      return Math.fround(Number(value));
    case "float16":
      return Math.f16round(Number(value));
    case "bfloat16":
      return roundBfloat16(Number(value));
    case "bool":
      return Number(value) === 0 ? 0 : 1;
    case "int32":
      return Number(value) | 0;
    case "int16":
      return (Number(value) << 16) >> 16;
    case "int8":
      return (Number(value) << 24) >> 24;
    default:
      return Number(value) & 255;
  }
}

function promotable(operand: Tensor | Scalar) {
  return isTensor(operand)
    ? { dtype: operand.dtype, priority: operand.ndim > 0 ? 2 : 1 } as const
    : { dtype: scalarDType(operand), priority: 0 } as const;
}

/** The dtype an operation computes in, checked. */
export function commonDType(operation: string, operands: readonly (Tensor | Scalar)[]): DType {
  // One floating dtype among the tensors is the answer, whatever numbers are beside it.
  let common: DType | null = null, same = true;
  for (const operand of operands) {
    if (!isTensor(operand)) continue;
    const { dtype } = operand;
    assertComputes(dtype, operation);
    same &&= common === null || common === dtype;
    common = dtype;
  }
  return same && common !== null && isFloat(common) ? common : resultType(operands.map(promotable));
}

/** The floating dtype that integers compute in where a result is not whole. */
export function floating(dtype: DType): DType {
  return isFloat(dtype) ? dtype : "float32";
}

/** Checks an operand that a user gave. */
export function assertOperand(
  operation: string,
  operand: unknown,
): asserts operand is Tensor | Scalar {
  if (!isTensor(operand) && !["number", "bigint", "boolean"].includes(typeof operand)) {
    throw new DTypeError(`${operation}: expected a tensor or a number, got ${typeof operand}`);
  }
}

/** The operands of an elementwise operation as expressions of one dtype over one shape. */
export function elementwise(
  operation: string,
  operands: readonly (Tensor | Scalar)[],
  dtype: DType,
  build: (nodes: Node[], shape: readonly number[]) => Node,
): Tensor {
  const tensors = operands.every(isTensor) ? operands : operands.filter(isTensor);
  let shape = tensors[0].shape;
  for (let i = 1; i < tensors.length; i++) {
    shape = broadcastShapes(shape, tensors[i].shape, operation);
  }
  const device = commonDevice(operation, tensors);
  const inlined = inline(tensors, shape);
  let next = 0;
  const nodes = operands.map((operand) =>
    isTensor(operand)
      ? cast(inlined[next++], dtype)
      : constant(dtype, shape, scalarValue(operand, dtype))
  );
  return fromNode(build(nodes, shape), device);
}

type Derivative = (grad: Tensor, x: Tensor, y: Tensor) => Tensor;
interface UnaryRule {
  /** PyTorch's name of the backward. */
  readonly name: string;
  /** Whether integers compute in float32. */
  readonly float: boolean;
  /** What the gradient reads. */
  readonly needs: "x" | "y" | "none";
  readonly derivative: Derivative | null;
}

const rule = (
  name: string,
  needs: UnaryRule["needs"],
  derivative: Derivative | null,
  float = true,
): UnaryRule => ({ name: `${name}Backward0`, float, needs, derivative });
const ZERO: Derivative = (grad) => grad.newZeros(grad.shape);
const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

const UNARY: Partial<Record<UnaryOp, UnaryRule>> = {
  neg: rule("Neg", "none", (g) => g.neg(), false),
  abs: rule("Abs", "x", (g, x) => g.mul(x.sign()), false),
  sign: rule("Sign", "none", ZERO, false),
  exp: rule("Exp", "y", (g, _, y) => g.mul(y)),
  exp2: rule("Exp2", "y", (g, _, y) => g.mul(y).mul(Math.LN2)),
  expm1: rule("Expm1", "y", (g, _, y) => g.mul(y.add(1))),
  log: rule("Log", "x", (g, x) => g.div(x)),
  log2: rule("Log2", "x", (g, x) => g.div(x.mul(Math.LN2))),
  log10: rule("Log10", "x", (g, x) => g.div(x.mul(Math.LN10))),
  log1p: rule("Log1P", "x", (g, x) => g.div(x.add(1))),
  sqrt: rule("Sqrt", "y", (g, _, y) => g.div(y.mul(2))),
  rsqrt: rule("Rsqrt", "y", (g, _, y) => g.mul(y.mul(y).mul(y)).mul(-0.5)),
  sin: rule("Sin", "x", (g, x) => g.mul(x.cos())),
  cos: rule("Cos", "x", (g, x) => g.mul(x.sin()).neg()),
  tan: rule("Tan", "y", (g, _, y) => g.mul(y.mul(y).add(1))),
  asin: rule("Asin", "x", (g, x) => g.mul(x.mul(x).neg().add(1).rsqrt())),
  acos: rule("Acos", "x", (g, x) => g.mul(x.mul(x).neg().add(1).rsqrt()).neg()),
  atan: rule("Atan", "x", (g, x) => g.div(x.mul(x).add(1))),
  sinh: rule("Sinh", "x", (g, x) => g.mul(x.cosh())),
  cosh: rule("Cosh", "x", (g, x) => g.mul(x.sinh())),
  tanh: rule("Tanh", "y", (g, _, y) => g.mul(y.mul(y).neg().add(1))),
  asinh: rule("Asinh", "x", (g, x) => g.mul(x.mul(x).add(1).rsqrt())),
  acosh: rule("Acosh", "x", (g, x) => g.mul(x.mul(x).sub(1).rsqrt())),
  atanh: rule("Atanh", "x", (g, x) => g.div(x.mul(x).neg().add(1))),
  erf: rule("Erf", "x", (g, x) => g.mul(x.mul(x).neg().exp()).mul(TWO_OVER_SQRT_PI)),
  erfc: rule("Erfc", "x", (g, x) => g.mul(x.mul(x).neg().exp()).mul(-TWO_OVER_SQRT_PI)),
  erfinv: rule("Erfinv", "y", (g, _, y) => g.mul(y.mul(y).exp()).div(TWO_OVER_SQRT_PI)),
  lgamma: rule("Lgamma", "x", (g, x) => g.mul(x.digamma())),
  digamma: rule("Digamma", "x", (g, x) => g.mul(unaryOp("trigamma", x))),
  trigamma: rule("Polygamma", "none", () => {
    throw new AutogradError("digamma: it is differentiated once, not twice");
  }),
  sigmoid: rule("Sigmoid", "y", (g, _, y) => g.mul(y.mul(y.neg().add(1)))),
  gelu: rule("Gelu", "x", geluDerivative),
  geluTanh: rule("Gelu", "x", geluTanhDerivative),
  floor: rule("Floor", "none", ZERO, false),
  ceil: rule("Ceil", "none", ZERO, false),
  round: rule("Round", "none", ZERO, false),
  trunc: rule("Trunc", "none", ZERO, false),
};

/** Phi(x) + x phi(x). */
function geluDerivative(g: Tensor, x: Tensor): Tensor {
  const cdf = x.mul(-Math.SQRT1_2).erfc().mul(0.5);
  const pdf = x.mul(x).mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));
  return g.mul(cdf.add(x.mul(pdf)));
}

/** With s = sigmoid(2u): s + x s (1 - s) 2u'. */
function geluTanhDerivative(g: Tensor, x: Tensor): Tensor {
  const c = Math.sqrt(2 / Math.PI);
  const square = x.mul(x);
  const s = square.mul(0.044715).add(1).mul(x).mul(2 * c).sigmoid();
  const slope = square.mul(3 * 0.044715).add(1).mul(2 * c);
  return g.mul(s.add(x.mul(s).mul(s.neg().add(1)).mul(slope)));
}

/** A unary function of a tensor. */
export function unaryOp(op: UnaryOp, x: Tensor): Tensor {
  const { name, float, needs, derivative } = UNARY[op]!;
  assertComputes(x.dtype, op);
  if (op === "neg" && x.dtype === "bool") {
    throw new DTypeError("neg: bool has no negative; use logicalNot()");
  }
  const dtype = float ? floating(x.dtype) : null;
  const y = pointwise(op, [x], x.shape, dtype, (nodes) => unary(op, nodes[0]));
  if (derivative === null) return y;
  if (needs === "x") return record(name, y, [x], [x], (g, x) => [derivative(g, x, x)]);
  if (needs === "y") return record(name, y, [x], [y], (g, y) => [derivative(g, y, y)]);
  return record(name, y, [x], [], (g) => [derivative(g, g, g)]);
}

/** A unary function without a gradient: `isnan`, `logicalNot`, `bitwiseNot`. */
export function predicate(op: "isnan" | "logicalNot" | "bitwiseNot", x: Tensor): Tensor {
  assertComputes(x.dtype, op);
  if (op === "bitwiseNot" && isFloat(x.dtype)) {
    throw new DTypeError(`bitwiseNot: expected integers or bool, got ${x.dtype}`);
  }
  return pointwise(op, [x], x.shape, null, ([a]) => unary(op, a));
}

/**
 * What takes a number as float32 beside halves. Other functions round it to a half first: `x.eq(0.1)`
 * finds 0.1. Source: PyTorch's CUDA kernels, where the functors of these four have `opmath_t`
 * arguments, and those of powers, remainders and comparisons `scalar_t`. Its CPU of 1.13 rounds
 * always.
 */
const WIDE_NUMBERS: ReadonlySet<BinaryOp> = new Set(["add", "sub", "mul", "div"]);

/** A binary operation whose result has the common dtype. */
export function arithmetic(
  op: BinaryOp,
  a: Tensor | Scalar,
  b: Tensor | Scalar,
  dtype: DType,
): Tensor {
  if (WIDE_NUMBERS.has(op) && !(isTensor(a) && isTensor(b))) {
    const wide = wideDType(dtype);
    return elementwise(op, [a, b], wide, ([x, y], shape) => cast(binary(op, x, y, shape), dtype));
  }
  return elementwise(op, [a, b], dtype, (nodes, shape) => binary(op, nodes[0], nodes[1], shape));
}

/** The operands that are tensors. */
export const only = (...operands: (Tensor | Scalar)[]): Tensor[] => operands.filter(isTensor);

/** Lines gradients up with the operands that are tensors. */
export function forTensors(
  operands: readonly (Tensor | Scalar)[],
  grads: readonly (() => Tensor | null)[],
): (Tensor | null)[] {
  return grads.filter((_, i) => isTensor(operands[i])).map((grad) => grad());
}

function needs(operand: Tensor | Scalar): boolean {
  return isTensor(operand) && operand.requiresGrad;
}

/** Whether an operation on these is recorded: most are not, and then need no closures. */
function recording(a: Tensor | Scalar, b: Tensor | Scalar): boolean {
  return isGradEnabled() && (needs(a) || needs(b));
}

/** `a + alpha b`, `a - alpha b`. */
export function add(a: Tensor, b: Tensor | Scalar, sign: 1 | -1 = 1): Tensor {
  const operation = sign === 1 ? "add" : "sub";
  assertOperand(operation, b);
  const dtype = commonDType(operation, [a, b]);
  if (sign === -1 && dtype === "bool") {
    throw new DTypeError("sub: bool tensors don't subtract; use logicalXor or logicalNot");
  }
  const out = arithmetic(operation, a, b, dtype);
  if (!recording(a, b)) return out;
  return record(
    sign === 1 ? "AddBackward0" : "SubBackward0",
    out,
    only(a, b),
    [],
    (g) => forTensors([a, b], [() => g, () => sign === 1 ? g : g.neg()]),
  );
}

/** `a * b`. */
export function mul(a: Tensor, b: Tensor | Scalar): Tensor {
  assertOperand("mul", b);
  const out = arithmetic("mul", a, b, commonDType("mul", [a, b]));
  if (!recording(a, b)) return out;
  if (!isTensor(b)) return record("MulBackward0", out, [a], [], (g) => [g.mul(b)]);
  const saved = [...(b.requiresGrad ? [a] : []), ...(a.requiresGrad ? [b] : [])];
  const [wantA, wantB] = [a.requiresGrad, b.requiresGrad];
  return record("MulBackward0", out, [a, b], saved, (g, ...saved) => [
    wantA ? g.mul(saved[saved.length - 1]) : null,
    wantB ? g.mul(saved[0]) : null,
  ]);
}

/** `a / b`; integers divide in float32. */
export function div(a: Tensor | Scalar, b: Tensor | Scalar): Tensor {
  assertOperand("div", a);
  assertOperand("div", b);
  const out = arithmetic("div", a, b, floating(commonDType("div", [a, b])));
  if (!recording(a, b)) return out;
  if (!isTensor(b)) return record("DivBackward0", out, only(a), [], (g) => [g.div(b)]);
  const wantB = b.requiresGrad;
  const saved = wantB ? [b, out] : [b];
  return record(
    "DivBackward0",
    out,
    only(a, b),
    saved,
    (g, ...[b, out]) =>
      forTensors([a, b], [() => g.div(b), () => wantB ? g.mul(out).div(b).neg() : null]),
  );
}

/** `a ** b`. */
export function pow(a: Tensor | Scalar, b: Tensor | Scalar): Tensor {
  assertOperand("pow", a);
  assertOperand("pow", b);
  const dtype = commonDType("pow", [a, b]);
  if (dtype === "bool") throw new DTypeError("pow: bool tensors have no powers");
  if (isInt(dtype) && !isTensor(b) && Number(b) < 0) {
    throw new DTypeError(`pow: integers to negative integer powers are not allowed, got ${b}`);
  }
  // The powers that are cheaper, and exact, as products.
  const out = isTensor(a) && isFloat(dtype) && b === 2
    ? elementwise("pow", [a], dtype, ([x], shape) => binary("mul", x, x, shape))
    : isTensor(a) && isFloat(dtype) && b === 0.5
    ? pointwise("pow", [a], a.shape, dtype, ([x]) => unary("sqrt", x))
    : arithmetic("pow", a, b, dtype);
  if (isTensor(a) && !isTensor(b)) {
    const exponent = Number(b);
    return record("PowBackward0", out, [a], [a], (g, a) => [
      exponent === 0
        ? g.newZeros(g.shape)
        : g.mul(exponent === 2 ? a : pow(a, exponent - 1)).mul(exponent),
    ]);
  }
  const inputs = only(a, b);
  return record("PowBackward1", out, inputs, [...inputs, out], (g, ...saved) => {
    const out = saved[saved.length - 1];
    const base = isTensor(a) ? saved[0] : a;
    const exponent = isTensor(a) ? saved[1] : saved[0];
    const inBase = () =>
      needs(a)
        ? g.mul(exponent.mul(pow(base, exponent.sub(1)))).maskedFill(exponent.eq(0), 0)
        : null;
    const inExponent = () => {
      if (isTensor(base)) {
        return g.mul(out.mul(base.log()).maskedFill(base.eq(0).logicalAnd(exponent.ge(0)), 0));
      }
      // A base of 0 is flat from the exponent 0 up, and its logarithm is not finite.
      const slope = g.mul(out.mul(Math.log(Number(base))));
      return Number(base) === 0 ? slope.maskedFill(exponent.ge(0), 0) : slope;
    };
    return forTensors([a, b], [inBase, inExponent]);
  });
}

/** `maximum` and `minimum`; equal operands share the gradient, as in PyTorch. */
export function extreme(op: "maximum" | "minimum", a: Tensor, b: Tensor | Scalar): Tensor {
  assertOperand(op, b);
  const out = arithmetic(op, a, b, commonDType(op, [a, b]));
  const name = op === "maximum" ? "MaximumBackward0" : "MinimumBackward0";
  return record(name, out, only(a, b), only(a, b), (g, ...[a, second]) => {
    const other = second ?? b;
    // Where neither wins by order, both are NaN's neighbours: each gets the whole, as in PyTorch.
    const shared = a.eq(other).where(g.mul(0.5), g);
    const aBelow = a.lt(other), aAbove = a.gt(other);
    const [aLoses, bLoses] = op === "maximum" ? [aBelow, aAbove] : [aAbove, aBelow];
    const inA = aLoses.where(0, shared);
    return second === undefined ? [inA] : [inA, bLoses.where(0, shared)];
  });
}

/** Division and remainders toward minus infinity (or zero, for `fmod`). */
export function divide(
  op: "floorDivide" | "remainder" | "fmod",
  a: Tensor,
  b: Tensor | Scalar,
): Tensor {
  assertOperand(op, b);
  const dtype = commonDType(op, [a, b]);
  if (dtype === "bool") throw new DTypeError(`${op}: bool tensors don't divide`);
  if (isInt(dtype) && !isTensor(b) && Number(b) === 0) {
    throw new RangeError(`ZeroDivisionError: ${op} of ${dtype} by 0`);
  }
  const out = arithmetic(op, a, b, dtype);
  if (op === "floorDivide") return out;
  const name = op === "fmod" ? "FmodBackward0" : "RemainderBackward0";
  return record(name, out, only(a, b), only(a, b), (g, ...[a, second]) => {
    if (second === undefined) return [g];
    const quotient = op === "fmod" ? a.div(second).trunc() : a.div(second).floor();
    return [g, g.mul(quotient).neg()];
  });
}

/** The angle of (b, a). */
export function atan2(a: Tensor, b: Tensor | Scalar): Tensor {
  assertOperand("atan2", b);
  const out = arithmetic("atan2", a, b, floating(commonDType("atan2", [a, b])));
  return record("Atan2Backward0", out, only(a, b), only(a, b), (g, ...[a, second]) => {
    const other = second ?? b;
    const square = a.mul(a).add(isTensor(other) ? other.mul(other) : Number(other) ** 2);
    const inA = g.mul(other).div(square);
    return second === undefined ? [inA] : [inA, g.mul(a).div(square).neg()];
  });
}

/** A comparison; its result is bool. */
export function compare(
  op: "eq" | "ne" | "lt" | "le" | "gt" | "ge",
  a: Tensor,
  b: Tensor | Scalar,
): Tensor {
  assertOperand(op, b);
  return arithmetic(op, a, b, commonDType(op, [a, b]));
}

/** Bits and shifts of integers; bool has the first three. */
export function bitwise(
  op: "bitwiseAnd" | "bitwiseOr" | "bitwiseXor" | "shiftLeft" | "shiftRight",
  a: Tensor,
  b: Tensor | Scalar,
): Tensor {
  assertOperand(op, b);
  const dtype = commonDType(op, [a, b]);
  if (isFloat(dtype) || (dtype === "bool" && op.startsWith("shift"))) {
    throw new DTypeError(`${op}: expected integers, got ${dtype}`);
  }
  return arithmetic(op, a, b, dtype);
}

/** Logic on what is not zero; its result is bool. */
export function logical(
  op: "bitwiseAnd" | "bitwiseOr" | "bitwiseXor",
  a: Tensor,
  b: Tensor | Scalar,
): Tensor {
  assertOperand(op, b);
  const operation = op.replace("bitwise", "logical");
  for (const operand of only(a, b)) assertComputes(operand.dtype, operation);
  return arithmetic(op, a, b, "bool");
}

/** A conversion; the tensor itself when it has the dtype. */
export function toDType(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  if (DTYPES[x.dtype].kind === "storage" || DTYPES[dtype].kind === "storage") {
    throw new DTypeError(`Cannot convert ${x.dtype} to ${dtype}: storage dtypes don't convert`);
  }
  const out = pointwise("to", [x], x.shape, null, ([a]) => cast(a, dtype));
  return isFloat(dtype) ? record("ToCopyBackward0", out, [x], [], (g) => [g]) : out;
}

/** A row-major tensor with the same elements, in its own memory. */
export function clone(x: Tensor): Tensor {
  const out = x.isWhole()
    ? makeTensor(x.storage.copy(), x.shape)
    : fromNode(read(x, x.shape), x.storage.connector);
  return record("CloneBackward0", out, [x], [], (g) => [g]);
}
