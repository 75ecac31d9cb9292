import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  crossEntropy,
  DeviceLostError,
  DTypeError,
  IndexError,
  ones,
  openDevice,
  randn,
  resetStats,
  stats,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import { deviceOf } from "../device.ts";
import { DeviceError } from "../errors.ts";
import type { WebGpuDevice } from "./device.ts";
import { freshGpu, gpuTest, on } from "./testdata/gpu.ts";

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    if (!(distance <= largest)) largest = distance;
  }
  return a.length === b.length ? largest : NaN;
}

gpuTest("openDevice() tells what the adapter is, and its alias opens the same device", async () => {
  const info = await openDevice("gpu");
  assertEquals(info.name, "webgpu");
  assert(info.description.length > 0);
  assert(deviceOf("webgpu:0") === deviceOf("gpu"));
});

gpuTest("truth values have a size, a sign and whole parts as on the CPU", async (device) => {
  const names = ["abs", "sign", "floor", "ceil", "round", "trunc", "isinf", "isfinite"] as const;
  const x = tensor([true, false, true]), there = await on(device, x);
  for (const name of names) {
    assertEquals(await there[name]().tolist(), await x[name]().tolist(), name);
  }
});

gpuTest("products whose batches broadcast against each other are right", async (device) => {
  const a = randn([2, 1, 2, 3]), b = randn([3, 3, 2]);
  const expected = await a.matmul(b).data();
  const actual = await (await on(device, a)).matmul(await on(device, b)).data();
  assert(largestDifference(actual as Float32Array, expected as Float32Array) < 1e-6);
});

for (const software of [true, false]) {
  const kind = software ? "an adapter in software" : "a GPU";
  gpuTest(`products of every layout are right with the kernels for ${kind}`, async () => {
    const device = await freshGpu(software);
    // Each line is one or two kernels: sizes that do and do not divide by four, small and large.
    const sizes = [[1, 5, 3], [9, 16, 20], [64, 64, 64], [70, 33, 130]];
    for (const [m, k, n] of sizes) {
      for (const [turnA, turnB] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
        for (const batch of m === 9 ? [[2, 3]] : [[]]) {
          const a = randn([...batch, ...(turnA ? [k, m] : [m, k])]);
          const b = randn([...batch, ...(turnB ? [n, k] : [k, n])]);
          const bias = randn([n]);
          const compute = (a: Tensor, b: Tensor, bias: Tensor) =>
            (turnA ? a.transpose(-1, -2) : a).matmul(turnB ? b.transpose(-1, -2) : b).add(bias)
              .relu();
          const expected = await compute(a, b, bias).data();
          const there = await Promise.all([a, b, bias].map((x) => on(device, x)));
          const actual = await compute(there[0], there[1], there[2]).data();
          const furthest = largestDifference(
            actual as Float32Array<ArrayBuffer>,
            expected as Float32Array<ArrayBuffer>,
          );
          // Sums of up to 100 products of standard normal numbers, in two orders.
          assert(furthest <= 2e-5, `[${m}, ${k}] by [${k}, ${n}]: ${furthest}`);
        }
      }
    }
    device.gpu.destroy();
  });

  gpuTest(`reductions of short and long rows are right with the kernels for ${kind}`, async () => {
    const device = await freshGpu(software);
    for (const shape of [[3, 5], [2, 1000], [40, 260], [1, 20000], [5, 4, 3], [300, 4, 7]]) {
      const x = randn(shape);
      const there = await on(device, x);
      for (const dim of shape.map((_, d) => d)) {
        const results = (x: Tensor) => [
          x.sum(dim),
          x.amax(dim),
          x.softmax(dim),
          x.argmin(dim).float(),
          x.mul(100).type("int64").sum(dim).float(),
          x.gt(3).any(dim).float(),
        ];
        const expected = results(x), actual = results(there);
        for (const i of expected.keys()) {
          const furthest = largestDifference(
            await actual[i].data() as Float32Array<ArrayBuffer>,
            await expected[i].data() as Float32Array<ArrayBuffer>,
          );
          assert(
            furthest <= (i === 0 ? 1e-3 : i === 2 ? 1e-6 : 0),
            `${shape} ${dim} ${i}: ${furthest}`,
          );
        }
      }
    }
    device.gpu.destroy();
  });
}

