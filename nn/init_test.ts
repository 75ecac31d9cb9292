import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { empty, manualSeed, ShapeError, type Tensor, tensor } from "../core/mod.ts";
import * as init from "./init.ts";
import { Embedding, Linear, Parameter } from "./mod.ts";
import { assertClose } from "./testdata/close.ts";
import fixtures from "./testdata/init.json" with { type: "json" };

/** Checks that many values are from a distribution, by their first two moments and bounds. */
async function assertDrawn(x: Tensor, [kind, a, b]: [string, number, number]): Promise<void> {
  const values = [...await x.data()].map(Number);
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
  const [m, v] = kind === "uniform" ? [(a + b) / 2, (b - a) ** 2 / 12] : [a, b * b];
  assert(Math.abs(mean - m) < 5 * Math.sqrt(v / n), `mean ${mean}, expected ${m}`);
  assert(Math.abs(variance - v) < 8 * v / Math.sqrt(n), `variance ${variance}, expected ${v}`);
  if (kind === "uniform") assert(values.every((value) => value >= a && value <= b));
}

type Init = (x: Tensor, ...args: unknown[]) => Tensor;

for (const [i, { name, shape, args, draws }] of fixtures.cases.entries()) {
  Deno.test(`${name}() (${i}) draws from PyTorch's distribution`, async () => {
    manualSeed(1);
    const call = init[name as keyof typeof init] as Init;
    // The same fans many times over: PyTorch's shape decides the bounds, a stack of draws is judged.
    const drawn = new Float32Array(shape.reduce((n, size) => n * size, 1) * 400);
    const x = new Parameter(empty(shape));
    for (let k = 0; k < 400; k++) {
      assertStrictEquals(call(x, ...args), x);
      drawn.set(await x.data() as Float32Array<ArrayBuffer>, k * x.numel);
    }
    assert(x.isLeaf && x.requiresGrad);
    await assertDrawn(tensor(drawn), draws as [string, number, number]);
  });
}

Deno.test("calculateGain() has PyTorch's values", () => {
  for (const [name, gain] of Object.entries(fixtures.gains)) {
    const computed = name === "leaky_relu(0.2)"
      ? init.calculateGain("leaky_relu", 0.2)
      : init.calculateGain(name as init.Nonlinearity);
    assertEquals(computed.toFixed(12), gain.toFixed(12));
  }
  assertThrows(() => init.calculateGain("step" as "relu"), RangeError, `"step"`);
});

Deno.test("Linear and Embedding start from PyTorch's distributions", async () => {
  manualSeed(2);
  const bound = 1 / Math.sqrt(50);
  const linear = new Linear(50, 400);
  await assertDrawn(linear.weight, ["uniform", -bound, bound]);
  await assertDrawn(linear.bias!, ["uniform", -bound, bound]);
  await assertDrawn(new Embedding(100, 50).weight, ["normal", 0, 1]);
  // The calls that PyTorch makes for 4 inputs: within 1 / sqrt(4) twice, then the standard normal.
  const draws = fixtures.layers.flatMap(({ draws }) => draws) as [string, number, number][];
  assertEquals(
    draws.map(([kind, a, b]) => [kind, a.toFixed(9), b.toFixed(9)].join(" ")),
    [
      "uniform -0.500000000 0.500000000",
      "uniform -0.500000000 0.500000000",
      "normal 0.000000000 1.000000000",
    ],
  );
});

Deno.test("constant_(), ones_(), zeros_() and eye_() write what they say", async () => {
  const x = new Parameter(empty([2, 3]));
  await assertClose(init.constant_(x, 0.5), [[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]);
  await assertClose(init.ones_(x), [[1, 1, 1], [1, 1, 1]]);
  await assertClose(init.zeros_(x), [[0, 0, 0], [0, 0, 0]]);
  await assertClose(init.eye_(x), [[1, 0, 0], [0, 1, 0]]);
  assertThrows(() => init.eye_(empty([2])), ShapeError, "got shape [2]");
});

Deno.test("uniform_() and normal_() are the same bits on every device", async () => {
  const draw = async (device: "cpu" | "reference") => {
    manualSeed(5);
    return await init.uniform_(empty([50], { device }), -2, 3).data();
  };
  assertEquals(await draw("reference"), await draw("cpu"));
});

for (const [a, b] of [[-2, 2], [-1, 0.5], [2, 9], [-100, 100], [-9, -4]]) {
  Deno.test(`truncNormal_() takes values within [${a}, ${b}], of the normal distribution's shape`, async () => {
    manualSeed(4);
    const values = [...await init.truncNormal_(empty([20000]), 0, 1, a, b).data()].map(Number);
    assert(values.every((value) => value >= a && value <= b));
    // The mean by numeric integration of the density.
    let mass = 0, moment = 0;
    const [low, high] = [Math.max(a, -12), Math.min(b, 12)];
    for (let i = 0; i < 100000; i++) {
      const z = low + (high - low) * (i + 0.5) / 100000;
      mass += Math.exp(-z * z / 2);
      moment += z * Math.exp(-z * z / 2);
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    assert(Math.abs(mean - moment / mass) < 5 / Math.sqrt(values.length));
  });
}

Deno.test("truncNormal_() honours mean and std, and refuses an empty interval", async () => {
  const x = await init.truncNormal_(empty([1000]), 10, 0.1, 9.9, 10.1).data();
  assert(x.every((value) => value >= 9.9 && value <= 10.1));
  assertThrows(() => init.truncNormal_(empty([1]), 0, 1, 2, 2), RangeError);
});

for (const shape of [[3, 5], [5, 3], [4, 2, 3], [4, 4]]) {
  Deno.test(`orthogonal_() makes rows or columns of [${shape}] orthogonal`, async () => {
    const x = init.orthogonal_(empty(shape), 2);
    const matrix = x.reshape([shape[0], -1]);
    const [rows, columns] = matrix.shape;
    const product = rows <= columns ? matrix.matmul(matrix.T) : matrix.T.matmul(matrix);
    const n = Math.min(rows, columns);
    const expected = Array.from(
      { length: n },
      (_, i) => Array.from({ length: n }, (_, j) => i === j ? 4 : 0),
    );
    await assertClose(product, expected, "product", 1e-5);
  });
}

Deno.test("initialisations by fans refuse vectors", () => {
  for (
    const call of [init.xavierUniform_, init.xavierNormal_, init.kaimingUniform_, init.orthogonal_]
  ) {
    assertThrows(() => call(empty([3])), ShapeError, "got shape [3]");
  }
});
