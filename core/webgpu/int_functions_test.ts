import { assert, assertEquals } from "@std/assert";
import { philox } from "../philox.ts";
import { wgslFunctions } from "./functions.ts";
import { gpuTest } from "./testdata/gpu.ts";

/** Bits of an element: 64 for I64 and float64, else 32. */
type Kind = "i64" | "f64" | "i32" | "f32" | "bool";
/** A function's meaning on raw bits; floats come and go as bits. */
type Meaning = (a: bigint, b: bigint) => bigint;
interface Case {
  readonly name: string;
  readonly operands: readonly Kind[];
  readonly result: Kind;
  readonly meaning: Meaning;
  /** The second operand's values, where any would say little. */
  readonly second?: "count" | "power" | "divisor";
}

const COUNT = 1 << 16;
const i64 = (x: bigint) => BigInt.asIntN(64, x);
const i32 = (x: bigint) => BigInt.asIntN(32, x);
const truth = (x: boolean) => x ? 1n : 0n;
const abs = (x: bigint) => x < 0n ? -x : x;

const view = new DataView(new ArrayBuffer(8));
function f64(bits: bigint): number {
  view.setBigInt64(0, bits);
  return view.getFloat64(0);
}
function f64Bits(x: number): bigint {
  view.setFloat64(0, x);
  return view.getBigInt64(0);
}
function f32(bits: bigint): number {
  view.setInt32(0, Number(bits));
  return view.getFloat32(0);
}
function f32Bits(x: number): bigint {
  view.setFloat32(0, x);
  return BigInt(view.getInt32(0));
}

/** The nearest float32 of an integer by comparing exact distances, ties to the even one. */
function nearestF32(x: bigint): bigint {
  const first = f32Bits(Number(x));
  let best = first, distance = abs(x - BigInt(f32(first)));
  for (const bits of [first - 1n, first + 1n]) {
    if (!Number.isFinite(f32(bits)) || x === 0n) continue;
    const other = abs(x - BigInt(Math.trunc(f32(bits))));
    if (other < distance || (other === distance && bits % 2n === 0n)) {
      best = bits;
      distance = other;
    }
  }
  return best;
}

/** What x86 makes of a NaN of the other width: its leading payload bits, quiet. */
function widenNaN(bits: bigint): bigint {
  const sign = bits < 0n ? -1n << 63n : 0n;
  return i64(sign | 0x7ff8n << 48n | (bits & 0x7fffffn) << 29n);
}
function narrowNaN(bits: bigint): bigint {
  const sign = bits < 0n ? -1n << 31n : 0n;
  return i32(sign | 0x7fc0n << 16n | (bits >> 29n) & 0x7fffffn);
}

/** Truncates as x86. */
function truncate(x: number, bits: bigint): bigint {
  const limit = 2 ** (Number(bits) - 1);
  const whole = Math.trunc(x);
  return whole >= -limit && whole < limit ? BigInt(whole) : -1n << (bits - 1n);
}

function floorDivide(a: bigint, b: bigint): bigint {
  if (b === 0n) return 0n;
  return (a - floorMod(a, b)) / b;
}
function floorMod(a: bigint, b: bigint): bigint {
  return b === 0n ? 0n : ((a % b) + b) % b;
}
function power(a: bigint, b: bigint): bigint {
  if (b < 0n) return a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  for (let base = a, n = b; n > 0n; n >>= 1n, base = i64(base * base)) {
    if (n & 1n) result = i64(result * base);
  }
  return result;
}

const CASES: Case[] = [];
function add(
  name: string,
  operands: Kind[],
  result: Kind,
  meaning: Meaning,
  second?: Case["second"],
): void {
  CASES.push({ name, operands, result, meaning, second });
}

const binary = (name: string, meaning: Meaning, second?: Case["second"]) =>
  add(`l_${name}`, ["i64", "i64"], "i64", meaning, second);
binary("add", (a, b) => a + b);
binary("sub", (a, b) => a - b);
binary("mul", (a, b) => a * b);
binary("bitwiseAnd", (a, b) => a & b);
binary("bitwiseOr", (a, b) => a | b);
binary("bitwiseXor", (a, b) => a ^ b);
binary("maximum", (a, b) => a > b ? a : b);
binary("minimum", (a, b) => a < b ? a : b);
binary("shiftLeft", (a, b) => b < 0n || b > 63n ? 0n : a << b, "count");
binary("shiftRight", (a, b) => b < 0n || b > 63n ? (a < 0n ? -1n : 0n) : a >> b, "count");
binary("pow", power, "power");
binary("floorDivide", floorDivide, "divisor");
binary("remainder", floorMod, "divisor");
binary("fmod", (a, b) => b === 0n ? 0n : a % b, "divisor");
const compare = (name: string, meaning: (a: bigint, b: bigint) => boolean) =>
  add(`l_${name}`, ["i64", "i64"], "bool", (a, b) => truth(meaning(a, b)));
