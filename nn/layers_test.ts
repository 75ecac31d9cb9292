import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  getRngState,
  IndexError,
  manualSeed,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "../core/mod.ts";
import * as F from "./functional.ts";
import { forDevices } from "../core/testdata/devices.ts";
import * as nn from "./mod.ts";
import { assertClose, flatten, giveState, of, type Rows } from "./testdata/close.ts";
import fixtures from "./testdata/layers.json" with { type: "json" };

interface LayerCase {
  name: string;
  args: unknown[];
  options: Record<string, unknown>;
  steps: number;
  before: Record<string, Rows>;
  x: Rows;
  y: Rows;
  g: Rows;
  xGrad: Rows | null;
  grads: Record<string, Rows>;
  after: Record<string, Rows>;
  evaluated: Rows;
}

interface Layer extends nn.Module {
  forward(x: Tensor): Tensor;
}
type LayerClass = new (...args: unknown[]) => Layer;

for (const [i, made] of fixtures.layers.entries()) {
  const fixture = made as unknown as LayerCase;
  const { name, options } = fixture;
  const about = `${name} (${i}) ${JSON.stringify(options)}`;
  forDevices(`forward(), backward() and state of ${about} are PyTorch's`, async (device) => {
    const make = nn[name as keyof typeof nn] as unknown as LayerClass;
    const layer = new make(...fixture.args, { ...options });
    await giveState(layer, fixture.before);
    await layer.to(device);
    const kept = layer.buffers();
    const index = name === "Embedding";
    const x = of(fixture.x, index ? "int64" : "float32", device);
    if (!index) x.requiresGrad_();
    let y = x;
    for (let step = 0; step < fixture.steps; step++) {
      layer.zeroGrad();
      x.grad = null;
      y = layer.forward(x);
      y.backward(of(fixture.g, "float32", device));
    }
    await assertClose(y, fixture.y, "y");
    await assertClose(x.grad, fixture.xGrad, "x.grad", 1e-5);
    for (const [key, p] of layer.namedParameters()) {
      await assertClose(p.grad, fixture.grads[key], `${key}.grad`, 1e-5);
    }
    const state = layer.stateDict();
    assertEquals([...state.keys()], Object.keys(fixture.after));
    for (const [key, value] of state) await assertClose(value, fixture.after[key], key);
    layer.buffers().forEach((buffer, i) => assertStrictEquals(buffer, kept[i]));
    assert(layer.buffers().every(({ gradFn }) => gradFn === null));
    await assertClose(layer.eval().forward(x), fixture.evaluated, "evaluated");
  });
}

interface LossCase {
  name: "crossEntropy" | "nllLoss" | "mseLoss" | "l1Loss";
  x: Rows;
  target: Rows;
  options: Record<string, unknown>;
  loss: Rows;
  xGrad: Rows;
}

for (const [i, made] of fixtures.losses.entries()) {
  const { name, x, target, options, loss, xGrad } = made as unknown as LossCase;
  forDevices(`${name}() (${i}) ${Object.keys(options)} is PyTorch's`, async (device) => {
    const weight = options.weight === undefined
      ? {}
      : { weight: of(options.weight as Rows, "float32", device) };
    const logits = of(x, "float32", device).requiresGrad_();
    const whole = flatten(target).every(Number.isInteger);
    const computed = F[name](logits, of(target, whole ? "int64" : "float32", device), {
      ...options,
      ...weight,
    });
    await assertClose(computed, loss, "loss");
    computed.sum().backward();
    await assertClose(logits.grad, xGrad, "x.grad");
  });
}

