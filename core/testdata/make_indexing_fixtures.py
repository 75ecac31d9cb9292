"""Writes indexing.json: what joins, indexing, sorting, scans and einsum give in PyTorch.

    python3 core/testdata/make_indexing_fixtures.py

Each case names an operation, its inputs and arguments, PyTorch's results, and the gradients of
sum(result * w) by its floating inputs, where w[i] = (5 i) mod 7 - 2.5 in row-major order.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(0)
cases = []


def encode(x):
    flat = x.detach().reshape(-1).tolist()
    if x.dtype.is_floating_point:
        flat = [v if math.isfinite(v) else str(v) for v in flat]
    else:
        flat = [int(v) for v in flat]
    return {"shape": list(x.shape), "dtype": str(x.dtype).removeprefix("torch."), "data": flat}


def case(op, fn, inputs, *args, grads=True):
    inputs = [x.detach().clone() for x in inputs]
    for x in inputs:
        if x.dtype.is_floating_point and grads:
            x.requires_grad_()
    out = fn(*inputs)
    out = list(out) if isinstance(out, (list, tuple)) else [out]
    loss = 0
    for y in out:
        if y.dtype.is_floating_point:
            w = (torch.arange(y.numel()) * 5 % 7 - 2.5).reshape(y.shape)
            loss = loss + (y * w.to(y.dtype)).sum()
    gradients = None
    leaves = [x for x in inputs if x.requires_grad]
    if leaves and isinstance(loss, torch.Tensor) and loss.requires_grad:
        found = torch.autograd.grad(loss, leaves, allow_unused=True)
        gradients = [encode(g if g is not None else torch.zeros_like(x))
                     for g, x in zip(found, leaves)]
    cases.append({"op": op, "args": list(args), "inputs": [encode(x) for x in inputs],
                  "outputs": [encode(y) for y in out], "grads": gradients})


def r(*shape):
    return (torch.randn(shape, dtype=torch.float64) * 100).round() / 64


def i(*values, dtype=torch.int64):
    return torch.tensor(values, dtype=dtype)


def ints(*shape, low=-9, high=9, dtype=torch.int64):
    return torch.randint(low, high, shape, dtype=dtype)


# Joins.
case("cat", lambda a, b: torch.cat([a, b], 0), [r(2, 3), r(1, 3)], 0)
case("cat", lambda a, b: torch.cat([a, b], -1), [r(2, 3), r(2, 2)], -1)
case("cat", lambda a, b, c: torch.cat([a, b, c], 1), [r(2, 1, 2), r(2, 3, 2), r(2, 0, 2)], 1)
case("cat", lambda a, b: torch.cat([a, b]), [r(0), r(2, 2)], 0)
case("cat", lambda a, b: torch.cat([a, b]), [r(2), r(3)], 0)
case("cat", lambda a, b: torch.cat([a, b]), [ints(2), r(3)], 0)
case("cat", lambda a, b: torch.cat([a, b]), [ints(2, dtype=torch.int32), ints(3)], 0)
case("cat", lambda a, b: torch.cat([a, b]), [torch.tensor([True]), ints(2, low=0, dtype=torch.uint8)], 0)
case("stack", lambda a, b: torch.stack([a, b], 1), [r(2, 3), r(2, 3)], 1)
case("stack", lambda a, b: torch.stack([a, b], -1), [r(2, 3), r(2, 3)], -1)
case("stack", lambda a, b: torch.stack([a, b]), [r(), r()], 0)
case("split", lambda x: x.split(2, 1), [r(2, 5)], 2, 1)
case("split", lambda x: x.split([1, 3, 0, 1], -1), [r(2, 5)], [1, 3, 0, 1], -1)
case("chunk", lambda x: x.chunk(3, 0), [r(7, 2)], 3, 0)
case("chunk", lambda x: x.chunk(4, 0), [r(5)], 4, 0)
case("chunk", lambda x: x.chunk(3, 1), [r(2, 0)], 3, 1)
case("unbind", lambda x: x.unbind(1), [r(2, 3)], 1)
case("repeat", lambda x: x.repeat(2, 1, 3), [r(2, 2)], [2, 1, 3])
case("repeat", lambda x: x.repeat(2, 0), [r(2, 2)], [2, 0])
case("tile", lambda x: x.tile(2), [r(2, 2)], [2])
case("repeatInterleave", lambda x: x.repeat_interleave(2), [r(2, 2)], 2)
case("repeatInterleave", lambda x: x.repeat_interleave(3, 1), [r(2, 2)], 3, 1)
case("repeatInterleaveBy", lambda x, n: x.repeat_interleave(n, 0), [r(3, 2), i(2, 0, 1)], 0)
case("flip", lambda x: x.flip(0), [r(3)], [0])
case("flip", lambda x: x.flip(0, -1), [r(2, 3, 4)], [0, -1])
case("flip", lambda x: x.flip(1), [r(2, 0)], [1])
case("flip", lambda x: x.transpose(0, 1).flip(1), [r(2, 3)], [1], "T")
case("roll", lambda x: x.roll(1), [r(2, 3)], 1)
case("roll", lambda x: x.roll((-1, 4), (0, 1)), [r(2, 3)], [-1, 4], [0, 1])
case("pad", lambda x: F.pad(x, (1, 2), value=3.5), [r(2, 3)], [1, 2], {"value": 3.5})
case("pad", lambda x: F.pad(x, (1, -1, 0, 2)), [r(2, 3)], [1, -1, 0, 2], {})
case("pad", lambda x: F.pad(x, (-1, -2)), [r(2, 3)], [-1, -2], {})
case("pad", lambda x: F.pad(x, (2, 1), mode="reflect"), [r(2, 3, 4)], [2, 1], {"mode": "reflect"})
case("pad", lambda x: F.pad(x, (2, 1, 1, 1), mode="reflect"), [r(1, 2, 3, 4)], [2, 1, 1, 1], {"mode": "reflect"})
case("pad", lambda x: F.pad(x, (2, 1, 0, 3), mode="replicate"), [r(1, 2, 3, 4)], [2, 1, 0, 3], {"mode": "replicate"})
case("pad", lambda x: F.pad(x, (2, 1), mode="circular"), [r(2, 3, 4)], [2, 1], {"mode": "circular"})
for k in [-1, 0, 2]:
    case("tril", lambda x: x.tril(k), [r(3, 4)], k)
    case("triu", lambda x: x.triu(k), [r(2, 4, 3)], k)
case("triu", lambda x: x.triu(), [ints(3, 3)], 0)
case("trace", lambda x: x.trace(), [r(3, 2)])
case("movedim", lambda x: x.movedim(0, -1), [r(2, 3, 4)], 0, -1)
case("movedim", lambda x: x.movedim((0, 2), (1, 0)), [r(2, 3, 4)], [0, 2], [1, 0])
case("meshgrid", lambda a, b: torch.meshgrid(a, b, indexing="ij"), [r(2), r(3)], "ij")
case("meshgrid", lambda a, b: torch.meshgrid(a, b, indexing="xy"), [r(2), r(3)], "xy")

# Gather and scatter.
idx = torch.tensor([[0, 2, 1], [1, 0, 0]])
case("gather", lambda x, k: x.gather(1, k), [r(2, 3), idx], 1)
case("gather", lambda x, k: x.gather(0, k), [r(4, 5), idx], 0)
case("gather", lambda x, k: x.gather(-2, k), [r(3, 4, 2), ints(2, 3, 1, low=0, high=4)], -2)
case("gather", lambda x, k: x.gather(0, k), [r(), i(0, 0)[:1].reshape(())], 0)
case("scatter", lambda x, k, s: x.scatter(1, k[:, :2], s), [r(2, 3), i([0, 2, 1], [1, 0, 0])[:, :2], r(2, 2)], 1)
case("scatter", lambda x, k, s: x.scatter(0, k, s), [r(4, 5), i([0, 1, 2], [1, 0, 3]), r(2, 3)], 0)
case("scatterValue", lambda x, k: x.scatter(1, k, 2.5), [r(2, 3), idx], 1, 2.5)
case("scatterAdd", lambda x, k, s: x.scatter_add(1, k, s), [r(2, 3), i([0, 0, 1], [2, 2, 2]), r(2, 3)], 1)
case("scatterAdd", lambda x, k, s: x.scatter_add(0, k, s), [r(4, 5), i([0, 0], [3, 1]), r(2, 2)], 0)
case("indexSelect", lambda x, k: x.index_select(1, k), [r(2, 3, 2), i(2, 0, 2)], 1)
case("indexSelect", lambda x, k: x.index_select(0, k), [r(2, 3), i(1).reshape(())], 0)
case("indexSelect", lambda x, k: x.index_select(0, k), [r(2, 3), torch.zeros(0, dtype=torch.int64)], 0)
case("indexAdd", lambda x, k, s: x.index_add(1, k, s), [r(2, 3), i(2, 0, 2, 2), r(2, 4)], 1)
case("indexCopy", lambda x, k, s: x.index_copy(0, k, s), [r(4, 3), i(2, 0), r(2, 3)], 0)
case("indexFill", lambda x, k: x.index_fill(1, k, -1), [r(2, 3), i(2, 0)], 1, -1)
case("maskedSelect", lambda x, m: x.masked_select(m), [r(2, 3), torch.tensor([True, False, True])])
case("nonzero", lambda x: x.nonzero(), [ints(3, 4, low=0, high=2)])
case("nonzero", lambda x: x.nonzero(), [torch.tensor(1)])
case("embedding", lambda w, k: F.embedding(k, w), [r(5, 3), i([0, 4], [4, 1])], None)
case("embedding", lambda w, k: F.embedding(k, w, padding_idx=-1), [r(5, 3), i([0, 4], [4, 1])], -1)
case("oneHot", lambda k: F.one_hot(k), [i([0, 4], [4, 1])], -1)
case("oneHot", lambda k: F.one_hot(k, 6), [i(0, 4)], 6)

# Brackets: the arguments are the items; a dict {"input": n} stands for an input.
X = r(3, 4, 5)
at = lambda fn, items, *more: case("at", fn, [X, *more], items)
I = {"input": 1}
J = {"input": 2}
at(lambda x: x[1], [1])
at(lambda x: x[-1, 2:], [-1, "2:"])
at(lambda x: x[..., 1:4:2], ["...", "1:4:2"])
at(lambda x: x[:, None, -3:-1, None], [":", None, "-3:-1", None])
at(lambda x: x[5:, 1], ["5:", 1])
at(lambda x: x[..., None], ["...", None])
at(lambda x: x[1, ..., 2], [1, "...", 2])
at(lambda x, k: x[k], [I], i(2, 0, -1))
at(lambda x, k: x[:, k], [":", I], i([2, 0], [1, -1]))
at(lambda x, k: x[..., k], ["...", I], i(4, 4, -5))
at(lambda x, k, l: x[k, l], [I, J], i(2, 0, 1), i(3, -1, 0))
at(lambda x, k, l: x[:, k, l], [":", I, J], i([2], [0]), i(3, -1, 0))
at(lambda x, k, l: x[k, :, l], [I, ":", J], i(2, 0, 1), i(3, -1, 0))
at(lambda x, k, l: x[k, None, :, l], [I, None, ":", J], i(2, 0), i(3))
at(lambda x, k: x[0, :, k], [0, ":", I], i(2, 0))
at(lambda x, k: x[k, 1:3, 0], [I, "1:3", 0], i(2, 0))
at(lambda x, k: x[None, k], [None, I], i(2, 0))
at(lambda x, m: x[m], [I], X > 0.5)
at(lambda x, m: x[m], [I], torch.tensor([True, False, True]))
at(lambda x, m: x[:, m], [":", I], X[0] > 0)
at(lambda x, m, k: x[m, :, k], [I, ":", J], torch.tensor([True, False, True]), i(1, 2))
at(lambda x, m: x[m], [I], torch.zeros(3, dtype=torch.bool))
at(lambda x, k: x[k], [I], torch.zeros((0,), dtype=torch.int64))
at(lambda x, k: x[:, k], [":", I], i(1).reshape(()))


def put(items, index, accumulate, value, *more):
    def fn(x, v, *rest):
        out = x.clone()
        key = index(*rest)
        if accumulate:
            out = out.index_put(key, v, accumulate=True)
        else:
            out[key] = v
        return out
    case("put", fn, [X, value, *more], items, accumulate)


K = {"input": 2}
L = {"input": 3}
put([1], lambda: (1,), False, r(4, 5))
put([":", "1:3", 0], lambda: (slice(None), slice(1, 3), 0), False, r(2))
put([K], lambda k: (k,), False, r(4, 5), i(2, 0))
put([":", K], lambda k: (slice(None), k), False, r(3, 2, 5), i(2, 0))
put([":", K, L], lambda k, l: (slice(None), k, l), False, r(3, 1), i(2, 0), i(1, 1))
put([K, ":", L], lambda k, l: (k, slice(None), l), False, r(2, 4), i(2, 0), i(1, 1))
put([K], lambda m: (m,), False, r(), X > 0)
put([K], lambda k: (k,), True, r(3, 4, 5), i(2, 0, 2))
put([K, L], lambda k, l: (k, l), True, r(5), i([2], [0]), i(1, 1))

# Order.
for d in [0, 1, -1]:
    case("sort", lambda x: torch.sort(x, dim=d, stable=True), [r(3, 4)], d, {})
    case("sort", lambda x: torch.sort(x, dim=d, descending=True, stable=True), [ints(3, 6, high=3)], d, {"descending": True})
case("sort", lambda x: torch.sort(x, stable=True), [torch.tensor([1.0, math.nan, -math.inf, 2, math.nan], dtype=torch.float64)], -1, {}, grads=False)
case("sort", lambda x: torch.sort(x, stable=True, descending=True), [torch.tensor([1.0, math.nan, -math.inf, 2, math.nan])], -1, {"descending": True}, grads=False)
case("sort", lambda x: torch.sort(x), [r()], -1, {})
case("sort", lambda x: torch.sort(x, stable=True), [torch.tensor([True, False, True])], -1, {})
case("topk", lambda x: x.topk(2), [r(3, 4)], 2, -1, {})
case("topk", lambda x: x.topk(2, 0, largest=False), [r(3, 4)], 2, 0, {"largest": False})
case("topk", lambda x: x.topk(0, 0), [r(3, 4)], 0, 0, {})
case("kthvalue", lambda x: x.kthvalue(2, 1), [r(3, 4)], 2, 1, False)
case("kthvalue", lambda x: x.kthvalue(3, 0, True), [r(3, 4)], 3, 0, True)
for op in ["max", "min"]:
    case(op, lambda x: getattr(x, op)(1), [r(3, 4)], 1, False)
    case(op, lambda x: getattr(x, op)(0, True), [r(3, 4)], 0, True)
    case(op, lambda x: getattr(x, op)(-1), [torch.tensor([[1.0, math.nan, 3, math.nan], [1, 2, 3, 4]])], -1, False, grads=False)
    case(op, lambda x: getattr(x, op)(1), [torch.tensor([[False, True], [False, False]])], 1, False)
    case(op + "All", lambda x: getattr(x, op)(), [r(3, 4)])
    case(op + "All", lambda x: getattr(x, op)(), [torch.tensor([1.0, 2, 2, 1], dtype=torch.float64)])
    case(op, lambda x: getattr(x, op)(0), [r()], 0, False)
case("median", lambda x: x.median(1), [r(3, 4)], 1, False)
case("median", lambda x: x.median(0, True), [r(3, 4)], 0, True)
case("median", lambda x: x.median(0), [ints(5, 3)], 0, False, grads=False)
case("median", lambda x: x.median(-1), [torch.tensor([[1.0, math.nan, 3, math.nan], [4, 2, 3, 1]])], -1, False, grads=False)
case("medianAll", lambda x: x.median(), [r(3, 4)])
case("medianAll", lambda x: x.median(), [torch.tensor([1.0, math.nan, 2])], grads=False)

# Scans.
case("cumsum", lambda x: x.cumsum(0), [r(3, 4)], 0)
case("cumsum", lambda x: x.cumsum(-1), [r(2, 3, 4)], -1)
case("cumsum", lambda x: x.cumsum(0), [r()], 0)
case("cumsum", lambda x: x.cumsum(0), [torch.tensor([True, True, False, True])], 0)
case("cumsum", lambda x: x.cumsum(1), [ints(2, 3, dtype=torch.int8)], 1)
case("cumprod", lambda x: x.cumprod(1), [r(2, 5)], 1)
case("cumprod", lambda x: x.cumprod(0), [torch.tensor([2.0, 0, 3, 0, 4], dtype=torch.float64)], 0)
case("cumprod", lambda x: x.cumprod(0), [torch.tensor([[2.0, 0], [0, 3], [5, 1]], dtype=torch.float64)], 0)
case("cumprod", lambda x: x.cumprod(0), [ints(4, dtype=torch.int32)], 0)

# Einstein.
for equation, shapes in [
    ("ij->ji", [(2, 3)]), ("ii", [(3, 3)]), ("ii->i", [(3, 3)]), ("iij->j", [(2, 2, 3)]), ("ij", [(2, 3)]),
    ("ba", [(2, 3)]), ("ij->", [(2, 3)]), ("i,i", [(3,), (3,)]), ("i,j", [(2,), (3,)]), ("ij,jk", [(2, 3), (3, 4)]),
    ("ij,jk->ki", [(2, 3), (3, 4)]), ("bij,bjk->bik", [(2, 3, 4), (2, 4, 2)]), ("...ij,...jk->...ik", [(2, 3, 4), (4, 2)]),
    ("...i,...i", [(2, 3), (2, 3)]), ("b...->...", [(2, 3, 4)]), ("ij,ij->ij", [(2, 3), (2, 3)]), ("ij,j->i", [(2, 3), (3,)]),
    ("ijk,jil->kl", [(2, 3, 4), (3, 2, 5)]), ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]), ("bn,anm,bm->ba", [(2, 3), (4, 3, 5), (2, 5)]),
    ("ij,kl->", [(2, 2), (3, 3)]), ("i...,j...->ij...", [(2, 3), (4, 3)]), ("bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
    ("ij,jk->ik", [(2, 1), (3, 2)]), ("bi,bj->bij", [(1, 2), (3, 2)]), ("abA->Aba", [(2, 3, 2)]), ("aB", [(2, 3)]), ("ijii->ij", [(2, 3, 2, 2)]),
    (" i j , j k -> i k ", [(2, 3), (3, 2)]), ("...->...", [(2, 3)]), ("ij,...->ij...", [(2, 3), (2,)]), ("ij,jk->ik", [(2, 0), (0, 3)]),
]:
    case("einsum", lambda *xs: torch.einsum(equation, *xs), [r(*shape) for shape in shapes], equation)

out = pathlib.Path(__file__).with_name("indexing.json")
with out.open("w") as file:
    file.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print(len(cases), "cases", out.stat().st_size, "bytes")
