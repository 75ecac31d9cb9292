#!/usr/bin/python3
"""Makes op_fixtures.json: what PyTorch gives, forward and backward, for the operations of core.

    /usr/bin/python3 core/testdata/make_op_fixtures.py

A case names an operation as Touchstone calls it, its arguments, and the results. Tensors are kept
once in a pool, as bytes. Gradients are those of sum(out * g), where g[i] = ((7 i) % 5 - 1.5) / 2, a
pattern that both sides can make. Where PyTorch's CPU has no half kernel, the oracle is what the
design asks for: computed in float32, rounded once.
"""
import base64
import itertools
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(20240229)
torch.set_num_threads(1)
inf, nan = math.inf, math.nan
NAMES = {
    torch.float32: "float32", torch.float64: "float64", torch.float16: "float16",
    torch.bfloat16: "bfloat16", torch.int64: "int64", torch.int32: "int32", torch.int16: "int16",
    torch.int8: "int8", torch.uint8: "uint8", torch.bool: "bool",
}
DTYPES = list(NAMES)
FLOATS = DTYPES[:4]
HALVES = DTYPES[2:4]
INTS = DTYPES[4:9]

pool, index_of, cases = [], {}, []


def keep(t):
    """The pool's index of a tensor."""
    t = t.detach().contiguous()
    raw = t.view(torch.int16) if t.dtype == torch.bfloat16 else t
    data = raw.numpy().tobytes()
    key = (NAMES[t.dtype], tuple(t.shape), data)
    if key not in index_of:
        index_of[key] = len(pool)
        pool.append([key[0], list(t.shape), base64.b64encode(data).decode()])
    return index_of[key]


def plain(value):
    """An argument as JSON has it."""
    if isinstance(value, float) and (math.isinf(value) or math.isnan(value)):
        return {"f": str(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {"o": {key: plain(item) for key, item in value.items()}}
    return value


class T:
    """A tensor argument: its value, a permutation to look through, whether it has a gradient."""

    def __init__(self, value, permute=None, grad=None):
        self.value, self.permute = value, permute
        self.grad = value.dtype in FLOATS if grad is None else grad


def cotangent(t):
    i = torch.arange(t.numel(), dtype=torch.float64)
    return (((7 * i) % 5 - 1.5) / 2).reshape(t.shape).to(t.dtype)


def run(fn, args):
    leaves, given = [], []
    for arg in args:
        if not isinstance(arg, T):
            given.append(arg)
            continue
        leaf = arg.value.clone().requires_grad_(arg.grad)
        leaves.append(leaf)
        given.append(leaf if arg.permute is None else leaf.permute(arg.permute))
    out = fn(*given)
    grads = None
    if isinstance(out, torch.Tensor) and out.requires_grad and out.dtype in FLOATS:
        out.backward(cotangent(out))
        grads = [leaf.grad if leaf.requires_grad else None for leaf in leaves]
    return out, grads


def widened(arg):
    if isinstance(arg, T) and arg.value.dtype in HALVES:
        return T(arg.value.float(), arg.permute, arg.grad)
    return arg


def case(name, fn, *args, ulp=1, scaled=False, floor=False, grad=True, half_oracle=False):
    """Adds a case; `ulp` and `scaled` are how near the result must be (see the test)."""
    if not grad:
        for arg in args:
            if isinstance(arg, T):
                arg.grad = False
    halves = [a.value.dtype for a in args if isinstance(a, T) and a.value.dtype in HALVES]
    out = grads = None
    if not (half_oracle and halves):
        try:
            out, grads = run(fn, args)
        except RuntimeError as error:
            if "not implemented for" not in str(error) or not halves:
                raise RuntimeError(f"{name} {args}") from error
    if out is None:
        out, grads = run(fn, [widened(arg) for arg in args])
        if out.dtype in FLOATS:
            out = out.to(halves[0])
        if grads is not None:
            leaves = [arg for arg in args if isinstance(arg, T)]
            grads = [g if g is None else g.to(a.value.dtype) for g, a in zip(grads, leaves)]
    encoded = []
    for arg in args:
        if isinstance(arg, T):
            item = {"t": keep(arg.value)}
            if arg.permute is not None:
                item["p"] = arg.permute
            if grads is not None and arg.grad:
                item["g"] = 1
            encoded.append(item)
        else:
            encoded.append(plain(arg))
    entry = {"op": name, "args": encoded, "out": keep(out)}
    if grads is not None:
        entry["grads"] = [None if g is None else keep(g) for g in grads]
    if ulp != 1:
        entry["ulp"] = ulp
    if floor:
        entry["floor"] = 1
    if scaled:
        entry["scaled"] = 1
    cases.append(entry)


# --- values ------------------------------------------------------------------------------------

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 3.0, inf, -inf, nan, 1e-40, -1e-40,
           1.17549435e-38, 1e-5, -1e-5, 0.1, 10.0, -10.0, 30.0, -30.0, 88.0, -103.0, 1e5, 1e10,
           3.4e38, -3.4e38]
MODEST = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, inf, -inf, nan, 1e-40, 1e20]


def values(dtype, extra=10):
    special = torch.tensor(SPECIAL, dtype=torch.float64).to(dtype)
    return torch.cat([special, torch.randn(extra, dtype=torch.float64).to(dtype)])


def extremes(dtype):
    if dtype == torch.bool:
        return torch.tensor([False, True])
    info = torch.iinfo(dtype)
    items = {0, 1, 2, 3, 5, 7, 100, info.max, info.max - 1, info.min, info.min + 1}
    if info.min < 0:
        items |= {-1, -2, -3, -7}
    return torch.tensor(sorted(items), dtype=dtype)


def pairs(a, b):
    grid = list(itertools.product(range(len(a)), range(len(b))))
    return a[[i for i, _ in grid]], b[[j for _, j in grid]]


def normal(*shape, dtype=torch.float32):
    return torch.randn(shape, dtype=torch.float64).to(dtype)


# --- one argument ------------------------------------------------------------------------------

