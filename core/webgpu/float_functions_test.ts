/**
 * Every function of the library over all of float32, against float64: on the adapter that there is,
 * which Mesa's environment variables choose (`VK_DRIVER_FILES=/nonexistent` for OpenGL).
 */
import { assert, assertEquals } from "@std/assert";
import type { BinaryOp, UnaryOp } from "../node.ts";
import { digamma, lgamma, trigamma } from "../gamma_functions.ts";
import * as math from "../scalar_math.ts";
import { wgslFunctions } from "./functions.ts";
import { LEAST_NORMAL, tolerance } from "./tolerance.ts";
import { deviceOf } from "../device.ts";
import type { WebGpuDevice } from "./device.ts";
import { gpuTest } from "./testdata/gpu.ts";

const theDevice = () => deviceOf("webgpu") as WebGpuDevice;

/** How a function's result becomes words. */
const AS_WORDS = {
  f: (y: string) => `bitcast<vec4<u32>>(${y})`,
  i: (y: string) => `bitcast<vec4<u32>>(${y})`,
  b: (y: string) => `vec4<u32>(${y})`,
};

/** Maps a function over one or two arrays of equal lengths, multiples of 4; gives its results' bits. */
async function map(
  name: string,
  inputs: readonly Float32Array<ArrayBuffer>[],
  type: keyof typeof AS_WORDS = "f",
  call = `${name}(${inputs.map((_, i) => `x${i}[i]`).join(", ")})`,
): Promise<Uint32Array<ArrayBuffer>> {
  const { gpu: device } = theDevice();
  const size = inputs[0].byteLength, groups = Math.ceil(size / 16 / 64);
  const bindings = inputs.map((_, i) =>
    `@group(0) @binding(${i + 2}) var<storage, read> x${i}: array<vec4<f32>>;\n`
  );
  const code = `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;
${bindings.join("")}
fn zero() -> u32 { return args.x; }
${wgslFunctions([name])}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i < ${size / 16}u) { y[i] = ${AS_WORDS[type](call)}; }
}`;
  const { MAP_READ, COPY_DST, COPY_SRC, STORAGE, UNIFORM } = GPUBufferUsage;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const buffer = (size: number, usage: number) => device.createBuffer({ size, usage });
  const buffers = [
    buffer(16, UNIFORM),
    buffer(size, STORAGE | COPY_SRC),
    ...inputs.map(() => buffer(size, STORAGE | COPY_DST)),
  ];
  inputs.forEach((x, i) => device.queue.writeBuffer(buffers[i + 2], 0, x));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  // A layout drops bindings that nothing uses: functions without `zero` have no uniform.
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const used = entries.filter(({ binding }) => binding > 0 || code.split("zero()").length > 2);
  const layout = pipeline.getBindGroupLayout(0);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries: used }));
  pass.dispatchWorkgroups(groups);
  pass.end();
  const staging = buffer(size, MAP_READ | COPY_DST);
  encoder.copyBufferToBuffer(buffers[1], 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  assert(error === null, `${name}: ${error?.message}`);
  await staging.mapAsync(GPUMapMode.READ);
  const words = new Uint32Array(staging.getMappedRange().slice(0));
  for (const each of [...buffers, staging]) each.destroy();
  return words;
}

const floats = (words: Uint32Array<ArrayBuffer>) => new Float32Array(words.buffer);

const LEAST = 2 ** -149, MOST = (2 - 2 ** -23) * 2 ** 127;
const SPECIAL = [
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  LEAST,
  -LEAST,
  2 ** -126,
  -(2 ** -127),
  MOST,
  -MOST,
]
  .concat([0.5, 1, 2, 3, 4, 1.5, 2.5].flatMap((x) => [x, -x]), 0.9999999, 1.0000001, -0.9999999)
  // Where exponentials end, and where the two forms of GELU and erfc do.
  .concat(88.72283, 88.72284, 89.41598, 89.416, -87.33655, -103.97208, -103.97209, 128, -149, -150)
  .concat(-10.5, -14.4, 9.2, 10.1, Math.PI / 4, Math.PI / 2, Math.PI, 1e5, 1e10, 1e20, 1e30)
  .concat(65504, 65519.996, 65520, 2 ** 31, -(2 ** 31), 2 ** -24, 2 ** -25, 2 ** -14);

