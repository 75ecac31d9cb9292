/** Views and writes in place against a model: arrays of numbers, and lists of positions in them. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Tensor, tensor, where } from "./mod.ts";
import { elements } from "./testdata/elements.ts";
import { DEVICES, forDevices } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

/** The model of a tensor: which elements of which array it shows, in row-major order. */
interface Model {
  store: number[];
  shape: number[];
  at: number[];
}

const values = (m: Model) => m.at.map((i) => m.store[i]);
const fresh = (shape: number[], from: number[]): Model => ({
  store: from,
  shape,
  at: from.map((_, i) => i),
});
const count = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

/** Coordinates of a shape, row-major. */
function coordinates(shape: number[]): number[][] {
  return shape.reduce<number[][]>(
    (rows, size) => rows.flatMap((row) => Array.from({ length: size }, (_, i) => [...row, i])),
    [[]],
  );
}

/** The model seen through a map from coordinates of the view to coordinates of the model. */
function through(m: Model, shape: number[], map: (coordinate: number[]) => number[]): Model {
  const flat = (c: number[]) => c.reduce((position, i, d) => position * m.shape[d] + i, 0);
  return { store: m.store, shape, at: coordinates(shape).map((c) => m.at[flat(map(c))]) };
}

function broadcast(m: Model, shape: number[]): Model | null {
  const lead = shape.length - m.shape.length;
  if (lead < 0 || !m.shape.every((size, d) => size === 1 || size === shape[lead + d])) return null;
  return through(m, shape, (c) => m.shape.map((size, d) => size === 1 ? 0 : c[lead + d]));
}

type Pair = [Tensor, Model];
interface Step {
  op: typeof OPS[number];
  a: number;
  b: number;
  n: number;
  m: number;
  realize: boolean;
}
const OPS = [
  "transpose",
  "select",
  "slice",
  "diagonal",
  "expand",
  "view",
  "unsqueeze",
  "squeeze",
  "detach",
  "clone",
  "add",
  "sub",
  "maximum",
  "where",
  "neg",
  "sum",
  "amax",
  "add_",
  "sub_",
  "neg_",
  "fill_",
  "copy_",
  "maximum in place",
] as const;

const wrap = (i: number, n: number) => i % n;

/** One step on both sides; null where the step makes no sense for these operands. */
function apply({ op, a, b, n, m }: Step, pairs: Pair[]): Pair | null {
  const [x, mx] = pairs[wrap(a, pairs.length)], [y, my] = pairs[wrap(b, pairs.length)];
  const ndim = mx.shape.length;
  const d = ndim === 0 ? 0 : wrap(n, ndim), size = mx.shape[d];
  switch (op) {
    case "transpose": {
      if (ndim < 2) return null;
      const e = wrap(m, ndim);
      const swap = (list: number[]) =>
        list.map((v, i) => i === d ? list[e] : i === e ? list[d] : v);
      return [x.transpose(d, e), through(mx, swap(mx.shape), swap)];
    }
    case "select": {
      if (ndim === 0 || size === 0) return null;
      const i = wrap(m, size);
      return [
        x.select(d, i - (n > 5 ? size : 0)),
        through(mx, mx.shape.toSpliced(d, 1), (c) => c.toSpliced(d, 0, i)),
      ];
    }
    case "slice": {
      if (ndim === 0 || size === 0) return null;
      const start = wrap(m, size), step = 1 + wrap(n, 2);
      const shape = mx.shape.with(d, Math.ceil((size - start) / step));
      return [
        x.slice(d, start, Infinity, step),
        through(mx, shape, (c) => c.with(d, start + c[d] * step)),
      ];
    }
    case "diagonal": {
      if (ndim !== 2) return null;
      const length = Math.min(...mx.shape);
      return [x.diagonal(), through(mx, [length], ([i]) => [i, i])];
    }
    case "expand": {
      if (ndim > 2) return null;
      const shape = [2, ...mx.shape.map((s) => s === 1 ? 3 : s)];
      return [x.expand(shape), broadcast(mx, shape)!];
    }
    case "view": {
      if (!x.isContiguous()) return null;
      const shape = n % 2 === 0 ? [count(mx.shape)] : [1, count(mx.shape)];
      return [x.view(shape), { ...mx, shape }];
    }
    case "unsqueeze": {
      if (ndim > 2) return null;
      const at = wrap(n, ndim + 1);
      return [x.unsqueeze(at), { ...mx, shape: mx.shape.toSpliced(at, 0, 1) }];
    }
    case "squeeze":
      return [x.squeeze(), { ...mx, shape: mx.shape.filter((s) => s !== 1) }];
    case "detach":
      return [x.detach(), mx];
    case "clone":
      return [x.clone(), fresh(mx.shape, values(mx))];
    case "neg":
      return [x.neg(), fresh(mx.shape, values(mx).map((v) => 0 - v))];
    case "add":
    case "sub":
    case "maximum":
    case "where": {
      const other = broadcast(my, mx.shape);
      if (other === null) return null;
      const out = combine(op, values(mx), values(other));
      const made = op === "where" ? where(x.gt(y), x, y.mul(-1)) : x[op](y);
      return [made, fresh(mx.shape, out)];
    }
    case "sum":
    case "amax": {
      if (ndim === 0 || size === 0) return null;
      const shape = mx.shape.toSpliced(d, 1), all = values(mx);
      const out = coordinates(shape).map((c) => {
        const row = Array.from(
          { length: size },
          (_, i) => c.toSpliced(d, 0, i).reduce((p, v, k) => p * mx.shape[k] + v, 0),
        ).map((i) => all[i]);
        return op === "sum" ? row.reduce((p, v) => p + v, 0) : Math.max(...row);
      });
      const keepdim = m % 2 === 0;
      return [x[op](d, keepdim), fresh(keepdim ? mx.shape.with(d, 1) : shape, out)];
    }
    default: {
      // In place: elements that share memory are refused, which has a test of its own.
      if (new Set(mx.at).size !== mx.at.length) return null;
      const write = (out: number[]) => mx.at.forEach((at, i) => mx.store[at] = out[i]);
      if (op === "fill_") {
        x.fill_(m);
        write(mx.at.map(() => m));
      } else if (op === "neg_") {
        x.neg_();
        write(values(mx).map((v) => 0 - v));
      } else {
        const other = broadcast(my, mx.shape);
        if (other === null) return null;
        const out = combine(op, values(mx), values(other));
        if (op === "add_") x.add_(y);
        else if (op === "sub_") x.sub_(y);
        else if (op === "copy_") x.copy_(y);
        else x.clamp_(y);
        write(out);
      }
      return [x, mx];
    }
  }
}

