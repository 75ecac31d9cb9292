import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  dropout,
  type DType,
  getRngState,
  manualSeed,
  ones,
  rand,
  randint,
  randintLike,
  randLike,
  randn,
  randnLike,
  randperm,
  setRngState,
  tensor,
} from "./mod.ts";
import { philox } from "./philox.ts";
import { random } from "./node.ts";
import { fromNode } from "./dispatch.ts";
import { deviceOf } from "./device.ts";
import { elements } from "./testdata/elements.ts";
import { forDevices, HOST_DEVICES } from "./testdata/devices.ts";

/** The chance that a right generator fails one of the comparisons below. */
const CHANCE = 1e-12;
const LOG = Math.log(2 / CHANCE);

/** Throws if `k` of `n` is too far from a rate `p`: the bound of Chernoff. */
function assertRate(k: number, n: number, p: number, what: string): void {
  const f = k / n;
  const term = (x: number, y: number) => x === 0 ? 0 : x * Math.log(x / y);
  const divergence = term(f, p) + term(1 - f, 1 - p);
  assert(n * divergence < LOG, `${what}: ${k} of ${n} against a rate of ${p}`);
}

/** Throws if the mean of numbers in [a, b] is too far: the bound of Hoeffding. */
function assertMean(values: number[], mean: number, a: number, b: number, what: string): void {
  const found = values.reduce((sum, v) => sum + v, 0) / values.length;
  const width = (b - a) * Math.sqrt(LOG / (2 * values.length));
  assert(
    Math.abs(found - mean) <= width,
    `${what}: ${found} against ${mean}, give or take ${width}`,
  );
}

/** Throws if the values' distribution is not `cdf`: Dvoretzky, Kiefer, Wolfowitz. */
function assertDistribution(values: number[], cdf: (x: number) => number, what: string): void {
  const n = values.length, width = Math.sqrt(LOG / (2 * n));
  let worst = 0;
  values.toSorted((a, b) => a - b).forEach((x, i) => {
    worst = Math.max(worst, Math.abs(cdf(x) - i / n), Math.abs(cdf(x) - (i + 1) / n));
  });
  assert(worst <= width, `${what}: a distance of ${worst}, allowed ${width}`);
}