/** Pseudorandom words, the same each time. */
function wordSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 15)) >>> 0;
  };
}

/** Special values, then in turn bit patterns, numbers between limits, and those of middling size. */
function samples(count: number, low: number, high: number, seed: number) {
  const word = wordSource(seed);
  const out = new Float32Array(count), bits = new Uint32Array(out.buffer);
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) bits[i] = word();
    else if (i % 4 < 3) out[i] = low + (high - low) * word() / 2 ** 32;
    else out[i] = (word() / 2 ** 31 - 1) * 2 ** (word() % 16 - 8);
  }
  out.set(SPECIAL);
  return out;
}

/** The error in ulp of the true value; infinite where one is NaN or zeros differ in sign. */
function error(actual: number, exact: number): number {
  if (Number.isNaN(exact) && Number.isNaN(actual)) return 0;
  if (actual === 0 && exact === 0 && !Object.is(actual, exact)) return Infinity;
  // Past the largest number the units go on as if the range did.
  const bound = (x: number) => Math.max(-(2 ** 128), Math.min(x, 2 ** 128));
  const difference = Math.abs(bound(actual) - bound(exact));
  if (!theDevice().info.software && difference <= LEAST_NORMAL) return 0;
  const size = Math.max(Math.min(Math.abs(exact), MOST), LEAST_NORMAL);
  const wrong = difference / 2 ** (Math.floor(Math.log2(size)) - 23);
  return Number.isNaN(wrong) ? Infinity : wrong;
}

/** Throws if a result is farther from the true value than it may be. */
function judge(
  op: UnaryOp | BinaryOp,
  got: Float32Array,
  inputs: readonly Float32Array[],
  exact: (...x: number[]) => number,
): void {
  const { ulps, measured } = tolerance(op);
  const limit = theDevice().info.software ? measured : ulps;
  let worst = 0, at = 0;
  got.forEach((y, i) => {
    const wrong = error(y, exact(...inputs.map((x) => x[i])));
    if (wrong > worst) [worst, at] = [wrong, i];
  });
  const x = inputs.map((x) => x[at]);
  assert(worst <= limit, `${op}(${x.join(", ")}) = ${got[at]}, not ${exact(...x)}: ${worst} ulp`);
}

const COUNT = 200_000;

/** The functions in float64, and between what numbers half of the samples are. */
const UNARY: [UnaryOp, (x: number) => number, low: number, high: number][] = [
  ["exp", Math.exp, -105, 90],
  ["exp2", (x) => 2 ** x, -150, 130],
  ["expm1", Math.expm1, -3, 3],
  ["log", Math.log, 0, 3],
  ["log2", Math.log2, 0, 3],
  ["log10", Math.log10, 0, 12],
  ["log1p", Math.log1p, -1, 2],
  ["sqrt", Math.sqrt, 0, 100],
  ["rsqrt", (x) => 1 / Math.sqrt(x), 0, 100],
  ["sin", Math.sin, -1e5, 1e5],
  ["cos", Math.cos, -100, 100],
  ["tan", Math.tan, -20, 20],
  ["asin", Math.asin, -1, 1],
  ["acos", Math.acos, -1, 1],
  ["atan", Math.atan, -3, 3],
  ["sinh", Math.sinh, -4, 4],
  ["cosh", Math.cosh, -10, 10],
  ["tanh", Math.tanh, -3, 3],
  ["asinh", Math.asinh, -3, 3],
  ["acosh", Math.acosh, 1, 3],
  ["atanh", Math.atanh, -1, 1],
  ["erf", math.erf, -4, 4],
  ["erfc", math.erfc, -2, 10],
  ["erfinv", math.erfinv, -1, 1],
  ["sigmoid", math.sigmoid, -20, 20],
  ["gelu", (x) => x === -Infinity ? -0 : math.gelu(x), -10, 3],
  ["geluTanh", (x) => x === -Infinity ? -0 : math.geluTanh(x), -10, 3],
  ["sign", (x) => x > 0 ? 1 : x < 0 ? -1 : 0, -1, 1],
  ["round", math.roundEven, -10, 10],
  ["floor", Math.floor, -10, 10],
  ["ceil", Math.ceil, -10, 10],
  ["trunc", Math.trunc, -10, 10],
];

