import { assertEquals, assertRejects } from "@std/assert";
import { type DeviceName, embedding, IndexError, oneHot, type Tensor, tensor } from "../mod.ts";
import { opened } from "../device.ts";
import { gpuTest } from "./testdata/gpu.ts";

/** Numbers that look random, with fractions that make sums depend on their order. */
function noise(length: number): number[] {
  return Array.from({ length }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 20 / 3 - 2);
}

/** Indices below `n`, many of them equal. */
function indices(length: number, n: number): bigint[] {
  return Array.from({ length }, (_, i) => BigInt((Math.imul(i + 3, 0x85ebca6b) >>> 9) % n));
}

/** What a function gives on a device, as it prints: -0 apart from 0. */
async function printed(
  fn: (device: DeviceName) => Tensor[],
  device: DeviceName,
): Promise<string[]> {
  return await Promise.all(
    fn(device).map(async (x) => {
      const values: (number | bigint)[] = Array.from(await x.data() as ArrayLike<number>);
      return `${x.dtype} [${x.shape}] ${values.map((v) => Object.is(v, -0) ? "-0" : v).join(" ")}`;
    }),
  );
}

/** The same program on the CPU and on the GPU. */
const PROGRAMS: Record<string, (device: DeviceName) => Tensor[]> = {
  "embedding() and its backward": (device) => {
    const weight = tensor(noise(7 * 16), { device }).reshape([7, 16]).requiresGrad_();
    const at = tensor(indices(300, 7), { device }).reshape([3, 100]);
    const y = embedding(at, weight, { paddingIdx: 2 });
    y.backward(tensor(noise(300 * 16), { device }).reshape([3, 100, 16]));
    return [y, weight.grad!];
  },
  "gather(), scatterAdd() and their backwards": (device) => {
    const x = tensor(noise(5 * 9), { device }).reshape([5, 9]).requiresGrad_();
    const at = tensor(indices(5 * 20, 9), { device }).reshape([5, 20]);
    const y = x.gather(1, at);
    const z = x.scatterAdd(1, at, y);
    z.backward(tensor(noise(45), { device }).reshape([5, 9]));
    return [y, z, x.grad!];
  },
  "scatter() and indexCopy() where indices repeat": (device) => {
    const x = tensor(noise(40), { device }).reshape([8, 5]);
    const at = tensor(indices(30, 8), { device });
    const source = tensor(noise(150), { device }).reshape([30, 5]);
    return [
      x.indexCopy(0, at, source),
      x.scatter(0, at.unsqueeze(1).expand([30, 5]), source),
      x.type("bfloat16").indexFill(1, tensor([3n, 0n], { device }), 1.5),
    ];
  },
  "indexAdd() of every dtype": (device) =>
    ([
      "float32",
      "float16",
      "bfloat16",
      "int64",
      "int32",
      "int16",
      "int8",
      "uint8",
      "bool",
    ] as const)
      .map((dtype) => {
        const source = tensor(noise(90), { device }).mul(50).type("int32").type(dtype);
        const at = tensor(indices(30, 4), { device });
        return source.newZeros([4, 3]).indexAdd(0, at, source.reshape([30, 3]));
      }),
  "at() and indexPut_()": (device) => {
    const x = tensor(noise(60), { device }).reshape([3, 4, 5]).requiresGrad_();
    const rows = tensor(indices(12, 3), { device }), columns = tensor([-1n], { device });
    const y = x.at(rows, ":", columns);
    const mask = x.gt(0);
    y.backward(y.detach());
    const put = x.detach().clone();
    put.indexPut_([rows, "1:3"], tensor(noise(10), { device }).reshape([2, 5]), {
      accumulate: true,
    });
    return [y, x.grad!, x.at(mask), put, put.clone().indexPut_([mask], 7)];
  },
  "sort(), topk(), argsort(), kthvalue() and median()": (device) => {
    const x = tensor([...noise(97), NaN, -0, 0], { device }).mul(2).round().reshape([4, 25]);
    const sorted = x.sort(1), most = x.topk(5, 0 + 1), kth = x.kthvalue(3, 0), mid = x.median(1);
    return [
      sorted.values,
      sorted.indices,
      x.argsort(0, { descending: true }),
      most.values,
      most.indices,
      kth.values,
      kth.indices,
      mid.values,
      mid.indices,
    ];
  },
  "cumsum() and cumprod()": (device) => {
    const x = tensor(noise(120), { device }).reshape([4, 30]).requiresGrad_();
    const y = x.cumsum(1);
    y.backward(y.detach());
    const whole = tensor(indices(50, 9), { device });
    return [y, x.grad!, x.detach().cumprod(0), whole.cumsum(0), whole.add(1).cumprod(0)];
  },
  "oneHot(), nonzero() and maskedSelect()": (device) => {
    const x = tensor(indices(20, 5), { device });
    return [oneHot(x), x.nonzero(), x.maskedSelect(x.gt(2))];
  },
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  gpuTest(`${name} are the CPU's, bit for bit`, async () => {
    await opened("webgpu");
    assertEquals(await printed(program, "webgpu"), await printed(program, "cpu"));
  });
}

gpuTest(
  "a tensor that a bad index made raises IndexError when it is read, and only then",
  async () => {
    await opened("webgpu");
    const device = "webgpu";
    const x = tensor([[1, 2, 3], [4, 5, 6]], { device });
    const bad = tensor([0n, 5n], { device });
    const cases: [number, number, () => Tensor][] = [
      [5, 2, () => embedding(bad, x)],
      [5, 3, () => x.indexSelect(1, bad)],
      [5, 2, () => x.at(bad)],
      [-4, 3, () => x.at(":", tensor([1n, -4n], { device }))],
      [5, 2, () => x.clone().indexPut_([bad], 0)],
      [5, 2, () => x.indexAdd(0, bad, x)],
    ];
    for (const [index, size, make] of cases) {
      const y = make();
      const message = `Index ${index} is out of bounds for a dimension of size ${size}`;
      await assertRejects(() => y.add(1).tolist(), IndexError, message);
      assertEquals(await x.sum().item(), 21);
    }
  },
);
