import { assertEquals } from "@std/assert";
import * as core from "./mod.ts";
import { type DType, promoteTypes, type Tensor } from "./mod.ts";
import { resultType } from "./dtype.ts";
import { decodeBytes, difference, elements, fromBytes } from "./testdata/elements.ts";
import { forDevices, HOST_DEVICES } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Case {
  op: string;
  args: Json[];
  out: number;
  grads?: (number | null)[];
  ulp?: number;
  scaled?: 1;
  floor?: 1;
  /** The names under which trailing tensors go into the options. */
  names?: string[];
  options?: Record<string, Json>;
}
interface Fixtures {
  torch: string;
  promotion: Record<DType, Record<string, Record<string, DType>>>;
  tensors: [DType, number[], string][];
  cases: Case[];
}

const { promotion, tensors, cases }: Fixtures = JSON.parse(
  Deno.readTextFileSync(new URL("testdata/op_fixtures.json", import.meta.url)),
);
const bytesOf = (i: number) => Uint8Array.from(atob(tensors[i][2]), (c) => c.charCodeAt(0));

/** A value of the fixtures as an argument; tensors that want gradients go into `leaves`. */
function argument(json: Json, device: DeviceName, leaves: (Tensor | null)[]): unknown {
  if (Array.isArray(json)) return json.map((item) => argument(item, device, leaves));
  if (typeof json !== "object" || json === null) return json;
  if ("f" in json) return json.f === "nan" ? NaN : json.f === "inf" ? Infinity : -Infinity;
  if ("o" in json) {
    return Object.fromEntries(
      Object.entries(json.o as Record<string, Json>).map((
        [key, item],
      ) => [key, argument(item, device, leaves)]),
    );
  }
  const [dtype, shape] = tensors[json.t as number];
  const leaf = fromBytes(dtype, shape, bytesOf(json.t as number), device);
  if (json.g) leaf.requiresGrad = true;
  leaves.push(leaf);
  return json.p === undefined ? leaf : leaf.permute(json.p as number[]);
}

/** Calls an operation as a method where it is one. */
function call(op: string, args: unknown[]): Tensor {
  const table = core as unknown as Record<string, (...args: unknown[]) => Tensor>;
  const name = op === "nllLoss" || !(op in core.Tensor.prototype) ? table[op] : null;
  if (name !== null) return name(...args);
  const [self, ...rest] = args;
  return (self as unknown as Record<string, (...args: unknown[]) => Tensor>)[op](...rest);
}

/** The pattern whose product with the result is differentiated: make_op_fixtures.py has the same. */
function cotangent(like: Tensor, device: DeviceName): Tensor {
  const values = Float64Array.from({ length: like.numel }, (_, i) => ((7 * i) % 5 - 1.5) / 2);
  return core.tensor(values, { device }).type(like.dtype).reshape(like.shape);
}

const isHalf = (dtype: DType) => dtype === "float16" || dtype === "bfloat16";

/** Halves round after each operation of a gradient; the oracle rounded once. */
function gradientUlp(dtype: DType, ulp: number): number {
  return isHalf(dtype) ? 4 : ulp * 2;
}

async function failuresOf(it: Case, device: DeviceName): Promise<string[]> {
  const leaves: (Tensor | null)[] = [];
  const args = it.args.map((json) => argument(json, device, leaves));
  if (it.names !== undefined) {
    const named = args.splice(args.length - it.names.length);
    args.push({
      ...it.options,
      ...Object.fromEntries(it.names.map((name, i) => [name, named[i]])),
    });
  }
  const out = call(it.op, args);
  const [dtype, shape] = tensors[it.out];
  const found: string[] = [];
  if (out.dtype !== dtype) found.push(`dtype ${out.dtype} against ${dtype}`);
  if (String(out.shape) !== String(shape)) found.push(`shape [${out.shape}] against [${shape}]`);
  if (found.length > 0) return found;
  const { ulp = 1, scaled, floor } = it;
  const nearness = {
    // A half is rounded once from float32: one unit off where float32 lies near the middle.
    ulp: isHalf(dtype) ? 1 : ulp,
    scaled: scaled === 1 && !isHalf(dtype),
    floor: isHalf(dtype) && (floor || scaled) ? 2 ** -6 : floor ?? 0,
    // PyTorch's own vector kernels disagree on the sign of zero here.
    signedZeros: !scaled && !floor && it.op !== "maximum" && it.op !== "minimum",
  };
  const wrong = difference(
    await elements(out),
    decodeBytes(dtype, bytesOf(it.out)),
    dtype,
    nearness,
  );
  if (wrong !== null) found.push(`value: ${wrong}`);
  if (it.grads === undefined) return found;
  out.backward(cotangent(out, device));
  for (const [i, position] of it.grads.entries()) {
    const grad = leaves[i]!.grad;
    if (position === null) {
      if (grad !== null) found.push(`gradient ${i} is none of PyTorch's`);
      continue;
    }
    const [gradDType, gradShape] = tensors[position];
    if (grad === null) found.push(`no gradient ${i}`);
    else if (grad.dtype !== gradDType || String(grad.shape) !== String(gradShape)) {
      found.push(
        `gradient ${i}: ${grad.dtype} [${grad.shape}] against ${gradDType} [${gradShape}]`,
      );
    } else {
      const wrong = difference(
        await elements(grad),
        decodeBytes(gradDType, bytesOf(position)),
        gradDType,
        { ulp: gradientUlp(gradDType, ulp), scaled: scaled === 1, floor: 1 },
      );
      if (wrong !== null) found.push(`gradient ${i}: ${wrong}`);
    }
  }
  return found;
}

