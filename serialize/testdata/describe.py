"""Describes values as JSON, as describe.ts does, so that both can be compared.

Run as: /usr/bin/python3 describe.py FILE...   (torch 1.13)
Prints, for each file, a line for what torch.load gives, and one for weights_only=True.
"""
import collections
import json
import math
import sys

import torch


def describe(value):
    """A value as JSON: every kind is tagged, tensors give their elements' bits in row-major order."""
    if isinstance(value, torch.Tensor):
        dense = value.detach().contiguous().clone()
        raw = bytes(dense.storage()._storage)  # the untyped storage; .untyped() in later releases
        size = dense.element_size() * dense.numel()
        return {
            "tensor": str(value.dtype).replace("torch.", ""),
            "shape": list(value.shape),
            "stride": list(value.stride()),
            "offset": value.storage_offset(),
            "storage": value.storage().size(),
            "requiresGrad": value.requires_grad,
            "bits": raw[:size].hex(),
        }
    if isinstance(value, torch.Size):
        return {"tuple": [describe(v) for v in value]}
    if isinstance(value, (torch.device, torch.dtype)):
        return str(value).replace("torch.", "")
    if isinstance(value, collections.OrderedDict):
        meta = getattr(value, "_metadata", {})
        return {
            "ordered": [[describe(k), describe(v)] for k, v in value.items()],
            "metadata": [[k, dict(v)] for k, v in meta.items()],
        }
    if isinstance(value, dict):
        return {"dict": [[describe(k), describe(v)] for k, v in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [describe(v) for v in value]}
    if isinstance(value, list):
        return [describe(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return {"set": [describe(v) for v in sorted(value)]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, str) and any(0xD800 <= ord(c) < 0xE000 for c in value):
        return {"codes": [ord(c) for c in value]}
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"int": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) and value != 0 else {"float": repr(value)}
    raise TypeError(type(value))


def loaded(path, **options):
    try:
        return describe(torch.load(path, map_location="cpu", **options))
    except Exception as error:
        return {"error": "%s: %s" % (type(error).__name__, error)}


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(json.dumps(loaded(path)))
        print(json.dumps(loaded(path, weights_only=True)))