UNARY = {
    "neg": torch.neg, "abs": torch.abs, "sign": torch.sign, "exp": torch.exp, "exp2": torch.exp2,
    "expm1": torch.expm1, "log": torch.log, "log2": torch.log2, "log10": torch.log10,
    "log1p": torch.log1p, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "sin": torch.sin,
    "cos": torch.cos, "tan": torch.tan, "asin": torch.asin, "acos": torch.acos, "atan": torch.atan,
    "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh, "asinh": torch.asinh,
    "acosh": torch.acosh, "atanh": torch.atanh, "erf": torch.erf, "erfc": torch.erfc,
    "sigmoid": torch.sigmoid, "floor": torch.floor, "ceil": torch.ceil, "round": torch.round,
    "trunc": torch.trunc, "frac": torch.frac, "reciprocal": torch.reciprocal,
    "square": torch.square, "isnan": torch.isnan, "isinf": torch.isinf,
    "isfinite": torch.isfinite, "logicalNot": torch.logical_not, "relu": F.relu, "silu": F.silu,
}
WHOLE = {"neg", "abs", "sign", "square", "isnan", "isinf", "isfinite", "logicalNot", "relu"}
ULP = {"tan": 8, "erfc": 8, "sinh": 4, "cosh": 4, "expm1": 4, "asinh": 8, "acosh": 8, "atanh": 8,
       "rsqrt": 4, "silu": 8, "sigmoid": 4, "log1p": 4, "tanh": 4, "exp2": 4, "erf": 4, "asin": 4,
       "acos": 4}
for name, fn in UNARY.items():
    for dtype in FLOATS:
        # The half kernels of 1.13 round more than once in places: float32 is their oracle.
        # Nor does it near the ends of the range: log1p and silu overflow, the slope of square does.
        x = values(dtype)
        if name in {"log1p", "square", "silu"}:
            x = x[(x.abs() < 100) | ~x.isfinite()]
        case(name, fn, T(x), ulp=ULP.get(name, 2), half_oracle=True)
    for dtype in [torch.int64, torch.int32, torch.uint8, torch.bool]:
        if dtype == torch.bool and name in {"neg", "abs", "sign", "square", "relu", "reciprocal"}:
            continue
        if name in {"frac", "silu", "isfinite", "isinf"}:
            continue
        if name in WHOLE:
            case(name, fn, T(extremes(dtype)))
        elif name in {"floor", "ceil", "round", "trunc"}:
            if dtype != torch.bool:
                case(name, fn, T(extremes(dtype)))
        else:
            small = torch.tensor([0, 1, 2, 5]).to(dtype)
            case(name, fn, T(small), ulp=ULP.get(name, 2))
for dtype in FLOATS:
    finite = values(dtype)[[i for i, x in enumerate(SPECIAL) if abs(x) < 1e4]]
    for approximate in ["none", "tanh"]:
        case("gelu", lambda x, o: F.gelu(x, approximate=o["approximate"]), T(finite),
             {"approximate": approximate}, ulp=2, floor=True, half_oracle=True)
    case("softplus", lambda x, beta, t: F.softplus(x, beta, t), T(values(dtype)), 1, 20, ulp=8,
         half_oracle=True)
    case("softplus", lambda x, beta, t: F.softplus(x, beta, t), T(finite), 2, 5, ulp=8,
         half_oracle=True)
for dtype in INTS + [torch.bool]:
    case("bitwiseNot", torch.bitwise_not, T(extremes(dtype)))

# --- two arguments -----------------------------------------------------------------------------

ARITHMETIC = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow,
    "atan2": torch.atan2, "maximum": torch.maximum, "minimum": torch.minimum,
    "floorDivide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    "remainder": torch.remainder, "fmod": torch.fmod,
}
COMPARE = {"eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt,
           "ge": torch.ge}
LOGICAL = {"logicalAnd": torch.logical_and, "logicalOr": torch.logical_or,
           "logicalXor": torch.logical_xor}
BITWISE = {"bitwiseAnd": torch.bitwise_and, "bitwiseOr": torch.bitwise_or,
           "bitwiseXor": torch.bitwise_xor}
SHIFT = {"bitwiseLeftShift": torch.bitwise_left_shift,
         "bitwiseRightShift": torch.bitwise_right_shift}

for dtype in FLOATS:
    modest = torch.tensor(MODEST, dtype=torch.float64).to(dtype)
    a, b = pairs(modest, modest)
    a = torch.cat([a, normal(16, dtype=dtype)])
    b = torch.cat([b, normal(16, dtype=dtype)])
    for name, fn in {**ARITHMETIC, **COMPARE, **LOGICAL}.items():
        special = name in {"pow", "fmod", "remainder", "floorDivide", "atan2"}
        # PyTorch's vectorised remainders take a subnormal divisor for 0.
        ok = ((b == 0) | (b.abs() > 1e-30)) if special else b == b
        ok |= b.isnan()
        case(name, fn, T(a[ok]), T(b[ok]), ulp=4 if special else 1, grad=name not in {"floorDivide"} and
             not (special or name == "div"), half_oracle=True)
    for name in ["maximum", "minimum", "atan2"]:
        number = torch.tensor(0.5, dtype=dtype)
        case(name, lambda x, value: ARITHMETIC[name](x, number), T(normal(8, dtype=dtype)), 0.5,
             ulp=4, half_oracle=True)
    x, y = normal(24, dtype=dtype), normal(24, dtype=dtype)
    for name in ["pow", "fmod", "remainder", "atan2", "div"]:
        first = x.abs() + 0.5 if name == "pow" else x
        second = torch.where(y.abs() < 0.1, torch.full_like(y, 0.5), y)
        case(name, ARITHMETIC[name], T(first), T(second), ulp=16, half_oracle=True)
for dtype in INTS:
    a, b = pairs(extremes(dtype), extremes(dtype))
    divides = (b != 0) & ~((a == torch.iinfo(dtype).min) & (b == -1))
    for name, fn in {**ARITHMETIC, **COMPARE, **LOGICAL, **BITWISE}.items():
        if name in {"floorDivide", "remainder", "fmod"}:
            case(name, fn, T(a[divides]), T(b[divides]))
        elif name == "pow":
            ok = b >= 0
            case(name, fn, T(a[ok]), T(b[ok]))
        elif name not in {"div", "atan2"}:
            case(name, fn, T(a), T(b))
    small = torch.tensor([1, 2, 3, 7, 100], dtype=dtype)
    case("div", torch.div, T(small), T(small.flip(0)))
    case("atan2", torch.atan2, T(small), T(small.flip(0)), ulp=2)
    shifts = torch.tensor([0, 1, 3, torch.iinfo(dtype).bits - 2], dtype=dtype)
    a, b = pairs(extremes(dtype), shifts)
    for name, fn in SHIFT.items():
        case(name, fn, T(a), T(b))
a, b = pairs(extremes(torch.bool), extremes(torch.bool))
for name, fn in {**COMPARE, **LOGICAL, **BITWISE, "add": torch.add, "mul": torch.mul,
                 "maximum": torch.maximum, "minimum": torch.minimum, "div": torch.div}.items():
    case(name, fn, T(a), T(b))

