import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { arange, deviceInfo, ones, randn, type Tensor } from "../core/mod.ts";
import {
  BatchNorm1d,
  Buffer,
  Dropout,
  Linear,
  Module,
  ModuleList,
  Parameter,
  Sequential,
} from "../nn/mod.ts";
import type { Snapshot } from "./compare.ts";
import { Context } from "./context.ts";
import { decodeNumbers } from "./fill.ts";
import {
  type Contents,
  type Edit,
  filled,
  type Given,
  givenOf,
  type Instance,
  isRefusal,
  type OptimizerChoice,
  tiesIn,
} from "./instance.ts";
import { Refutation } from "./law.ts";
import type { Layout } from "./layout.ts";
import { constructWatched } from "./module_instance.ts";
import { subject } from "./subject.ts";

const instanceOf = (make: () => Module, seed = 1): Promise<Instance> =>
  new Context(subject("M", make), deviceInfo("cpu")).instance(seed);

/** A ramp of float32 as an argument. */
const ramp = (...shape: number[]) =>
  givenOf({ tensor: shape, dtype: "float32", fill: "ramp", seed: 0 }) as Contents;

const numbers = ({ bytes, dtype }: Snapshot) => decodeNumbers(bytes, dtype);

/** An input and an output layer of one weight, and a table with a view of its second half. */
class Tied extends Module {
  first = new Linear(4, 4, { bias: false });
  last = new Linear(4, 4, { bias: false });
  table: Tensor = new Buffer(arange(4));
  tail: Tensor = new Buffer(this.table.narrow(0, 2, 2));

  constructor() {
    super();
    this.last.weight = this.first.weight;
  }

  override forward(x: Tensor): Tensor {
    return this.last.forward(this.first.forward(x).tanh());
  }
}

Deno.test("list() tells names of one object from views of one memory, and lists each object once", async () => {
  const { entries, once } = await (await instanceOf(() => new Tied())).list();
  assertEquals(entries.map(({ name, role, offset }) => [name, role, offset]), [
    ["first.weight", "parameter", 0],
    ["last.weight", "parameter", 0],
    ["table", "buffer", 0],
    ["tail", "buffer", 2],
  ]);
  const [first, last, table, tail] = entries;
  assertEquals([first.object, first.memory], [last.object, last.memory]);
  assertNotEquals(table.object, tail.object);
  assertEquals(tiesIn(entries), ["first.weight = last.weight", "table = tail"]);
  assertEquals(once.parameters, { names: ["first.weight"], objects: [first.object] });
  assertEquals(once.buffers, { names: ["table", "tail"], objects: [table.object, tail.object] });
  assertEquals(once.modules.names, ["", "first", "last"]);
});

Deno.test("list() gives the same numbers as long as an instance lives, and others to other instances", async () => {
  const one = await instanceOf(() => new Tied()), other = await instanceOf(() => new Tied());
  const objects = async (of: Instance) =>
    (await of.list()).entries.flatMap(({ object, memory }) => [object, memory]);
  const before = await objects(one);
  await one.forward([ramp(1, 4)]);
  await one.to("reference");
  await one.to("cpu");
  const { entries } = await one.list();
  assertEquals(entries.map(({ object }) => object), before.filter((_, i) => i % 2 === 0));
  const theirs = new Set(await objects(other));
  assert(before.every((number) => !theirs.has(number)));
});

/** Buffers that files do not hold, in each way that there is. */
class Transient extends Module {
  declare registered: Tensor;
  kept: Tensor = new Buffer(ones([1]));
  assigned: Tensor = new Buffer(ones([1]), { persistent: false });
  constructor() {
    super();
    this.registerBuffer("registered", ones([1]), { persistent: false });
  }
  override forward(): void {
    this.kept = new Buffer(ones([1]), { persistent: false });
  }
}

const transientIn = async (instance: Instance) =>
  (await instance.list()).entries.filter(({ persistent }) => !persistent).map(({ name }) => name);

