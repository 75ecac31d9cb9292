import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  AutogradError,
  linear,
  memory,
  noGrad,
  ones,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "./mod.ts";
import { forDevices } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

const live = (device: DeviceName) => memory()[device]?.live ?? 0;

forDevices("scope() frees everything but what it returns", async (device) => {
  const x = ones([100], { device }).realize();
  const before = live(device);
  const inside: Tensor[] = [];
  const y = scope(() => {
    inside.push(x.add(1).realize(), x.exp().realize());
    return inside[0].mul(2).add(inside[1]).realize();
  });
  assertEquals(live(device) - before, y.storage.nbytes);
  assert(Math.abs((await y.tolist() as number[])[0] - 4 - Math.E) < 1e-5);
  assertThrows(() => inside[0].add(1), ReferenceError, "freed");
  y.dispose();
  assertEquals(live(device), before);
});

forDevices(
  "scope() keeps tensors in arrays, maps and objects, also pending ones",
  async (device) => {
    const x = tensor([1, 2], { device });
    const out = scope(() => ({
      list: [x.add(1)],
      map: new Map([["k", x.mul(x.add(3))]]),
      deep: { set: new Set([x.sub(1).exp().mul(0).add(x)]) },
    }));
    assertEquals(await out.list[0].tolist(), [2, 3]);
    assertEquals(await out.map.get("k")!.tolist(), [4, 10]);
    assertEquals(await [...out.deep.set][0].tolist(), [1, 2]);
  },
);

forDevices("scope() keeps what the gradient of its result needs", async (device) => {
  const w = tensor([[1, 2], [3, 4]], { device, requiresGrad: true });
  const loss = scope(() => {
    const hidden = linear(ones([1, 2], { device }), w, null).tanh();
    return hidden.mul(hidden).sum();
  });
  loss.backward();
  assertEquals(w.grad!.shape, [2, 2]);
  assert((await w.grad!.tolist() as number[][]).flat().every((v) => v > 0));
});

forDevices("scope() keeps the gradients that backward() leaves on leaves", async (device) => {
  const w = tensor([1, 2], { device, requiresGrad: true });
  for (let i = 0; i < 3; i++) scope(() => w.mul(w).sum().backward());
  assertEquals(await w.grad!.tolist(), [6, 12]);
});

forDevices(
  "scope() does not touch what was made outside, nor what is written in place",
  async (device) => {
    const x = tensor([1, 2], { device }), buffer = zeros([2], { device });
    scope(() => {
      buffer.add_(x.mul(3));
      buffer.select(0, 0).copy_(x.select(0, 1).add(10));
    });
    assertEquals(await buffer.tolist(), [12, 6]);
  },
);

forDevices(
  "scopes nest: what the inner one returns lives until the outer one ends",
  async (device) => {
    let kept: Tensor | undefined;
    const out = scope(() => {
      kept = scope(() => ones([2], { device }).add(1));
      return kept.add(1);
    });
    assertEquals(await out.tolist(), [3, 3]);
    assertThrows(() => kept!.add(1), ReferenceError);
  },
);

forDevices("scope() frees also when its function throws", (device) => {
  const before = live(device);
  assertThrows(
    () =>
      scope(() => {
        ones([1000], { device }).realize();
        throw new Error("from inside");
      }),
    Error,
    "from inside",
  );
  assertEquals(live(device), before);
});

forDevices("using frees at the end of the block, and dispose() once is enough", async (device) => {
  const before = live(device);
  let out: Tensor;
  {
    using x = ones([50], { device }).realize();
    using y = x.add(1).realize();
    out = y.sum();
    assertEquals(await out.item(), 100);
    x.dispose();
  }
  assertEquals(live(device) - before, out.storage.nbytes);
  out.dispose();
  out.dispose();
  assertEquals(live(device), before);
  const error = assertThrows(() => out.add(1), ReferenceError);
  assert(error.message.includes("freed") && error.message.includes("float32"), error.message);
  await out.data().then(() => {
    throw new Error("read after dispose()");
  }, (error) => assert(error instanceof ReferenceError));
});

forDevices("a view of freed memory raises, and a value that reads it lives", async (device) => {
  const x = tensor([1, 2, 3], { device }), view = x.narrow(0, 1, 2), pending = x.add(1);
  x.dispose();
  assertThrows(() => view.add(1), ReferenceError);
  assertEquals(await pending.tolist(), [2, 3, 4]);
});

forDevices("memory() has the most that was in use at once", (device) => {
  const x = ones([1000], { device }).realize();
  const { live, peak } = memory()[device];
  assert(peak >= live && live >= 4000);
  const y = x.add(1).realize();
  assert(memory()[device].peak >= live + 4000);
  x.dispose();
  y.dispose();
  assertEquals(memory()[device].live, live - 4000);
});

forDevices("a training loop in scopes runs in bounded memory", (device) => {
  const w = tensor([[0.5, -0.5], [0.25, 1]], { device, requiresGrad: true });
  const step = () =>
    scope(() => {
      const loss = linear(ones([4, 2], { device }), w, null).sigmoid().sum();
      loss.backward();
      noGrad(() => w.sub_(w.grad!.mul(0.1)));
      w.realize();
      w.grad!.dispose();
      w.grad = null;
    });
  for (let i = 0; i < 3; i++) step();
  const before = live(device);
  for (let i = 0; i < 30; i++) step();
  assertEquals(live(device), before);
});

Deno.test("scope() refuses a function that returns a promise", () => {
  assertThrows(() => scope(() => Promise.resolve(1)), AutogradError, "synchronous");
});
