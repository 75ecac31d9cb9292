import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { DTypeError, ones, randn, scope, type Tensor, tensor, zeros } from "../core/mod.ts";
import {
  BatchNorm1d,
  Buffer,
  Dropout,
  Embeddings,
  Linear,
  Module,
  ModuleDict,
  ModuleList,
  Parameter,
  Sequential,
} from "./mod.ts";
import * as nn from "./mod.ts";
import fixtures from "./testdata/printed.json" with { type: "json" };

class Both extends Module {
  declare myBuffer: Tensor;
  plain = randn([1]);
  list = [new Linear(1, 1)];
  map = new Map([["p", new Parameter(zeros([1]))]]);
  param: Parameter;
  constructor() {
    super();
    this.registerBuffer("myBuffer", randn([2, 3]));
    this.param = new Parameter(randn([3, 3]));
  }
}

Deno.test("stateDict() lists parameters, then persistent buffers, and no plain attributes", () => {
  const model = new Both();
  assertEquals([...model.stateDict().keys()], ["param", "myBuffer"]);
  assertEquals(model.namedParameters().map(([name]) => name), ["param"]);
  assertEquals(model.namedBuffers().map(([name]) => name), ["myBuffer"]);
  assertStrictEquals(model.parameters()[0], model.param);
  assertStrictEquals(model.buffers()[0], model.myBuffer);
});

Deno.test("registerParameter() makes a range of names parameters, in order", () => {
  class Range extends Module {
    constructor() {
      super();
      for (let i = 0; i < 12; i++) this.registerParameter("w" + i, new Parameter(zeros([1])));
    }
  }
  const names = Array.from({ length: 12 }, (_, i) => "w" + i);
  assertEquals([...new Range().stateDict().keys()], names);
});

Deno.test("registerModule() keeps the order of names that look like numbers", () => {
  class Odd extends Module {
    z = new Linear(1, 1);
  }
  const model = new Odd();
  for (const name of ["10", "a", "2"]) model.registerModule(name, new Linear(1, 1));
  assertEquals(model.namedChildren().map(([name]) => name), ["z", "10", "a", "2"]);
  Reflect.deleteProperty(model, "10");
  assertEquals(model.namedChildren().map(([name]) => name), ["z", "a", "2"]);
});

Deno.test("registerBuffer() makes a name a buffer whatever tensor is assigned to it", () => {
  const model = new Both();
  model.myBuffer = ones([4]);
  assertEquals(model.namedBuffers().map(([name]) => name), ["myBuffer"]);
  assertEquals([...model.stateDict().keys()], ["param", "myBuffer"]);
  assertStrictEquals(model.getBuffer("myBuffer"), model.myBuffer);
});

Deno.test("registerBuffer() leaves a buffer out of the state dict if it is not persistent", () => {
  const model = new Both();
  model.registerBuffer("scratch", ones([1]), { persistent: false });
  assertEquals(model.buffers().length, 2);
  assertEquals(model.stateDict().has("scratch"), false);
  (model as unknown as { scratch: Tensor }).scratch = ones([2]);
  assertEquals(model.stateDict().has("scratch"), false);
  assertEquals(model.getBuffer("scratch").shape, [2]);
});

Deno.test("Buffer is a buffer by what it is, and says itself whether it is persistent", () => {
  class Masked extends Module {
    mask = new Buffer(ones([2]));
    scratch = new Buffer(ones([2]), { persistent: false });
  }
  const model = new Masked();
  assertEquals([...model.stateDict().keys()], ["mask"]);
  model.mask = new Buffer(ones([3]), { persistent: false });
  assertEquals(model.stateDict().size, 0);
  assertEquals(model.buffers().length, 2);
  model.registerBuffer("third", new Buffer(ones([1]), { persistent: false }));
  assertEquals(model.stateDict().size, 0);
});