# Numbers as operands.
for dtype in [torch.float32, torch.float64, torch.int64, torch.int32, torch.uint8]:
    x = torch.tensor([0, 1, 2, 5, 100]).to(dtype)
    for value in [2, 3, 2.5, True]:
        for name in ["add", "sub", "mul", "div", "floorDivide", "remainder", "fmod"]:
            if name != "sub" or value is not True:
                case(name, ARITHMETIC[name], T(x), value, ulp=2, grad=name != "floorDivide")
        for name, fn in COMPARE.items():
            case(name, fn, T(x), value)
for dtype in [torch.float32, torch.float64]:
    x = torch.tensor([0.25, 1.0, 2.0, 5.5, 9.75]).to(dtype)
    for exponent in [0, 1, 2, 3, 0.5, -1, -2, 2.5, -0.5]:
        case("pow", torch.pow, T(x), exponent, ulp=4)
    case("pow", torch.pow, T(torch.tensor([-0.0, -inf, inf, -2.0, nan, 0.0]).to(dtype)), 0.5,
         grad=False)
    case("pow", torch.pow, T(torch.tensor([-0.0, -inf, inf, -2.0, nan, 0.0]).to(dtype)), 2)
    case("pow", torch.pow, T(torch.tensor([-0.0, -inf, inf, -2.0, nan, 0.0]).to(dtype)), 3)
    case("pow", torch.pow, T(torch.tensor([-0.0, 0.0, 3.0]).to(dtype)), 0)
case("pow", torch.pow, T(extremes(torch.int32)), 3)

# Broadcasting, and gradients that sum back.
for name in ["add", "sub", "mul", "div", "maximum", "minimum", "pow", "atan2"]:
    for left, right in [([2, 3], [3]), ([2, 1], [1, 3]), ([], [2, 2]), ([2, 1, 2], [3, 1]),
                        ([0, 2], [1, 2])]:
        a, b = normal(*left).abs() + 0.5, normal(*right).abs() + 0.5
        case(name, ARITHMETIC[name], T(a), T(b), ulp=8, scaled=True)
# Equal operands share.
t = torch.tensor([1.0, 2.0, 3.0])
for name in ["maximum", "minimum"]:
    case(name, ARITHMETIC[name], T(t), T(torch.tensor([1.0, 3.0, 2.0])))

# --- choices -----------------------------------------------------------------------------------

mask = torch.tensor([True, False, True, False, True, False])
for dtype in DTYPES:
    a, b = torch.arange(6).to(dtype), (torch.arange(6) * 3 + 1).to(dtype)
    case("where", torch.where, T(mask), T(a), T(b))
    case("maskedFill", lambda x, m, v: x.masked_fill(m, v), T(a), T(mask), 1)
    if dtype in FLOATS:
        x = values(dtype)
        for low, high in [(-1.5, 2.0), (None, 0.5), (0.0, None), (2.0, -1.0)]:
            case("clamp", lambda x, lo, hi: x.clamp(lo, hi), T(x), low, high)
        case("maskedFill", lambda x, m, v: x.masked_fill(m, v), T(a), T(mask), -inf)
    elif dtype != torch.bool:
        case("clamp", lambda x, lo, hi: x.clamp(lo, hi), T(extremes(dtype)), 1, 5)
case("where", torch.where, T(torch.tensor([[True], [False]])), T(normal(3)), T(normal(2, 1)))
case("where", torch.where, T(torch.tensor([True, False])), T(torch.tensor([1, 2])),
     T(torch.tensor([1.5, 2.5])))
x = torch.tensor([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0])
low, high = torch.tensor([-1.0, -1.0, 0.0, 1.0, 0.0, 0.0]), torch.tensor([1.0, 1.0, 0.0, 2.0, 1.0, -1.0])
case("clamp", torch.clamp, T(x), T(low), T(high))
case("clamp", lambda x, lo, hi: torch.clamp(x, min=lo), T(x), T(low), None)
case("clamp", lambda x, lo, hi: torch.clamp(x, max=hi), T(x), None, T(high))
for dtype in [torch.float32, torch.float64]:
    a, b, w = normal(12, dtype=dtype), normal(12, dtype=dtype), torch.rand(12).to(dtype)
    case("lerp", torch.lerp, T(a), T(b), T(w), ulp=4, scaled=True)
    for weight in [0.0, 0.25, 0.5, 0.75, 1.0, 1.5]:
        case("lerp", torch.lerp, T(a), T(b), weight, ulp=2, scaled=weight != 1.0)
    d = b.abs() + 0.5
    case("addcdiv", lambda x, a, b, o: torch.addcdiv(x, a, b, value=o["value"]), T(a), T(w), T(d),
         {"value": -0.5}, ulp=4, scaled=True)
    case("addcmul", lambda x, a, b, o: torch.addcmul(x, a, b, value=o["value"]), T(a), T(w), T(d),
         {"value": 2.0}, ulp=4, scaled=True)

# --- reductions --------------------------------------------------------------------------------


def dims_of(fn):
    return lambda x, dim, keepdim: fn(x) if dim is None and not keepdim else \
        fn(x, list(range(x.ndim)) if dim is None else dim, keepdim)


REDUCE = {
    "sum": dims_of(torch.sum), "mean": dims_of(torch.mean), "amax": dims_of(torch.amax),
    "amin": dims_of(torch.amin), "logsumexp": dims_of(
        lambda x, d=None, k=False: torch.logsumexp(x, list(range(x.ndim)) if d is None else d, k)),
}
VARIANTS = [(None, False), (None, True), (0, False), (1, True), (-1, False), (2, True),
            ([0, 2], False), ([1, 2], True), ([0, 1], False), ([0, 1, 2], False)]
