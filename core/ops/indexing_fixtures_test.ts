import { assert, assertEquals } from "@std/assert";
import {
  cat,
  type DeviceName,
  type DType,
  einsum,
  embedding,
  grad,
  type Index,
  meshgrid,
  oneHot,
  stack,
  type Tensor,
  tensor,
} from "../mod.ts";
import { assertNear, mixed, numbers } from "../testdata/support.ts";
import { forDevices, HOST_DEVICES } from "../testdata/devices.ts";

interface Encoded {
  shape: number[];
  dtype: DType;
  data: (number | string)[];
}

interface Case {
  op: string;
  args: unknown[];
  inputs: Encoded[];
  outputs: Encoded[];
  grads: Encoded[] | null;
}

const cases: Case[] = JSON.parse(
  await Deno.readTextFile(new URL("../testdata/indexing.json", import.meta.url)),
);

const SPECIAL: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const numberOf = (value: number | string) => typeof value === "number" ? value : SPECIAL[value];

/** What a dtype is on a device; float64 is float32 where there is none. */
function dtypeOn(device: DeviceName, dtype: DType): DType {
  return dtype === "float64" && !HOST_DEVICES.includes(device) ? "float32" : dtype;
}

function decode({ shape, dtype: wanted, data }: Encoded, device: DeviceName): Tensor {
  const dtype = dtypeOn(device, wanted);
  return tensor(Float64Array.from(data, numberOf), { device }).type(dtype).reshape(shape);
}

/** Items of `at()`; `{input: n}` stands for an input. */
function items(given: unknown, inputs: Tensor[]): Index[] {
  return (given as unknown[]).map((item) =>
    typeof item === "object" && item !== null
      ? inputs[(item as { input: number }).input]
      : item as Index
  );
}

type Results = Tensor | Tensor[] | { values: Tensor; indices: Tensor };
/** Arguments come from the fixtures: each operation knows its own. */
type Run = (inputs: Tensor[], ...args: never[]) => Results;

const OPS: Record<string, Run> = {
  at: ([x, ...more], given) => x.at(...items(given, [x, ...more])),
  put: ([x, value, ...more], given, accumulate) =>
    x.clone().indexPut_(items(given, [x, value, ...more]), value, { accumulate }),
  cat: (xs, dim) => cat(xs, dim),
  stack: (xs, dim) => stack(xs, dim),
  einsum: (xs, equation) => einsum(equation, ...xs),
  embedding: ([weight, index], paddingIdx) => embedding(index, weight, { paddingIdx }),
  flip: ([x], dims, how) => (how === "T" ? x.transpose(0, 1) : x).flip(dims),
  maxAll: ([x]) => x.max(),
  minAll: ([x]) => x.min(),
  medianAll: ([x]) => x.median(),
  meshgrid: (xs, indexing) => meshgrid(xs, { indexing }),
  oneHot: ([x], classes) => oneHot(x, classes),
  repeatInterleaveBy: ([x, counts], dim) => x.repeatInterleave(counts, dim),
  scatterValue: ([x, index], dim, value) => x.scatter(dim, index, value),
  indexFill: ([x, index], dim, value) => x.indexFill(dim, index, value),
  pad: ([x], pads, options) => x.pad(pads, options),
  maskedSelect: ([x, mask]) => x.maskedSelect(mask),
};
for (const op of ["gather", "scatter", "scatterAdd", "indexSelect", "indexAdd", "indexCopy"]) {
  OPS[op] = ([x, ...rest], dim) => method(x, op)(dim, ...rest);
}

/** An operation that is a method whose arguments are the case's. */
function method(x: Tensor, name: string): (...args: unknown[]) => Results {
  const found = (x as unknown as Record<string, unknown>)[name];
  assert(typeof found === "function", `no method ${name}`);
  return found.bind(x);
}

function list(results: Results): Tensor[] {
  if (Array.isArray(results)) return results;
  return "values" in results ? [results.values, results.indices] : [results];
}

const byOp = Map.groupBy(cases, ({ op }) => op);
for (const [op, group] of byOp) {
  forDevices(
    `${op} gives PyTorch's values and gradients in ${group.length} cases`,
    async (device) => {
      for (const [i, one] of group.entries()) {
        const what = `${op} ${i} ${JSON.stringify(one.args)}`;
        const inputs = one.inputs.map((x) => decode(x, device));
        const leaves = one.grads === null
          ? []
          : inputs.filter(({ dtype }) => dtype.startsWith("float")).map((x) => x.requiresGrad_());
        const run = OPS[op] ?? (([x], ...args) => method(x, op)(...args));
        const outputs = list(run(inputs, ...one.args as never[]));
        assertEquals(outputs.length, one.outputs.length, what);
        for (const [j, expected] of one.outputs.entries()) {
          assertEquals([...outputs[j].shape], expected.shape, what);
          const dtype = dtypeOn(device, expected.dtype);
          assertEquals(outputs[j].dtype, dtype, what);
          const tolerance = dtype === "float64" ? 1e-12 : 1e-6;
          assertNear(await numbers(outputs[j]), expected.data.map(numberOf), tolerance, what);
        }
        if (one.grads === null) continue;
        const floating = outputs.filter(({ dtype }) => dtype.startsWith("float"));
        const grads = grad(mixed(floating), leaves, { allowUnused: true });
        for (const [j, expected] of one.grads.entries()) {
          const found = grads[j] ?? leaves[j].newZeros(leaves[j].shape);
          assertEquals([...found.shape], expected.shape, `${what}: gradient ${j}`);
          assertNear(
            await numbers(found),
            expected.data.map(numberOf),
            HOST_DEVICES.includes(device) ? 1e-11 : 1e-5,
            `${what}: gradient ${j}`,
          );
        }
      }
    },
  );
}
