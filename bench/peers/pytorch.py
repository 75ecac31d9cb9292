"""Times PyTorch for bench/peers/pytorch.ts: one JSON request a line on stdin, one answer a line on
stdout. {"prepare": name, "inputs": {name: {"shape", "dtype", "file"}}}, {"result": true},
{"sample": milliseconds}, {"dispose": true}."""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def read(entry):
    dtype = torch.float32 if entry["dtype"] == "float32" else torch.int32
    with open(entry["file"], "rb") as file:
        data = bytearray(file.read())
    return torch.frombuffer(data, dtype=dtype).clone().reshape(entry["shape"])


class Expression:
    def __init__(self, fn, *inputs):
        self.run = lambda: fn(*inputs)
        self.result = lambda: self.run().flatten().tolist()


class MlpStep:
    def __init__(self, i):
        self.i = i
        self.fresh()

    def fresh(self):
        self.parameters = [self.i[name].clone().requires_grad_() for name in ("w1", "b1", "w2", "b2")]
        self.optimizer = torch.optim.SGD(self.parameters, lr=self.i["rate"].item())

    def run(self):
        w1, b1, w2, b2 = self.parameters
        logits = F.linear(F.relu(F.linear(self.i["x"], w1, b1)), w2, b2)
        loss = F.cross_entropy(logits, self.i["labels"].long())
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def result(self):
        self.fresh()
        losses = [self.run() for _ in range(3)]
        return losses + self.parameters[3].tolist()


def prepare(name, i):
    if name == "matmul":
        return Expression(torch.matmul, i["a"], i["b"])
    if name == "gelu":
        return Expression(lambda x: F.gelu(x, approximate="tanh"), i["x"])
    if name == "softmax":
        return Expression(lambda x: torch.softmax(x, -1), i["x"])
    if name == "layerNorm":
        return Expression(
            lambda x, w, b: F.layer_norm(x, w.shape, w, b), i["x"], i["weight"], i["bias"]
        )
    if name == "mlpStep":
        return MlpStep(i)
    return None


def sample(run, budget):
    """The time of one run in milliseconds, many times; short ones are timed in batches."""
    start = time.perf_counter()
    run()
    batch = max(1, math.ceil(0.1e-3 / max(time.perf_counter() - start, 1e-7)))
    samples = []
    end = time.perf_counter() + budget / 1e3
    while len(samples) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(batch):
            run()
        samples.append((time.perf_counter() - start) / batch * 1e3)
    return samples


current = None
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if "prepare" in request:
        inputs = {name: read(entry) for name, entry in request["inputs"].items()}
        current = prepare(request["prepare"], inputs)
        answer = current is not None
    elif "result" in request:
        answer = current.result()
    elif "sample" in request:
        answer = sample(current.run, request["sample"])
    else:
        current = None
        answer = True
    print(json.dumps(answer), flush=True)