Deno.test("philox() gives the known answers of Random123", () => {
  const hex = (words: number[]) => words.map((w) => (w >>> 0).toString(16).padStart(8, "0"));
  assertEquals(hex(philox([0, 0], 0)), ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
});

Deno.test("philox() takes a counter of 53 bits, and a key of 64", () => {
  // The rounds written out once more, on BigInt, over all four counter words: it passes the other
  // two vectors of Random123, whose upper counter words are not 0.
  const rounds = (counter: bigint[], key: bigint[]) => {
    let [c0, c1, c2, c3] = counter, [k0, k1] = key;
    const mask = 0xffffffffn;
    for (let i = 0; i < 10; i++) {
      const p0 = 0xd2511f53n * c0, p1 = 0xcd9e8d57n * c2;
      [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
      k0 = (k0 + 0x9e3779b9n) & mask;
      k1 = (k1 + 0xbb67ae85n) & mask;
    }
    return [c0, c1, c2, c3].map((w) => w.toString(16).padStart(8, "0"));
  };
  const full = 0xffffffffn;
  assertEquals(rounds([full, full, full, full], [full, full]), [
    "408f276d",
    "41c83b0e",
    "a20bc7c6",
    "6d5451fd",
  ]);
  assertEquals(
    rounds([0x243f6a88n, 0x85a308d3n, 0x13198a2en, 0x03707344n], [0xa4093822n, 0x299f31d0n]),
    ["d16cfe09", "94fdcceb", "5001e420", "24126ea1"],
  );
  for (const counter of [1, 2 ** 32 - 1, 2 ** 32, 2 ** 52 + 12345]) {
    for (const key of [[0, 0], [0xffffffff, 7], [123, 0xdeadbeef]] as [number, number][]) {
      const words = [BigInt(counter) & full, BigInt(counter) >> 32n, 0n, 0n];
      assertEquals(
        philox(key, counter).map((w) => (w >>> 0).toString(16).padStart(8, "0")),
        rounds(words, key.map(BigInt)),
      );
    }
  }
});

forDevices("random bits are those of philox(), at every word and base", async (device) => {
  for (const base of [0, 5, 2 ** 32 - 2, 2 ** 40]) {
    for (const word of [0, 1, 2, 3]) {
      const key: [number, number] = [0x12345678, 0x9abcdef0];
      const bits = fromNode(random([2, 3], key, base, word), deviceOf(device));
      const expected = Array.from({ length: 6 }, (_, i) => philox(key, base + i)[word] | 0);
      assertEquals(await elements(bits), expected, `word ${word} from ${base}`);
    }
  }
});

Deno.test("uniform, integer and permutation draws are the same bits on every device", async () => {
  const draw = async (device: "reference" | "cpu") => {
    manualSeed(42);
    return [
      await elements(rand([5, 7], { device })),
      await elements(rand([9], { device, dtype: "float64" })),
      await elements(rand([9], { device, dtype: "bfloat16" })),
      await elements(randint(-3, 1000, [11], { device })),
      await elements(randperm(13, { device })),
      await elements(dropout(ones([40], { device }), 0.3, true)),
    ];
  };
  assertEquals(await draw("cpu"), await draw("reference"));
});

Deno.test("normal draws agree between devices within the tolerance of log and cos", async () => {
  for (const dtype of ["float32", "float64"] as const) {
    manualSeed(1);
    const a = await elements(randn([500], { device: "cpu", dtype }));
    manualSeed(1);
    const b = await elements(randn([500], { device: "reference", dtype }));
    const unit = dtype === "float32" ? 2 ** -23 : 2 ** -52;
    a.forEach((x, i) => {
      const y = b[i] as number;
      assert(Math.abs(x as number - y) <= 16 * unit * Math.max(1, Math.abs(y)), `${x} and ${y}`);
    });
  }
});

forDevices("manualSeed() and the state repeat draws exactly, and draws go on", async (device) => {
  manualSeed(3);
  const first = await elements(rand([4], { device }));
  const state = getRngState();
  const second = await elements(randn([4], { device }));
  assertNotEquals(await elements(rand([4], { device })), first);
  setRngState(state);
  assertEquals(await elements(randn([4], { device })), second);
  manualSeed(3);
  assertEquals(await elements(rand([4], { device })), first);
  manualSeed(4);
  assertNotEquals(await elements(rand([4], { device })), first);
  assertEquals(JSON.parse(JSON.stringify(state)), { key: [3, 0], counter: 4 });
});

Deno.test("manualSeed() uses 64 bits, of numbers and bigints, and refuses others", async () => {
  const draw = async (seed: number | bigint) => {
    manualSeed(seed);
    return await elements(rand([3], { device: "reference" }));
  };
  assertEquals(await draw(7), await draw(7n));
  assertEquals(await draw(-1), await draw(2n ** 64n - 1n));
  assertNotEquals(await draw(7n), await draw(7n + 2n ** 40n));
  for (const seed of [1.5, NaN, 2 ** 60]) {
    const message = assertThrows(() => manualSeed(seed), RangeError).message;
    assert(message.includes(String(seed)), message);
  }
});

Deno.test("a draw has its value from when it was called, not from when it is read", async () => {
  manualSeed(8);
  const a = rand([3]), b = rand([3]);
  const later = await elements(b);
  manualSeed(8);
  const [c, d] = [rand([3]), rand([3])];
  assertEquals(await elements(c), await elements(a));
  assertEquals(await elements(d), later);
});

Deno.test("rand() is uniform in [0, 1), on a grid of its dtype", async () => {
  manualSeed(100);
  for (const dtype of ["float32", "float64"] as DType[]) {
    const values = await elements(rand([20000], { dtype })) as number[];
    assert(values.every((v) => v >= 0 && v < 1));
    assertDistribution(values, (x) => x, dtype);
    assertMean(values, 0.5, 0, 1, dtype);
    const grid = dtype === "float32" ? 2 ** 24 : 2 ** 53;
    assert(values.every((v) => Number.isInteger(v * grid)));
    assertRate(values.filter((v) => v * grid % 2 === 1).length, 20000, 0.5, "the last bit");
  }
});

Deno.test("randn() is normal, and its neighbours have nothing to do with each other", async () => {
  manualSeed(101);
  // Abramowitz and Stegun 7.1.26, to 1.5e-7.
  const cdf = (x: number) => {
    const t = 1 / (1 + 0.3275911 * Math.abs(x) * Math.SQRT1_2);
    const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t +
      0.254829592) * t;
    const tail = series * Math.exp(-x * x / 2) / 2;
    return x > 0 ? 1 - tail : tail;
  };
  for (const dtype of ["float32", "float64"] as DType[]) {
    const values = await elements(randn([20000], { dtype })) as number[];
    assert(values.every(Number.isFinite));
    assertDistribution(values, cdf, dtype);
    const n = values.length;
    const variance = values.reduce((sum, v) => sum + v * v, 0) / n;
    const x = LOG;
    assert(
      variance - 1 <= 2 * Math.sqrt(x / n) + 2 * x / n && variance - 1 >= -2 * Math.sqrt(x / n),
    );
    const agree = values.filter((v, i) => i > 0 && v > 0 === values[i - 1] > 0).length;
    assertRate(agree, n - 1, 0.5, "signs of neighbours");
  }
});

Deno.test("randint() gives every number of its range alike", async () => {
  manualSeed(102);
  const values = await elements(randint(-3, 7, [20000])) as bigint[];
  for (let k = -3n; k < 7n; k++) {
    assertRate(values.filter((v) => v === k).length, values.length, 0.1, String(k));
  }
  const wide = await elements(randint(0, 2 ** 52, [4000])) as bigint[];
  assertDistribution(wide.map((v) => Number(v) / 2 ** 52), (x) => x, "a wide range");
  assertEquals(randint(0, 5, [2], { dtype: "int32" }).dtype, "int32");
});

Deno.test("randperm() gives each number once, each place alike", async () => {
  manualSeed(103);
  let first = 0, fixed = 0;
  const n = 6, runs = 3000;
  for (let i = 0; i < runs; i++) {
    const order = (await elements(randperm(n)) as bigint[]).map(Number);
    assertEquals(order.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5]);
    if (order[0] === 4) first++;
    if (order[2] === 2) fixed++;
  }
  assertRate(first, runs, 1 / n, "4 comes first");
  assertRate(fixed, runs, 1 / n, "2 stays");
  assertEquals(randperm(0).shape, [0]);
});