for dtype in FLOATS:
    full = [torch.float32, torch.float64]
    x = normal(2, 3, 4, dtype=dtype)
    for name, fn in REDUCE.items():
        for dim, keepdim in VARIANTS if dtype in full else VARIANTS[2:6]:
            case(name, fn, T(x), dim, keepdim, ulp=8, scaled=True, half_oracle=True)
        if dtype in full:
            case(name, fn, T(x, [2, 0, 1]), [0, 1], False, ulp=8, scaled=True)
            case(name, fn, T(x, [2, 0, 1]), 1, True, ulp=8, scaled=True)
    if dtype not in full:
        continue
    for correction in [0, 1, 2]:
        for dim, keepdim in [(None, False), (0, False), ([1, 2], True), (-1, False)]:
            options = {"correction": correction, "keepdim": keepdim}
            for name, fn in {"var": torch.var, "std": torch.std}.items():
                case(name, lambda x, d, o: fn(x, list(range(x.ndim)) if d is None else d,
                                              correction=o["correction"], keepdim=o["keepdim"]),
                     T(x), dim, options, ulp=32, scaled=True)
    for p in [2, 1, 3, 0, inf, -inf, 0.5, 2.5]:
        for dim, keepdim in [(None, False), (0, True), ([1, 2], False)]:
            case("norm", lambda x, p, d, k: torch.linalg.vector_norm(x, p, d, k), T(x), p, dim,
                 keepdim, ulp=32, scaled=True)
    case("norm", lambda x, p, d, k: torch.linalg.vector_norm(x, p, d, k),
         T(torch.zeros(2, 3, dtype=dtype)), 2, -1, False)
    for dim, keepdim in [(None, False), (0, False), (1, True), (-1, False)]:
        fn = lambda x, d, k: x.prod() if d is None else x.prod(d, k)
        case("prod", fn, T(x), dim, keepdim, ulp=32, scaled=True)
        one = x.clone(); one[0, 1, 2] = 0
        case("prod", fn, T(one), dim, keepdim, ulp=32, scaled=True)
        two = one.clone(); two[0, 1, 3] = 0; two[1, 1, 2] = 0
        case("prod", fn, T(two), dim, keepdim, ulp=32, scaled=True)
    ties = torch.tensor([[1, 3, 3, 2], [5, 5, 5, 5], [0, -1, 0, -1]]).to(dtype)
    for name in ["amax", "amin"]:
        for dim in [None, 0, 1, [0, 1]]:
            case(name, REDUCE[name], T(ties), dim, False, ulp=2)
    odd = torch.tensor([[nan, 1, 2], [inf, -inf, 0], [-inf, -inf, -inf], [inf, inf, 1]]).to(dtype)
    for name in ["sum", "mean", "amax", "amin", "logsumexp"]:
        case(name, REDUCE[name], T(odd), 1, False, grad=False, ulp=2)
    constant = torch.full((2, 3), 2.5, dtype=dtype)
    case("std", lambda x, d, o: torch.std(x, d), T(constant), 1, {})
    case("var", lambda x, d, o: torch.var(x, d), T(constant), 1, {})
ARG = {"argmax": torch.argmax, "argmin": torch.argmin}
for dtype in DTYPES[:-1]:
    x = torch.tensor([[[3, 1, 2], [5, 5, 1]], [[0, 2, 2], [1, 0, 0]]]).to(dtype)
    for name, fn in ARG.items():
        for dim, keepdim in [(None, False), (0, False), (1, True), (-1, False)]:
            # Where elements tie, PyTorch promises no index; ours is the first, as NumPy's.
            first = lambda x, d, k: torch.from_numpy(np.asarray(
                getattr(np, name)(x.double().numpy(), d, **({"keepdims": True} if k else {}))))
            case(name, first, T(x, grad=False), dim, keepdim)
for name, fn in ARG.items():
    odd = torch.tensor([[1, nan, 2, nan], [inf, -inf, inf, -inf], [-0.0, 0.0, -0.0, 0.0]])
    case(name, lambda x, d, k: torch.tensor([1, {"argmax": 0, "argmin": 1}[name], 0]),
         T(odd, grad=False), 1, False)
for dtype in INTS + [torch.bool]:
    x = (torch.arange(24).reshape(2, 3, 4) % 7 * 19).to(dtype)
    for name in ["sum", "amax", "amin"]:
        for dim, keepdim in VARIANTS[:8]:
            case(name, REDUCE[name], T(x), dim, keepdim)
    for dim in [None, 0, -1]:
        case("prod", lambda x, d, k: x.prod() if d is None else x.prod(d, k), T(x), dim, False)
case("sum", REDUCE["sum"], T(extremes(torch.int64)), None, False)
case("sum", REDUCE["sum"], T(extremes(torch.int32)), None, False)
for dtype in [torch.float32, torch.int64, torch.bool]:
    x = torch.tensor([[0, 1, 0], [0, 0, 0], [1, 1, 1]]).to(dtype)
    for name, fn in {"any": torch.any, "all": torch.all}.items():
        for dim, keepdim in [(None, False), (0, False), (1, True)]:
            case(name, lambda x, d, k: fn(x) if d is None else fn(x, d, k), T(x, grad=False), dim,
                 keepdim)
for shape, dim in [([0], None), ([2, 0], 1), ([0, 3], 0), ([2, 0], 0), ([0, 3], 1)]:
    x = torch.zeros(shape)
    for name in ["sum", "mean"]:
        case(name, REDUCE[name], T(x), dim, False)
    case("prod", lambda x, d, k: x.prod() if d is None else x.prod(d, k), T(x), dim, False)
    case("all", lambda x, d, k: x.all() if d is None else x.all(d, k), T(x, grad=False), dim, False)
    case("any", lambda x, d, k: x.any() if d is None else x.any(d, k), T(x, grad=False), dim, False)
for shape in [[], [1], [1, 1]]:
    x = normal(*shape)
    for name in ["sum", "mean", "amax", "logsumexp"]:
        case(name, REDUCE[name], T(x), None, False, ulp=2)

# --- products ----------------------------------------------------------------------------------

SHAPES = [([3], [3]), ([2, 3], [3]), ([3], [3, 2]), ([2, 3], [3, 4]), ([2, 2, 3], [3, 2]),
          ([2, 2, 3], [2, 3, 2]), ([2, 1, 2, 3], [3, 3, 2]), ([2, 2, 3], [3]), ([3], [2, 3, 2]),
          ([2, 3], [2, 3, 2]), ([1, 1], [1, 1]), ([2, 0], [0, 3]), ([0, 2], [2, 3]), ([5, 17], [17, 9])]
for dtype in FLOATS[:2]:
    for a, b in SHAPES:
        case("matmul", torch.matmul, T(normal(*a, dtype=dtype)), T(normal(*b, dtype=dtype)), ulp=32,
             scaled=True)
for dtype in HALVES:
    for a, b in [([2, 3], [3, 4]), ([2, 2, 3], [2, 3, 2])]:
        case("matmul", torch.matmul, T(normal(*a, dtype=dtype)), T(normal(*b, dtype=dtype)), ulp=2,
             scaled=True, half_oracle=True)
for dtype in INTS:
    for a, b in SHAPES[:6]:
        x, y = torch.randint(0, 100, a).to(dtype), torch.randint(0, 100, b).to(dtype)
        case("matmul", torch.matmul, T(x), T(y))