gpuTest("a value for each row takes part in the sum of all", async (device) => {
  const x = await on(device, tensor([[0, 1], [2, 3], [4, 5]]));
  const each = await on(device, tensor([1, 10, 100]));
  assertEquals(await each.unsqueeze(1).expand([3, 2]).mul(x).sum().tolist(), 951);
});

gpuTest("a tensor without dimensions is reduced as one element", async (device) => {
  const x = await on(device, tensor(3));
  assertEquals(await x.sum().mul(2).tolist(), 6);
  assertEquals(await x.max().tolist(), 3);
  assertEquals(await x.argmax().tolist(), 0);
  assertEquals(await x.add(1).softmax(0).tolist(), 1);
});

gpuTest("reads that are asked for together are one submission", async () => {
  await openDevice("webgpu");
  const xs = await Promise.all(
    Array.from({ length: 200 }, (_, i) => tensor([i, i + 0.5]).to("webgpu")),
  );
  await xs[0].data(); // the first reading of a device looks how it can be read
  resetStats();
  const back = await Promise.all(xs.map((x) => x.cpu()));
  assertEquals(stats().submits, 1);
  assertEquals(await back[199].tolist(), [199, 199.5]);
});

gpuTest("more workgroups than one dimension holds are folded", async () => {
  await openDevice("webgpu");
  const n = 4 * 64 * 65535 + 12;
  const x = ones([n], { device: "webgpu", dtype: "uint8" }).add(1);
  assertEquals(await x.type("int64").sum().item(), 2 * n);
  assertEquals(await x.narrow(0, n - 2, 2).tolist(), [2, 2]);
});

gpuTest("a tensor that no binding can hold is refused with both numbers", async () => {
  const device = await freshGpu(true);
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  const n = most + 4;
  const error = assertThrows(() => device.alloc(n), DeviceError);
  assert(error.message.includes(`${n}`) && error.message.includes(`${most}`));
  device.gpu.destroy();
});

gpuTest("more results than an adapter binds are written in several launches", async () => {
  const device = await freshGpu(true, { maxStorageBuffersPerShaderStage: 8 });
  const x = randn([5, 6]), there = await on(device, x);
  const chain = (x: Tensor) => {
    const values = [x];
    for (let i = 0; i < 12; i++) values.push(values[i].sin());
    // It goes over the memory that all others are made of, and so comes last.
    const over = x.add_(values[12]).realize();
    return [over, ...values.slice(1)];
  };
  const expected = chain(x);
  resetStats();
  const actual = chain(there);
  assertEquals(stats().launches, 3);
  for (const i of expected.keys()) {
    const [a, b] = [await actual[i].data(), await expected[i].data()];
    assert(largestDifference(a as Float32Array, b as Float32Array) < 1e-5, `result ${i}`);
  }
  device.gpu.destroy();
});

gpuTest("arithmetic in float64 is refused at the call, moving and converting are not", async () => {
  await openDevice("webgpu");
  const values = [1 / 3, -0, Infinity, NaN, 5e-324, 1e300];
  const x = await tensor(Float64Array.from(values)).to("webgpu");
  for (
    const compute of [
      (x: Tensor) => x.add(1),
      (x: Tensor) => x.sum(),
      (x: Tensor) => x.exp(),
      (x: Tensor) => x.nextafter(x),
      // What is float64 whatever it is made of.
      (x: Tensor) => x.float().floatPower(2),
      (x: Tensor) => x.float().floatPower(x.float()),
    ]
  ) {
    assertThrows(() => compute(x), DTypeError, "does not compute in float64");
  }
  assertEquals(await x.tolist(), values);
  assertEquals(await x.float().tolist(), values.map(Math.fround));
  assertEquals(await x.float().double().tolist(), values.map(Math.fround));
  assertEquals(await x.neg().tolist(), values.map((value) => -value));
});