Deno.test("Parameter shares the memory of its tensor, is a leaf, and is floating if trained", async () => {
  const data = zeros([2]).realize();
  const parameter = new Parameter(data);
  data.add_(1);
  assertEquals(await parameter.tolist(), [1, 1]);
  assertEquals([parameter.requiresGrad, parameter.isLeaf], [true, true]);
  assertEquals(new Parameter(data, { requiresGrad: false }).requiresGrad, false);
  assertThrows(() => new Parameter(tensor([1n])), DTypeError, "int64");
  assertEquals(new Parameter(tensor([1n]), { requiresGrad: false }).dtype, "int64");
});

Deno.test("repr() of a Parameter is PyTorch's", async () => {
  const expected = "Parameter containing:\ntensor([1., 1.], requires_grad=True)";
  assertEquals(await new Parameter(ones([2])).repr(), expected);
  assertEquals(Deno.inspect(new Parameter(ones([2]))), expected);
});

Deno.test("parameters() raises TypeError when a parameter's name holds a plain tensor", () => {
  const model = new Both();
  model.registerParameter("other", new Parameter(zeros([1])));
  (model as unknown as { other: Tensor }).other = zeros([1]);
  const wording =
    "cannot assign 'FloatTensor' as parameter 'other' (nn.Parameter or null expected)";
  assertThrows(() => model.parameters(), TypeError, wording);
  assertThrows(() => model.stateDict(), TypeError, wording);

  const seen = new Both();
  seen.parameters();
  (seen as unknown as { param: Tensor }).param = tensor([1n]);
  assertThrows(
    () => seen.parameters(),
    TypeError,
    "cannot assign 'LongTensor' as parameter 'param' (nn.Parameter or null expected)",
  );
});

Deno.test("buffers() raises TypeError when a buffer's name holds no tensor", () => {
  const model = new Both();
  (model as unknown as { myBuffer: number }).myBuffer = 3;
  assertThrows(
    () => model.buffers(),
    TypeError,
    "cannot assign 'number' as buffer 'myBuffer' (Tensor or null expected)",
  );
});

Deno.test("children() raises TypeError when a child's name holds no module", () => {
  const model = new Embeddings(5, 3);
  model.children();
  (model as unknown as { embs: Tensor }).embs = zeros([1]);
  assertThrows(
    () => model.children(),
    TypeError,
    "cannot assign 'FloatTensor' as child module 'embs' (nn.Module or null expected)",
  );
});

Deno.test("register*() refuses names that are taken, empty or have a dot, and changes nothing", () => {
  const model = new Both();
  const before = Object.keys(model);
  const p = new Parameter(zeros([1]));
  assertThrows(
    () => model.registerBuffer("a.b", zeros([1])),
    TypeError,
    `buffer name can't contain "."`,
  );
  assertThrows(() => model.registerParameter("", p), TypeError, "can't be empty");
  assertThrows(
    () => model.registerBuffer("param", zeros([1])),
    TypeError,
    "attribute 'param' already exists",
  );
  for (
    const name of ["plain", "forward", "training", "__proto__", "constructor", "to", "myBuffer"]
  ) {
    assertThrows(
      () => model.registerParameter(name, p),
      TypeError,
      `attribute '${name}' already exists`,
    );
  }
  assertThrows(
    () => model.registerParameter("x", zeros([1]) as Parameter),
    TypeError,
    "cannot assign 'FloatTensor' as parameter 'x'",
  );
  assertThrows(() => model.registerBuffer("x", p), TypeError, "detach() it first");
  assertThrows(
    () => model.registerModule("x", p as unknown as Module),
    TypeError,
    "as child module 'x'",
  );
  assertEquals(Object.keys(model), before);
});

Deno.test("register*() gives a name of its own role another value, and keeps null names in place", () => {
  class Later extends Module {
    declared!: Parameter;
    constructor() {
      super();
      this.registerParameter("first", null);
      this.registerParameter("declared", new Parameter(ones([2])));
    }
  }
  const model = new Later();
  assertEquals([...model.stateDict().keys()], ["declared"]);
  model.registerParameter("first", new Parameter(ones([1])));
  assertEquals([...model.stateDict().keys()], ["first", "declared"]);
  (model as unknown as { declared: null }).declared = null;
  assertEquals([...model.stateDict().keys()], ["first"]);
});

