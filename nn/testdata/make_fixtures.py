"""Writes what PyTorch computes for the cases that nn's tests repeat: layers.json, optimizers.json,
init.json, printed.json, schedulers.json. Made with PyTorch 1.13:

    python3 nn/testdata/make_fixtures.py && deno fmt nn/testdata
"""

import json
import os

import torch
from torch import nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(0)


def plain(value):
    return value.detach().tolist() if isinstance(value, torch.Tensor) else value


def write(name, value):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


def state_of(module):
    return {name: plain(value) for name, value in module.state_dict().items()}


def layer(name, args, module, x, steps=1, **options):
    """Forward and backward in training mode `steps` times, then forward in evaluation mode."""
    if hasattr(module, "weight") and isinstance(module, (nn.LayerNorm, nn.BatchNorm1d)):
        if module.weight is not None:
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
    before = state_of(module)
    x = x.clone().requires_grad_(x.is_floating_point())
    for _ in range(steps):
        module.zero_grad()
        x.grad = None
        y = module(x)
        g = torch.randn_like(y)
        y.backward(g)
    case = {
        "name": name,
        "args": args,
        "options": options,
        "steps": steps,
        "before": before,
        "x": plain(x),
        "y": plain(y),
        "g": plain(g),
        "xGrad": plain(x.grad),
        "grads": {key: plain(p.grad) for key, p in module.named_parameters()},
        "after": state_of(module),
    }
    module.eval()
    case["evaluated"] = plain(module(x))
    return case


def layers():
    x = torch.randn
    return [
        layer("Linear", [4, 3], nn.Linear(4, 3), x(2, 4)),
        layer("Linear", [4, 3], nn.Linear(4, 3, bias=False), x(5, 2, 4), bias=False),
        layer("Embedding", [6, 3], nn.Embedding(6, 3), torch.tensor([[1, 2, 5], [2, 0, 2]])),
        layer("Embedding", [6, 3], nn.Embedding(6, 3, padding_idx=2),
              torch.tensor([[1, 2, 5], [2, 0, 2]]), paddingIdx=2),
        layer("LayerNorm", [5], nn.LayerNorm(5), x(3, 5)),
        layer("LayerNorm", [[2, 3]], nn.LayerNorm((2, 3), eps=1e-3), x(4, 2, 3), eps=1e-3),
        layer("LayerNorm", [5], nn.LayerNorm(5, elementwise_affine=False), x(3, 5),
              elementwiseAffine=False),
        layer("BatchNorm1d", [3], nn.BatchNorm1d(3), x(6, 3), steps=3),
        layer("BatchNorm1d", [3], nn.BatchNorm1d(3, momentum=None), x(4, 3, 5), steps=3,
              momentum=None),
        layer("BatchNorm1d", [3], nn.BatchNorm1d(3, affine=False, eps=1e-2, momentum=0.3), x(6, 3),
              affine=False, eps=1e-2, momentum=0.3),
        layer("BatchNorm1d", [3], nn.BatchNorm1d(3, track_running_stats=False), x(6, 3),
              trackRunningStats=False),
        layer("ReLU", [], nn.ReLU(), x(3, 4)),
        layer("GELU", [], nn.GELU(), x(3, 4)),
        layer("GELU", [], nn.GELU(approximate="tanh"), x(3, 4), approximate="tanh"),
        layer("Tanh", [], nn.Tanh(), x(3, 4)),
        layer("Sigmoid", [], nn.Sigmoid(), x(3, 4)),
        layer("SiLU", [], nn.SiLU(), x(3, 4)),
        layer("Softmax", [0], nn.Softmax(0), x(3, 4)),
        layer("Softmax", [-1], nn.Softmax(-1), x(3, 4)),
        layer("PReLU", [1], nn.PReLU(), x(3, 4)),
        layer("PReLU", [3], nn.PReLU(3, init=-0.5), x(2, 3, 2), init=-0.5),
    ]