gpuTest("an integer divided by zero raises when it is read, and once", async () => {
  await openDevice("webgpu");
  const x = await tensor([7n, 8n]).to("webgpu"), y = await tensor([0n, 3n]).to("webgpu");
  await assertRejects(() => x.floorDivide(y).data(), RangeError, "divided by zero");
  assertEquals(await x.floorDivide(y.add(1)).tolist(), [7, 2]);
});

gpuTest(
  "a target that is no class raises when the loss is read, and nothing is read before",
  async () => {
    await openDevice("webgpu");
    const logits = randn([3, 4], { device: "webgpu", requiresGrad: true });
    const good = await tensor([0n, -100n, 3n]).to("webgpu");
    const bad = await tensor([0n, 4n, 3n]).to("webgpu");
    await logits.data();
    resetStats();
    const loss = crossEntropy(logits, good);
    loss.backward();
    assertEquals(stats().submits, 0);
    assert(Number.isFinite(await loss.item()));
    // Two launches look at the classes, one computes the rows, one their mean.
    logits.grad = null;
    resetStats();
    crossEntropy(logits, good).realize();
    assertEquals(stats().launches, 4);
    const { message } = await assertRejects(() => crossEntropy(logits, bad).item(), IndexError);
    assertEquals(message, "Index 4 is out of bounds for a dimension of size 4");
  },
);

gpuTest("what the GPU finds wrong reaches the reader with the operation's name", async () => {
  const device = await freshGpu(true);
  const x = await on(device, tensor([1, 2]));
  device.queue.kernel("broken", () => ({
    label: "broken kernel",
    code: "@compute @workgroup_size(1) fn main() { let x: f32 = 1u; }",
    access: "",
    words: 1,
  }));
  await assertRejects(() => x.data(), DeviceError, "broken kernel");
  assertEquals(await x.tolist(), [1, 2]);
  device.gpu.destroy();
});

gpuTest("memory that there is not reaches the reader by its size", async () => {
  const device = await freshGpu(true);
  const x = await on(device, tensor([1, 2]));
  device.queue.guarded("memory for a tensor of many bytes", () => {
    device.gpu.createBuffer({ size: device.gpu.limits.maxBufferSize + 4, usage: 128 });
  });
  await assertRejects(() => x.data(), DeviceError, "memory for a tensor of many bytes");
  assertEquals(await x.tolist(), [1, 2]);
  device.gpu.destroy();
});

gpuTest("a lost device rejects what is pending, and the next move opens a new one", async () => {
  await openDevice("webgpu");
  const x = randn([100], { device: "webgpu" });
  const pending = x.mul(2).data();
  (deviceOf("webgpu") as WebGpuDevice).gpu.destroy();
  const error = await assertRejects(() => pending, DeviceLostError);
  assert(error.message.includes("was lost"));
  await assertRejects(() => x.data(), DeviceLostError);
  assertThrows(() => x.add(1).realize(), DeviceLostError);
  const y = await tensor([1, 2]).to("webgpu");
  assertEquals(await y.mul(2).tolist(), [2, 4]);
  assertThrows(() => y.add(x.reshape([100]).narrow(0, 0, 2)), DeviceLostError);
});

gpuTest("bytes come back as they were, in every size", async () => {
  await openDevice("webgpu");
  for (const n of [0, 1, 3, 4, 5, 1023, 4 << 20, (4 << 20) + 1, (9 << 20) + 7]) {
    const bytes = new Uint8Array(n);
    for (let i = 0; i < n; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
    const x = await tensor(bytes).to("webgpu");
    assertEquals((await x.data()).length, n);
    const back = await x.data() as Uint8Array<ArrayBuffer>;
    assert(back.every((byte, i) => byte === bytes[i]), `${n} bytes`);
  }
});

gpuTest("a tensor is written anew after kernels that read its memory", async () => {
  await openDevice("webgpu");
  const total = zeros([64], { device: "webgpu" });
  for (let i = 0; i < 20; i++) {
    const x = await tensor(new Float32Array(64).fill(i)).to("webgpu");
    total.add_(x.mul(1).realize());
    x.dispose();
  }
  assertEquals(await total.sum().item(), 64 * 190);
});
