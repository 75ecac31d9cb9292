/** Recipes cooked early, late or in the middle must agree bit for bit. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  arange,
  type DType,
  layerNorm,
  linear,
  manualSeed,
  ones,
  rand,
  type Tensor,
  tensor,
  where,
} from "./mod.ts";
import { difference, elements } from "./testdata/elements.ts";
import { forDevices } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

/** Sizes of a batch of rows; every operand broadcasts to `[n, c]` or transposes to it. */
interface Sizes {
  n: number;
  c: number;
}
interface Step {
  op: typeof OPS[number];
  a: number;
  b: number;
  k: number;
}

/** Each makes a tensor of the operands, or throws, which the other runs must do as well. */
const OPS = [
  "exp",
  "neg",
  "tanh",
  "floor",
  "add",
  "sub",
  "mul",
  "maximum",
  "where",
  "sum",
  "sum of rows",
  "sum of columns",
  "mean of rows",
  "amax of rows",
  "argmax of rows",
  "sum dropped and put back",
  "reduce twice",
  "softmax",
  "layerNorm",
  "linear",
  "matmul with its transpose",
  "transpose",
  "narrow",
  "select a row",
  "expand",
  "reshape",
  "index along rows",
  "index along columns",
  "random",
  "full",
  "to float16",
  "to float64",
  "to int32",
  "clone",
  "detach",
  "add_",
  "mul_ on a row",
  "clamp_",
  "copy_",
  "fill_",
] as const;

/**
 * Numbers whose sums are exact in any order: how a device adds up is its own affair, and the cpu
 * device takes other lanes for other strides.
 */
const exact = (x: Tensor) => x.clamp(-100, 100).mul(8).floor().mul(0.125);

function apply({ op, a, b, k }: Step, held: Tensor[], { n, c }: Sizes, device: DeviceName): Tensor {
  const x = held[a % held.length], y = held[b % held.length];
  switch (op) {
    case "exp":
      return x.clamp(-4, 4).exp();
    case "neg":
    case "floor":
    case "clone":
    case "detach":
      return x[op]();
    case "tanh":
      return x.tanh();
    case "add":
    case "sub":
    case "mul":
    case "maximum":
      return x[op](y);
    case "where":
      return where(x.gt(y), x, y);
    case "sum":
      return exact(x).sum();
    case "sum of rows":
      return exact(x).sum(-1, true);
    case "sum of columns":
      return exact(x).sum(0, true);
    case "mean of rows":
      return exact(x.float()).mean(-1, true);
    case "amax of rows":
      return x.amax(-1, true);
    case "argmax of rows":
      return x.argmax(-1, true);
    case "sum dropped and put back":
      return exact(x).sum(-1).unsqueeze(-1);
    case "reduce twice":
      return exact(x).sub(exact(x).amax(-1, true)).sum(-1, true).mul(x).amax(-1, k % 2 === 0);
    case "softmax":
      return x.softmax(k % 2 === 0 ? -1 : 0);
    case "layerNorm":
      return layerNorm(x.float(), [x.shape[x.ndim - 1]]);
    case "linear": {
      const width = x.shape[x.ndim - 1];
      const weight = ones([c, width], { device }).mul(0.5);
      return linear(x.float(), weight, arange(0, c, 1, { device, dtype: "float32" }));
    }
    case "matmul with its transpose":
      return x.matmul(x.transpose(-1, -2));
    case "transpose":
      return x.transpose(-1, -2);
    case "narrow":
      return x.narrow(0, k % x.shape[0], 1);
    case "select a row":
      return x.select(0, k % x.shape[0]);
    case "expand":
      return x.expand([n, c]);
    case "reshape":
      return x.reshape([1, -1]);
    case "index along rows":
      return arange(0, n, 1, { device }).reshape([n, 1]).expand([n, c]).add(0);
    case "index along columns":
      return arange(0, c, 1, { device, dtype: "float32" }).mul(0.25);
    case "random":
      return rand(k % 2 === 0 ? [n, c] : [n, 1], { device });
    case "full":
      return ones([[n, c], [n, 1], [1, c], []][k % 4], { device });
    case "to float16":
      return x.clamp(-100, 100).type("float16");
    case "to float64":
      return x.type("float64");
    case "to int32":
      return x.clamp(-100, 100).type("int32");
    case "add_":
      return x.add_(y);
    case "mul_ on a row":
      x.select(0, k % x.shape[0]).mul_(2);
      return x;
    case "clamp_":
      return x.clamp_(-3, k);
    case "copy_":
      return x.copy_(y);
    case "fill_":
      return x.fill_(k);
  }
}

type Policy = (i: number) => boolean;
interface Outcome {
  results: { dtype: DType; shape: readonly number[]; values: (number | bigint)[] }[];
  errors: string[];
}

