import { assertEquals, assertStringIncludes } from "@std/assert";
import { type DType, type Tensor, tensor, zeros } from "./mod.ts";
import { forDevices } from "./testdata/devices.ts";

interface Case {
  shape: number[];
  dtype: DType;
  values?: string[];
  rule?: boolean;
  requiresGrad: boolean;
  text: string;
}

const cases: Case[] = JSON.parse(
  await Deno.readTextFile(new URL("testdata/print.json", import.meta.url)),
);

const SPECIAL: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };

function build({ shape, dtype, values, rule }: Case): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  if (rule) {
    const list = Float64Array.from({ length: n }, (_, i) => ((i * 37) % 101 - 50) / 8);
    return tensor(list).type(dtype).reshape(shape);
  }
  if (dtype === "int64") return tensor(BigInt64Array.from(values!.map(BigInt))).reshape(shape);
  return tensor(Float64Array.from(values!.map((v) => SPECIAL[v] ?? Number(v))))
    .type(dtype).reshape(shape);
}

Deno.test(`repr() and Deno.inspect() print ${cases.length} tensors as PyTorch does`, async () => {
  for (const [i, one] of cases.entries()) {
    const x = build(one);
    if (one.requiresGrad) x.requiresGrad_();
    const what = `case ${i}: ${one.dtype} [${one.shape}]`;
    assertEquals(await x.repr(), one.text, what);
    assertEquals(Deno.inspect(x), one.text, what);
  }
});

Deno.test("repr() names another device than the cpu, and the operation that made a tensor", async () => {
  const x = tensor([0.5, 1], { device: "reference", requiresGrad: true });
  assertEquals(await x.repr(), "tensor([0.5000, 1.0000], device='reference', requires_grad=True)");
  assertEquals(
    await x.mul(2).repr(),
    "tensor([1., 2.], device='reference', grad_fn=<MulBackward0>)",
  );
});

forDevices("repr() reads views through their strides", async (device) => {
  const x = tensor([[1, 2], [3, 4]], { device });
  assertStringIncludes(await x.transpose(0, 1).repr(), "tensor([[1., 3.],\n        [2., 4.]]");
});

Deno.test("Deno.inspect() shows the shape of what does not print or is gone", () => {
  assertEquals(
    Deno.inspect(zeros([2], { dtype: "complex64" })),
    "tensor(..., size=(2,), dtype=torch.complex64)",
  );
  const x = zeros([2, 3]);
  x.dispose();
  assertEquals(Deno.inspect(x), "tensor(<freed>, size=(2, 3))");
});
