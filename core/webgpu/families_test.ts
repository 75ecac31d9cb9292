import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Block } from "../block.ts";
import type { Device, FamilyCall, ScatterCall, View3 } from "../device.ts";
import { type DType, DTYPES } from "../dtype.ts";
import { DTypeError, IndexError } from "../errors.ts";
import { bytesOf, reference, valuesOf } from "../cpu/testdata/oracle.ts";
import { addColumns, addSorted } from "./scatter_add.ts";
import { gpuTest } from "./testdata/gpu.ts";

type Values = readonly (number | bigint)[];
type Bytes = Uint8Array<ArrayBuffer>;

/** A call on blocks that `put` makes, and the blocks that it writes. */
type Make = (put: (bytes: Bytes) => Block) => [call: FamilyCall, results: Block[]];

/** Runs one call and reads what it wrote. */
function runOn(
  device: Device,
  make: Make,
  run: (call: FamilyCall) => void = (call) => device.run(call),
): Bytes[] {
  const blocks: Block[] = [];
  const [call, results] = make((bytes) => {
    const block = device.alloc(bytes.byteLength);
    device.write(block, 0, bytes);
    blocks.push(block);
    return block;
  });
  try {
    run(call);
    return results.map((block) => device.readSync(block, 0, block.nbytes)!);
  } finally {
    for (const block of blocks) device.free(block);
  }
}

/** Values that tell -0 from 0, and no NaN from another. */
function shown(dtype: DType, bytes: Bytes): string {
  return valuesOf(dtype, bytes).map((x) => Object.is(x, -0) ? "-0" : String(x)).join(" ");
}

/** Bytes that look random, the same for one seed. */
function noise(length: number, seed: number): Bytes {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 0x9e3779b1) + 0x7f4a7c15 | 0;
    return state >>> 24;
  });
}

const EDGES = [0, -0, 1, -1, 2, 0.5, -3.25, 1e-3, 100, -100, NaN, Infinity, -Infinity];

/** Values of a dtype: any bits, or few values that are often equal. */
function some(dtype: DType, length: number, seed: number): Bytes {
  const { kind, signed, itemSize } = DTYPES[dtype];
  if (kind === "float" && seed % 3 === 0) return noise(length * itemSize, seed);
  const random = noise(length, seed);
  if (kind === "float") {
    return bytesOf({ dtype, values: Array.from(random, (n) => EDGES[n % EDGES.length]) });
  }
  const values = Array.from(random, (n) => {
    if (dtype === "bool") return n & 1;
    const x = signed ? n % 16 - 8 : n % 16;
    // The upper bits count as well.
    if (dtype === "int64") return BigInt(x) * 0x1_0000_0001n << BigInt(n & 31);
    return n & 1 ? x : x * 2 ** (8 * itemSize - 4);
  });
  return bytesOf({ dtype, values });
}

const indicesOf = (values: Values) => bytesOf({ dtype: "int64", values });

const SIZES = fc.record({
  outer: fc.integer({ min: 1, max: 4 }),
  n: fc.integer({ min: 1, max: 9 }),
  m: fc.integer({ min: 0, max: 12 }),
  inner: fc.integer({ min: 0, max: 18 }),
  seed: fc.nat(999),
});
type Sizes = typeof SIZES extends fc.Arbitrary<infer T> ? T : never;

/** How indices lie: one for each element, for each row of an outer part, or for a row of all. */
const INDICES = fc.constantFrom("each", "row", "shared", "spread");
type How = typeof INDICES extends fc.Arbitrary<infer T> ? T : never;

function indexView(
  how: How,
  { outer, n, m, inner, seed }: Sizes,
  put: (bytes: Bytes) => Block,
): View3 {
  const list = (length: number) => put(indicesOf(Array.from(noise(length, seed), (x) => x % n)));
  switch (how) {
    case "each":
      return { block: list(outer * m * inner), offset: 0, strides: [m * inner, inner, 1] };
    case "row":
      return { block: list(outer * m), offset: 0, strides: [m, 1, 0] };
    case "shared":
      return { block: list(m + 3), offset: 3, strides: [0, 1, 0] };
    case "spread":
      return {
        block: list(2 + 2 * outer * m * inner),
        offset: 2,
        strides: [2, 2 * outer * inner, 2 * outer],
      };
  }
}

/** A source with room around it, or with one value for a row. */
function sourceView({ outer, m, inner, seed }: Sizes, block: (n: number) => Block) {
  const gap = [0, 1, 16][seed % 3], offset = seed % 5;
  const step = inner + gap;
  const strides: [number, number, number] = seed % 7 === 0 ? [m, 1, 0] : [m * step, step, 1];
  return { block: block(offset + (outer + 1) * (m + 1) * (step + 1)), offset, strides };
}