compare("eq", (a, b) => a === b);
compare("ne", (a, b) => a !== b);
compare("lt", (a, b) => a < b);
compare("le", (a, b) => a <= b);
compare("gt", (a, b) => a > b);
compare("ge", (a, b) => a >= b);
add("l_neg", ["i64"], "i64", (a) => -a);
add("l_abs", ["i64"], "i64", abs);
add("l_sign", ["i64"], "i64", (a) => a > 0n ? 1n : a < 0n ? -1n : 0n);
add("l_bitwiseNot", ["i64"], "i64", (a) => ~a);
add("l_fromI32", ["i32"], "i64", (a) => a);
add("l_fromBool", ["bool"], "i64", (a) => a);
add("l_toI32", ["i64"], "i32", i32);
add("l_toBool", ["i64"], "bool", (a) => truth(a !== 0n));
add("l_toF32", ["i64"], "f32", nearestF32);
add("l_fromF32", ["f32"], "i64", (a) => truncate(f32(a), 64n));
add("d_fromF32", ["f32"], "f64", (a) => Number.isNaN(f32(a)) ? widenNaN(a) : f64Bits(f32(a)));
add("d_toF32", ["f64"], "f32", (a) => Number.isNaN(f64(a)) ? narrowNaN(a) : f32Bits(f64(a)));
add("d_neg", ["f64"], "f64", (a) => a ^ (-1n << 63n));
add("d_abs", ["f64"], "f64", (a) => BigInt.asUintN(63, a));
add("d_isnan", ["f64"], "bool", (a) => truth(Number.isNaN(f64(a))));
add("d_toBool", ["f64"], "bool", (a) => truth(f64(a) !== 0));
add("d_fromI32", ["i32"], "f64", (a) => f64Bits(Number(a)));
add("d_fromI64", ["i64"], "f64", (a) => f64Bits(Number(a)));
add("d_toI64", ["f64"], "i64", (a) => truncate(f64(a), 64n));
add("d_toI32", ["f64"], "i32", (a) => truncate(f64(a), 32n));
const binary32 = (name: string, meaning: Meaning, second?: Case["second"]) =>
  add(`i_${name}`, ["i32", "i32"], "i32", meaning, second);
binary32("floorDivide", floorDivide, "divisor");
binary32("remainder", floorMod, "divisor");
binary32("fmod", (a, b) => b === 0n ? 0n : a % b, "divisor");
binary32("pow", power, "power");
binary32("shiftLeft", (a, b) => b < 0n || b > 31n ? 0n : a << b, "count");
binary32("shiftRight", (a, b) => b < 0n || b > 31n ? (a < 0n ? -1n : 0n) : a >> b, "count");
add("i_sign", ["i32"], "i32", (a) => a > 0n ? 1n : a < 0n ? -1n : 0n);
add("i_wrap16", ["i32"], "i32", (a) => BigInt.asIntN(16, a));
add("i_wrap8", ["i32"], "i32", (a) => BigInt.asIntN(8, a));
add("i_wrapU8", ["i32"], "i32", (a) => BigInt.asUintN(8, a));

/** Deterministic words. */
let state = 1;
function word(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}
const below = (n: number) => word() % n;
const random64 = () => BigInt.asIntN(64, BigInt(word()) << 32n | BigInt(word()));

/** Powers of two and their neighbours, of both signs. */
function integerEdges(bits: number): bigint[] {
  const edges = new Set([0n, 3n, 7n, 10n, -7n, 1000000007n]);
  for (const p of [0, 1, 15, 16, 23, 24, 25, 30, 31, 32, 33, 52, 53, 54, 62, 63]) {
    for (const d of [-1n, 0n, 1n]) {
      edges.add(BigInt.asIntN(bits, (1n << BigInt(p)) + d));
      edges.add(BigInt.asIntN(bits, -(1n << BigInt(p)) + d));
    }
  }
  return [...edges];
}
const FLOAT_EDGES = [0, 0.5, 1, 1.5, 2 ** -149, 2 ** -150, 2 ** -126, 2 ** -127, 2 ** 31, 2 ** 63]
  .concat([2 ** 31 - 0.5, 2 ** 31 - 1, 2 ** 53, 2 ** 64, 3.4028234663852886e38, 2 ** 128, 5e-324])
  .concat([3.4028235677973366e38, 1.1754942807573643e-38, 1.401298464324817e-45, 2 ** -1022])
  .concat([Infinity, NaN]);

