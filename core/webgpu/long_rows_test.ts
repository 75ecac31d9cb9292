import { assert, assertEquals } from "@std/assert";
import { arange, manualSeed, randn, resetStats, stats, type Tensor, tensor } from "../mod.ts";
import { difference, elements } from "../testdata/elements.ts";
import { freshGpu, gpuTest, on } from "./testdata/gpu.ts";

const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sum: (x) => x.sum(-1),
  mean: (x) => x.mean(-1),
  amax: (x) => x.amax(-1, true),
  amin: (x) => x.amin(-1),
  var: (x) => x.var(-1),
  std: (x) => x.std(-1, { keepdim: true }),
  norm: (x) => x.norm(2, -1),
  logsumexp: (x) => x.logsumexp(-1),
  softmax: (x) => x.softmax(-1),
  layerNorm: (x) => x.layerNorm([x.shape[x.ndim - 1]]),
  all: (x) => x.gt(-9).all(-1),
  sumOfAll: (x) => x.sub(x.amax(-1, true)).exp().sum(),
};

for (const shape of [[1, 65539], [2, 3, 98304]]) {
  gpuTest(`long rows of [${shape}] are reduced in parts as they are whole`, async () => {
    manualSeed(3);
    const device = await freshGpu(false);
    const x = randn(shape), there = await on(device, x);
    for (const [name, fn] of Object.entries(FUNCTIONS)) {
      const wrong = difference(await elements(fn(there)), await elements(fn(x)), "float32", {
        ulp: 64,
        floor: name === "sum" || name === "mean" || name === "layerNorm" ? 1 : 0,
        signedZeros: false,
      });
      assertEquals(wrong, null, name);
    }
    device.gpu.destroy();
  });
}

gpuTest("long rows of every dtype and layout are as on the reference device", async () => {
  manualSeed(4);
  const device = await freshGpu(false);
  const x = randn([600, 257]).mul(4).round();
  const there = await on(device, x), reference = await x.to("reference");
  const results = (x: Tensor) => [
    x.dtype === "float16" ? x.mean() : x.sum(),
    x.amax(),
    x.amin(),
    x.ne(0).any(),
  ];
  const agree = async (what: string, fn: (x: Tensor) => Tensor) => {
    const [actual, expected] = [results(fn(there)), results(fn(reference))];
    for (const i of expected.keys()) {
      assertEquals(await elements(actual[i]), await elements(expected[i]), `${what} ${i}`);
    }
  };
  for (const dtype of ["float16", "int64", "int8", "bool"] as const) {
    await agree(dtype, (x) => x.type(dtype));
  }
  await agree("turned", (x) => x.transpose(0, 1));
  await agree("every second column, turned", (x) => x.slice(1, 0, 257, 2).transpose(0, 1));
  await agree("stretched", (x) => x.narrow(1, 0, 1).expand([600, 257]));
  device.gpu.destroy();
});

gpuTest("NaN and infinities in one part of a long row reach its result", async () => {
  const device = await freshGpu(false);
  const length = 65536 + 5;
  for (const at of [0, 40000, length - 1]) {
    const values = new Float32Array(2 * length).fill(1);
    values[at] = NaN;
    values[length + at] = -Infinity;
    const there = await on(device, tensor(values).reshape([2, length]));
    assertEquals(await there.amax(1).tolist(), [NaN, 1]);
    assertEquals(await there.amin(1).tolist(), [NaN, -Infinity]);
    assertEquals(await there.sum(1).tolist(), [NaN, -Infinity]);
    assertEquals(await there.prod(1).tolist(), [NaN, -Infinity]);
  }
  device.gpu.destroy();
});

gpuTest("the error of a long sum grows with the logarithm of its length", async () => {
  const device = await freshGpu(false);
  const n = 1e6, x = arange(n).float().mul(1 / n).add(1);
  const exact = (await x.data() as Float32Array).reduce((sum, value) => sum + value, 0);
  const sum = Number(await (await on(device, x)).sum().item());
  // 20 levels of rounding, half a unit each, as a share.
  assert(Math.abs(sum / exact - 1) <= 20 * 2 ** -24, `${sum} against ${exact}`);
  device.gpu.destroy();
});

gpuTest("long rows take two launches a reduction, short ones and many rows one", async () => {
  const device = await freshGpu(false);
  const launches = async (shape: number[], fn: (x: Tensor) => Tensor) => {
    const x = await on(device, randn(shape));
    resetStats();
    fn(x).realize();
    return stats().launches;
  };
  assertEquals(await launches([65536], FUNCTIONS.sum), 2);
  assertEquals(await launches([4, 65536], FUNCTIONS.mean), 2);
  // What is left at the end is a part of its own.
  assertEquals(await launches([65537], FUNCTIONS.sum), 3);
  assertEquals(await launches([65536], FUNCTIONS.logsumexp), 4);
  // And the writing of all elements.
  assertEquals(await launches([65536], FUNCTIONS.softmax), 5);
  assertEquals(await launches([65535], FUNCTIONS.softmax), 1);
  assertEquals(await launches([129, 65536], FUNCTIONS.sum), 1);
  assertEquals(await launches([65536], (x) => x.argmax(-1)), 1);
  device.gpu.destroy();
});

gpuTest("long rows are normalized in place", async () => {
  const device = await freshGpu(false);
  const x = randn([2, 65540]), there = await on(device, x);
  const scaled = (x: Tensor) => x.div_(x.abs().amax(1, true)).sub_(x.square().mean(1, true));
  const [actual, expected] = [await elements(scaled(there)), await elements(scaled(x))];
  assertEquals(difference(actual, expected, "float32", { ulp: 8, floor: 1 }), null);
  device.gpu.destroy();
});