Deno.test("namedParameters() gives a tied parameter once, stateDict() under each name", () => {
  class Tied extends Module {
    embed = new nn.Embedding(4, 3);
    head = new Linear(3, 4, { bias: false });
    constructor() {
      super();
      this.head.weight = this.embed.weight;
    }
  }
  const model = new Tied();
  assertEquals(model.namedParameters().map(([name]) => name), ["embed.weight"]);
  assertEquals(model.namedParameters({ removeDuplicate: false }).length, 2);
  assertEquals([...model.stateDict().keys()], ["embed.weight", "head.weight"]);
});

Deno.test("namedParameters() and the like honour prefix and recurse", () => {
  const model = new Sequential(new Linear(2, 2), new BatchNorm1d(2));
  assertEquals(model.namedParameters({ prefix: "net" })[0][0], "net.0.weight");
  assertEquals(model.namedParameters({ recurse: false }), []);
  assertEquals(model.namedModules({ prefix: "net" }).map(([name]) => name), [
    "net",
    "net.0",
    "net.1",
  ]);
  assertEquals(model.namedBuffers({ prefix: "net" })[0][0], "net.1.running_mean");
  assertEquals([...model.stateDict({ prefix: "net." }).keys()][0], "net.0.weight");
});

Deno.test("stateDict() aliases the live values, detached unless keepVars is given", async () => {
  const model = new Linear(2, 1);
  const state = model.stateDict();
  state.get("bias")!.fill_(7);
  assertEquals(await model.bias!.tolist(), [7]);
  assertEquals(state.get("bias")!.requiresGrad, false);
  assertStrictEquals(state.get("bias")!.storage, model.bias!.storage);
  assertStrictEquals(model.stateDict({ keepVars: true }).get("bias"), model.bias as Tensor);
});

class Nested extends Module {
  inner = new Sequential(new Linear(2, 2), new Sequential(new BatchNorm1d(2), new nn.ReLU()));
  last = new Parameter(zeros([1]));
  constructor() {
    super();
    this.registerBuffer("first", zeros([1]));
    this.registerParameter("nothing", null);
    this.registerModule("absent", null);
    this.registerBuffer("scratch", zeros([1]), { persistent: false });
    (this.inner[0] as unknown as { tied: Parameter }).tied = this.last;
  }
  override extraRepr(): string {
    return "a=1\nb=2";
  }
}

const made: Record<keyof typeof fixtures, () => Module> = {
  "Embeddings": () => new Embeddings(5, 3),
  "Nested": () => new Nested(),
  "BatchNorm1d": () => new BatchNorm1d(3),
  "BatchNorm1d options": () => new BatchNorm1d(3, { eps: 1e-3, momentum: null, affine: false }),
  "Linear": () => new Linear(4, 2, { bias: false }),
  "LayerNorm": () => new nn.LayerNorm([3, 4], { elementwiseAffine: false }),
  "Embedding": () => new nn.Embedding(4, 3, { paddingIdx: -1 }),
  "Dropout": () => new Dropout(1e-5, { inplace: true }),
  "Activations": () =>
    new Sequential(
      new nn.ReLU({ inplace: true }),
      new nn.GELU(),
      new nn.Tanh(),
      new nn.Sigmoid(),
      new nn.SiLU(),
      new nn.Softmax(1),
    ),
  "ModuleList": () => new ModuleList([new Linear(1, 1), new nn.ReLU()]),
  "ModuleDict": () =>
    new ModuleDict<Module>([["b", new Linear(1, 1)], ["2", new nn.ReLU()], ["1", new nn.Tanh()]]),
  "ParameterList": () => new nn.ParameterList([ones([2, 3]), ones([4])]),
  "Losses": () =>
    new ModuleList([new nn.CrossEntropyLoss({ weight: ones([2]) }), new nn.MSELoss()]),
};

for (const [name, make] of Object.entries(made)) {
  Deno.test(`toString(), names and versions of ${name} are PyTorch's`, () => {
    const model = make();
    const expected = fixtures[name as keyof typeof fixtures];
    assertEquals(String(model), expected.printed);
    assertEquals(Deno.inspect(model), expected.printed);
    assertEquals([...model.stateDict().keys()], expected.keys);
    assertEquals(model.namedParameters().map(([name]) => name), expected.parameters);
    assertEquals(model.namedBuffers().map(([name]) => name), expected.buffers);
    assertEquals(model.namedModules().map(([name]) => name), expected.modules);
    const { metadata } = model.stateDict();
    const versions = [...metadata].map(([path, entry]) => [path, entry.get("version")]);
    assertEquals(Object.fromEntries(versions), expected.versions);
  });
}