/** Dtypes of one size hold the same bits. */
const BITS: Readonly<Record<number, DType>> = { 1: "uint8", 2: "uint16", 4: "uint32", 8: "uint64" };
const ANY = fc.constantFrom(...Object.keys(DTYPES) as DType[]);

gpuTest("run() gathers any bits as the reference does", (gpu) => {
  fc.assert(fc.property(ANY, INDICES, SIZES, (dtype, how, sizes) => {
    const { outer, n, m, inner, seed } = sizes;
    const { itemSize } = DTYPES[dtype];
    const make = (dtype: DType): Make => (put) => {
      const index = indexView(how, sizes, put);
      const src = put(noise(outer * n * inner * itemSize, seed + 1));
      const out = put(noise(outer * m * inner * itemSize, seed + 2));
      return [{ family: "gather", dtype, outer, n, m, inner, src, index, out }, [out]];
    };
    assertEquals(runOn(gpu, make(dtype)), runOn(reference, make(BITS[itemSize])));
  }));
});

gpuTest("run() scatters any bits as the reference does, the last of equal indices", (gpu) => {
  fc.assert(fc.property(ANY, INDICES, SIZES, (dtype, how, sizes) => {
    const { outer, n, m, inner, seed } = sizes;
    const { itemSize } = DTYPES[dtype];
    const make = (dtype: DType): Make => (put) => {
      const index = indexView(how, sizes, put);
      const src = sourceView(sizes, (length) => put(noise(length * itemSize, seed + 1)));
      const out = put(noise(outer * n * inner * itemSize, seed + 2));
      return [
        { family: "scatter", mode: "set", dtype, outer, n, m, inner, src, index, out },
        [out],
      ];
    };
    assertEquals(runOn(gpu, make(dtype)), runOn(reference, make(BITS[itemSize])));
  }));
});

/** The dtypes that compute on the GPU. */
const COMPUTED = (Object.keys(DTYPES) as DType[]).filter((dtype) =>
  DTYPES[dtype].kind !== "storage" && dtype !== "float64"
);

function addition(dtype: DType, how: How, sizes: Sizes): Make {
  const { outer, n, m, inner, seed } = sizes;
  return (put) => {
    const index = indexView(how, sizes, put);
    const src = sourceView(sizes, (length) => put(some(dtype, length, seed + 1)));
    const out = put(some(dtype, outer * n * inner, seed + 2));
    return [
      { family: "scatter", mode: "add", dtype, outer, n, m, inner, src, index, out },
      [out],
    ];
  };
}

gpuTest("run() adds at indices as the reference does, bit for bit", (gpu) => {
  const computed = fc.constantFrom(...COMPUTED);
  fc.assert(fc.property(computed, INDICES, SIZES, (dtype, how, sizes) => {
    const make = addition(dtype, how, sizes);
    const [ours] = runOn(gpu, make), [theirs] = runOn(reference, make);
    assertEquals(shown(dtype, ours), shown(dtype, theirs));
  }));
});

for (const [how, add] of [["columns", addColumns], ["places", addSorted]] as const) {
  gpuTest(`floats that are added up by ${how} are the reference's, bit for bit`, (gpu) => {
    const floats = fc.constantFrom<DType>("float32", "float16", "bfloat16");
    const long = fc.tuple(SIZES, fc.nat(150)).map(([sizes, m]) => ({ ...sizes, m }));
    fc.assert(fc.property(floats, INDICES, long, (dtype, at, sizes) => {
      const make: Make = (put) => {
        const [call, results] = addition(dtype, at, sizes)(put);
        const { block } = (call as ScatterCall).src, { itemSize } = DTYPES[dtype];
        // Sums of such values depend on the order.
        const values = Array.from(
          noise(block.nbytes / itemSize, sizes.seed),
          (x) => (x - 128) * 2 ** (x % 11) / 3,
        );
        const src = put(bytesOf({ dtype, values }));
        return [
          { ...call, src: { ...(call as ScatterCall).src, block: src } } as FamilyCall,
          results,
        ];
      };
      const [ours] = runOn(gpu, make, (call) => add(gpu, call as ScatterCall));
      assertEquals(shown(dtype, ours), shown(dtype, runOn(reference, make)[0]));
    }));
  });
}

const LINES = fc.record({
  outer: fc.integer({ min: 0, max: 4 }),
  n: fc.nat(40),
  inner: fc.integer({ min: 0, max: 5 }),
  seed: fc.nat(999),
});
const OPS = fc.constantFrom<"sum" | "prod">("sum", "prod");
const SCANNED = fc.constantFrom<DType>("float32", "int64", "int32");