/** An element of each kind: edges first, then values of all sizes. */
function element(kind: Kind, index: number): bigint {
  const short = BigInt(below(kind === "i32" ? 32 : 64));
  switch (kind) {
    case "bool":
      return BigInt(word() & 1);
    case "i64":
    case "i32": {
      const edges = kind === "i64" ? EDGES64 : EDGES32;
      if (index < edges.length * edges.length) return edges[index % edges.length];
      if (index % 4096 < 512) return i32(random64()); // whole vectors of short ones
      return kind === "i64" ? random64() >> short : i32(random64()) >> short;
    }
    case "f32": {
      const edge = f32Bits(FLOAT_EDGES[index % FLOAT_EDGES.length]);
      if (index < 2 * FLOAT_EDGES.length) return index % 2 ? edge : edge ^ (-1n << 31n);
      if (index % 2) return i32(random64());
      return f32Bits((word() - 2 ** 31) * 2 ** (below(70) - 38));
    }
    default: {
      const edge = f64Bits(FLOAT_EDGES[index % FLOAT_EDGES.length]);
      if (index < 2 * FLOAT_EDGES.length) return index % 2 ? edge : edge ^ (-1n << 63n);
      if (index % 8 === 0) return random64();
      if (index % 8 === 4) return i64(1n << BigInt(below(64))); // a single bit
      if (index % 8 === 2) { // beside the middle of two subnormals of float32
        const middle = (below(2 ** (1 + below(23))) + 0.5) * 2 ** -149;
        return f64Bits(middle) + [0n, -1n, 1n << BigInt(below(29))][below(3)];
      }
      if (index % 4 === 1) return f64Bits((word() - 2 ** 31) * 2 ** (below(70) - 38));
      // Near float32's range, exact, just beside, and on or beside the middle of two.
      const near = f64Bits(f32(i32(random64())));
      return near ^ [0n, 1n, 1n << 28n, (1n << 28n) + 1n, random64() >> 36n][below(5)];
    }
  }
}
const EDGES64 = integerEdges(64), EDGES32 = integerEdges(32);

function secondElement(test: Case, index: number): bigint {
  const kind = test.operands[1];
  const edges = kind === "i64" ? EDGES64 : EDGES32;
  if (index < edges.length * edges.length) return edges[Math.floor(index / edges.length)];
  if (test.second === "count") return BigInt(below(76) - 6);
  if (test.second === "power" && index % 2) return BigInt(below(40) - 4);
  if (test.second === "divisor" && index % 4 === 0) return BigInt(below(21) - 10);
  return element(kind, index);
}

/** WGSL reading an operand of lanes `i`, and the words of a result. */
const READ: Record<Kind, (from: string) => string> = {
  i64: (from) => `I64(${from}_lo[i], ${from}_hi[i])`,
  f64: (from) => `I64(${from}_lo[i], ${from}_hi[i])`,
  i32: (from) => `bitcast<vec4<i32>>(${from}_lo[i])`,
  f32: (from) => `bitcast<vec4<f32>>(${from}_lo[i])`,
  bool: (from) => `(${from}_lo[i] != vec4<u32>(0u))`,
};
const WRITE: Record<Kind, string> = {
  i64: "out_lo[i] = result.lo; out_hi[i] = result.hi;",
  f64: "out_lo[i] = result.lo; out_hi[i] = result.hi;",
  i32: "out_lo[i] = bitcast<vec4<u32>>(result);",
  f32: "out_lo[i] = bitcast<vec4<u32>>(result);",
  bool: "out_lo[i] = vec4<u32>(result);",
};

/** Runs a body over lanes of four inputs' words; gives the words of two outputs. */
type Run = (
  names: readonly string[],
  body: string,
  inputs: readonly Uint32Array<ArrayBuffer>[],
) => Promise<[Uint32Array, Uint32Array]>;

async function withBuffers(device: GPUDevice, use: (run: Run) => Promise<void>): Promise<void> {
  const bytes = COUNT * 4;
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const buffers = Array.from(
    { length: 6 },
    () => device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC | COPY_DST }),
  );
  const results = device.createBuffer({ size: 2 * bytes, usage: MAP_READ | COPY_DST });
  const declarations = ["a_lo", "a_hi", "b_lo", "b_hi", "out_lo", "out_hi"].map((name, i) =>
    `@group(0) @binding(${i}) var<storage, read_write> ${name}: array<vec4<u32>>;\n`
  ).join("");
  const layout = device.createBindGroupLayout({
    entries: buffers.map((_, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "storage" },
    })),
  });
  const group = device.createBindGroup({
    layout,
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const run: Run = async (names, body, inputs) => {
    const code = declarations + wgslFunctions(names) +
      `@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        let i = id.x;\n${body}\n}`;
    device.pushErrorScope("validation");
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code }) },
    });
    inputs.forEach((words, i) => device.queue.writeBuffer(buffers[i], 0, words));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(COUNT / 4 / 64);
    pass.end();
    encoder.copyBufferToBuffer(buffers[4], 0, results, 0, bytes);
    encoder.copyBufferToBuffer(buffers[5], 0, results, bytes, bytes);
    device.queue.submit([encoder.finish()]);
    const error = await device.popErrorScope();
    assert(error === null, `${names}: ${error?.message}: ${code}`);
    await results.mapAsync(GPUMapMode.READ);
    const words = new Uint32Array(results.getMappedRange().slice(0));
    results.unmap();
    return [words.subarray(0, COUNT), words.subarray(COUNT)];
  };
  try {
    await use(run);
  } finally {
    for (const buffer of [...buffers, results]) buffer.destroy();
  }
}