Deno.test("stateDict(), train() and apply() refuse a module that is inside of itself", () => {
  class Loop extends Module {
    child: Module | null = null;
  }
  const a = new Loop(), b = new Loop();
  a.child = b;
  b.child = a;
  for (const walk of [() => a.stateDict(), () => a.train(), () => a.apply(() => {})]) {
    assertThrows(walk, TypeError, "is a child of itself");
  }
});

Deno.test("getSubmodule(), getParameter() and getBuffer() follow paths", () => {
  const model = new Nested();
  assertStrictEquals(model.getSubmodule(""), model as Module);
  assertStrictEquals(model.getSubmodule("inner.1"), model.inner[1]);
  assertStrictEquals(model.getParameter("inner.0.weight"), (model.inner[0] as Linear).weight);
  assertStrictEquals(model.getParameter("last"), model.last);
  assertEquals(model.getBuffer("inner.1.0.running_mean").shape, [2]);
  assertThrows(
    () => model.getSubmodule("inner.7"),
    ReferenceError,
    "Sequential: has no attribute `7`",
  );
  assertThrows(() => model.getParameter("inner.0"), ReferenceError, "`0` is not a parameter");
  assertThrows(() => model.getBuffer("last"), ReferenceError, "`last` is not a buffer");
});

Deno.test("train() and eval() reach every module, also through overrides", () => {
  class Frozen extends Linear {
    override train(_mode?: boolean): this {
      return super.train(false);
    }
  }
  const model = new Sequential(new Dropout(), new Sequential(new Frozen(1, 1), new Dropout()));
  assertEquals(model.eval().modules().map(({ training }) => training), Array(5).fill(false));
  model.train();
  assertEquals(model.modules().map(({ training }) => training), [true, true, true, false, true]);
  assertThrows(() => model.train(1 as unknown as boolean), TypeError, "boolean");
});

Deno.test("requiresGrad_() and zeroGrad() act on every parameter", async () => {
  const model = new Sequential(new Linear(2, 2), new Linear(2, 1));
  model.forward(ones([1, 2])).sum().backward();
  assert(model.parameters().every(({ grad }) => grad !== null));
  model.zeroGrad({ setToNone: false });
  for (const { grad } of model.parameters()) {
    assertEquals((await grad!.data()).every((value) => value === 0), true);
  }
  model.zeroGrad();
  assert(model.parameters().every(({ grad }) => grad === null));
  assertStrictEquals(model.requiresGrad_(false), model);
  assert(model.parameters().every(({ requiresGrad }) => !requiresGrad));
  assertEquals(model.forward(ones([1, 2])).requiresGrad, false);
});

Deno.test("apply() calls children first", () => {
  const model = new Sequential(new Linear(1, 1), new Sequential(new Dropout()));
  const seen: string[] = [];
  model.apply((module) => seen.push(module.constructor.name));
  assertEquals(seen, ["Linear", "Dropout", "Sequential", "Sequential"]);
});

Deno.test("forward() of a class without one says so", () => {
  assertThrows(
    () => new Both().forward(),
    TypeError,
    `Module [Both] is missing the required "forward"`,
  );
});

Deno.test("scope() keeps a module that is made inside and returned", async () => {
  const model = scope(() => new Linear(2, 2));
  await model.forward(ones([1, 2])).data();
});

Deno.test("to() refuses what is neither a device nor a floating dtype", async () => {
  const model = new Linear(1, 1);
  await assertRejects(
    () => model.to("int64"),
    DTypeError,
    "only accepts floating point dtypes, got int64",
  );
  await assertRejects(() => model.to({ dtype: "bool" }), DTypeError, "bool");
  await assertRejects(() => model.to("nowhere" as "cpu"), Error, "nowhere");
});