/** Whether a case has a tensor of float64 anywhere. */
function isDouble(it: Case): boolean {
  const within = (json: Json): boolean => {
    if (Array.isArray(json)) return json.some(within);
    if (typeof json !== "object" || json === null) return false;
    return "t" in json
      ? tensors[json.t as number][0] === "float64"
      : Object.values(json).some(within);
  };
  return within(it.args) || tensors[it.out][0] === "float64";
}

for (const [op, group] of Map.groupBy(cases, (it) => it.op)) {
  forDevices(`${op}() gives what PyTorch gives, forward and backward`, async (device) => {
    const failures: string[] = [];
    for (const it of group) {
      if (isDouble(it) && !HOST_DEVICES.includes(device)) continue;
      const about = `${JSON.stringify(it.args.map((json) => described(json)))} ${
        JSON.stringify({ names: it.names, ...it.options })
      }`;
      try {
        for (const text of await failuresOf(it, device)) failures.push(`${about}: ${text}`);
      } catch (error) {
        failures.push(`${about}: threw ${error}`);
      }
    }
    if (failures.length > 0) {
      throw new Error(
        `${failures.length} failures in ${group.length} cases:\n${
          failures.slice(0, 12).join("\n")
        }`,
      );
    }
  });
}

function described(json: Json): Json {
  if (typeof json !== "object" || json === null || Array.isArray(json) || !("t" in json)) {
    return json;
  }
  const [dtype, shape] = tensors[json.t as number];
  return `${dtype}[${shape}]`;
}

Deno.test("promoteTypes() and the dtypes of results follow PyTorch's table for every pair", () => {
  const scalars = { int: "int64", float: "float32", bool: "bool" } as const;
  for (const [a, rows] of Object.entries(promotion) as [DType, typeof promotion[DType]][]) {
    for (const [b, expected] of Object.entries(rows.tensor) as [DType, DType][]) {
      assertEquals(promoteTypes(a, b), expected, `${a} and ${b}`);
      const got = resultType([{ dtype: a, priority: 2 }, { dtype: b, priority: 2 }]);
      assertEquals(got, expected, `${a} and ${b}`);
      assertEquals(
        resultType([{ dtype: a, priority: 2 }, { dtype: b, priority: 1 }]),
        rows.zero[b],
        `${a} and a 0-dimensional ${b}`,
      );
      assertEquals(
        resultType([{ dtype: a, priority: 1 }, { dtype: b, priority: 1 }]),
        rows.zeros[b],
        `0-dimensional ${a} and ${b}`,
      );
    }
    for (const [kind, dtype] of Object.entries(scalars) as [keyof typeof scalars, DType][]) {
      for (const [row, priority] of [["scalar", 2], ["zeroScalar", 1]] as const) {
        const got = resultType([{ dtype: a, priority }, { dtype, priority: 0 }]);
        assertEquals(got, rows[row][kind], `${row}: ${a} and a ${kind}`);
      }
    }
  }
});

Deno.test("add() of tensors and numbers has the dtype that PyTorch's table says", () => {
  const made = (dtype: DType, shape: number[]) => core.ones(shape, { dtype, device: "reference" });
  const values = { int: 2, float: 2.5, bool: true };
  for (const [a, rows] of Object.entries(promotion) as [DType, typeof promotion[DType]][]) {
    const x = made(a, [2]);
    for (const b of Object.keys(promotion) as DType[]) {
      assertEquals(x.add(made(b, [2])).dtype, rows.tensor[b]);
      assertEquals(x.add(made(b, [])).dtype, rows.zero[b]);
      assertEquals(made(b, []).add(x).dtype, rows.zero[b]);
    }
    for (const [kind, value] of Object.entries(values)) {
      assertEquals(x.add(value).dtype, rows.scalar[kind]);
      assertEquals(made(a, []).add(value).dtype, rows.zeroScalar[kind]);
    }
  }
});