function combine(op: Step["op"], a: number[], b: number[]): number[] {
  return a.map((v, i) => {
    switch (op) {
      case "add":
      case "add_":
        return v + b[i];
      case "sub":
      case "sub_":
        return v - b[i];
      case "where":
        return v > b[i] ? v : 0 - b[i];
      case "copy_":
        return b[i];
      default:
        return Math.max(v, b[i]);
    }
  });
}

const small = fc.nat({ max: 11 });
const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom(...OPS),
  a: small,
  b: small,
  n: small,
  m: small,
  realize: fc.boolean(),
});
const shape = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });

/** Runs a program on both sides, and compares everything that is alive at its end. */
async function agrees(
  shapes: number[][],
  steps: Step[],
  device: DeviceName,
  dtype: "float32" | "int32",
): Promise<void> {
  const pairs: Pair[] = shapes.map((shape, k) => {
    const start = Array.from({ length: count(shape) }, (_, i) => ((i * 5 + k * 3) % 9) - 4);
    return [tensor(start, { device, dtype }).reshape(shape), fresh(shape, start)];
  });
  for (const it of steps) {
    const made = apply(it, pairs);
    if (made === null) continue;
    if (it.realize) made[0].realize();
    pairs.push(made);
  }
  for (const [i, [x, model]] of pairs.entries()) {
    assertEquals([...x.shape], model.shape, `shape of ${i}`);
    const got = (await elements(x)).map((v) => Number(v) + 0);
    assertEquals(got, values(model).map((v) => v + 0), `values of ${i}`);
  }
}

for (const device of DEVICES) {
  for (const dtype of ["float32", "int32"] as const) {
    Deno.test(`views and writes in place do what the model does [${device}, ${dtype}]`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(shape, { minLength: 1, maxLength: 3 }),
          fc.array(step, { maxLength: 14, size: "max" }),
          (shapes, steps) => agrees(shapes, steps, device, dtype),
        ),
        { numRuns: 600, seed: 20240301 },
      );
    });
  }
}

forDevices("a pending value sees its operands as they were", async (device) => {
  const x = tensor([1, 2], { device });
  const y = x.add(1), first = x.select(0, 0).mul(10), whole = x.clone();
  x.mul_(2);
  x.select(0, 1).fill_(100);
  assertEquals(await y.tolist(), [2, 3]);
  assertEquals(await first.item(), 10);
  assertEquals(await whole.tolist(), [1, 2]);
  assertEquals(await x.tolist(), [2, 100]);
});

forDevices("a clone shares memory only until either is written", async (device) => {
  const x = tensor([1, 2, 3], { device }).realize(), y = x.clone(), z = y.clone();
  y.add_(1);
  z.select(0, 0).fill_(9);
  assertEquals(
    [await x.tolist(), await y.tolist(), await z.tolist()],
    [[1, 2, 3], [2, 3, 4], [9, 2, 3]],
  );
});

forDevices("a chain of writes in place is one value, whoever looks in between", async (device) => {
  const x = tensor([1, 2, 3], { device });
  const kept: Tensor[] = [];
  for (let i = 0; i < 6; i++) {
    x.mul_(2).sub_(1);
    if (i % 2 === 0) kept.push(x.add(0));
  }
  assertEquals(await x.tolist(), [1, 65, 129]);
  assertEquals(await Promise.all(kept.map((k) => k.tolist())), [[1, 3, 5], [1, 9, 17], [
    1,
    33,
    65,
  ]]);
});

forDevices(
  "writes from overlapping views of the same memory read before they write",
  async (device) => {
    const x = tensor([1, 2, 3, 4, 5], { device });
    x.narrow(0, 1, 4).copy_(x.narrow(0, 0, 4));
    assertEquals(await x.tolist(), [1, 1, 2, 3, 4]);
    x.narrow(0, 0, 4).add_(x.narrow(0, 1, 4));
    assertEquals(await x.tolist(), [2, 3, 5, 7, 4]);
    const m = tensor([[1, 2], [3, 4]], { device });
    m.copy_(m.transpose(0, 1));
    assertEquals(await m.tolist(), [[1, 3], [2, 4]]);
    m.select(0, 0).add_(m.sum(0));
    assertEquals(await m.tolist(), [[4, 10], [2, 4]]);
  },
);

forDevices(
  "an operand that is cooked for an operation spares what the other has yet to read",
  async (device) => {
    const x = tensor([[-1, 2], [3, 4]], { device }).realize();
    x.neg_();
    // One operand is the pending value itself; the other needs its memory, and cooks it.
    assertEquals(await x.add(x.diagonal()).tolist(), [[2, -6], [-2, -8]]);
  },
);