x, y = normal(3, 2, 4), normal(2, 5, 3)
case("matmul", torch.matmul, T(x, [1, 0, 2]), T(normal(4, 5)), ulp=32, scaled=True)
case("matmul", torch.matmul, T(normal(4, 3), [1, 0]), T(normal(5, 4), [1, 0]), ulp=32, scaled=True)
case("matmul", torch.matmul, T(x, [1, 0, 2]), T(normal(4, 2, 6), [1, 0, 2]), ulp=32, scaled=True)
for shape in [[4], [3, 4], [2, 3, 4]]:
    for bias in [None, T(normal(5))]:
        case("linear", F.linear, T(normal(*shape)), T(normal(5, 4)), bias, ulp=32, scaled=True)

# --- networks ----------------------------------------------------------------------------------

for dtype in FLOATS:
    for shape in [[5], [2, 5], [2, 3, 4]]:
        x = normal(*shape, dtype=dtype) * 3
        for dim in range(-1, len(shape) - 1):
            for name, fn in {"softmax": torch.softmax, "logSoftmax": torch.log_softmax}.items():
                case(name, fn, T(x), dim, ulp=16, scaled=True, half_oracle=True)
    big = torch.tensor([[100.0, 200.0, -50.0], [-inf, 0.0, 1.0], [88.0, 88.0, 88.0]]).to(dtype)
    for name, fn in {"softmax": torch.softmax, "logSoftmax": torch.log_softmax}.items():
        case(name, fn, T(big), 1, ulp=16, scaled=True, grad=False, half_oracle=True)
    for shape, normalized in [([4], [4]), ([3, 8], [8]), ([2, 3, 4], [4]), ([2, 3, 4], [3, 4])]:
        x = normal(*shape, dtype=dtype) * 2 + 1
        weight, bias = T(normal(*normalized, dtype=dtype)), T(normal(*normalized, dtype=dtype))
        for parts in [{}, {"weight": weight, "bias": bias}, {"weight": weight}, {"eps": 0.5}]:
            names = [key for key in parts if key != "eps"]
            fn = lambda x, n, *rest: F.layer_norm(
                x, n, **dict(zip(names, rest)), eps=parts.get("eps", 1e-5))
            case("layerNorm", fn, T(x), normalized, *[parts[key] for key in names], ulp=64,
                 scaled=True, half_oracle=True)
            cases[-1]["names"] = names
            cases[-1]["options"] = {"eps": parts["eps"]} if "eps" in parts else {}


def classes(name, fn, x, target, ulp=32, **options):
    tensors = {key: value for key, value in options.items() if isinstance(value, torch.Tensor)}
    numbers = {key: value for key, value in options.items() if key not in tensors}
    spelled = {"ignoreIndex": "ignore_index", "labelSmoothing": "label_smoothing"}

    def call(x, target, *rest):
        named = {spelled.get(key, key): value for key, value in numbers.items()}
        return fn(x, target, **dict(zip(tensors, rest)), **named)

    target = target if isinstance(target, T) else T(target, grad=False)
    case(name, call, T(x), target, *[T(value, grad=False) for value in tensors.values()], ulp=ulp,
         scaled=True, half_oracle=True)
    cases[-1]["names"] = list(tensors)
    cases[-1]["options"] = numbers


weight = torch.tensor([0.5, 1.0, 2.0, 0.25])
for dtype in [torch.float32, torch.float64, torch.bfloat16]:
    w = weight.to(dtype)
    x = normal(5, 4, dtype=dtype) * 2
    labels = torch.tensor([0, 3, 1, -100, 2])
    inside = torch.tensor([0, 3, 1, 1, 2])
    for reduction in ["mean", "sum", "none"]:
        for options in [{}, {"weight": w}, {"labelSmoothing": 0.1},
                        {"weight": w, "labelSmoothing": 0.2}]:
            classes("crossEntropy", F.cross_entropy, x, labels, reduction=reduction, **options)
            classes("crossEntropy", F.cross_entropy, x, inside, reduction=reduction, ignoreIndex=1,
                    **options)
            if dtype != torch.float32:
                continue
            p = T(torch.softmax(normal(5, 4, dtype=dtype), 1))
            classes("crossEntropy", F.cross_entropy, x, p, reduction=reduction, **options)
            q = T(torch.softmax(normal(2, 4, 3, dtype=dtype), 1), grad=False)
            classes("crossEntropy", F.cross_entropy, normal(2, 4, 3, dtype=dtype), q,
                    reduction=reduction, **options)
            long = torch.tensor([[0, 1, -100], [3, 3, 2]])
            classes("crossEntropy", F.cross_entropy, normal(2, 4, 3, dtype=dtype), long,
                    reduction=reduction, **options)
            longer = torch.randint(0, 4, (2, 3, 2))
            classes("crossEntropy", F.cross_entropy, normal(2, 4, 3, 2, dtype=dtype), longer,
                    reduction=reduction, **options)
            classes("crossEntropy", F.cross_entropy, normal(4, dtype=dtype), torch.tensor(2),
                    reduction=reduction, **options)
        for options in [{}, {"weight": w}, {"ignoreIndex": 1}, {"weight": w, "ignoreIndex": 1}]:
            logp = torch.log_softmax(x.float(), 1).to(dtype)
            classes("nllLoss", F.nll_loss, logp, labels if "ignoreIndex" not in options else inside,
                    reduction=reduction, **options)
            long = torch.tensor([[0, 1, 3], [3, 3, 2]])
            classes("nllLoss", F.nll_loss, normal(2, 4, 3, dtype=dtype), long, reduction=reduction,
                    **options)
            classes("nllLoss", F.nll_loss, normal(4, dtype=dtype), torch.tensor(2),
                    reduction=reduction, **options)
        fn = lambda x, t, r: F.mse_loss(x, t, reduction=r)
        case("mseLoss", fn, T(normal(2, 3, dtype=dtype)), T(normal(2, 3, dtype=dtype)), reduction,
             ulp=8, scaled=True, half_oracle=True)

# --- conversions -------------------------------------------------------------------------------

SMALL = torch.tensor([0, 1, -1, 2.5, -2.5, 100.75, 127, -128, 0.49], dtype=torch.float64)
for source in DTYPES:
    for target in DTYPES:
        x = SMALL.to(source) if source in FLOATS else extremes(source)
        if target == torch.uint8 and source in FLOATS:
            x = x.abs()
        case("type", lambda x, name: x.to(getattr(torch, name)), T(x), NAMES[target])