/** The low and high words of values. */
function wordsOf(values: readonly bigint[]): [Uint32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] {
  const lo = new Uint32Array(COUNT), hi = new Uint32Array(COUNT);
  values.forEach((value, i) => {
    lo[i] = Number(value & 0xffffffffn);
    hi[i] = Number((value >> 32n) & 0xffffffffn);
  });
  return [lo, hi];
}

const at = (lo: Uint32Array, hi: Uint32Array, i: number) => BigInt(hi[i]) << 32n | BigInt(lo[i]);

gpuTest("every integer function gives the bits that big integers give", async ({ gpu }) => {
  await withBuffers(gpu, async (run) => {
    for (const test of CASES) {
      const { name, operands, result, meaning } = test;
      const a = Array.from({ length: COUNT }, (_, i) => element(operands[0], i));
      const b = operands.length === 1 ? a : a.map((_, i) => secondElement(test, i));
      const names = operands.map((kind, i) => READ[kind]("ab"[i]));
      const body = `let result = ${name}(${names.join(", ")}); ${WRITE[result]}`;
      const [lo, hi] = await run(
        ["I64", name],
        body,
        [...wordsOf(a), ...wordsOf(b)],
      );
      const wide = result === "i64" || result === "f64";
      for (let i = 0; i < COUNT; i++) {
        const actual = wide ? at(lo, hi, i) : BigInt(lo[i]);
        const expected = BigInt.asUintN(wide ? 64 : 32, meaning(a[i], b[i]));
        if (actual !== expected) {
          const hex = (x: bigint) => `0x${BigInt.asUintN(64, x).toString(16)}`;
          assertEquals(hex(actual), hex(expected), `${name}(${hex(a[i])}, ${hex(b[i])}) at ${i}`);
        }
      }
    }
  });
});

gpuTest(
  "a choice takes each element from its side, and zero divisors are seen",
  async ({ gpu }) => {
    await withBuffers(gpu, async (run) => {
      const a = Array.from({ length: COUNT }, (_, i) => i % 5 === 0 ? 0n : element("i64", i));
      const b = a.map((_, i) => element("i64", i + 2));
      const words = [...wordsOf(a), ...wordsOf(b)];
      const chosen = `let result = l_select(a_lo[i] > b_lo[i], ${READ.i64("a")}, ${
        READ.i64("b")
      });`;
      const [lo, hi] = await run(["l_select"], `${chosen} ${WRITE.i64}`, words);
      for (let i = 0; i < COUNT; i++) {
        const expected = words[0][i] > words[2][i] ? a[i] : b[i];
        assertEquals(at(lo, hi, i), BigInt.asUintN(64, expected));
      }
    });
  },
);

gpuTest("philox_all gives the words of the reference", async ({ gpu }) => {
  await withBuffers(gpu, async (run) => {
    const keys: [number, number][] = [[0, 0], [0xffffffff, 0x9e3779b9], [123456789, 42]];
    for (const key of keys) {
      const counters = Array.from(
        { length: COUNT },
        (_, i) => i < 4096 ? BigInt(i) : BigInt.asUintN(i % 2 ? 53 : 33, random64()),
      );
      const expected = counters.map((counter) => philox(key, Number(counter)));
      const call = `a_lo[i], a_hi[i], vec2<u32>(${key[0]}u, ${key[1]}u)`;
      const words = [...wordsOf(counters), ...wordsOf(counters)];
      const half = (lo: string, hi: string) =>
        run(
          ["philox_all"],
          `let w = philox_all(${call}); out_lo[i] = w.${lo}; out_hi[i] = w.${hi};`,
          words,
        );
      const [[w0, w1], [w2, w3]] = [await half("w0", "w1"), await half("w2", "w3")];
      for (let i = 0; i < COUNT; i++) assertEquals([w0[i], w1[i], w2[i], w3[i]], expected[i]);
    }
  });
});