def losses():
    cases = []
    logits, labels = torch.randn(5, 4), torch.tensor([0, 3, 1, 1, 2])
    weight = torch.rand(4) + 0.5
    volume, volumes = torch.randn(2, 4, 3), torch.tensor([[0, 1, 3], [2, 2, 0]])
    soft = torch.softmax(torch.randn(5, 4), 1)

    def add(name, call, x, target, **options):
        x = x.clone().requires_grad_()
        loss = call(x, target)
        loss.sum().backward()
        cases.append({"name": name, "x": plain(x), "target": plain(target),
                      "options": {k: plain(v) for k, v in options.items()},
                      "loss": plain(loss), "xGrad": plain(x.grad)})

    ce = F.cross_entropy
    add("crossEntropy", ce, logits, labels)
    add("crossEntropy", lambda x, t: ce(x, t, reduction="sum"), logits, labels, reduction="sum")
    add("crossEntropy", lambda x, t: ce(x, t, reduction="none"), logits, labels, reduction="none")
    add("crossEntropy", lambda x, t: ce(x, t, weight=weight), logits, labels, weight=weight)
    add("crossEntropy", lambda x, t: ce(x, t, ignore_index=1), logits, labels, ignoreIndex=1)
    add("crossEntropy", lambda x, t: ce(x, t, label_smoothing=0.1), logits, labels,
        labelSmoothing=0.1)
    add("crossEntropy", lambda x, t: ce(x, t, weight=weight, ignore_index=3, label_smoothing=0.2),
        logits, labels, weight=weight, ignoreIndex=3, labelSmoothing=0.2)
    add("crossEntropy", ce, volume, volumes)
    add("crossEntropy", ce, logits, soft)
    add("crossEntropy", lambda x, t: ce(x, t, weight=weight, label_smoothing=0.1), logits, soft,
        weight=weight, labelSmoothing=0.1)
    add("crossEntropy", ce, logits[0], labels[0])
    add("nllLoss", F.nll_loss, torch.log_softmax(logits, 1), labels)
    add("nllLoss", lambda x, t: F.nll_loss(x, t, weight=weight, reduction="sum"),
        torch.log_softmax(logits, 1), labels, weight=weight, reduction="sum")
    target = torch.randn(5, 4)
    for name, call in [("mseLoss", F.mse_loss), ("l1Loss", F.l1_loss)]:
        add(name, call, logits, target)
        add(name, lambda x, t, call=call: call(x, t, reduction="sum"), logits, target,
            reduction="sum")
        add(name, lambda x, t, call=call: call(x, t, reduction="none"), logits, target,
            reduction="none")
    return cases


def optimizers():
    cases = []

    def add(name, python, **options):
        a = nn.Parameter(torch.randn(2, 3))
        b = nn.Parameter(torch.randn(4))
        optimizer = getattr(torch.optim, name)([a, b], **python)
        before, steps = [plain(a), plain(b)], []
        for i in range(5):
            # The second parameter has no gradient in the third step, and a zero one in the fourth.
            a.grad = torch.randn(2, 3)
            b.grad = None if i == 2 else torch.zeros(4) if i == 3 else torch.randn(4)
            optimizer.step()
            steps.append({"grads": [plain(a.grad), None if b.grad is None else plain(b.grad)],
                          "params": [plain(a), plain(b)]})
        state = {str(k): {n: plain(t) for n, t in v.items() if t is not None}
                 for k, v in optimizer.state_dict()["state"].items()}
        cases.append({"name": name, "options": options, "before": before, "steps": steps,
                      "state": {k: v for k, v in state.items() if v}})

    add("SGD", dict(lr=0.1), lr=0.1)
    add("SGD", dict(lr=0.1, weight_decay=0.2), lr=0.1, weightDecay=0.2)
    add("SGD", dict(lr=0.1, momentum=0.9), lr=0.1, momentum=0.9)
    add("SGD", dict(lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.1), lr=0.1, momentum=0.9,
        dampening=0.3, weightDecay=0.1)
    add("SGD", dict(lr=0.1, momentum=0.8, nesterov=True), lr=0.1, momentum=0.8, nesterov=True)
    add("SGD", dict(lr=0.1, momentum=0.8, maximize=True), lr=0.1, momentum=0.8, maximize=True)
    for name in ["Adam", "AdamW"]:
        add(name, dict(), )
        add(name, dict(lr=0.05, betas=(0.8, 0.95), eps=1e-4), lr=0.05, betas=[0.8, 0.95], eps=1e-4)
        add(name, dict(lr=0.05, weight_decay=0.3), lr=0.05, weightDecay=0.3)
        add(name, dict(lr=0.05, amsgrad=True), lr=0.05, amsgrad=True)
        add(name, dict(lr=0.05, maximize=True), lr=0.05, maximize=True)
    return cases