rounding = torch.tensor([1 + 2**-8, 1 + 2**-9, 1 + 3 * 2**-8, 1 + 2**-11, 1 + 2**-12, 1 + 3 * 2**-11,
                         65504, 65519.9, 65520, 1e5, 6e-8, 2.9e-8, 3e-8, 6.1e-5, 3.39e38, inf, -inf,
                         nan, -0.0, 1e-40, 9.2e-41, 4.6e-41], dtype=torch.float32)
for target in HALVES:
    case("type", lambda x, name: x.to(getattr(torch, name)), T(rounding, grad=False),
         NAMES[target])
case("type", lambda x, name: x.to(getattr(torch, name)),
     T(torch.tensor([2**53 + 1, 2**24 + 1, 2**24 + 3, 2**62 + 1, -(2**60) - 2**36 - 1, 2**63 - 1])),
     "float32")
case("type", lambda x, name: x.to(getattr(torch, name)),
     T(torch.tensor([2**53 + 1, 2**62 + 513, 2**63 - 1])), "float64")

# --- composed functions ------------------------------------------------------------------------
# These stand after all others, whose random numbers thus stay what they were.

ACTIVATIONS = {
    "leakyRelu": (F.leaky_relu, [0.01, 0.5]), "elu": (F.elu, [1, 0.7]), "celu": (F.celu, [1, 0.5]),
    "selu": (F.selu, [None]), "softsign": (F.softsign, [None]), "relu6": (F.relu6, [None]),
    "hardsigmoid": (F.hardsigmoid, [None]), "hardswish": (F.hardswish, [None]),
    "logsigmoid": (F.logsigmoid, [None]), "mish": (F.mish, [None]),
}
for name, (fn, parameters) in ACTIVATIONS.items():
    for dtype in FLOATS:
        x = values(dtype)
        if name == "hardswish":  # whose product overflows before it is divided
            x = x[(x.abs() < 1e37) | ~x.isfinite()]
        if name == "hardsigmoid" and dtype == torch.float64:  # PyTorch's 1 / 6 is a float32
            fn = lambda x: F.relu6(x + 3) / 6
        for parameter in parameters:
            given = [] if parameter is None else [parameter]
            # PyTorch's exp(x) - 1 cancels near zero; its mish goes through a quotient.
            case(name, fn, T(x), *given, ulp=4 if name == "mish" else 2,
                 floor=name in {"elu", "celu", "selu", "mish"}, half_oracle=True)
for dtype in FLOATS:
    for low, high in [(-1, 1), (-2.5, 0.5), (0, 3)]:
        case("hardtanh", F.hardtanh, T(values(dtype)), low, high, half_oracle=True)
for dtype in INTS:
    if dtype != torch.uint8:
        case("hardtanh", F.hardtanh, T(extremes(dtype)), -3, 3)
    case("relu6", F.relu6, T(extremes(dtype)))

for dtype in FLOATS:
    modest = torch.tensor(MODEST, dtype=torch.float64).to(dtype)
    a, b = pairs(modest, modest)
    a = torch.cat([a, normal(16, dtype=dtype) * 3])
    b = torch.cat([b, normal(16, dtype=dtype) * 3])
    for name, fn in {"hypot": torch.hypot, "logaddexp": torch.logaddexp,
                     "logaddexp2": torch.logaddexp2, "xlogy": torch.xlogy,
                     "copysign": torch.copysign, "fmax": torch.fmax, "fmin": torch.fmin}.items():
        # A NaN has no sign here; and PyTorch's own logarithms and squares take subnormals amiss.
        fits = lambda x: (x == 0) | ~(x.abs() < 1e-30)
        ok = ~b.isnan() if name == "copysign" else fits(a) & fits(b)
        case(name, fn, T(a[ok]), T(b[ok]), ulp=4 if name in {"logaddexp", "logaddexp2"} else 2,
             floor=name.startswith("logadd"), half_oracle=True)
        for value in [2, 0.5]:
            number = torch.tensor(value, dtype=torch.float32 if dtype in HALVES else dtype)
            case(name, lambda x, value: fn(x, number), T(normal(8, dtype=dtype)), value, ulp=2,
                 floor=name.startswith("logadd"), half_oracle=True)
    big = torch.tensor([3e38, 1e-30, 2e19, -3.0, 0.0, inf, nan, -inf]).to(dtype)
    case("hypot", torch.hypot, T(big, grad=False), T(big.roll(2), grad=False), ulp=2,
         half_oracle=True)
    share = torch.tensor([0.0, 1.0, 0.5, 0.25, 0.9, 0.1, 0.01, -0.5, 1.5, inf, nan]).to(dtype)
    case("logit", torch.logit, T(share), ulp=4, floor=True, half_oracle=True)
    case("logit", torch.logit, T(share), 0.125, ulp=4, floor=True, half_oracle=True)
    turns = torch.tensor([0.0, -0.0, 0.25, -0.5, 1.0, -2.0, 2.5, inf, -inf, nan, 7.75]).to(dtype)
    case("sinc", torch.sinc, T(turns), ulp=4, floor=True, half_oracle=True)
    for name, fn in {"deg2rad": torch.deg2rad, "rad2deg": torch.rad2deg}.items():
        x = values(dtype)
        case(name, fn, T(x[(x.abs() < 1e36) | ~x.isfinite()]), half_oracle=True)
    case("nanToNum", torch.nan_to_num, T(values(dtype)))
    case("nanToNum", torch.nan_to_num, T(values(dtype)), 1.5, 100, -7.25)
    for name, fn in {"signbit": torch.signbit, "isposinf": torch.isposinf,
                     "isneginf": torch.isneginf}.items():
        x = values(dtype)
        case(name, fn, T(x if name != "signbit" else x[~x.isnan()]))
    case("heaviside", torch.heaviside, T(values(dtype), grad=False),
         T(torch.tensor(0.5, dtype=dtype), grad=False))
    x = torch.tensor([1.0, 1.0, 1.0, 100.0, inf, inf, -inf, nan, nan, 0.0, 1e20]).to(dtype)
    y = torch.tensor([1.0, 1.25, 1.0 + 2**-6, 101.0, inf, -inf, 1.0, nan, 1.0, -0.0, -1e20]).to(dtype)
    for options in [{}, {"rtol": 0.05}, {"atol": 0.5}, {"rtol": 0, "atol": 0}, {"equalNan": True},
                    {"rtol": 0, "atol": 0, "equalNan": True}, {"atol": inf}]:
        case("isclose", lambda x, y, o: torch.isclose(x, y, **{
            {"equalNan": "equal_nan"}.get(key, key): value for key, value in o.items()}),
             T(x), T(y), options, half_oracle=True)