Deno.test("CrossEntropyLoss and MSELoss pass their options on, and the weights move", async () => {
  const loss = new nn.CrossEntropyLoss({
    weight: tensor([1, 3]),
    reduction: "sum",
    ignoreIndex: 0,
  });
  const x = tensor([[0, 0], [0, 0]]), labels = tensor([0n, 1n]);
  await assertClose(loss.forward(x, labels), 3 * Math.log(2));
  await loss.to("reference");
  assertEquals(loss.weight?.device, "reference");
  assertEquals(new nn.CrossEntropyLoss().stateDict().size, 0);
  await assertClose(new nn.MSELoss({ reduction: "sum" }).forward(ones([3]), zeros([3])), 3);
});

Deno.test("layers take device and dtype", () => {
  const where = { device: "reference", dtype: "float64" } as const;
  const layers = [
    new nn.Linear(2, 2, where),
    new nn.Embedding(2, 2, where),
    new nn.LayerNorm(2, where),
    new nn.BatchNorm1d(2, where),
    new nn.Embeddings(2, 2, 0, 4, where),
    new nn.SinusoidalPositionalEncoding(2, { maxLen: 4, ...where }),
  ];
  for (const layer of layers) {
    for (const [key, value] of layer.stateDict()) {
      assertEquals(value.device, "reference");
      assertEquals(value.dtype, key === "num_batches_tracked" ? "int64" : "float64");
    }
  }
});

Deno.test("layers refuse wrong sizes at the call", () => {
  assertThrows(() => new nn.Linear(-1, 2), ShapeError, "Linear: inFeatures");
  assertThrows(() => new nn.Linear(2, 1.5), ShapeError, "outFeatures");
  assertThrows(() => new nn.Embedding(2, -3), ShapeError, "Embedding: embeddingDim");
  assertThrows(() => new nn.Embeddings(-2, 3), ShapeError, "Embeddings: vocabSize");
  assertThrows(() => new nn.Embeddings(2, 3, 0, NaN), ShapeError, "got NaN");
  assertThrows(() => new nn.LayerNorm([2, -1]), ShapeError, "LayerNorm: normalizedShape[1]");
  assertThrows(() => new nn.BatchNorm1d(-1), ShapeError, "BatchNorm1d: numFeatures");
  assertThrows(() => new nn.SinusoidalPositionalEncoding(-4), ShapeError, "dModel");
  assertThrows(() => new nn.Linear(3, 2).forward(ones([4, 2])), ShapeError);
  assertThrows(() => new nn.LayerNorm(3).forward(ones([4, 2])), ShapeError);
  const norm = new nn.BatchNorm1d(3);
  assertThrows(() => norm.forward(ones([3])), ShapeError, "expected [N, 3] or [N, 3, L]");
  assertThrows(() => norm.forward(ones([2, 4])), ShapeError, "got shape [2, 4]");
  assertThrows(() => norm.forward(ones([1, 3])), ShapeError, "more than 1 value per channel");
  assertThrows(() => new nn.Embedding(3, 2, { paddingIdx: 3 }), RangeError, "got 3 of 3");
  assertThrows(() => new nn.Dropout(1.5), RangeError, "got 1.5");
  assertThrows(() => new nn.MSELoss().forward(ones([2]), ones([3])), ShapeError);
});

Deno.test("Embedding refuses indices outside of its table", async () => {
  const table = new nn.Embedding(3, 2);
  for (const index of [3n, -1n]) {
    await assertRejects(async () => {
      await table.forward(tensor([index])).data();
    }, IndexError);
  }
});

Deno.test("Embedding starts its padding row as zeros", async () => {
  const { weight } = new nn.Embedding(4, 3, { paddingIdx: -2 });
  assertEquals(await weight.select(0, 2).tolist(), [0, 0, 0]);
  assert((await weight.select(0, 1).data()).every((value) => value !== 0));
});

Deno.test("BatchNorm1d does not count a batch that it refuses", async () => {
  const norm = new nn.BatchNorm1d(3);
  assertThrows(() => norm.forward(ones([1, 3])), ShapeError, "more than 1 value per channel");
  assertEquals(await norm.num_batches_tracked!.item(), 0);
});

