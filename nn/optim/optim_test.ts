import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  ones,
  randn,
  resetStats,
  scope,
  StateDictError,
  stats,
  type Tensor,
  tensor,
  zeros,
} from "../../core/mod.ts";
import { forDevices } from "../../core/testdata/devices.ts";
import { Linear, Parameter, Sequential } from "../mod.ts";
import { assertClose, of, type Rows } from "../testdata/close.ts";
import fixtures from "../testdata/optimizers.json" with { type: "json" };
import { Adam, AdamW, type Optimizer, SGD } from "./mod.ts";

interface OptimizerCase {
  name: "SGD" | "Adam" | "AdamW";
  options: Record<string, unknown>;
  before: Rows[];
  steps: { grads: (Rows | null)[]; params: Rows[] }[];
  state: Record<string, Record<string, Rows>>;
}

const classes = { SGD, Adam, AdamW };
const cases = fixtures.cases as unknown as OptimizerCase[];
type Saved = Map<number, Map<string, Tensor>>;
const stateOf = (optimizer: { stateDict(): Map<string, unknown> }) =>
  optimizer.stateDict().get("state") as Saved;
const groupsOf = (optimizer: { stateDict(): Map<string, unknown> }) =>
  optimizer.stateDict().get("param_groups") as Map<string, unknown>[];

for (const fixture of cases) {
  const { name, options } = fixture;
  forDevices(`${name} ${JSON.stringify(options)} steps as PyTorch's`, async (device) => {
    const params = fixture.before.map((rows) => new Parameter(of(rows, "float32", device)));
    const optimizer = new classes[name](params, options);
    for (const { grads, params: expected } of fixture.steps) {
      params.forEach((p, i) => {
        p.grad = grads[i] === null ? null : of(grads[i], "float32", device);
      });
      assertEquals(optimizer.step(), undefined);
      for (const [i, p] of params.entries()) await assertClose(p, expected[i], `p${i}`, 5e-6);
    }
    assert(params.every((p) => p.isLeaf && p.requiresGrad));
    const state = stateOf(optimizer);
    assertEquals([...state.keys()].map(String), Object.keys(fixture.state));
    for (const [number, entry] of state) {
      const expected = fixture.state[String(number)];
      assertEquals([...entry.keys()], Object.keys(expected));
      for (const [key, value] of entry) await assertClose(value, expected[key], key, 5e-6);
    }
  });
}

Deno.test("stateDict() has PyTorch's keys, the betas a tuple and the step a float32 scalar", () => {
  for (const name of ["SGD", "Adam", "AdamW"] as const) {
    const layer = new Linear(2, 1);
    const optimizer: Optimizer = new classes[name](layer.parameters());
    const [group] = groupsOf(optimizer);
    const keys = [...group.keys()];
    // PyTorch 1.13 did not have all of them, and has AdamW's in another order.
    const known = fixtures.keys[name];
    assertEquals(known.filter((key) => !keys.includes(key)), []);
    if (name !== "AdamW") assertEquals(keys.filter((key) => known.includes(key)), known);
    assertEquals(keys.at(-1), "params");
    assertEquals(group.get("params"), [0, 1]);
    assertEquals(stateOf(optimizer).size, 0);
    if (name === "SGD") continue;
    assert(Object.isFrozen(group.get("betas")));
    layer.forward(ones([1, 2])).sum().backward();
    optimizer.step();
    const step = stateOf(optimizer).get(0)!.get("step")!;
    assertEquals([step.dtype, step.shape, step.device], ["float32", [], "cpu"]);
  }
});

Deno.test("step() leaves parameters without a gradient alone, decay or not, and keeps no state", async () => {
  for (const make of [SGD, Adam, AdamW]) {
    const [a, b] = [new Parameter(ones([2])), new Parameter(ones([2]))];
    const optimizer = new make([a, b], { lr: 0.1, weightDecay: 0.5 });
    for (let i = 0; i < 3; i++) {
      a.grad = ones([2]);
      optimizer.step();
    }
    assertEquals(await b.tolist(), [1, 1]);
    assertEquals(stateOf(optimizer).has(1), false);
    assert((await a.data()).every((value) => value !== 1));
  }
});