for dtype in INTS + [torch.bool]:
    x = extremes(dtype)
    a, b = pairs(x, x)
    small = torch.tensor([0, 1, 2, 5]).to(dtype)
    for name, fn in {"fmax": torch.fmax, "fmin": torch.fmin}.items():
        case(name, fn, T(a), T(b))
    for name, fn in {"signbit": torch.signbit, "nanToNum": torch.nan_to_num,
                     "isposinf": torch.isposinf, "isneginf": torch.isneginf,
                     "isinf": torch.isinf, "isfinite": torch.isfinite}.items():
        case(name, fn, T(x))
    for name, fn in {"xlogy": torch.xlogy, "copysign": torch.copysign}.items():
        case(name, fn, T(small), T(small.flip(0)), ulp=2)
    for name, fn in {"deg2rad": torch.deg2rad, "rad2deg": torch.rad2deg, "sinc": torch.sinc,
                     "logit": torch.logit}.items():
        case(name, fn, T(small), ulp=2, floor=name == "sinc")
    case("heaviside", torch.heaviside, T(x), T(x.flip(0)))
    case("isclose", torch.isclose, T(x), T(x.roll(1)))
for dtype in DTYPES:
    x = torch.tensor([[0, 1, 0], [0, 0, 0], [2, 1, 1]]).to(dtype)
    case("countNonzero", torch.count_nonzero, T(x, grad=False))
    for dim in [0, -1, [0, 1]]:
        case("countNonzero", torch.count_nonzero, T(x, grad=False), dim)
case("countNonzero", torch.count_nonzero, T(torch.tensor([nan, -0.0, 0.0, inf]), grad=False))
case("isclose", lambda x, y, o: torch.isclose(x, y, rtol=o["rtol"]),
     T(torch.tensor([[1000], [1001]])), T(torch.tensor([1000, 1002, 1003])), {"rtol": 0.001})

for mode in ["floor", "trunc"]:
    rounded = lambda x, y, o: torch.div(x, y, rounding_mode=o["roundingMode"])
    for dtype in FLOATS:
        a, b = normal(24, dtype=dtype) * 10, normal(24, dtype=dtype)
        b = torch.where(b.abs() < 0.1, torch.full_like(b, 0.5), b)
        special = torch.tensor([1.0, -1.0, 0.0, inf, -0.0, 5.0, nan, -6.0], dtype=dtype)
        case("div", rounded, T(a), T(b), {"roundingMode": mode}, half_oracle=True)
        case("div", rounded, T(special), T(special.roll(1)), {"roundingMode": mode},
             half_oracle=True)
        case("div", rounded, T(a), -2.5, {"roundingMode": mode}, half_oracle=True)
    for dtype in INTS:
        a, b = pairs(extremes(dtype), extremes(dtype))
        divides = (b != 0) & ~((a == torch.iinfo(dtype).min) & (b == -1))
        case("div", rounded, T(a[divides]), T(b[divides]), {"roundingMode": mode})
        case("div", rounded, T(extremes(dtype)), 3, {"roundingMode": mode})
for name, fn in {"add": torch.add, "sub": torch.sub}.items():
    for dtype in FLOATS[:2] + INTS:
        x, y = torch.tensor([1, 2, 3]).to(dtype), torch.tensor([[5], [7]]).to(dtype)
        case(name, lambda x, y, o: fn(x, y, alpha=o["alpha"]), T(x), T(y), {"alpha": 3})
        case(name, lambda x, y, o: fn(x, y, alpha=o["alpha"]), T(x), 2, {"alpha": 3})
    case(name, lambda x, y, o: fn(x, y, alpha=o["alpha"]), T(normal(6)), T(normal(6)),
         {"alpha": -0.5}, ulp=2, scaled=True)

# Broadcasting, promotion, and gradients that sum back.
for name, fn in {"hypot": torch.hypot, "logaddexp": torch.logaddexp, "xlogy": torch.xlogy,
                 "copysign": torch.copysign, "fmax": torch.fmax, "fmin": torch.fmin}.items():
    for left, right in [([2, 3], [3]), ([2, 1], [1, 3]), ([], [2, 2]), ([0, 2], [1, 2])]:
        case(name, fn, T(normal(*left).abs() + 0.5), T(normal(*right).abs() + 0.5), ulp=8,
             scaled=True)
    case(name, fn, T(normal(3).abs()), T(normal(3, dtype=torch.float64).abs()), ulp=4)
    if name not in {"hypot", "logaddexp"}:
        case(name, fn, T(torch.tensor([1, 2, 3])), T(normal(3).abs()), ulp=2)
        case(name, fn, T(torch.tensor([1, 2, 3])), T(normal(3, dtype=torch.float16).abs()), ulp=2,
             half_oracle=True)

# A number beside halves stays float32, as in PyTorch's CUDA kernels; its CPU's of 1.13 round it first.
for dtype in HALVES:
    x = torch.cat([normal(24, dtype=dtype), torch.tensor([0.0, -0.0, 0.1, inf, nan]).to(dtype)])
    for value in [0.1, -1.7, 3.3, 1e-3, 2]:
        for name in ["add", "sub", "mul", "div"]:
            case(name, ARITHMETIC[name], T(x), value, half_oracle=True)

for dtype in FLOATS:
    for shape, count in [([2, 3], 3), ([2, 3], 1), ([2, 3, 2, 2], 3), ([5], 1), ([], 1), ([0, 2], 2)]:
        case("prelu", F.prelu, T(normal(*shape, dtype=dtype)), T(normal(count, dtype=dtype)),
             ulp=4, scaled=True, half_oracle=True)
    finite = values(dtype)
    finite = finite[(finite.abs() < 1e30) | ~finite.isfinite()]
    case("prelu", F.prelu, T(finite), T(torch.tensor([0.25], dtype=dtype), grad=False),
         half_oracle=True)
    n = torch.tensor([0, 1, -1, 5, -5, 60, -60, 3, 200, -200, -130, 2])
    case("ldexp", torch.ldexp, T(normal(12, dtype=dtype)), T(n))
    case("ldexp", torch.ldexp, T(normal(2, 1, dtype=dtype)), T(n.to(torch.int32)))
    case("ldexp", torch.ldexp, T(normal(6, dtype=dtype)), T(normal(6, dtype=dtype)), ulp=4,
         half_oracle=True)
    case("floatPower", torch.float_power, T(normal(8, dtype=dtype).abs()), T(normal(8, dtype=dtype)),
         ulp=4)
    case("floatPower", torch.float_power, T(normal(8, dtype=dtype).abs()), 2.5, ulp=4)