def schedulers():
    """The learning rates of two groups over 12 epochs, the state and the group's keys on the way, and
    the rates after a group with the rate 7 was added."""
    S = torch.optim.lr_scheduler
    makers = {
        "StepLR": lambda o: S.StepLR(o, 3, gamma=0.5),
        "MultiStepLR": lambda o: S.MultiStepLR(o, [2, 5, 5, 9]),
        "ExponentialLR": lambda o: S.ExponentialLR(o, 0.9),
        "LinearLR": lambda o: S.LinearLR(o, start_factor=0.25, end_factor=0.75, total_iters=7),
        "LinearLR default": lambda o: S.LinearLR(o),
        "CosineAnnealingLR": lambda o: S.CosineAnnealingLR(o, 4, eta_min=0.01),
        "ConstantLR": lambda o: S.ConstantLR(o, factor=0.25, total_iters=4),
        "PolynomialLR": lambda o: S.PolynomialLR(o, total_iters=9, power=1.5),
        "CosineAnnealingWarmRestarts": lambda o: S.CosineAnnealingWarmRestarts(
            o, 3, T_mult=2, eta_min=0.01),
        "CosineAnnealingWarmRestarts default": lambda o: S.CosineAnnealingWarmRestarts(o, 5),
        "LambdaLR": lambda o: S.LambdaLR(o, [lambda e: 1 / (1 + e), lambda e: 0.5 + e]),
        "SequentialLR": lambda o: S.SequentialLR(
            o, [S.LinearLR(o, total_iters=3), S.CosineAnnealingLR(o, 5), S.ExponentialLR(o, 0.9)],
            milestones=[3, 8]),
        "ChainedScheduler": lambda o: S.ChainedScheduler(
            [S.ConstantLR(o, factor=0.1, total_iters=2), S.CosineAnnealingLR(o, 5)]),
    }
    chained = {
        "chained": [makers["ExponentialLR"], makers["StepLR"], makers["LinearLR default"]],
    }
    cases = []
    for name, makes in {**{k: [m] for k, m in makers.items()}, **chained}.items():
        optimizer = two_groups()
        made = [make(optimizer) for make in makes]
        rates = [rates_of(optimizer)]
        for epoch in range(1, 13):
            optimizer.step()
            for scheduler in made:
                scheduler.step()
            rates.append(rates_of(optimizer))
            if epoch == 4:
                states = json.loads(json.dumps([s.state_dict() for s in made]))
                keys = list(optimizer.state_dict()["param_groups"][0])
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(1))], "lr": 7})
        optimizer.step()
        for scheduler in made:
            scheduler.step()
        rates.append(rates_of(optimizer))
        cases.append({"name": name, "rates": rates[:13], "states": states, "groupKeys": keys,
                      "late": rates[13]})
    resumed = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.3)
    resumed.param_groups[0]["initial_lr"] = 0.1
    S.CosineAnnealingLR(resumed, 4, last_epoch=1)
    parts = two_groups()
    restarts = S.CosineAnnealingWarmRestarts(parts, 2, T_mult=3)
    fractions = [0.5, 1.75, 2.25, None, 9.5, None, 3]
    between = []
    for epoch in fractions:
        restarts.step(epoch)
        between.append(rates_of(parts))
    return {"cases": cases, "resumed": resumed.param_groups[0]["lr"],
            "fractions": {"epochs": fractions, "rates": between}}


def two_groups(make=torch.optim.SGD, **options):
    return make([{"params": [nn.Parameter(torch.ones(1))]},
                 {"params": [nn.Parameter(torch.ones(1))], "lr": 0.5}], lr=0.1, **options)