Deno.test("list() knows which buffers were registered or assigned as not persistent, in children too", async () => {
  const instance = await instanceOf(() => new Sequential(new Transient(), new Transient()));
  const names = ["0.assigned", "0.registered", "1.assigned", "1.registered"];
  assertEquals((await transientIn(instance)).sort(), names);
  const part = await instance.part("1");
  assertEquals((await transientIn(part)).sort(), ["assigned", "registered"]);
  await part.forward([]);
  assertEquals((await transientIn(instance)).sort(), [...names, "1.kept"].sort());
});

Deno.test("constructWatched() leaves registerBuffer as it was, also where the constructor throws", () => {
  const { registerBuffer } = Module.prototype;
  const { value, transient } = constructWatched(() => new Transient());
  assertEquals([...transient], [[value, new Set(["registered"])]]);
  assertThrows(() =>
    constructWatched(() => {
      throw new RangeError("no");
    }), RangeError);
  assertEquals(Module.prototype.registerBuffer, registerBuffer);
});

Deno.test("list() says what dropout and batch normalisation do, and knows a shared module again", async () => {
  const shared = () => {
    const drop = new Dropout(0.25);
    const still = new BatchNorm1d(2, { trackRunningStats: false });
    return new ModuleList([drop, drop, new BatchNorm1d(3, { momentum: null }), still]);
  };
  const instance = await instanceOf(shared);
  await (await instance.part("2")).train(false);
  const { parts, once } = await instance.list();
  assertEquals(parts.map(({ name, type, training, layer }) => [name, type, training, layer]), [
    ["", "ModuleList", true, null],
    ["0", "Dropout", true, { kind: "dropout", p: 0.25 }],
    ["1", "Dropout", true, { kind: "dropout", p: 0.25 }],
    ["2", "BatchNorm1d", false, { kind: "batchNorm", features: 3, momentum: null }],
    ["3", "BatchNorm1d", true, null],
  ]);
  assertEquals(parts[1].object, parts[2].object);
  assertEquals(once.modules.names, ["", "0", "2", "3"]);
  await assertRejects(async () => await instance.part("4"), TypeError, "4");
});

/** A tensor and a module that are not registered. */
class Hidden extends Module {
  lin = new Linear(2, 2);
  readonly tables = [ones([2]), this.lin.weight.detach()];
  readonly layers = [new Dropout(0.5)];
}

Deno.test("modes() and unregistered() find what hangs on a module without being registered", async () => {
  const instance = await instanceOf(() => new Hidden());
  await instance.train(false);
  assertEquals(await instance.modes(), [
    ["the module itself", false],
    ["this.lin (Linear)", false],
    ["this.layers[0] (Dropout)", true],
  ]);
  const found = await instance.unregistered();
  assertEquals(found.map(({ where, device }) => [where, device]), [["this.tables[0]", "cpu"]]);
});

const snapshot = (shape: number[], value = 0): Snapshot =>
  filled([{ name: "x", shape, dtype: "float32" }], value === 0 ? "zeros" : "ones").get("x")!;

const outcomeOf = async (make: () => Module, edits: [string, Edit][], strict?: boolean) => {
  const instance = await instanceOf(make);
  const state = await (await instanceOf(make, 2)).stateDict();
  return await instance.load(await state.edit(new Map(edits)), strict);
};

Deno.test("load() names all that does not fit, each in its list", async () => {
  const layers = () => new Sequential(new Linear(2, 2), new Linear(2, 2), new BatchNorm1d(2));
  const outcome = await outcomeOf(layers, [
    ["0.weight", snapshot([3])],
    ["0.bias", null],
    ["1.bias", "delete"],
    ["1.scale", snapshot([1])],
    ["2.num_batches_tracked", snapshot([])],
  ]);
  assertEquals(outcome, {
    error: "StateDictError",
    missing: ["1.bias"],
    unexpected: ["1.scale"],
    mismatched: ["0.weight", "0.bias", "2.num_batches_tracked"],
  });
  const tied = await outcomeOf(() => new Tied(), [["last.weight", snapshot([4, 4])]]);
  assertEquals([tied.error, tied.mismatched], ["StateDictError", ["last.weight"]]);
});