for dtype in INTS:
    small = torch.tensor([1, 2, 3, 7, 100], dtype=dtype)
    case("ldexp", torch.ldexp, T(small), T(small.flip(0)))
    case("floatPower", torch.float_power, T(small), T(small.flip(0)), ulp=4)
    case("floatPower", torch.float_power, T(small), 2)

for dtype in FLOATS:
    x = values(dtype)
    if dtype == torch.float16:  # whose slope overflows at a pole before it meets the gradient
        x = x[(x == 0) | ~(x.abs() < 1e-4)]
    case("lgamma", torch.lgamma, T(x), ulp=8, floor=True, half_oracle=True)
    x = torch.cat([torch.tensor([0.0, -0.0, 1.0, 2.0, 0.5, -0.5, -2.25, 1.25, 30.0, 1e5, inf, nan, 1e-5]),
                   torch.linspace(-3.45, 12.3, 40)]).to(dtype)
    x = x[(x > 0) | (x == 0) | ((x - x.double().round().to(dtype)).abs() > 0.05) | x.isnan()]
    # PyTorch's own slopes of these two lose digits: those of its float64 have enough for the others.
    double = lambda fn: lambda x: fn(x.double()).to(x.dtype)
    case("digamma", double(torch.digamma), T(x, grad=dtype != torch.float64), ulp=8, floor=True,
         half_oracle=True)
    below = torch.tensor([-1.0, -7.0, -inf]).to(dtype)
    case("digamma", torch.digamma, T(below, grad=False))
    x = torch.cat([torch.tensor([0.0, -0.0, 1.0, -1.0, 1.5, -2.0, inf, nan, 1e-5, 0.99, -0.999, 1e-40]),
                   torch.linspace(-0.95, 0.95, 20)]).to(dtype)
    if dtype == torch.float64:  # PyTorch's slope is 1e-14 off at 0.999
        x = x[(x.abs() < 0.995) | (x.abs() == 1) | ~x.isfinite()]
    case("erfinv", double(torch.erfinv), T(x), ulp=16, half_oracle=True)
for dtype in [torch.int64, torch.int32, torch.uint8, torch.bool]:
    small = torch.tensor([0, 1, 2, 5]).to(dtype)
    for name, fn in {"lgamma": torch.lgamma, "digamma": torch.digamma, "erfinv": torch.erfinv}.items():
        case(name, fn, T(small), ulp=4)

for dtype in INTS:
    a, b = pairs(extremes(dtype), extremes(dtype))
    # The size of the least negative overflows in PyTorch: its divisors come out with any sign.
    least = torch.iinfo(dtype).min
    ok = (a != least) & (b != least) if least < 0 else a == a
    case("gcd", torch.gcd, T(a[ok]), T(b[ok]))
    case("lcm", torch.lcm, T(a[ok]), T(b[ok]))
    for name, fn in {"gcd": torch.gcd, "lcm": torch.lcm}.items():
        case(name, fn, T(torch.tensor([[12], [18]]).to(dtype)), T(torch.tensor([8, 0, 27]).to(dtype)))

def next_half(a, b):
    """NumPy's, as PyTorch's CPU of 1.13 has none. NumPy gives zeros another sign than C does."""
    a, b = a.numpy(), b.numpy()
    with np.errstate(over="ignore"):
        out = np.nextafter(a, b)
    return torch.from_numpy(np.where(a == b, b, np.where(out == 0, np.copysign(out, a), out)))


for dtype in FLOATS:
    x = torch.cat([values(dtype), torch.tensor([inf, -inf, nan, 0.0, -0.0]).to(dtype)])
    fn = next_half if dtype == torch.float16 else torch.nextafter
    for y in [x.roll(1), x.flip(0), torch.zeros_like(x), -x]:
        case("nextafter", fn, T(x), T(y), grad=False)
    tiny = torch.tensor([torch.finfo(dtype).tiny, torch.finfo(dtype).max]).to(dtype)
    for sign in [1, -1]:
        case("nextafter", fn, T(sign * tiny), T(torch.tensor([0, inf]).to(dtype)), grad=False)
        case("nextafter", fn, T(torch.zeros(2, dtype=dtype)), T(sign * tiny), grad=False)
case("nextafter", torch.nextafter, T(normal(2, 1)), T(normal(3, dtype=torch.float64)), grad=False)
case("nextafter", torch.nextafter, T(torch.tensor([1, 2])), T(normal(2)), grad=False)

# Other functions take a number as an element of the half dtype, as PyTorch's do on every device.
for dtype in HALVES:
    x = torch.cat([normal(24, dtype=dtype).abs(), torch.tensor([0.0, -0.0, 0.1, inf, nan]).to(dtype)])
    for value in [0.1, 3.3, 1e-3, 2]:
        for name, fn in {"pow": torch.pow, "fmod": torch.fmod, "remainder": torch.remainder,
                         "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le,
                         "gt": torch.gt, "ge": torch.ge}.items():
            case(name, fn, T(x, grad=False), value)

# --- promotion ---------------------------------------------------------------------------------

SCALARS = {"int": 2, "float": 2.5, "bool": True}
promotion = {}
for a in DTYPES:
    x, zero = torch.ones(2, dtype=a), torch.ones((), dtype=a)
    row = {"tensor": {}, "zero": {}, "zeros": {}, "scalar": {}, "zeroScalar": {}}
    for b in DTYPES:
        row["tensor"][NAMES[b]] = NAMES[torch.result_type(x, torch.ones(2, dtype=b))]
        row["zero"][NAMES[b]] = NAMES[torch.result_type(x, torch.ones((), dtype=b))]
        row["zeros"][NAMES[b]] = NAMES[torch.result_type(zero, torch.ones((), dtype=b))]
    for kind, value in SCALARS.items():
        row["scalar"][kind] = NAMES[torch.result_type(x, value)]
        row["zeroScalar"][kind] = NAMES[torch.result_type(zero, value)]
    promotion[NAMES[a]] = row

here = os.path.dirname(os.path.abspath(__file__))
path = os.path.join(here, "op_fixtures.json")
with open(path, "w") as file:
    file.write('{"torch":"%s",\n"promotion":%s,\n"tensors":[\n' % (
        torch.__version__, json.dumps(promotion, separators=(",", ":"))))
    file.write(",\n".join(json.dumps(t, separators=(",", ":")) for t in pool))
    file.write('\n],\n"cases":[\n')
    file.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    file.write("\n]}\n")
print(len(cases), "cases", len(pool), "tensors", os.path.getsize(path), "bytes")