/** Functions with roots, near which only what is lost beside 1 is bounded. */
const WITH_ROOTS: typeof UNARY = [
  ["lgamma", lgamma, -5, 20],
  ["digamma", digamma, -5, 20],
  ["trigamma", trigamma, -5, 20],
];

for (const [op, exact, low, high] of WITH_ROOTS) {
  gpuTest(`${op} in WGSL is as near the true value, or 1, as its tolerance`, async () => {
    const x = samples(COUNT, low, high, 1);
    const got = floats(await map(`f_${op}`, [x]));
    const { ulps, measured } = tolerance(op);
    const limit = theDevice().info.software ? measured : ulps;
    let worst = 0, at = 0;
    got.forEach((y, i) => {
      const expected = exact(x[i]);
      const small = Math.abs(expected) < 1 && Math.abs(y) < 2;
      const wrong = small ? Math.abs(y - expected) * 2 ** 23 : error(y, expected);
      if (wrong > worst) [worst, at] = [wrong, i];
    });
    assert(worst <= limit, `${op}(${x[at]}) = ${got[at]}, not ${exact(x[at])}: ${worst} ulp`);
  });
}

for (const [op, exact, low, high] of UNARY) {
  gpuTest(`${op} in WGSL is as near the true value as its tolerance`, async () => {
    const x = samples(COUNT, low, high, 1);
    judge(op, floats(await map(`f_${op}`, [x])), [x], exact);
  });
}

/** Pairs of samples; all pairs of special values and of small integers are among them. */
function pairs(second: (a: number, i: number) => number, seed: number) {
  const a = samples(COUNT, -20, 20, seed), b = samples(COUNT, -20, 20, seed + 1).reverse();
  for (let i = SPECIAL.length; i < COUNT; i += 2) b[i] = second(a[i], i);
  let at = SPECIAL.length;
  const put = (x: number, y: number) => {
    a[at] = x;
    b[at++] = y;
  };
  for (const x of SPECIAL) for (const y of SPECIAL) put(x, y);
  for (let x = -12; x <= 12; x++) for (let y = -12; y <= 12; y++) put(x, y);
  return [a, b];
}

/** A number so that x to its power is between 2^-160 and 2^140. */
const exponentOf = (x: number, i: number) =>
  ((i * 0.6180339) % 1 * 300 - 160) / Math.log2(Math.abs(x));
const multiple = (x: number, i: number) => x / (1 + i % 97);
const NaNOr = (fn: (...x: number[]) => number) => (a: number, b: number) =>
  Number.isNaN(a) || Number.isNaN(b) ? NaN : fn(a, b);

const BINARY: [BinaryOp, (a: number, b: number) => number, (a: number, i: number) => number][] = [
  ["pow", math.pow, (x, i) => i % 4 === 0 ? Math.round(exponentOf(x, i)) : exponentOf(x, i)],
  ["atan2", Math.atan2, multiple],
  ["fmod", (a, b) => a % b, multiple],
  ["remainder", math.remainder, multiple],
  ["floorDivide", math.floorDivide, multiple],
  // Of two zeros either may be the greater.
  ["maximum", NaNOr((a, b) => a === b ? a : Math.max(a, b)), multiple],
  ["minimum", NaNOr((a, b) => a === b ? a : Math.min(a, b)), multiple],
];

for (const [op, exact, second] of BINARY) {
  gpuTest(`${op} in WGSL is as near the true value as its tolerance`, async () => {
    const [a, b] = pairs(second, 2);
    judge(op, floats(await map(`f_${op}`, [a, b])), [a, b], exact);
  });
}