gpuTest("run() scans as the reference does", (gpu) => {
  fc.assert(fc.property(SCANNED, OPS, LINES, (dtype, op, { outer, n, inner, seed }) => {
    const make: Make = (put) => {
      const x = put(some(dtype, outer * n * inner, seed));
      const out = put(some(dtype, outer * n * inner, 0));
      return [{ family: "scan", op, dtype, outer, n, inner, x, out }, [out]];
    };
    const [ours] = runOn(gpu, make), [theirs] = runOn(reference, make);
    assertEquals(shown(dtype, ours), shown(dtype, theirs));
  }));
});

gpuTest("a scan of long lines is exact for integers and close for floats", (gpu) => {
  for (const n of [2047, 2048, 2049, 20_001]) {
    for (const [outer, inner] of [[1, 1], [2, 3]]) {
      for (const op of ["sum", "prod"] as const) {
        const numel = outer * n * inner;
        const whole: Make = (put) => {
          const x = put(
            indicesOf(Array.from(noise(numel, n), (x) => BigInt(2 * x - 255) << 20n | 1n)),
          );
          const out = put(new Uint8Array(8 * numel));
          return [{ family: "scan", op, dtype: "int64", outer, n, inner, x, out }, [out]];
        };
        assertEquals(runOn(gpu, whole), runOn(reference, whole));
        const float = (dtype: DType): Make => (put) => {
          const values = Array.from(
            noise(numel, n),
            (x) => op === "sum" ? Math.fround(x / 7) : Math.fround(1 + (x - 128) / 2 ** 20),
          );
          const x = put(bytesOf({ dtype, values })), out = put(bytesOf({ dtype, values }));
          return [{ family: "scan", op, dtype, outer, n, inner, x, out }, [out]];
        };
        const ours = valuesOf("float32", runOn(gpu, float("float32"))[0]);
        const exact = valuesOf("float64", runOn(reference, float("float64"))[0]);
        // No more roundings than the parts have elements and the line has parts.
        const bound = 2 ** -24 * 2 * (2 ** Math.ceil(Math.log2(n) / 2) + 1);
        const worst = n < 2048 ? 2 ** -24 * n : bound;
        ours.forEach((x, i) => {
          const error = Math.abs(Number(x) - Number(exact[i])) / Math.abs(Number(exact[i]) || 1);
          assert(error <= worst, `${op} of ${n}: element ${i} is ${x}, expected ${exact[i]}`);
        });
      }
    }
  }
});

const LENGTHS = fc.oneof(fc.nat(8), fc.nat(70), fc.nat(400));

gpuTest("run() sorts stably, NaN as the largest, as the reference does", (gpu) => {
  const computed = fc.constantFrom(...COMPUTED), rows = fc.integer({ min: 0, max: 3 });
  fc.assert(
    fc.property(
      computed,
      rows,
      LENGTHS,
      fc.boolean(),
      fc.nat(999),
      (dtype, rows, n, down, seed) => {
        const make: Make = (put) => {
          const x = put(some(dtype, rows * n, seed));
          const values = put(some(dtype, rows * n, 0));
          const indices = put(noise(rows * n * 8, 1));
          return [
            { family: "sort", dtype, rows, n, descending: down, x, values, indices },
            [values, indices],
          ];
        };
        const ours = runOn(gpu, make), theirs = runOn(reference, make);
        assertEquals(shown("int64", ours[1]), shown("int64", theirs[1]));
        assertEquals(shown(dtype, ours[0]), shown(dtype, theirs[0]));
      },
    ),
  );
});

gpuTest(
  "a sorted row of 100,000 floats of any bits is in order and has the bits it came with",
  (gpu) => {
    const n = 100_000;
    const bits = noise(4 * n, 5);
    const [values, indices] = runOn(gpu, (put) => {
      const x = put(bits),
        values = put(new Uint8Array(4 * n)),
        indices = put(new Uint8Array(8 * n));
      return [
        { family: "sort", dtype: "float32", rows: 1, n, descending: false, x, values, indices },
        [values, indices],
      ];
    });
    const at = Array.from(new BigInt64Array(indices.buffer), Number);
    assertEquals(new Set(at).size, n);
    const given = new Uint32Array(bits.buffer);
    assertEquals(new Uint32Array(values.buffer), Uint32Array.from(at, (i) => given[i]));
    const x = new Float32Array(values.buffer);
    for (let i = 1; i < n; i++) {
      const inOrder = x[i - 1] < x[i] ||
        (x[i - 1] === x[i] || Number.isNaN(x[i - 1])
          ? (x[i - 1] === x[i] || Number.isNaN(x[i])) && at[i - 1] < at[i]
          : Number.isNaN(x[i]));
      assert(inOrder, `${x[i - 1]} from ${at[i - 1]} comes before ${x[i]} from ${at[i]}`);
    }
  },
);

