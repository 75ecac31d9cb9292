"""Serves modules of PyTorch to Touchstone, over standard input and output: docs/protocol.md.

A spec names a class, or any other callable that gives a module:

    {"class": "Linear", "args": [4, 2], "kwargs": {"bias": false}}    of torch.nn
    {"module": "torchvision.models", "class": "resnet18"}             of another module
    {"file": "/path/to/model.py", "class": "Model"}                   of a file

and an argument may itself be such a spec.
"""

import base64
import collections
import functools
import importlib
import importlib.util
import io
import json
import os
import re
import sys
import threading
import time
import traceback

# Before anything else can print: the stream of answers is ours alone, and what is printed goes to
# standard error.
ANSWERS = os.fdopen(os.dup(1), "wb")
REQUESTS = os.fdopen(os.dup(0), "rb")
os.dup2(2, 1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

try:
    import torch
    MISSING = None
except ImportError as error:
    torch = None
    MISSING = str(error)

HERE = (lambda: None).__code__.co_filename  # there is no __file__ if Python was given the text


class Unsupported(Exception):
    """What is asked for is not there: no fault of what is judged."""


class Request:
    """A request, its byte strings, and those of its answer."""

    def __init__(self, fields, strings):
        self.fields = fields
        self.strings = strings
        self.out = []

    def __getitem__(self, name):
        return self.fields[name]

    def bytes(self, name):
        return self.strings[self.fields[name]]

    def tensor(self, described):
        dtype = getattr(torch, described["dtype"])
        data = bytearray(self.strings[described["b"]])
        # Cloned into memory that PyTorch aligns: results of some kernels depend on it.
        flat = torch.frombuffer(data, dtype=dtype).clone() if data else torch.empty(0, dtype=dtype)
        return arrange(flat.reshape(described["shape"]), described.get("layout", "contiguous"))

    def arguments(self, given, inputGradients=False):
        """The arguments of forward, with tensors in place of their descriptions."""
        if isinstance(given, list):
            return [self.arguments(item, inputGradients) for item in given]
        if not isinstance(given, dict):
            return given
        if not {"shape", "dtype", "b"} <= given.keys():
            return {name: self.arguments(item, inputGradients) for name, item in given.items()}
        tensor = self.tensor(given)
        return tensor.requires_grad_() if inputGradients and tensor.is_floating_point() else tensor

    def put(self, data):
        self.out.append(data)
        return len(self.out) - 1

    def put_tensor(self, tensor):
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        if flat.dtype == torch.bfloat16:  # NumPy has none
            flat = flat.view(torch.int16)
        place = self.put(flat.numpy().tobytes())
        return {"shape": list(tensor.shape), "dtype": dtype_of(tensor), "b": place}

    def put_tensors(self, pairs):
        return {"values": [(name, self.put_tensor(tensor)) for name, tensor in pairs]}

    def put_gradients(self, pairs):
        return self.put_tensors((name, x.grad) for name, x in pairs if x.grad is not None)

    def put_file(self, value):
        file = io.BytesIO()
        torch.save(value, file)
        return {"file": self.put(file.getvalue())}

    def write_to(self, tensors):
        with torch.no_grad():
            for name, value in self["values"]:
                tensors[name].detach().copy_(self.tensor(value))


def dtype_of(tensor):
    return str(tensor.dtype).split(".")[1]


def arrange(x, layout):
    """The same elements, lying otherwise in memory."""
    if x.dim() == 0 or layout == "contiguous":
        return x
    if layout == "transposed":
        return x.transpose(0, -1).contiguous().transpose(0, -1)
    if layout == "offset":
        return torch.cat([x[:1], x])[min(1, len(x)):]
    if layout == "every second":
        return torch.stack([x, x], -1).flatten(-2)[..., ::2]
    raise Unsupported(f"the layout {layout}")


def gradient_of(tensor):
    """The numbers of a gradient."""
    if tensor.grad is None:
        return None
    return {"object": SERVER.number_of(tensor.grad), "memory": SERVER.memory_of(tensor.grad)}


def multiplies(dtype):
    """Whether there are products of matrices: before 2.1 the CPU had none of float16."""
    try:
        torch.ones(1, 1, dtype=dtype) @ torch.ones(1, 1, dtype=dtype)
        return True
    except RuntimeError:
        return False


def storage_of(tensor):
    if hasattr(tensor, "untyped_storage"):
        return tensor.untyped_storage()
    return tensor.storage().untyped()  # before 2.0


def tensors_in(value, path):
    """Every tensor in what was given or returned, with its place."""
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from tensors_in(item, f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from tensors_in(item, f"{path}[{i}]")


class Server:
    """What was handed out since the last `free`, and the operations that need no handle."""

    def __init__(self):
        self.files = {}
        self.free(None)

    def free(self, request):
        self.handles = {}
        self.numbers = {}

    def hand_out(self, thing):
        handle = len(self.handles) + 1
        self.handles[handle] = thing
        return handle

    def number_of(self, thing):
        """The same for the same object, which is kept, so that no other one gets its address."""
        return self.numbers.setdefault(id(thing), (len(self.numbers) + 1, thing))[0]

    def memory_of(self, tensor):
        storage = storage_of(tensor)
        key = ("memory", storage._cdata)
        return self.numbers.setdefault(key, (len(self.numbers) + 1, storage))[0]

    def hello(self, request):
        halves = ["float16"] if multiplies(torch.float16) else []
        return {
            "protocol": 2, "library": "PyTorch", "version": torch.__version__, "devices": ["cpu"],
            "features": ["stateDict", "files", "optimizers", "casts", "random", "layouts",
                         "persistence", "lookups", "gradients", *halves],
        }

    def echo(self, request):
        return {"values": [request.put_tensor(request.tensor(each)) for each in request["values"]]}

    def new(self, request):
        torch.manual_seed(request["seed"])
        module = self.made(request["spec"])
        if not isinstance(module, torch.nn.Module):
            raise TypeError(f"{request['spec']} gives no module but {type(module).__name__}")
        return {"h": self.hand_out(Instance(module))}

    def made(self, spec):
        """What a spec describes; other values are what they are."""
        if isinstance(spec, list):
            return [self.made(item) for item in spec]
        if not (isinstance(spec, dict) and "class" in spec):
            return spec
        module = spec.get("module", "torch.nn")
        home = self.loaded(spec["file"]) if "file" in spec else importlib.import_module(module)
        kwargs = {name: self.made(item) for name, item in spec.get("kwargs", {}).items()}
        return getattr(home, spec["class"])(*self.made(spec.get("args", [])), **kwargs)

    def loaded(self, path):
        if path not in self.files:
            sys.path.insert(0, os.path.dirname(path))
            spec = importlib.util.spec_from_file_location(f"judged_{len(self.files)}", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self.files[path] = module
        return self.files[path]

    def seed(self, request):
        torch.manual_seed(request["seed"])

    def random_state(self, request):
        return {"state": base64.b64encode(torch.get_rng_state().numpy().tobytes()).decode()}

    def set_random_state(self, request):
        state = bytearray(base64.b64decode(request["state"]))
        torch.set_rng_state(torch.frombuffer(state, dtype=torch.uint8).clone())


SERVER = Server()


class Instance:
    """The operations on an instance."""

    def __init__(self, module):
        self._module = module

    def _parts(self):
        return list(self._module.named_modules(remove_duplicate=False))

    def _registered(self):
        """Parameters, then buffers, under every name: name, tensor, role, whether it is saved."""
        parameters, buffers = [], []
        for path, part in self._parts():
            prefix = path + "." if path else ""
            parameters += [(prefix + name, value, "parameter", True)
                           for name, value in part._parameters.items() if value is not None]
            buffers += [(prefix + name, value, "buffer", name not in part._non_persistent_buffers_set)
                        for name, value in part._buffers.items() if value is not None]
        return parameters + buffers

    def _named(self):
        return {name: value for name, value, _, _ in self._registered()}

    def _entry(self, name, value, role, persistent):
        return {
            "name": name, "role": role, "shape": list(value.shape), "dtype": dtype_of(value),
            "device": value.device.type, "requiresGrad": value.requires_grad,
            "gradient": gradient_of(value), "persistent": persistent,
            "isParameter": isinstance(value, torch.nn.Parameter),
            "history": None if value.grad_fn is None else value.grad_fn.name(),
            "object": SERVER.number_of(value), "memory": SERVER.memory_of(value),
            "offset": value.storage_offset(),
        }

    def _part(self, name, part):
        return {"name": name, "type": type(part).__name__, "training": part.training,
                "object": SERVER.number_of(part), "layer": layer_of(part)}

    def list(self, request):
        module = self._module
        return {
            "entries": [self._entry(*each) for each in self._registered()],
            "parts": [self._part(*each) for each in self._parts()],
            "once": {
                "parameters": once(module.named_parameters(), module.parameters()),
                "buffers": once(module.named_buffers(), module.buffers()),
                "modules": once(module.named_modules(), module.modules()),
            },
            "recording": torch.is_grad_enabled(),
        }

    def modes(self, request):
        inner = [(f"self.{path} ({type(value).__name__})", value.training)
                 for path, value in reachable(self._module) if isinstance(value, torch.nn.Module)]
        return {"modes": [("the module itself", self._module.training), *inner]}

    def unregistered(self, request):
        known = {SERVER.memory_of(value) for value in self._named().values()}
        tensors = [(path, value) for path, value in reachable(self._module)
                   if isinstance(value, torch.Tensor) and SERVER.memory_of(value) not in known]
        return {"tensors": [{"where": f"self.{path}", "device": value.device.type,
                             "memory": SERVER.memory_of(value)} for path, value in tensors]}

    def leads(self, request):
        module, found = self._module, []
        kinds = {"parameter": module.get_parameter, "buffer": module.get_buffer}
        named = [(name, value, kinds[role]) for name, value, role, _ in self._registered()]
        named += [(name, value, module.get_submodule) for name, value in self._parts()]
        for name, value, look_up in named:
            ways = [("lookup", f"{look_up.__name__}({name!r})", look_up)]
            if name:
                ways.append(("property", f"self.{name}", lambda path: follow(module, path)))
            found += [{"name": name, "by": by, "way": way, "listed": SERVER.number_of(value),
                       "found": number_or_text(get, name)} for by, way, get in ways]
        return {"leads": found}

    def read(self, request):
        return request.put_tensors(self._named().items())

    def write(self, request):
        request.write_to(self._named())

    def gradients(self, request):
        return request.put_gradients(self._named().items())

    def set_gradients(self, request):
        tensors = self._named()
        for name, value in request["values"]:
            tensors[name].grad = None if value is None else request.tensor(value)

    def zero_grad(self, request):
        self._module.zero_grad(set_to_none=request["setToNone"])

    def require_grad(self, request):
        if request["names"] is None:
            self._module.requires_grad_(request["flag"])
            return
        tensors = self._named()
        for name in request["names"]:
            tensors[name].requires_grad_(request["flag"])

    def train(self, request):
        if request["mode"]:
            self._module.train()
        else:
            self._module.eval()

    def to(self, request):
        target = request["target"]
        dtype = getattr(torch, target, None)
        if not isinstance(dtype, torch.dtype) and target != "cpu":
            raise Unsupported(f"the device {target}")
        self._module.to(dtype if isinstance(dtype, torch.dtype) else target)

    def state_dict(self, request):
        return held(self._module.state_dict())

    def load(self, request):
        told = {"error": None, "missing": [], "unexpected": [], "mismatched": []}
        try:
            state = SERVER.handles[request["d"]]._tensors
            keys = self._module.load_state_dict(state, strict=request["strict"])
            return {**told, "missing": keys.missing_keys, "unexpected": keys.unexpected_keys}
        except RuntimeError as error:
            text = str(error)
            if not text.startswith("Error(s) in loading state_dict"):
                raise
        told["error"] = "RuntimeError"
        for line in text.split("\n\t")[1:]:
            if line.startswith("Missing key(s)"):
                told["missing"] = re.findall(r'"(.*?)"', line)
            elif line.startswith("Unexpected key(s)"):
                told["unexpected"] = re.findall(r'"(.*?)"', line)
            elif found := re.match(r'size mismatch for (.*?): |.*?parameter named "(.*?)"', line):
                told["mismatched"].append(found[1] or found[2])
        return told

    def save(self, request):
        return request.put_file(self._module.state_dict())

    def parse(self, request):
        return held(torch.load(io.BytesIO(request.bytes("file")), weights_only=True))

    def forward(self, request):
        args = request.arguments(request["args"], request["inputGradients"])
        if request["seed"] is not None:
            torch.manual_seed(request["seed"])
        return self._called(args, request["recorded"])

    def attempt(self, request):
        args = request.arguments(request["args"])
        try:
            return self._called(args, True)
        except Exception as error:
            name = type(error).__name__
            return {"refusal": {"isError": True, "name": name, "message": str(error)}}

    def _called(self, args, recorded):
        with torch.set_grad_enabled(recorded):
            value = self._module(*args)
        output = Output(list(tensors_in(value, "output")), list(tensors_in(args, "arguments")))
        return {"o": SERVER.hand_out(output), "outputs": output._told()}

    def part(self, request):
        return {"h": SERVER.hand_out(Instance(self._module.get_submodule(request["name"])))}

    def optimizer(self, request):
        names = {"lr": "lr", "momentum": "momentum", "weightDecay": "weight_decay"}
        options = {name: request[key] for key, name in names.items() if request[key] is not None}
        parameters = list(self._module.parameters())
        kind = getattr(torch.optim, request["kind"])
        optimizer = kind(parameters, **options) if parameters else None
        schedule = request["schedule"]
        scheduler = None if schedule is None or optimizer is None else (
            torch.optim.lr_scheduler.StepLR(optimizer, schedule["stepSize"], schedule["gamma"]))
        return {"t": SERVER.hand_out(Training(self._module, optimizer, scheduler))}

    def look(self, request):
        module, how = self._module, request["how"]
        if how == "list":
            list(module.parameters()), list(module.buffers()), list(module.modules())
        elif how == "stateDict":
            module.state_dict()
        elif how == "save":
            torch.save(module.state_dict(), io.BytesIO())
        elif how == "print":
            repr(module)
        elif how == "optimizer" and list(module.parameters()):
            torch.optim.AdamW(module.parameters())


def once(pairs, plain):
    return {"names": [name for name, _ in pairs], "objects": [SERVER.number_of(x) for x in plain]}


def follow(module, path):
    """What the attributes lead to that a name spells."""
    return functools.reduce(getattr, path.split("."), module)


def number_or_text(get, name):
    try:
        return SERVER.number_of(get(name))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def layer_of(part):
    if isinstance(part, torch.nn.Dropout):
        return {"kind": "dropout", "p": part.p}
    if isinstance(part, torch.nn.BatchNorm1d) and part.running_mean is not None:
        return {"kind": "batchNorm", "features": part.num_features, "momentum": part.momentum}
    return None


def reachable(root):
    """Tensors and modules that hang on a module by attributes and containers, with their places."""
    seen, queue = {id(root)}, [("", root)]
    while queue:
        path, value = queue.pop(0)
        if isinstance(value, torch.nn.Module):
            inner = {**value._parameters, **value._buffers, **value._modules, **vars(value)}
            items = [(f"{path}.{name}" if path else name, item) for name, item in inner.items()]
        elif isinstance(value, dict):
            items = [(f"{path}[{name!r}]", item) for name, item in value.items()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            items = [(f"{path}[{i}]", item) for i, item in enumerate(value)]
        else:
            continue
        for name, item in items:
            if id(item) not in seen:
                seen.add(id(item))
                queue.append((name, item))
                if isinstance(item, (torch.Tensor, torch.nn.Module)):
                    yield name, item


def held(tensors):
    state = State(tensors)
    return {"d": SERVER.hand_out(state), **state.entries(None)}


class State:
    """The operations on a state dict."""

    def __init__(self, tensors):
        self._tensors = tensors

    def _pairs(self):
        return [pair for pair in self._tensors.items() if isinstance(pair[1], torch.Tensor)]

    def entries(self, request):
        return {"entries": [{
            "name": name, "requiresGrad": value.requires_grad, "memory": SERVER.memory_of(value),
            "offset": value.storage_offset(), "shape": list(value.shape),
            "dtype": dtype_of(value), "memoryBytes": storage_of(value).nbytes(),
        } for name, value in self._pairs()]}

    def read_state(self, request):
        return request.put_tensors(self._pairs())

    def write_state(self, request):
        request.write_to(self._tensors)

    def edit_state(self, request):
        copy = collections.OrderedDict(self._tensors)
        if hasattr(self._tensors, "_metadata"):
            copy._metadata = self._tensors._metadata
        for name, value in request["edits"]:
            if value == "delete":
                copy.pop(name, None)
            else:
                copy[name] = "no tensor" if value is None else request.tensor(value)
        return held(copy)


class Output:
    """The operations on what forward returned."""

    def __init__(self, outputs, inputs):
        self._outputs = outputs
        self._inputs = inputs

    def _told(self):
        return [{"place": place, "shape": list(x.shape), "dtype": dtype_of(x),
                 "requiresGrad": x.requires_grad} for place, x in self._outputs]

    def values(self, request):
        return request.put_tensors(self._outputs)

    def inputs(self, request):
        return {"values": [(place, {**request.put_tensor(x), "requiresGrad": x.requires_grad})
                           for place, x in self._inputs]}

    def backward(self, request):
        pairs = [(x, request.tensor(weight))
                 for (_, x), weight in zip(self._outputs, request["weights"])
                 if weight is not None and x.requires_grad]
        torch.autograd.backward([x for x, _ in pairs], [weight for _, weight in pairs])

    def input_gradients(self, request):
        return request.put_gradients(self._inputs)


class Training:
    """The operations on an optimizer and its schedule; they are None where there are none."""

    def __init__(self, module, optimizer, scheduler):
        self._module = module
        self._optimizer = optimizer
        self._scheduler = scheduler

    def clear(self, request):
        if self._optimizer is not None:
            # As by default since 2.0: zeros would let momentum move what is frozen.
            self._optimizer.zero_grad(set_to_none=True)

    def step(self, request):
        if self._optimizer is not None:
            self._optimizer.step()
        if self._scheduler is not None:
            self._scheduler.step()

    def _states(self):
        parts = {"model": self._module, "optimizer": self._optimizer, "scheduler": self._scheduler}
        return {name: part for name, part in parts.items() if part is not None}

    def save_training(self, request):
        return request.put_file({name: x.state_dict() for name, x in self._states().items()})

    def load_training(self, request):
        # It is our own; and 1.13 reads no number of an optimizer with weights_only.
        state = torch.load(io.BytesIO(request.bytes("file")), weights_only=False)
        for name, part in self._states().items():
            part.load_state_dict(state[name])


# The names of operations, by what they are asked of: writeState is write_state.
OPERATIONS = {
    kind: {re.sub("_(.)", lambda found: found[1].upper(), name): method
           for name, method in vars(kind).items() if not name.startswith("_")}
    for kind in (Instance, State, Output, Training)
}
OPERATIONS[Server] = {
    "hello": Server.hello, "echo": Server.echo, "new": Server.new, "free": Server.free,
    "seed": Server.seed, "randomState": Server.random_state,
    "setRandomState": Server.set_random_state,
}


def answer(request):
    try:
        handle = next((key for key in "hdot" if key in request.fields), None)
        target = SERVER if handle is None else SERVER.handles[request[handle]]
        operation = OPERATIONS[type(target)].get(request["op"])
        if operation is None:
            raise Unsupported(f"the operation {request['op']}")
        return {"ok": operation(target, request) or {}}
    except Unsupported as error:
        return {"err": {"type": "unsupported", "message": f"There is not {error}"}}
    except Exception as error:
        return {"err": {"type": type(error).__name__, "message": str(error), "at": place(error)}}


def place(error):
    """The last line of the user's own code; of PyTorch's if there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    foreign = (HERE, os.path.dirname(torch.__file__))
    own = [frame for frame in frames if not frame.filename.startswith(foreign)]
    found = (own or frames)[-1]
    return f"{found.filename}:{found.lineno}, in {found.name}"


def end_with_parent():
    """Ends this process when the one that started it is gone, even while a module hangs."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main():
    threading.Thread(target=end_with_parent, daemon=True).start()
    if torch is not None:
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
    for line in REQUESTS:
        fields = json.loads(line)
        request = Request(fields, [REQUESTS.read(length) for length in fields.get("bin", [])])
        if torch is None:
            body, out = {"err": {"type": "ImportError", "message": MISSING}}, []
        else:
            body = answer(request)
            out = request.out if "ok" in body else []
        body = {"id": fields["id"], **body, "bin": [len(each) for each in out]}
        ANSWERS.write(json.dumps(body).encode() + b"\n")
        ANSWERS.writelines(out)
        ANSWERS.flush()


main()
