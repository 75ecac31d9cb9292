/** What the device does where an engine has less than ours. */
import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { deviceOf, registerDevice } from "../device.ts";
import { crossEntropy, linear, manualSeed, randn, tensor, tolerance } from "../mod.ts";
import { assertAccurate, FUNCTIONS, samples } from "../testdata/accuracy.ts";
import { elements } from "../testdata/elements.ts";
import { CpuDevice } from "./device.ts";
import { type Features, features } from "./features.ts";
import { Memory } from "./memory.ts";
import { reference, runDraft } from "./testdata/oracle.ts";
import { planFrom } from "./testdata/random_plans.ts";

const PLAIN: Features = { relaxed: false, fused: false };
const FALLBACKS: [how: string, make: () => CpuDevice][] = [
  ["without relaxed SIMD", () => new CpuDevice(new Memory(), PLAIN)],
  [
    "where relaxed_madd rounds twice",
    () => new CpuDevice(new Memory(), { ...features(), fused: false }),
  ],
  ["without shared memory", () => new CpuDevice(new Memory(false))],
  ["without either", () => new CpuDevice(new Memory(false), PLAIN)],
];

/** Makes a device the "cpu" of what follows. */
function install(make: () => CpuDevice): void {
  const device = make();
  registerDevice("cpu", () => device);
  assert(deviceOf("cpu") === device, "another device is in its place");
}

/** A classifier's losses over a few steps: products of many shapes, layer norm, softmax, gradients. */
async function losses(): Promise<number[]> {
  manualSeed(1);
  const x = randn([40, 30]), labels = randn([40, 5]).argmax(1);
  const w1 = randn([20, 30]).mul(0.2).requiresGrad_(), w2 = randn([5, 20]).requiresGrad_();
  const found: number[] = [];
  for (let step = 0; step < 5; step++) {
    const hidden = linear(x, w1, null).layerNorm([20]).gelu();
    const loss = crossEntropy(linear(hidden, w2, null), labels);
    loss.backward();
    for (const w of [w1, w2]) {
      w.detach().sub_(w.grad!.mul(0.5));
      w.grad = null;
    }
    found.push(await loss.item() as number);
  }
  return found;
}

Deno.test("a device without shared memory has none", () => {
  assertEquals(new Memory(false).wasm.buffer instanceof SharedArrayBuffer, false);
  assertEquals(new Memory().wasm.buffer instanceof SharedArrayBuffer, true);
});

for (const [how, make] of FALLBACKS) {
  Deno.test(`${how}, plans give what the reference gives`, () => {
    const device = make();
    const tape = fc.array(fc.nat(9999), { minLength: 40, maxLength: 200 });
    fc.assert(fc.property(tape, (numbers) => {
      const draft = planFrom(numbers);
      assertEquals(runDraft(device, draft), runDraft(reference, draft));
    }));
  });

  Deno.test(`${how}, functions of float32 are as near the true value`, async () => {
    install(make);
    const inputs = samples(20000);
    for (const [name, { fn, exact, op = name }] of Object.entries(FUNCTIONS)) {
      const got = await elements(fn(tensor(inputs))) as number[];
      assertAccurate(name, got, exact, tolerance("cpu", op).ulps, inputs);
    }
  });

  Deno.test(`${how}, products of whole numbers are exact in every shape`, async () => {
    install(make);
    // Few rows, few columns, blocks and their edges; rows or columns contiguous.
    for (
      const [m, n, k] of [[1, 37, 50], [2, 300, 7], [6, 16, 64], [70, 45, 33], [200, 600, 300]]
    ) {
      const whole = (rows: number, columns: number, factor: number) =>
        Float64Array.from({ length: rows * columns }, (_, i) => (i * factor) % 7 - 3);
      const a = whole(m, k, 3), b = whole(k, n, 5);
      const expected = new Float64Array(m * n);
      for (let i = 0; i < m; i++) {
        for (let p = 0; p < k; p++) {
          for (let j = 0; j < n; j++) expected[i * n + j] += a[i * k + p] * b[p * n + j];
        }
      }
      for (const dtype of ["float32", "float64"] as const) {
        const x = tensor(a, { dtype }).reshape([m, k]), y = tensor(b, { dtype }).reshape([k, n]);
        const turned = (t: typeof x) => t.transpose(0, 1).clone().transpose(0, 1);
        for (const [left, right] of [[x, y], [turned(x), y], [x, turned(y)]]) {
          assertEquals(
            Float64Array.from(await left.matmul(right).data() as Float32Array),
            expected,
          );
        }
      }
    }
  });

  Deno.test(`${how}, a model learns what it learns elsewhere`, async () => {
    install(() => new CpuDevice());
    const expected = await losses();
    assertLess(expected[4], expected[0]);
    install(make);
    (await losses()).forEach((loss, i) => assertLess(Math.abs(loss - expected[i]), 1e-4));
  });
}