def rates_of(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


def one_cycle():
    """The rates and momenta of two groups, the state and the group's keys on the way. PyTorch 2 saves
    the name of the curve; 1.13 saves a function."""
    cases = []

    def add(make, options):
        optimizer = two_groups(make, **({"momentum": 0.9} if make is torch.optim.SGD else {}))
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, **options)
        momenta = lambda: [g["betas"][0] if "betas" in g else g["momentum"]
                           for g in optimizer.param_groups]
        values = [[rates_of(optimizer), momenta()]]
        while True:
            optimizer.step()
            try:
                scheduler.step()
            except ValueError as error:
                message = str(error)
                break
            values.append([rates_of(optimizer), momenta()])
            if len(values) == 5:
                state = {k: v for k, v in scheduler.state_dict().items() if k != "anneal_func"}
                state["_anneal_func_type"] = options.get("anneal_strategy", "cos")
                state = json.loads(json.dumps(state))
                group = optimizer.state_dict()["param_groups"][1]
        cases.append({"optimizer": make.__name__, "options": options, "values": values,
                      "state": state, "group": group, "message": message})

    for make in [torch.optim.SGD, torch.optim.Adam]:
        add(make, {"max_lr": 0.4, "total_steps": 11})
        add(make, {"max_lr": [0.4, 2.0], "epochs": 2, "steps_per_epoch": 5, "three_phase": True,
                   "pct_start": 0.4, "max_momentum": [0.9, 0.8], "base_momentum": 0.5})
        add(make, {"max_lr": 0.4, "total_steps": 9, "anneal_strategy": "linear",
                   "div_factor": 10.0, "final_div_factor": 100.0, "pct_start": 0.55})
        add(make, {"max_lr": 0.4, "total_steps": 8, "cycle_momentum": False})
    return cases


def plateau():
    """The rates of two groups after each metric, and the state in the middle."""
    cases = []
    falling = [3.0, 2.0, 1.0, 1.0, 1.0, 0.99995, 0.5, 0.6, 0.6, 0.6, 0.6, float("nan"), 0.6, 0.1]
    for options in [{"patience": 1}, {"patience": 0, "mode": "max", "factor": 0.5},
                    {"patience": 0, "cooldown": 2, "factor": 0.25, "min_lr": 0.01},
                    {"patience": 1, "threshold_mode": "abs", "threshold": 0.3, "min_lr": [0.03, 0.2]},
                    {"patience": 0, "mode": "max", "threshold_mode": "abs", "threshold": 0.05,
                     "eps": 0.02}]:
        optimizer = two_groups()
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        metrics = falling if options.get("mode") != "max" else [m - 1 for m in falling[::-1]]
        rates = []
        for epoch, metric in enumerate(metrics):
            scheduler.step(metric)
            rates.append(rates_of(optimizer))
            if epoch == 6:
                state = scheduler.state_dict()
        cases.append({"options": options, "metrics": finite(metrics), "rates": rates,
                      "state": finite({k: v for k, v in state.items()})})
    return cases


