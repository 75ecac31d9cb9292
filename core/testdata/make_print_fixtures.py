"""Writes print.json: tensors and how PyTorch prints them.

    python3 core/testdata/make_print_fixtures.py

Values are kept as exact strings ("nan", "inf", and float.hex for floats), so that the text depends
on nothing but the printing.
"""

import json
import math
import pathlib
import random

import torch

torch.manual_seed(0)
random.seed(0)
cases = []


def values(x):
    flat = x.detach().reshape(-1).tolist()
    if x.dtype.is_floating_point:
        return [repr(v) for v in flat]
    return [str(int(v)) for v in flat]


def case(x):
    dtype = str(x.dtype).removeprefix("torch.")
    history = x.grad_fn is not None
    cases.append({
        "shape": list(x.shape),
        "dtype": dtype,
        "values": values(x),
        "requiresGrad": bool(x.requires_grad and not history),
        "text": repr(x),
    })


def big(shape, dtype=torch.float32):
    """Made by a rule on both sides: ((i * 37) % 101 - 50) / 8."""
    n = math.prod(shape)
    i = torch.arange(n)
    x = (((i * 37) % 101 - 50).double() / 8).to(dtype).reshape(shape)
    cases.append({
        "shape": list(shape),
        "dtype": str(dtype).removeprefix("torch."),
        "rule": True,
        "requiresGrad": False,
        "text": repr(x),
    })


# Scalars, and what decides between digits, whole numbers and exponents.
for v in [0.0, -0.0, 1.0, -1.0, 0.5, 1 / 3, 1e-4, 9.9e-5, 1e-5, 1e8, 1.5e8, 123456789.0, 1234.5,
          math.nan, math.inf, -math.inf, 0.03125, 0.09375, -0.03125, 2.5, 1e300, 1e-300, 12345.678]:
    case(torch.tensor(v))
    case(torch.tensor(v, dtype=torch.float64))
for row in [[0.0, 0.0], [-0.0, 1.0], [1.0, 1000.0], [1.0, 1001.0], [1.5, 1500.0], [1.5, 1501.0],
            [math.nan, 1.0], [math.nan, 0.5], [math.inf, 0.0], [math.nan] * 40, [1e-5, 0.0],
            [1.0, -math.inf, 1e5], [0.00003, 1.0], [1e9, 1.0], [0.03125, 0.09375, 0.15625],
            [1.00005, 1.00015], [100000.0, 99999.5], [1e8], [1e8 + 8], [5e-45], [3.0, -3.0],
            [1.52587890625e-05, 4.57763671875e-05], [-0.00001, 1.0, 0.5]]:
    case(torch.tensor(row))
    case(torch.tensor(row, dtype=torch.float64))
for dtype in [torch.float16, torch.bfloat16]:
    case(torch.tensor([0.1, 2.5, -3.0], dtype=dtype))
    case(torch.tensor([1.0, 2.0], dtype=dtype))
    case(torch.tensor([0.0001, 300.0], dtype=dtype))
for dtype in [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]:
    case(torch.tensor(7, dtype=dtype))
    case(torch.tensor([[1, 20], [100, 3]], dtype=dtype))
    case(torch.tensor([], dtype=dtype))
case(torch.tensor([-(2**63), 2**63 - 1, 0]))
case(torch.tensor([-5, 100, 3], dtype=torch.int8))
case(torch.tensor(True))
case(torch.tensor([True, False]))
case(torch.tensor([[False, False], [True, True]]))
case(torch.tensor([True] * 30))
case(torch.tensor([], dtype=torch.bool))
# Empty.
for shape in [(0,), (0, 3), (2, 0), (1, 0, 2)]:
    case(torch.zeros(shape))
    case(torch.zeros(shape, dtype=torch.int64))
    case(torch.zeros(shape, dtype=torch.float64))
# Lines that break, suffixes that do not fit.
case(torch.arange(100))
case(torch.arange(30).float() / 7)
case(torch.arange(60).float().reshape(2, 30))
case((torch.arange(24).double() / 7).reshape(2, 3, 4))
case(torch.arange(16).float().reshape(2, 2, 2, 2))
for n in range(6, 12):
    case((torch.arange(n).double() / 3))
    case((torch.arange(n).float() / 3).requires_grad_())
case(torch.ones(3, requires_grad=True))
case(torch.ones(3, dtype=torch.float64, requires_grad=True))
case(torch.zeros(0, requires_grad=True))
# Random ones.
for k in range(60):
    ndim = random.randint(0, 4)
    shape = [random.randint(1, 6) for _ in range(ndim)]
    while math.prod(shape) > 72:
        shape.pop()
    kind = k % 6
    if kind == 0:
        x = torch.randn(shape)
    elif kind == 1:
        x = torch.randn(shape, dtype=torch.float64) * 10.0 ** random.randint(-6, 6)
    elif kind == 2:
        x = torch.randint(-1000, 1000, shape).float()
    elif kind == 3:
        x = torch.randint(-1000, 1000, shape)
    elif kind == 4:
        x = torch.randn(shape) * torch.tensor(10.0) ** torch.randint(-3, 3, shape)
    else:
        x = torch.randn(shape).to(random.choice([torch.float16, torch.bfloat16]))
    if kind in (0, 4) and x.numel() > 1 and random.random() < 0.5:
        flat = x.reshape(-1)
        flat[random.randrange(flat.numel())] = random.choice([math.nan, math.inf, -math.inf, 0.0])
    case(x)
# Summarised.
for shape in [(1000,), (1001,), (40, 40), (7, 200), (3, 3, 200), (2000, 1), (1, 2000),
              (8, 9, 15), (1001, 0), (5000,), (20, 60, 2)]:
    if 0 in shape:
        case(torch.zeros(shape))
    else:
        big(shape)
        big(shape, torch.int64)
big((1500,), torch.float64)

out = pathlib.Path(__file__).with_name("print.json")
with out.open("w") as file:
    file.write("[\n")
    file.write(",\n".join(json.dumps(c) for c in cases))
    file.write("\n]\n")
print(len(cases), "cases", out.stat().st_size, "bytes")