Deno.test("uniform_() and normal_() draw between their bounds and around their mean", async () => {
  manualSeed(104);
  const u = await elements(ones([10000]).uniform_(-2, 3)) as number[];
  assert(u.every((v) => v >= -2 && v <= 3));
  assertDistribution(u, (x) => (x + 2) / 5, "uniform_");
  const z = await elements(ones([10000]).normal_(10, 0.5)) as number[];
  const mean = z.reduce((sum, v) => sum + v, 0) / z.length;
  assert(Math.abs(mean - 10) < 7.13 * 0.5 / 100, String(mean));
  // Into a view, and into a half.
  const part = tensor([[1, 2], [3, 4]], { dtype: "float16" });
  part.select(0, 0).uniform_();
  const [a, b, c, d] = await elements(part) as number[];
  assert(a >= 0 && a <= 1 && b >= 0 && b <= 1);
  assertEquals([c, d], [3, 4]);
});

Deno.test("dropout() drops at its rate, scales the rest, and never repeats a mask", async () => {
  manualSeed(105);
  for (const p of [0.1, 0.25, 0.7]) {
    const x = ones([20000]);
    const [a, b] = [dropout(x, p, true), dropout(x, p, true)];
    const values = await elements(a) as number[], others = await elements(b) as number[];
    assertRate(values.filter((v) => v === 0).length, 20000, p, `rate ${p}`);
    assert(values.every((v) => v === 0 || Math.abs(v * (1 - p) - 1) < 2 ** -22));
    const agree = values.filter((v, i) => (v === 0) === (others[i] === 0)).length;
    assertRate(agree, 20000, p * p + (1 - p) * (1 - p), "two masks");
  }
});

forDevices(
  "randLike(), randnLike() and randintLike() draw as their namesakes do",
  async (device) => {
    const dtype = HOST_DEVICES.includes(device) ? "float64" : "float16";
    const x = ones([3, 5], { device, dtype });
    const options = { device, dtype } as const;
    const pairs = [
      [() => randLike(x), () => rand([3, 5], options)],
      [() => randnLike(x), () => randn([3, 5], options)],
      [() => randintLike(x, -4, 9), () => randint(-4, 9, [3, 5], options)],
      [
        () => randintLike(x, 0, 9, { dtype: "int64" }),
        () => randint(0, 9, [3, 5], { device, dtype: "int64" }),
      ],
    ];
    for (const [likewise, plain] of pairs) {
      manualSeed(7);
      const a = likewise();
      manualSeed(7);
      const b = plain();
      assertEquals([a.shape, a.dtype, a.device], [b.shape, b.dtype, b.device]);
      assertEquals(await elements(a), await elements(b));
    }
  },
);

forDevices(
  "random bits of two keys with one start are told from those of two starts",
  async (device) => {
    const draw = (name: string, key: [number, number], base: number) =>
      fromNode(random([8], key, base, 0), deviceOf(name));
    const sums = (name: string) =>
      [[[1, 1], [2, 2], 0, 0], [[1, 1], [1, 1], 0, 100], [[1, 1], [2, 2], 0, 0]].map((it) => {
        const [a, b, from, to] = it as [[number, number], [number, number], number, number];
        return draw(name, a, from).add(draw(name, b, to)).tolist();
      });
    assertEquals(await Promise.all(sums(device)), await Promise.all(sums("reference")));
  },
);