Deno.test("BatchNorm1d updates in training only, whatever was done before", async () => {
  const norm = new nn.BatchNorm1d(2);
  norm.forward(randn([4, 2]));
  const before = await norm.running_mean!.tolist();
  norm.eval().forward(randn([4, 2]));
  assertEquals(await norm.running_mean!.tolist(), before);
  assertEquals(await norm.num_batches_tracked!.item(), 1);
});

Deno.test("Dropout scales survivors by 1 / (1 - p), and in evaluation draws nothing", async () => {
  manualSeed(3);
  for (const p of [0.1, 0.5, 0.9]) {
    const dropout = new nn.Dropout(p);
    const values = [...await dropout.forward(ones([20000])).data()].map(Number);
    const kept = values.filter((value) => value !== 0);
    assert(kept.every((value) => Math.abs(value - 1 / (1 - p)) < 1e-5));
    assert(Math.abs(kept.length / values.length - (1 - p)) < 5 * Math.sqrt(p * (1 - p) / 20000));
  }
  const x = ones([3]), before = getRngState();
  assertStrictEquals(new nn.Dropout(0.5).eval().forward(x), x);
  assertEquals(getRngState(), before);
  assertEquals(await new nn.Dropout(1).forward(x).tolist(), [0, 0, 0]);
});

Deno.test("Dropout and ReLU in place change their input, otherwise not", async () => {
  const x = tensor([-1, 2]);
  new nn.ReLU().forward(x);
  assertEquals(await x.tolist(), [-1, 2]);
  assertStrictEquals(new nn.ReLU({ inplace: true }).forward(x), x);
  assertEquals(await x.tolist(), [0, 2]);
  assertStrictEquals(new nn.Dropout(1, { inplace: true }).forward(x), x);
  assertEquals(await x.tolist(), [0, 0]);
});

Deno.test("activations as functions are the tensor's methods, in place if they are asked to", async () => {
  type Options = { inplace?: boolean };
  const functions: [string, (x: Tensor, options?: Options) => Tensor, (x: Tensor) => Tensor][] = [
    ["relu", F.relu, (x) => x.relu()],
    ["silu", F.silu, (x) => x.silu()],
    ["leakyRelu", (x, o) => F.leakyRelu(x, 0.2, o), (x) => x.leakyRelu(0.2)],
    ["elu", (x, o) => F.elu(x, 0.5, o), (x) => x.elu(0.5)],
    ["celu", (x, o) => F.celu(x, 0.5, o), (x) => x.celu(0.5)],
    ["selu", F.selu, (x) => x.selu()],
    ["mish", F.mish, (x) => x.mish()],
    ["hardtanh", (x, o) => F.hardtanh(x, -0.5, 2, o), (x) => x.hardtanh(-0.5, 2)],
    ["relu6", F.relu6, (x) => x.relu6()],
    ["hardsigmoid", F.hardsigmoid, (x) => x.hardsigmoid()],
    ["hardswish", F.hardswish, (x) => x.hardswish()],
  ];
  for (const [name, fn, method] of functions) {
    const x = tensor([-2, -0.5, 0.5, 7]), expected = await method(x).tolist();
    assertEquals(await fn(x).tolist(), expected, name);
    assertEquals(await x.tolist(), [-2, -0.5, 0.5, 7], name);
    assertStrictEquals(fn(x, { inplace: true }), x, name);
    assertEquals(await x.tolist(), expected, name);
  }
  const x = tensor([-2, 0.5]);
  assertEquals(await F.softsign(x).tolist(), await x.softsign().tolist());
  assertEquals(await F.logsigmoid(x).tolist(), await x.logsigmoid().tolist());
});

Deno.test("leakyRelu() and softplus() have PyTorch's values", async () => {
  await assertClose(F.leakyRelu(tensor([-2, 3])), [-0.02, 3]);
  await assertClose(F.softplus(tensor([0, 30])), [Math.log(2), 30]);
});