Deno.test("load() of an edited state dict is held to the version that the whole one had", async () => {
  const edits: [string, Edit][] = [["num_batches_tracked", "delete"]];
  const { missing } = await outcomeOf(() => new BatchNorm1d(2), edits);
  assertEquals(missing, ["num_batches_tracked"]);
});

Deno.test("load() takes what there is where it is not strict, and says what is not", async () => {
  const edits: [string, Edit][] = [["bias", "delete"], ["more", snapshot([1])]];
  const outcome = await outcomeOf(() => new Linear(2, 2), edits, false);
  assertEquals(outcome, { error: null, missing: ["bias"], unexpected: ["more"], mismatched: [] });
});

Deno.test("a file holds what the state dict does, ties included", async () => {
  const instance = await instanceOf(() => new Tied());
  const state = await instance.stateDict(), file = await instance.parse(await instance.save());
  assertEquals(await file.read(), await state.read());
  assertEquals(tiesIn(file.entries), tiesIn(state.entries));
});

/** Keeps what it is called with, and the gradients that come back. */
class Seen extends Module {
  scale: Parameter = new Parameter(randn([3]));
  x: Tensor | null = null;
  incoming: Tensor[] = [];

  override forward(x: Tensor): Tensor[] {
    this.x = x;
    const y = x.mul(this.scale), z = y.mul(y);
    if (y.requiresGrad) z.registerHook((gradient) => void this.incoming.push(gradient));
    return [y, z];
  }
}

/** The offset and the strides of a [2, 3] in each layout. */
const LIES = {
  contiguous: [0, 3, 1],
  transposed: [0, 1, 2],
  offset: [3, 3, 1],
  "every second": [0, 6, 2],
};

Deno.test("arguments and incoming gradients lie in memory as they are asked to", async () => {
  const seen = new Seen();
  const instance = await instanceOf(() => seen);
  const gradient = async (layout: Layout): Promise<number[]> => {
    await instance.zeroGrad();
    const output = await instance.forward([{ ...ramp(2, 3), layout }], { recorded: true });
    await output.backward(5, layout);
    return numbers((await instance.gradients()).get("scale")!);
  };
  const lies = ({ offset, strides }: Tensor) => [offset, ...strides];
  const expected = await gradient("contiguous");
  for (const layout of Object.keys(LIES) as Layout[]) {
    seen.incoming = [];
    const actual = await gradient(layout);
    assertEquals(lies(seen.x!), LIES[layout], layout);
    assertEquals(lies(seen.incoming[0]), LIES[layout], layout);
    assertEquals((await seen.x!.tolist() as number[][]).flat(), numbers(ramp(2, 3)), layout);
    actual.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-5, layout));
  }
});

Deno.test("forward() records only if asked to, and asks gradients of floating arguments", async () => {
  const instance = await instanceOf(() => new Seen());
  const still = await instance.forward([ramp(1, 3)]);
  assertEquals([still.requiresGrad, (await still.inputGradients()).size], [false, 0]);
  const whole = givenOf({ tensor: [3], dtype: "int64", fill: "ramp", seed: 0 });
  const cases: [Given, string[]][] = [[ramp(1, 3), ["arguments[0]"]], [whole, []]];
  for (const [given, places] of cases) {
    const output = await instance.forward([given], { recorded: true, inputGradients: true });
    assertEquals([...(await output.values()).keys()], ["output[0]", "output[1]"]);
    await output.backward(1);
    assertEquals([...(await output.inputGradients()).keys()], places);
  }
});

Deno.test("backward() of several outputs adds one sum to the gradients", async () => {
  const instance = await instanceOf(() => new Seen());
  const gradient = async () => numbers((await instance.gradients()).get("scale")!);
  const step = async () =>
    await (await instance.forward([ramp(2, 3)], { recorded: true })).backward(3);
  await step();
  const once = await gradient();
  await step();
  assertEquals(await gradient(), once.map((value) => 2 * value));
});