async function run(
  sizes: Sizes,
  steps: readonly Step[],
  device: DeviceName,
  cookAt: Policy,
): Promise<Outcome> {
  manualSeed(5);
  const { n, c } = sizes;
  const held: Tensor[] = [[n, c], [n, 1], [1, c], [c]].map((shape, k) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Float32Array.from(
      { length: size },
      (_, i) => ((i * 37 + k * 11) % 23) / 7 - 1.5,
    );
    return tensor(values, { device }).reshape(shape);
  });
  const errors: string[] = [];
  steps.forEach((step, i) => {
    try {
      const out = apply(step, held, sizes, device);
      if (cookAt(i)) out.realize();
      held.push(out);
    } catch (error) {
      errors.push(`${i}: ${(error as Error).name}`);
    }
  });
  const results = [];
  for (const x of held) results.push({ dtype: x.dtype, shape: x.shape, values: await elements(x) });
  return { results, errors };
}

function assertSame(a: Outcome, b: Outcome, what: string): void {
  assertEquals(a.errors, b.errors, what);
  a.results.forEach(({ dtype, shape, values }, i) => {
    const other = b.results[i];
    assertEquals([dtype, ...shape], [other.dtype, ...other.shape], `${what}: tensor ${i}`);
    const found = difference(values, other.values, dtype, { signedZeros: true });
    assert(found === null, `${what}: tensor ${i}, ${dtype} [${shape}]: ${found}`);
  });
}

const small = fc.nat({ max: 13 });
const program = fc.array(
  fc.record({ op: fc.constantFrom(...OPS), a: small, b: small, k: fc.nat({ max: 3 }) }),
  { minLength: 1, maxLength: 16, size: "max" },
);
const sizes = fc.record({ n: fc.integer({ min: 1, max: 3 }), c: fc.integer({ min: 1, max: 5 }) });

/** Each program takes dozens of kernels of its own, which WebGPU compiles. */
const PROGRAMS: Record<DeviceName, number> = { reference: 400, cpu: 400, webgpu: 25 };

for (const [device, numRuns] of Object.entries(PROGRAMS) as [DeviceName, number][]) {
  const name =
    `recipes cooked early, late or step by step agree bit for bit, in ${numRuns} programs`;
  forDevices(name, async () => {
    await fc.assert(
      fc.asyncProperty(sizes, program, fc.nat(), async (sizes, steps, bits) => {
        const late = await run(sizes, steps, device, () => false);
        assertSame(late, await run(sizes, steps, device, () => true), "late against early");
        const some = await run(sizes, steps, device, (i) => (bits >> i % 31 & 1) === 1);
        assertSame(late, some, "late against now and then");
      }),
      { numRuns, seed: 20240302 },
    );
  }, [device]);
}

forDevices("a chain of 300 operations goes past the budget of one recipe", async (device) => {
  const x = tensor([1, 2, 3], { device });
  let y: Tensor = x, doubled: Tensor = x;
  for (let i = 0; i < 300; i++) y = y.add(1);
  assertEquals(await y.tolist(), [301, 302, 303]);
  // Sharing makes an expression grow as fast as it can.
  for (let i = 0; i < 20; i++) doubled = doubled.add(doubled);
  assertEquals(await doubled.tolist(), [1 << 20, 2 << 20, 3 << 20]);
});

forDevices("more inputs than one recipe may read are summed all the same", async (device) => {
  const parts = Array.from({ length: 20 }, (_, i) => tensor([i, 2 * i], { device }));
  const total = parts.reduce((sum, part) => sum.add(part.mul(2)), tensor([0, 0], { device }));
  assertEquals(await total.tolist(), [380, 760]);
});

forDevices("rows, whole tensors and coordinates mix in one expression", async (device) => {
  const x = tensor([[1, 2, 3], [4, 5, 6]], { device });
  const row = x.sum(1, true), full = ones([2, 3], { device });
  assertEquals(await full.mul(row).tolist(), [[6, 6, 6], [15, 15, 15]]);
  assertEquals(await row.mul(row).add(1).tolist(), [[37], [226]]);
  const column = arange(0, 3, 1, { device });
  assertEquals(await column.add(row).sub(x).tolist(), [[5, 5, 5], [11, 11, 11]]);
  // A heavy value that is the same along the row, asked for after the row was reduced.
  const flat = tensor([[0], [1]], { device }).expand([2, 3]).exp();
  const total = flat.sum(1);
  const [a, b] = await total.tolist() as number[];
  assertEquals(a, 3);
  assert(Math.abs(b - 3 * Math.E) < 1e-5);
  const found = await flat.tolist() as number[][];
  assertEquals(found[0], [1, 1, 1]);
  assert(found[1].every((v) => Math.abs(v - Math.E) < 1e-6));
});