def finite(value):
    """JSON has no infinities and no NaN: their names instead."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    names = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
    return names.get(str(value), value) if isinstance(value, float) else value


def init():
    """The distribution that each function draws from, seen by what it calls."""
    calls = []
    real = torch.Tensor.uniform_, torch.Tensor.normal_
    torch.Tensor.uniform_ = lambda self, a=0, b=1: calls.append(["uniform", a, b]) or self
    torch.Tensor.normal_ = lambda self, mean=0, std=1: calls.append(["normal", mean, std]) or self
    cases = []

    def add(name, call, shape, args):
        calls.clear()
        call(torch.empty(shape))
        cases.append({"name": name, "shape": shape, "args": args, "draws": calls[-1]})

    for shape in [[3, 5], [4, 2, 3]]:
        add("xavierUniform_", nn.init.xavier_uniform_, shape, [])
        add("xavierUniform_", lambda t: nn.init.xavier_uniform_(t, gain=2.0), shape, [2.0])
        add("xavierNormal_", nn.init.xavier_normal_, shape, [])
        add("kaimingUniform_", nn.init.kaiming_uniform_, shape, [])
        add("kaimingUniform_", lambda t: nn.init.kaiming_uniform_(t, a=5**0.5), shape,
            [{"a": 5**0.5}])
        add("kaimingNormal_", lambda t: nn.init.kaiming_normal_(
            t, mode="fan_out", nonlinearity="relu"), shape,
            [{"mode": "fan_out", "nonlinearity": "relu"}])
    layers = []
    for make in [lambda: nn.Linear(4, 3), lambda: nn.Embedding(4, 3)]:
        calls.clear()
        module = make()
        layers.append({"name": type(module).__name__, "draws": list(calls)})
    torch.Tensor.uniform_, torch.Tensor.normal_ = real
    gains = {name: nn.init.calculate_gain(name)
             for name in ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]}
    gains["leaky_relu(0.2)"] = nn.init.calculate_gain("leaky_relu", 0.2)
    return {"cases": cases, "gains": gains, "layers": layers}


class Embeddings(nn.Module):
    def __init__(self, vocab_size, d_model, dropout=0.1, max_len=5000):
        super().__init__()
        self.register_buffer("pe", torch.zeros(1, max_len, d_model))
        self.embs = nn.Embedding(vocab_size, d_model)
        self.dropout = nn.Dropout(p=dropout)


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("first", torch.zeros(1))
        self.inner = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.BatchNorm1d(2), nn.ReLU()))
        self.last = nn.Parameter(torch.zeros(1))
        self.register_parameter("nothing", None)
        self.register_module("absent", None)
        self.register_buffer("scratch", torch.zeros(1), persistent=False)
        self.inner[0].tied = self.last

    def extra_repr(self):
        return "a=1\nb=2"


def printed():
    def case(module):
        return {
            "printed": repr(module),
            "keys": list(module.state_dict()),
            "parameters": [name for name, _ in module.named_parameters()],
            "buffers": [name for name, _ in module.named_buffers()],
            "modules": [name for name, _ in module.named_modules()],
            "versions": {k: v["version"] for k, v in module.state_dict()._metadata.items()},
        }

    return {
        "Embeddings": case(Embeddings(5, 3)),
        "Nested": case(Nested()),
        "BatchNorm1d": case(nn.BatchNorm1d(3)),
        "BatchNorm1d options": case(nn.BatchNorm1d(3, eps=1e-3, momentum=None, affine=False)),
        "Linear": case(nn.Linear(4, 2, bias=False)),
        "LayerNorm": case(nn.LayerNorm((3, 4), elementwise_affine=False)),
        "Embedding": case(nn.Embedding(4, 3, padding_idx=-1)),
        "Dropout": case(nn.Dropout(1e-5, inplace=True)),
        "Activations": case(nn.Sequential(nn.ReLU(inplace=True), nn.GELU(), nn.Tanh(),
                                          nn.Sigmoid(), nn.SiLU(), nn.Softmax(dim=1))),
        "ModuleList": case(nn.ModuleList([nn.Linear(1, 1), nn.ReLU()])),
        "ModuleDict": case(nn.ModuleDict({"b": nn.Linear(1, 1), "2": nn.ReLU(), "1": nn.Tanh()})),
        "ParameterList": case(nn.ParameterList([nn.Parameter(torch.ones(2, 3)),
                                                nn.Parameter(torch.ones(4))])),
        "Losses": case(nn.ModuleList([nn.CrossEntropyLoss(weight=torch.ones(2)), nn.MSELoss()])),
    }


def optimizer_dict(name, **options):
    module = nn.Linear(2, 1)
    optimizer = getattr(torch.optim, name)(module.parameters(), **options)
    groups = optimizer.state_dict()["param_groups"]
    return list(groups[0])


write("layers.json", {"layers": layers(), "losses": losses()})
write("optimizers.json", {"cases": optimizers(),
                          "keys": {name: optimizer_dict(name, lr=0.1)
                                   for name in ["SGD", "Adam", "AdamW"]}})
write("init.json", init())
write("printed.json", printed())
write("schedulers.json", {**schedulers(), "oneCycle": one_cycle(), "plateau": plateau()})
