"""Makes the fixtures of this folder with the real PyTorch, and expected.json beside them.

Run as: /usr/bin/python3 make_fixtures.py && deno fmt expected.json   (torch 1.13)
The fixtures are committed; run it again only to add one. Storage bits go into expected.json as hex,
so that nan payloads, negative zeros and padding are compared too.
"""
import collections
import io
import json
import math
import os
import zipfile

import torch

from describe import describe

HERE = os.path.dirname(os.path.abspath(__file__))
expected = {}


def add(name, value, **options):
    torch.save(value, os.path.join(HERE, name), **options)
    expected[name] = describe(value)


torch.manual_seed(0)
inf, nan = math.inf, math.nan
floats = [0.0, -0.0, 1.5, -2.25, inf, -inf, nan, 65504.0, 6e-8, 3.3895e38, 1e-45]
every = {}
for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
    every[str(dtype)[6:]] = torch.tensor(floats, dtype=dtype)
for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8):
    info = torch.iinfo(dtype)
    every[str(dtype)[6:]] = torch.tensor([info.min, info.max, 0, 1, 77], dtype=dtype)
every["bool"] = torch.tensor([True, False, True])
every["complex64"] = torch.tensor([1 + 2j, complex(nan, -inf), -0j], dtype=torch.complex64)
add("dtypes.pt", every)

base = torch.arange(24, dtype=torch.float32)
grid = base.view(4, 6)
add("views.pt", {
    "base": base,
    "grid": grid,
    "transposed": grid.t(),
    "narrowed": grid[1:3, 2:5],
    "stepped": base[::5],
    "expanded": base[3:4].expand(5, 1),
    "overlapping": base.as_strided((3, 3), (1, 1), 2),
    "alone": torch.ones(2, 2).t(),
    "scalar": torch.tensor(7, dtype=torch.int64),
    "empty": torch.empty(0),
    "emptyRows": torch.empty(0, 3, dtype=torch.int32),
    "same": base,
})

model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(8, 3)
)
model(torch.randn(4, 1, 4, 4))
add("batchnorm.pt", model.state_dict())

net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
adam = torch.optim.Adam(net.parameters(), lr=1e-3)
net(torch.randn(5, 3)).sum().backward()
adam.step()
add("checkpoint.pt", {"epoch": 3, "model": net.state_dict(), "optimizer": adam.state_dict()})
sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
steps = torch.optim.lr_scheduler.MultiStepLR(sgd, [2, 5])
sgd.step()
steps.step()
add("scheduler.pt", {"optimizer": sgd.state_dict(), "scheduler": steps.state_dict()})

weight = torch.nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
frozen = torch.nn.Parameter(torch.tensor([5.0]), requires_grad=False)
leaf = torch.tensor([6.0], requires_grad=True)
add("parameters.pt", {"weight": weight, "frozen": frozen, "leaf": leaf, "again": weight})

values = {
    "ints": [0, 255, 256, 65535, 65536, -1, 2**31, -(2**31), 2**53, 2**63, -(2**63), 10**100],
    "floats": [1.5, inf, -inf, nan, -0.0, 1e300],
    "text": ["", "é😀", "a" * 300, "\ud800", "\ufeff"],
    "bytes": [b"", b"\x00\xff", bytearray(b"xyz")],
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, (2, (3, 4)), [5])],
    "sets": [set(), {1, 2}, frozenset([3])],
    "complex": 1 + 2j,
    "nothing": None,
    "flags": [True, False],
    "torch": [torch.Size([2, 3]), torch.device("cuda:1"), torch.device("cpu"), torch.float32],
    "counter": collections.Counter({"a": 2}),
    "default": collections.defaultdict(list, {"k": [1]}),
    3: "int key",
    None: "none key",
    True: "bool key",
    "__proto__": {"constructor": 1},
}
add("values.pt", values)
for protocol in (3, 4, 5):
    name = "protocol%d.pt" % protocol
    add(name, {"w": grid.t(), "values": values}, pickle_protocol=protocol)
add("protocol1.pt", {"w": grid, "text": "é\\u0041\n", "n": [1, 2**70, 1.5, True, None]},
    pickle_protocol=1)

shared = [1, 2]
cycle = {"shared": [shared, shared]}
cycle["self"] = cycle
torch.save(cycle, os.path.join(HERE, "cycle.pt"))

# What the reader refuses by name.
refused = {
    "refused_legacy.pth": None,
    "refused_sparse.pt": torch.eye(2).to_sparse(),
    "refused_csr.pt": torch.eye(2).to_sparse_csr(),
    "refused_quantized.pt": torch.quantize_per_tensor(torch.ones(2), 0.5, 1, torch.quint8),
    "refused_meta.pt": torch.empty(2, device="meta"),
    "refused_module.pt": torch.nn.Linear(1, 1),
    "refused_complex128.pt": torch.zeros(1, dtype=torch.complex128),
}
for name, value in refused.items():
    path = os.path.join(HERE, name)
    if value is None:
        torch.save({"w": torch.ones(2)}, path, _use_new_zipfile_serialization=False)
    else:
        torch.save(value, path)
torch.jit.script(torch.nn.Linear(1, 1)).save(os.path.join(HERE, "refused_script.pt"))

# The same archive, rebuilt by another zip writer: deflated, under __MACOSX litter, and big-endian.
plain = {"a": torch.arange(6, dtype=torch.int32).view(2, 3), "b": torch.tensor([1.5, -0.0]),
         "c": torch.tensor([1 + 2j], dtype=torch.complex64), "d": torch.tensor([1], dtype=torch.uint8)}
buffer = io.BytesIO()
torch.save(plain, buffer)
with zipfile.ZipFile(buffer) as source:
    records = {name: source.read(name) for name in source.namelist()}
with zipfile.ZipFile(os.path.join(HERE, "rezipped.pt"), "w", zipfile.ZIP_DEFLATED) as out:
    out.writestr("archive/", b"")
    for name, data in records.items():
        out.writestr(name, data)
    out.writestr("__MACOSX/archive/._data.pkl", b"litter")
expected["rezipped.pt"] = describe(plain)
widths = [4, 4, 4, 1]  # a complex number swaps by its halves
with zipfile.ZipFile(os.path.join(HERE, "bigendian.pt"), "w") as out:
    for name, data in records.items():
        key = name.rsplit("/", 1)[1]
        if key.isdigit():
            width = widths[int(key)]
            data = b"".join(data[i:i + width][::-1] for i in range(0, len(data), width))
        out.writestr(name, data)
    out.writestr("archive/byteorder", b"big")
expected["bigendian.pt"] = describe(plain)

with open(os.path.join(HERE, "expected.json"), "w") as out:
    json.dump(expected, out, indent=1)
    out.write("\n")