Deno.test("step() calls a closure with gradients on, and returns its loss", async () => {
  const p = new Parameter(tensor([2]));
  const optimizer = new SGD([p], { lr: 0.25 });
  const loss = optimizer.step(() => {
    optimizer.zeroGrad();
    const loss = p.mul(p).sum();
    loss.backward();
    return loss;
  });
  assertEquals([await loss.item(), await p.tolist()], [4, [1]]);
});

Deno.test("zeroGrad() forgets gradients, or sets them to zero in place", async () => {
  const p = new Parameter(ones([2]));
  const optimizer = new SGD([p]);
  p.grad = ones([2]);
  const { grad } = p;
  optimizer.zeroGrad({ setToNone: false });
  assertStrictEquals(p.grad, grad);
  assertEquals(await grad.tolist(), [0, 0]);
  optimizer.zeroGrad();
  assertEquals(p.grad, null);
});

Deno.test("groups have options of their own, and options may change between steps", async () => {
  const [a, b, c] = [1, 1, 1].map((value) => new Parameter(tensor([value])));
  const given = { params: [b], lr: 0.5 };
  const optimizer = new SGD([{ params: [a] }, given], { lr: 0.1 });
  optimizer.addParamGroup({ params: [c], weightDecay: 1 });
  assertEquals(given, { params: [b], lr: 0.5 }); // the caller's object is left alone
  assertEquals(optimizer.paramGroups.map(({ lr, weightDecay }) => [lr, weightDecay]), [
    [0.1, 0],
    [0.5, 0],
    [0.1, 1],
  ]);
  const step = () => {
    for (const p of [a, b, c]) p.grad = ones([1]);
    optimizer.step();
    return Promise.all([a, b, c].map(async (p) => Number((await p.item() as number).toFixed(5))));
  };
  assertEquals(await step(), [0.9, 0.5, 0.8]);
  optimizer.paramGroups[0].lr = 0;
  assertEquals(await step(), [0.9, 0, 0.62]);
  assertEquals(groupsOf(optimizer).map((group) => group.get("params")), [[0], [1], [2]]);
});

Deno.test("optimizers refuse duplicates, what is no leaf, no tensor or nothing, and senseless options", () => {
  const p = new Parameter(ones([2]));
  assertThrows(() => new SGD([p, p]), TypeError, "appears more than once");
  assertThrows(() => new SGD([{ params: [p] }, { params: [p] }]), TypeError, "more than once");
  assertThrows(() => new SGD([p.mul(2)]), TypeError, "can't optimize a non-leaf Tensor");
  assertThrows(() => new SGD([]), TypeError, "empty parameter list");
  assertThrows(() => new SGD([3 as unknown as Tensor]), TypeError, "can only optimize Tensors");
  const model = new Linear(1, 1);
  assertThrows(() => new SGD(model as unknown as Tensor[]), TypeError, "got Linear");
  assertThrows(() => new SGD([p], { lr: -1 }), RangeError, "Invalid learning rate: -1");
  assertThrows(() => new SGD([p], { momentum: NaN }), RangeError, "Invalid momentum");
  assertThrows(
    () => new SGD([p], { weightDecay: -1 }),
    RangeError,
    "Invalid weight_decay value: -1",
  );
  assertThrows(() => new SGD([p], { nesterov: true }), RangeError, "Nesterov");
  assertThrows(() => new Adam([p], { betas: [0.9, 1] }), RangeError, "at index 1: 1");
  assertThrows(() => new Adam([p], { eps: -1 }), RangeError, "epsilon");
  assertThrows(() => new AdamW([p], { weightDecay: -1 }), RangeError, "weight_decay");
  assertThrows(() => new SGD([{ params: [p], lr: -2 }]), RangeError, "-2");
});

/** Trains a while; all is decided by the seedless data given. */
function train(
  model: Sequential,
  optimizer: { step(): undefined; zeroGrad(): void },
  data: Tensor[],
) {
  for (const x of data) {
    optimizer.zeroGrad();
    model.forward(x).square().mean().backward();
    optimizer.step();
  }
}