Deno.test("forward() draws the same numbers after the same seed or random state", async () => {
  const instance = await instanceOf(() => new Dropout(0.5));
  const values = async (seed?: number) =>
    numbers((await (await instance.forward([ramp(64)], { seed })).values()).get("output")!);
  assertEquals(await values(3), await values(3));
  const state = await instance.randomState();
  const drawn = await values();
  assertNotEquals(await values(), drawn);
  await instance.setRandomState(state);
  assertEquals(await values(), drawn);
});

Deno.test("attempt() tells what was refused and why; forward() holds it against the module", async () => {
  const instance = await instanceOf(() => new Linear(4, 2));
  const refusal = await instance.attempt([ramp(1, 3)]);
  assert(isRefusal(refusal) && refusal.isError);
  assertEquals(refusal.name, "ShapeError");
  const { kind, what, actual } = await assertRejects(
    () => instance.forward([ramp(1, 3)]),
    Refutation,
  );
  assertEquals([kind, what], ["totality", "forward threw"]);
  assertEquals(actual, `ShapeError: ${refusal.message.split("\n")[0]}`);
  const output = await instance.attempt([ramp(1, 4)]);
  assert(!isRefusal(output) && output.requiresGrad);
});

/** Throws what is no error. */
class Throws extends Module {
  override forward(): never {
    throw "no";
  }
}

Deno.test("attempt() tells what is thrown without being an error", async () => {
  const refusal = await (await instanceOf(() => new Throws())).attempt([]);
  assertEquals(refusal as unknown, { isError: false, name: "string", message: "no" });
});

Deno.test("setGradients(), zeroGrad() and requireGrad() reach what is named, or everything", async () => {
  const instance = await instanceOf(() => new Linear(2, 1));
  const gradients = async () =>
    [...await instance.gradients()].map(([name, value]) => [name, numbers(value)]);
  await instance.setGradients(filled((await instance.list()).entries, "ones"));
  assertEquals(await gradients(), [["weight", [1, 1]], ["bias", [1]]]);
  await instance.setGradients(new Map([["bias", null]]));
  await instance.zeroGrad(false);
  assertEquals(await gradients(), [["weight", [0, 0]]]);
  await instance.zeroGrad();
  assertEquals(await gradients(), []);
  const flags = async () => (await instance.list()).entries.map(({ requiresGrad }) => requiresGrad);
  await instance.requireGrad(false, ["bias"]);
  assertEquals(await flags(), [true, false]);
  await instance.requireGrad(false);
  assertEquals(await flags(), [false, false]);
});

const choices: readonly OptimizerChoice[] = [
  { kind: "SGD", lr: 0.1, momentum: 0.9, schedule: { stepSize: 2, gamma: 0.5 } },
  { kind: "Adam", lr: 0.1 },
  { kind: "AdamW", lr: 0.1, weightDecay: 0.1 },
];

for (const choice of choices) {
  Deno.test(`training by ${choice.kind} goes on from its file as if it had not stopped`, async () => {
    const one = await instanceOf(() => new Linear(3, 2));
    const other = await instanceOf(() => new Linear(3, 2), 2);
    const first = await one.optimizer(choice), second = await other.optimizer(choice);
    const before = await one.read();
    await first.step([ramp(2, 3)], 7);
    assertNotEquals(await one.read(), before);
    await second.load(await first.save());
    assertEquals(await other.read(), await one.read());
    for (const training of [first, second]) {
      for (const seed of [8, 9]) await training.step([ramp(2, 3)], seed);
    }
    assertEquals(await other.read(), await one.read());
  });
}

Deno.test("training of what has no parameters or none that is trained changes nothing", async () => {
  const bare = await instanceOf(() => new Dropout(0.5));
  const training = await bare.optimizer({ kind: "Adam", lr: 0.1 });
  await training.step([ramp(2)], 1);
  await training.load(await training.save());
  const frozen = await instanceOf(() => new Tied().requiresGrad_(false));
  const before = await frozen.read();
  await (await frozen.optimizer({ kind: "SGD", lr: 1 })).step([ramp(1, 4)], 1);
  assertEquals(await frozen.read(), before);
});