/** Three numbers, and two indices into them of which one may be bad. */
function indexed(device: Device, index: number | bigint, mode: "gather" | "set" | "add") {
  const put = (dtype: DType, values: Values): Block => {
    const bytes = bytesOf({ dtype, values });
    const block = device.alloc(bytes.byteLength);
    device.write(block, 0, bytes);
    return block;
  };
  const src = put("float32", [5, 6, 7]), out = put("float32", [1, 2, 3]);
  const at: View3 = { block: put("int64", [0, index]), offset: 0, strides: [2, 1, 1] };
  const sizes = { dtype: "float32", outer: 1, n: 3, m: 2, inner: 1, index: at, out } as const;
  device.run(
    mode === "gather"
      ? { family: "gather", ...sizes, src }
      : { family: "scatter", mode, ...sizes, src: { block: src, offset: 0, strides: [2, 1, 1] } },
  );
  return out;
}

for (const mode of ["gather", "set", "add"] as const) {
  gpuTest(`an index outside raises IndexError when what came of ${mode} is read`, async (gpu) => {
    for (const index of [3, -1, 2 ** 33, -(2n ** 62n)]) {
      const message = `Index ${index} is out of bounds for a dimension of size 3`;
      const block = indexed(gpu, index, mode);
      assertThrows(() => gpu.readSync(block, 0, 12), IndexError, message);
      // It was said once; the device works on, and the bad index touched nothing.
      const expected = { gather: [5, 0, 3], set: [5, 2, 3], add: [6, 2, 3] }[mode];
      assertEquals(valuesOf("float32", gpu.readSync(block, 0, 12)!), expected);
      const later = indexed(gpu, index, mode);
      let caught: unknown;
      await gpu.read(later, 0, 12).catch((error) => caught = error);
      assert(caught instanceof IndexError);
      assertEquals(caught.message, message);
      const good = indexed(gpu, 2, mode);
      const sums = { gather: [5, 7, 3], set: [5, 2, 6], add: [6, 2, 9] }[mode];
      assertEquals(valuesOf("float32", await gpu.read(good, 0, 12)), sums);
    }
  });
}

gpuTest("the first index outside that is noted stays, also where indices are sorted", (gpu) => {
  const index = indicesOf([1, 7, 0, -4, 1]);
  const out = gpu.alloc(8), block = gpu.alloc(40), src = gpu.alloc(20);
  gpu.write(out, 0, bytesOf({ dtype: "float32", values: [10, 20] }));
  gpu.write(block, 0, index);
  gpu.write(src, 0, bytesOf({ dtype: "float32", values: [1, 2, 3, 4, 5] }));
  addSorted(gpu, {
    family: "scatter",
    mode: "add",
    dtype: "float32",
    outer: 1,
    n: 2,
    m: 5,
    inner: 1,
    src: { block: src, offset: 0, strides: [5, 1, 1] },
    index: { block, offset: 0, strides: [5, 1, 1] },
    out,
  });
  const error = assertThrows(() => gpu.readSync(out, 0, 8), IndexError);
  assert(/^Index (7|-4) is out of bounds for a dimension of size 2$/.test(error.message));
  assertEquals(valuesOf("float32", gpu.readSync(out, 0, 8)!), [13, 26]);
});

gpuTest("float64 moves, and raises DTypeError where it would have to be computed with", (gpu) => {
  const block = () => gpu.alloc(16);
  const dtype = "float64", view = (): View3 => ({ block: block(), offset: 0, strides: [2, 1, 1] });
  const sizes = { dtype, outer: 1, n: 2, inner: 1 } as const;
  const calls: [string, FamilyCall][] = [
    ["scatterAdd", {
      family: "scatter",
      mode: "add",
      ...sizes,
      m: 2,
      src: view(),
      index: view(),
      out: block(),
    }],
    ["cumsum", { family: "scan", op: "sum", ...sizes, x: block(), out: block() }],
    ["cumprod", { family: "scan", op: "prod", ...sizes, x: block(), out: block() }],
    ["sort", {
      family: "sort",
      dtype,
      rows: 1,
      n: 2,
      descending: false,
      x: block(),
      values: block(),
      indices: block(),
    }],
  ];
  for (const [name, call] of calls) {
    assertThrows(() => gpu.run(call), DTypeError, `${name}: "webgpu" does not compute in float64`);
  }
});