Deno.test("loadStateDict() resumes bit for bit", async () => {
  const data = Array.from({ length: 6 }, () => randn([4, 3]).realize());
  const makers = [
    (m: Sequential) => new SGD(m.parameters(), { lr: 0.1, momentum: 0.9 }),
    (m: Sequential) => new Adam(m.parameters(), { lr: 0.01, amsgrad: true }),
    (m: Sequential) => new AdamW(m.parameters(), { lr: 0.01 }),
  ];
  for (const make of makers) {
    for (const dtype of ["float32", "float64"] as const) {
      const build = () => new Sequential(new Linear(3, 4), new Linear(4, 1)).to(dtype);
      const inputs = data.map((x) => x.type(dtype));
      const model = await build(), resumed = await build();
      const optimizer = make(model);
      train(model, optimizer, inputs.slice(0, 3));
      await resumed.loadStateDict(model.stateDict());
      const other = make(resumed);
      await other.loadStateDict(optimizer.stateDict());
      train(model, optimizer, inputs.slice(3));
      train(resumed, other, inputs.slice(3));
      for (const [key, value] of model.stateDict()) {
        assertEquals(await resumed.stateDict().get(key)!.data(), await value.data());
      }
      for (const [number, entry] of stateOf(optimizer)) {
        for (const [key, value] of entry) {
          const copy = stateOf(other).get(number)!.get(key)!;
          assertEquals([copy.dtype, await copy.data()], [value.dtype, await value.data()]);
          assert(copy.storage !== value.storage, "two optimizers share their moments");
        }
      }
    }
  }
});

Deno.test("loadStateDict() takes what PyTorch saved, of any age, and keeps what it doesn't know", async () => {
  const p = new Parameter(ones([2], { device: "reference" }));
  const optimizer = new Adam([p], { lr: 1 });
  const group = new Map<string, unknown>([
    ["lr", tensor(0.5)],
    ["betas", Object.freeze([0.8, 0.9])],
    ["eps", 1e-6],
    ["weight_decay", 0],
    ["amsgrad", false],
    ["foreach", true],
    ["initial_lr", 0.7],
    ["params", [140234]],
  ]);
  const entry = new Map<string, unknown>([
    ["step", 4],
    ["exp_avg", ones([2])],
    ["exp_avg_sq", ones([2])],
    ["max_exp_avg_sq", null],
  ]);
  const state = new Map<string, unknown>([["state", new Map([[140234, entry]])], ["param_groups", [
    group,
  ]]]);
  await optimizer.loadStateDict(state);
  const [{ lr, betas, maximize }] = optimizer.paramGroups;
  assertEquals([lr, betas, maximize], [0.5, [0.8, 0.9], false]);
  const [saved] = groupsOf(optimizer);
  assertEquals([saved.get("foreach"), saved.get("initial_lr"), saved.get("params")], [true, 0.7, [
    0,
  ]]);
  assertEquals(optimizer.tensorsOf(p).map(({ device }) => device), ["reference", "reference"]);
  p.grad = zeros([2], { device: "reference" });
  optimizer.step();
  assertEquals(await stateOf(optimizer).get(0)!.get("step")!.item(), 5);
});

