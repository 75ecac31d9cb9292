import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ones, randn, type Tensor, tensor, zeros } from "../core/mod.ts";
import { forDevices } from "../core/testdata/devices.ts";
import { BatchNorm1d, Buffer, Embedding, Linear, Module, Parameter, Sequential } from "./mod.ts";
import { Adam, SGD } from "./optim/mod.ts";

class Everything extends Module {
  embed = new Embedding(4, 3);
  head = new Linear(3, 4, { bias: false });
  norm = new BatchNorm1d(4);
  frozen = new Parameter(ones([2]), { requiresGrad: false });
  index = new Buffer(tensor([2049n, 65505n]));
  mask = new Buffer(tensor([true, false]), { persistent: false });
  plain = ones([1]);
  constructor() {
    super();
    this.head.weight = this.embed.weight;
  }
  override forward(x: Tensor): Tensor {
    return this.norm.forward(this.head.forward(this.embed.forward(x)));
  }
}

forDevices(
  "to() moves parameters, buffers and gradients, which stay the objects they are",
  async (device) => {
    const model = new Everything();
    model.forward(tensor([0n, 1n, 3n])).square().sum().backward();
    const tensors = [...model.parameters(), ...model.buffers()];
    const grads = model.parameters().map(({ grad }) => grad);
    const values = await Promise.all(tensors.map((t) => t.tolist()));
    const flags = tensors.map(({ requiresGrad }) => requiresGrad);
    assertStrictEquals(await model.to(device), model);
    assert([...model.parameters(), ...model.buffers()].every((t, i) => t === tensors[i]));
    assertEquals(tensors.map((t) => t.device), tensors.map(() => device));
    assertEquals(tensors.map(({ requiresGrad }) => requiresGrad), flags);
    assert(model.parameters().every(({ isLeaf }) => isLeaf));
    assertEquals(await Promise.all(tensors.map((t) => t.tolist())), values);
    for (const [i, parameter] of model.parameters().entries()) {
      assertStrictEquals(parameter.grad, grads[i]);
      if (parameter.grad !== null) assertEquals(parameter.grad.device, device);
    }
    assertStrictEquals(model.head.weight, model.embed.weight);
    assertEquals(model.plain.device, "cpu");
    // And it goes on: gradients accumulate where they are.
    model.forward(tensor([0n], { device }).expand([2])).sum().backward();
  },
  ["reference", "webgpu"],
);

Deno.test("to() casts floating dtypes only, and counts stay exact", async () => {
  const model = new Everything();
  await model.half();
  const { embed, norm, index, mask } = model;
  assertEquals(
    [
      embed.weight.dtype,
      norm.running_mean!.dtype,
      norm.num_batches_tracked!.dtype,
      index.dtype,
      mask.dtype,
    ],
    ["float16", "float16", "int64", "int64", "bool"],
  );
  assertEquals(await index.tolist(), [2049, 65505]);
  await model.to({ device: "reference", dtype: "float64" });
  assertEquals([embed.weight.dtype, embed.weight.device], ["float64", "reference"]);
  assertEquals(await index.tolist(), [2049, 65505]);
  assertStrictEquals(model.head.weight, embed.weight);
  await model.float();
  assertEquals(embed.weight.dtype, "float32");
  await (await model.double()).cpu();
  assertEquals([embed.weight.dtype, embed.weight.device], ["float64", "cpu"]);
  assertEquals((await model.bfloat16()).embed.weight.dtype, "bfloat16");
});

Deno.test("to() leaves what shares a storage sharing one", async () => {
  class Views extends Module {
    whole = new Parameter(zeros([2, 3]));
    rows: Parameter;
    column: Buffer;
    constructor() {
      super();
      this.rows = new Parameter(this.whole.detach().narrow(0, 1, 1));
      this.column = new Buffer(this.whole.detach().transpose(0, 1).select(0, 2));
    }
  }
  const model = new Views();
  for (const target of ["reference", "float64", "cpu"] as const) {
    await model.to(target);
    assertStrictEquals(model.rows.storage, model.whole.storage);
    assertEquals(model.column.shape, [2]);
  }
  model.whole.detach().add_(tensor([[1, 2, 3], [4, 5, 6]], { dtype: "float64" }));
  assertEquals(await model.rows.tolist(), [[4, 5, 6]]);
  assertEquals(await model.column.tolist(), [3, 6]);
});

Deno.test("to() changes nothing when a part can't move", async () => {
  const model = new Everything();
  const before = [...model.parameters(), ...model.buffers()].map(({ storage }) => storage);
  model.frozen.dispose();
  await assertRejects(() => model.to("reference"));
  const after = [...model.parameters(), ...model.buffers()].map(({ storage }) => storage);
  assertEquals(after.every((storage, i) => storage === before[i]), true);
});

forDevices(
  "to() takes an optimizer's state along, and training goes on as if never moved",
  async (there) => {
    const make = () => new Sequential(new Linear(3, 4), new Linear(4, 1));
    const [moved, still] = [make(), make()];
    await moved.loadStateDict(still.stateDict());
    for (const Optimizer of [Adam, SGD]) {
      const options = Optimizer === SGD ? { lr: 0.1, momentum: 0.9 } : { lr: 0.1 };
      const a = new Optimizer(moved.parameters(), options);
      const b = new Optimizer(still.parameters(), options);
      const x = randn([5, 3]);
      for (const device of ["cpu", there, "cpu"] as const) {
        moved.forward(await x.to(moved.parameters()[0].device)).square().mean().backward();
        await moved.to(device);
        a.step();
        a.zeroGrad();
        still.forward(x).square().mean().backward();
        b.step();
        b.zeroGrad();
      }
      for (const [i, parameter] of moved.parameters().entries()) {
        const [ours, theirs] = [await parameter.data(), await still.parameters()[i].data()];
        for (let j = 0; j < ours.length; j++) {
          assert(Math.abs(Number(ours[j]) - Number(theirs[j])) < 1e-5);
        }
        assertEquals(a.tensorsOf(parameter).map(({ device }) => device).includes(there), false);
      }
    }
  },
  ["reference", "webgpu"],
);
