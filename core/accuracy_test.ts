/**
 * How near the functions come to the true value, over the whole range of float32: sampled bit
 * patterns against float64.
 */
import { assert, assertEquals } from "@std/assert";
import { type DType, Storage, Tensor, tensor, tolerance } from "./mod.ts";
import { assertAccurate, FUNCTIONS, samples } from "./testdata/accuracy.ts";
import { difference, elements } from "./testdata/elements.ts";
import * as math from "./scalar_math.ts";
import { forDevices } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

/** WebGPU's functions are judged one by one in `webgpu/float_functions_test.ts`. */
const JUDGED = ["reference", "cpu"] as const;
const COUNT: Partial<Record<DeviceName, number>> = { cpu: 120000, reference: 4000 };

for (const [name, { fn, exact, op = name }] of Object.entries(FUNCTIONS)) {
  forDevices(`${name} is near the true value over all of float32`, async (device) => {
    const inputs = samples(COUNT[device]!);
    const got = await elements(fn(tensor(inputs, { device }))) as number[];
    assertAccurate(name, got, exact, tolerance(device, op).ulps, inputs);
  }, JUDGED);
}

forDevices("pow and atan2 are near the true value over all of float32", async (device) => {
  const n = COUNT[device]!;
  const a = samples(n), b = samples(n).slice().reverse();
  // Powers of numbers near 1 to large ones, where the logarithm's last bits count.
  for (let i = 100; i < n; i += 3) {
    a[i] = 1 + ((i * 0.37) % 1 - 0.5) / 8;
    b[i] = ((i * 0.731) % 1 - 0.5) * 1200;
  }
  const [x, y] = [tensor(a, { device }), tensor(b, { device })];
  for (
    const [name, out, exact] of [
      ["pow", x.pow(y), math.pow],
      ["atan2", x.atan2(y), Math.atan2],
    ] as const
  ) {
    assertAccurate(
      name,
      await elements(out) as number[],
      exact,
      tolerance(device, name).ulps,
      a,
      b,
    );
  }
}, JUDGED);

/** What a half is when the operation runs in float32 and rounds once. */
const rounders: [DType, (x: number) => number][] = [
  ["float16", (x) => Math.f16round(Math.fround(x))],
  ["bfloat16", (x) => math.roundBfloat16(Math.fround(x))],
];

forDevices("arithmetic of halves is float32's, rounded once, to the bit", async (device) => {
  for (const [dtype, round] of rounders) {
    const n = device === "cpu" ? 20000 : 3000;
    const a = Array.from(samples(n), round), b = Array.from(samples(n), round).reverse();
    const make = (values: number[]) => tensor(Float32Array.from(values), { device }).type(dtype);
    const [x, y] = [make(a), make(b)];
    const cases: [string, Tensor, (a: number, b: number) => number][] = [
      ["add", x.add(y), (a, b) => a + b],
      ["sub", x.sub(y), (a, b) => a - b],
      ["mul", x.mul(y), (a, b) => a * b],
      ["div", x.div(y), (a, b) => a / b],
      ["sqrt", x.sqrt(), (a) => Math.sqrt(a)],
      ["two steps", x.add(y).mul(y), (a, b) => round(a + b) * b],
    ];
    for (const [name, out, exact] of cases) {
      const expected = a.map((v, i) => round(exact(v, b[i])));
      const wrong = difference(await elements(out), expected, dtype, { signedZeros: true });
      assert(wrong === null, `${dtype} ${name}: ${wrong}`);
    }
  }
});

forDevices("compositions of halves run in float32 and round once", async (device) => {
  for (const [dtype, round] of rounders) {
    const values = Float32Array.from({ length: 300 }, (_, i) => round(((i * 37) % 101) / 20 - 2));
    const wide = tensor(values, { device }).reshape([3, 100]), half = wide.type(dtype);
    const functions: [string, (x: Tensor) => Tensor][] = [
      ["softmax", (x) => x.softmax(-1)],
      ["logSoftmax", (x) => x.logSoftmax(-1)],
      ["layerNorm", (x) => x.layerNorm([100])],
      ["mean", (x) => x.mean(-1)],
      ["sum", (x) => x.sum(-1)],
      ["var", (x) => x.var(-1)],
      ["std", (x) => x.std(-1)],
      ["logsumexp", (x) => x.logsumexp(-1)],
      ["norm", (x) => x.norm(2, -1)],
      ["silu", (x) => x.silu()],
      ["softplus", (x) => x.softplus()],
      ["gelu", (x) => x.gelu()],
      ["matmul", (x) => x.matmul(x.transpose(0, 1))],
    ];
    for (const [name, fn] of functions) {
      const expected = (await elements(fn(wide)) as number[]).map(round);
      const wrong = difference(await elements(fn(half)), expected, dtype);
      assert(wrong === null, `${dtype} ${name}: ${wrong}`);
    }
    // A sum past the largest float16, whose mean is well within.
    if (dtype === "float16") {
      const large = tensor(new Float32Array(64).fill(3000), { device }).type(dtype);
      const [mean] = await elements(large.mean());
      assert(mean === 3000, `the mean of 64 times 3000 is ${mean}`);
    }
  }
});

forDevices("Every function leaves a NaN a NaN, whatever its bits", async (device) => {
  const bits = new Uint32Array(1200);
  for (let i = 0; i < bits.length; i++) {
    const payload = i < 512 ? i : (i * 2654435761) >>> 9;
    bits[i] = (i % 3 === 0 ? 0xff800000 : 0x7f800000) + Math.max(payload & 0x7fffff, 1);
  }
  const storage = Storage.fromBytes("float32", new Uint8Array(bits.buffer), device);
  const x = new Tensor(storage, [bits.length]);
  for (const [name, { fn }] of Object.entries(FUNCTIONS)) {
    const got = await elements(fn(x)) as number[];
    const wrong = got.findIndex((value) => !Number.isNaN(value));
    assert(wrong < 0, `${name} of the NaN 0x${bits[wrong]?.toString(16)} is ${got[wrong]}`);
  }
});

forDevices("std of float16 is not limited by the range of its square", async (device) => {
  const x = tensor([[-400, 400], [0.001, 0.00112]], { dtype: "float16", device });
  const small = Math.f16round(0.00112) - Math.f16round(0.001);
  const expected = [800 / Math.SQRT2, small / Math.SQRT2].map(Math.f16round);
  assertEquals(await x.std(1).tolist(), expected);
});