Deno.test("loadStateDict() finds every problem first, and changes nothing", async () => {
  const params = [new Parameter(ones([2])), new Parameter(ones([3]))];
  const optimizer = new Adam(params, { lr: 0.1 });
  for (const p of params) p.grad = ones(p.shape);
  optimizer.step();
  const before = [
    Deno.inspect(optimizer),
    await stateOf(optimizer).get(0)!.get("exp_avg")!.tolist(),
  ];
  const refused = async (change: (state: Map<string, unknown>) => void, ...about: string[]) => {
    const state = optimizer.stateDict();
    change(state);
    const error = await assertRejects(() => optimizer.loadStateDict(state), StateDictError);
    for (const part of about) assert(error.message.includes(part), error.message);
    assertEquals(
      [Deno.inspect(optimizer), await stateOf(optimizer).get(0)!.get("exp_avg")!.tolist()],
      before,
    );
  };
  const saved = (state: Map<string, unknown>) =>
    state.get("state") as Map<number, Map<string, unknown>>;
  const groups = (state: Map<string, unknown>) =>
    state.get("param_groups") as Map<string, unknown>[];
  await refused((s) => s.delete("state"), "Error(s) in loading state_dict for Adam:", `"state"`);
  await refused((s) => groups(s).push(new Map()), "different number of parameter groups: 2, not 1");
  await refused(
    (s) => groups(s)[0].set("params", [0]),
    "doesn't match the size of optimizer's group",
  );
  await refused((s) => groups(s)[0].set("lr", "fast"), `"lr" is fast`);
  await refused(
    (s) => {
      saved(s).get(0)!.set("exp_avg", zeros([3]));
      saved(s).get(1)!.delete("exp_avg_sq");
      saved(s).get(1)!.set("momentum_buffer", zeros([3]));
      saved(s).set(7, new Map());
    },
    "size mismatch for exp_avg of parameter 0: [3]",
    "Missing exp_avg_sq of parameter 1",
    "Unexpected momentum_buffer of parameter 1",
    "state of parameter 7",
  );
  const error = await assertRejects(() => {
    const state = optimizer.stateDict();
    groups(state)[0].set("lr", -1);
    return optimizer.loadStateDict(state);
  }, RangeError);
  assert(error.message.includes("-1"));
  await assertRejects(
    () => optimizer.loadStateDict({} as Map<string, unknown>),
    TypeError,
    "expected a Map",
  );
});

Deno.test("loadStateDict() matches by name where both sides have names, whatever the order", async () => {
  class Pair {
    a = new Parameter(zeros([2]));
    b = new Parameter(zeros([2]));
  }
  const one = new Pair(), two = new Pair();
  const first = new SGD([["a", one.a], ["b", one.b]], { lr: 1, momentum: 0.5 });
  one.a.grad = tensor([1, 1]);
  one.b.grad = tensor([2, 2]);
  first.step();
  assertEquals(groupsOf(first)[0].get("param_names"), ["a", "b"]);
  const second = new SGD([["b", two.b], ["a", two.a]], { lr: 1, momentum: 0.5 });
  await second.loadStateDict(first.stateDict());
  assertEquals(await second.tensorsOf(two.a)[0].tolist(), [1, 1]);
  assertEquals(await second.tensorsOf(two.b)[0].tolist(), [2, 2]);
  const third = new SGD([["a", two.a], ["c", two.b]], { lr: 1, momentum: 0.5 });
  await assertRejects(() => third.loadStateDict(first.stateDict()), StateDictError, `"b"`);
});

Deno.test("step() inside of scope() keeps the state it makes", async () => {
  const p = new Parameter(ones([4]).realize());
  const optimizer = new Adam([p], { lr: 0.1 });
  for (let i = 0; i < 3; i++) {
    scope(() => {
      optimizer.zeroGrad();
      p.mul(p).sum().backward();
      optimizer.step();
    });
  }
  await assertClose(p, [0.7, 0.7, 0.7, 0.7], "p", 2e-3);
});

Deno.test("step() of Adam is one kernel for a parameter, its gradient given", () => {
  const p = new Parameter(ones([8]).realize());
  const optimizer = new Adam([p], { amsgrad: true });
  for (let i = 0; i < 3; i++) {
    p.grad = ones([8]).mul(i + 1).realize();
    resetStats();
    optimizer.step();
    assertEquals(stats().launches, 1);
  }
});

Deno.test("An optimizer of one's own may keep gradients beyond zeroGrad()", async () => {
  class Keeping extends SGD {
    readonly seen: Tensor[] = [];
    protected override readonly keepsGradients = true;
    protected override update(parameter: Tensor, grad: Tensor): void {
      this.seen.push(grad);
      parameter.sub_(grad);
    }
  }
  const w = new Parameter(tensor([1, 2]));
  const optimizer = new Keeping([w]);
  for (let i = 0; i < 2; i++) {
    optimizer.zeroGrad();
    w.mul(w).sum().backward();
    optimizer.step();
  }
  optimizer.zeroGrad();
  const seen = await Promise.all(optimizer.seen.map((grad) => grad.tolist()));
  assertEquals(seen, [[2, 4], [-2, -4]]);
});