gpuTest("powers of numbers near 1 keep the last bits of the logarithm", async () => {
  const [a, b] = pairs((_, i) => ((i * 0.731) % 1 - 0.5) * 1200, 4);
  a.forEach((_, i) => a[i] = 1 + ((i * 0.37) % 1 - 0.5) / 8);
  judge("pow", floats(await map("f_pow", [a, b])), [a, b], math.pow);
});

const COMPARISONS: [BinaryOp, (a: number, b: number) => boolean][] = [
  ["eq", (a, b) => a === b],
  ["ne", (a, b) => a !== b],
  ["lt", (a, b) => a < b],
  ["le", (a, b) => a <= b],
  ["gt", (a, b) => a > b],
  ["ge", (a, b) => a >= b],
];

for (const [op, exact] of COMPARISONS) {
  gpuTest(`${op} in WGSL knows NaN, also when a number is compared with itself`, async () => {
    const [a, b] = pairs((x, i) => i % 4 === 0 ? x : -x, 6);
    const got = await map(`f_${op}`, [a, b], "b");
    const alone = await map(`f_${op}`, [a], "b", `f_${op}(x0[i], x0[i])`);
    const wrong = got.findIndex((y, i) => y !== Number(exact(a[i], b[i])));
    assert(wrong < 0, `${op}(${a[wrong]}, ${b[wrong]}) is ${got[wrong]}`);
    const selfWrong = alone.findIndex((y, i) => y !== Number(exact(a[i], a[i])));
    assert(selfWrong < 0, `${op}(x, x) is ${alone[selfWrong]} for ${a[selfWrong]}`);
  });
}

gpuTest("isnan in WGSL goes by the bits", async () => {
  const x = samples(COUNT, -1, 1, 8);
  const got = await map("f_isnan", [x], "b");
  const wrong = got.findIndex((y, i) => y !== Number(Number.isNaN(x[i])));
  assert(wrong < 0, `isnan(${x[wrong]}) is ${got[wrong]}`);
});

gpuTest("conversion to int32 gives the least integer for all that does not fit", async () => {
  const x = samples(COUNT, -3e9, 3e9, 9);
  const got = new Int32Array((await map("f_toI32", [x], "i")).buffer);
  const exact = (x: number) => x >= -(2 ** 31) && x < 2 ** 31 ? Math.trunc(x) : -(2 ** 31);
  const wrong = got.findIndex((y, i) => y !== exact(x[i]));
  assert(wrong < 0, `${x[wrong]} becomes ${got[wrong]}, not ${exact(x[wrong])}`);
});

const GRIDS: [string, (x: number) => number][] = [
  ["f_toHalfGrid", Math.f16round],
  ["f_toBfloatGrid", math.roundBfloat16],
];

for (const [name, exact] of GRIDS) {
  gpuTest(`${name} rounds half to even, to the bit`, async () => {
    const x = samples(COUNT, -70000, 70000, 10);
    // Numbers of which many lie halfway between two.
    const bits = new Uint32Array(x.buffer);
    for (let i = 101; i < COUNT; i += 3) bits[i] = (bits[i] & 0xfffff000) >>> 0;
    const ties = floats(bits);
    const got = floats(await map(name, [ties]));
    const wrong = got.findIndex((y, i) => !Object.is(y, exact(ties[i])));
    assert(wrong < 0, `${name}(${ties[wrong]}) = ${got[wrong]}, not ${exact(ties[wrong])}`);
  });
}

Deno.test("a kernel's functions come once each, in one order, callees first", () => {
  const text = wgslFunctions(["f_tan", "f_sin", "f_pow"]);
  assertEquals(text, wgslFunctions(["f_pow", "f_tan", "f_sin", "f_sin"]));
  const declared = Array.from(text.matchAll(/^(?:fn|struct) (\w+)/gm), ([, name]) => name);
  assertEquals(new Set(declared).size, declared.length);
  for (const [i, block] of text.split(/^(?=fn|struct)/m).entries()) {
    for (const later of declared.slice(i + 1)) {
      assert(
        !new RegExp(`\\b${later}\\b`).test(block),
        `${declared[i]} uses ${later}, declared later`,
      );
    }
  }
});
