/**
 * How near the functions come to the true value, over the whole range of float32: sampled bit
 * patterns against float64.
 */
import { assert } from "@std/assert";
import { type DType, Storage, Tensor, tensor } from "./mod.ts";
import { difference, elements, forDevices, type TestDevice } from "./testdata/elements.ts";
import * as math from "./scalar_math.ts";

/** Bit patterns spread over all exponents and both signs, and the numbers where functions turn. */
function samples(count: number): Float32Array<ArrayBuffer> {
  const special = [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    2,
    -2,
    Infinity,
    -Infinity,
    NaN,
    2 ** -149,
    -(2 ** -149),
  ];
  special.push(2 ** -126, 2 ** -127, 3.4028234663852886e38, -3.4028234663852886e38);
  special.push(88.72283, 88.72284, -87.33655, -103.97208, -103.97209, 127.99999, 128, -149, -150);
  special.push(Math.PI, Math.PI / 2, Math.PI / 4, 1e5, 1e10, 0.9999999, 1.0000001, -0.9999999);
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = Math.imul(i, 0x9e3779b1) >>> 0;
  const out = new Float32Array(bits.buffer);
  // A half of them where most functions bend.
  for (let i = 0; i < count; i += 2) {
    const u = ((i * 0.6180339887498949) % 1) * 2 - 1;
    out[i] = u * 2 ** ((i % 14) - 6);
  }
  out.set(special);
  return out;
}

/** The error in units in the last place of the rounded true value. */
function ulps(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded) || actual === rounded) return 0;
  if (Number.isNaN(actual) || Number.isNaN(rounded)) {
    return Number.isNaN(actual) && Number.isNaN(rounded) ? 0 : Infinity;
  }
  // Beyond the largest number the units go on, as if the range did.
  const size = Math.max(Math.abs(exact), 2 ** -126);
  if (!Number.isFinite(actual) || !Number.isFinite(rounded)) {
    const edge = 2 ** 128, finite = Number.isFinite(actual) ? Math.abs(actual) : Math.abs(exact);
    return Math.sign(actual) === Math.sign(rounded) ? Math.abs(edge - finite) / 2 ** 104 : Infinity;
  }
  return Math.abs(actual - exact) / 2 ** (Math.floor(Math.log2(size)) - 23);
}

interface Accuracy {
  fn: (x: Tensor) => Tensor;
  exact: (x: number) => number;
  /** On "cpu", in ulp. */
  allowed?: number;
}

const FUNCTIONS: Record<string, Accuracy> = {
  exp: { fn: (x) => x.exp(), exact: Math.exp },
  exp2: { fn: (x) => x.exp2(), exact: (x) => 2 ** x },
  expm1: { fn: (x) => x.expm1(), exact: Math.expm1 },
  log: { fn: (x) => x.log(), exact: Math.log },
  log2: { fn: (x) => x.log2(), exact: Math.log2 },
  log10: { fn: (x) => x.log10(), exact: Math.log10 },
  log1p: { fn: (x) => x.log1p(), exact: Math.log1p },
  sqrt: { fn: (x) => x.sqrt(), exact: Math.sqrt, allowed: 0.5 },
  rsqrt: { fn: (x) => x.rsqrt(), exact: (x) => 1 / Math.sqrt(x) },
  reciprocal: { fn: (x) => x.reciprocal(), exact: (x) => 1 / x, allowed: 0.5 },
  sin: { fn: (x) => x.sin(), exact: Math.sin },
  cos: { fn: (x) => x.cos(), exact: Math.cos },
  tan: { fn: (x) => x.tan(), exact: Math.tan, allowed: 4 },
  asin: { fn: (x) => x.asin(), exact: Math.asin },
  acos: { fn: (x) => x.acos(), exact: Math.acos },
  atan: { fn: (x) => x.atan(), exact: Math.atan },
  sinh: { fn: (x) => x.sinh(), exact: Math.sinh },
  cosh: { fn: (x) => x.cosh(), exact: Math.cosh },
  tanh: { fn: (x) => x.tanh(), exact: Math.tanh },
  asinh: { fn: (x) => x.asinh(), exact: Math.asinh },
  acosh: { fn: (x) => x.acosh(), exact: Math.acosh },
  atanh: { fn: (x) => x.atanh(), exact: Math.atanh },
  erf: { fn: (x) => x.erf(), exact: math.erf, allowed: 4 },
  erfc: { fn: (x) => x.erfc(), exact: math.erfc, allowed: 4 },
  sigmoid: { fn: (x) => x.sigmoid(), exact: (x) => 1 / (1 + Math.exp(-x)) },
  gelu: { fn: (x) => x.gelu(), exact: math.gelu, allowed: 4 },
  "gelu in its tanh form": {
    fn: (x) => x.gelu({ approximate: "tanh" }),
    exact: math.geluTanh,
    allowed: 4,
  },
};

const COUNT: Record<TestDevice, number> = { cpu: 40000, reference: 4000 };

for (const [name, { fn, exact, allowed = 2 }] of Object.entries(FUNCTIONS)) {
  forDevices(`${name} is near the true value over all of float32`, async (device) => {
    const inputs = samples(COUNT[device]);
    const limit = device === "cpu" ? allowed : Math.min(1, allowed);
    const got = await elements(fn(tensor(inputs, { device }))) as number[];
    let worst = 0, at = 0;
    got.forEach((value, i) => {
      const error = ulps(value, exact(inputs[i]));
      if (error > worst) [worst, at] = [error, i];
    });
    const text = `${worst} ulp at ${inputs[at]}: ${got[at]} against ${exact(inputs[at])}`;
    assert(worst <= limit, text);
  });
}

forDevices("pow and atan2 are near the true value over all of float32", async (device) => {
  const n = COUNT[device];
  const a = samples(n), b = samples(n).slice().reverse();
  // Powers of numbers near 1 to large ones, where the logarithm's last bits count.
  for (let i = 100; i < n; i += 3) {
    a[i] = 1 + ((i * 0.37) % 1 - 0.5) / 8;
    b[i] = ((i * 0.731) % 1 - 0.5) * 1200;
  }
  const [x, y] = [tensor(a, { device }), tensor(b, { device })];
  const limit = device === "cpu" ? 4 : 1;
  for (
    const [name, out, exact] of [
      ["pow", x.pow(y), math.pow],
      ["atan2", x.atan2(y), Math.atan2],
    ] as const
  ) {
    const got = await elements(out) as number[];
    let worst = 0, at = 0;
    got.forEach((value, i) => {
      const error = ulps(value, exact(a[i], b[i]));
      if (error > worst) [worst, at] = [error, i];
    });
    const text = `${name}: ${worst} ulp at ${a[at]}, ${b[at]}: ${got[at]} against ${
      exact(a[at], b[at])
    }`;
    assert(worst <= limit, text);
  }
});

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
