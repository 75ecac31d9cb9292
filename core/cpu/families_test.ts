import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Block } from "../block.ts";
import type { Device, FamilyCall } from "../device.ts";
import { type DType, DTYPES } from "../dtype.ts";
import { IndexError } from "../errors.ts";
import { bytesOf, cpu, reference, valuesOf } from "./testdata/oracle.ts";

const DTYPE = fc.constantFrom<DType>(
  "float32",
  "int64",
  "float16",
  "bfloat16",
  "float64",
  "int32",
  "uint8",
  "bool",
);

type Values = (number | bigint)[];

/** Runs one call on a device; `make` gets a function that puts values into a block. */
function onDevice(
  device: Device,
  make: (put: (dtype: DType, values: Values) => Block) => [FamilyCall, [DType, Block][]],
): Values[] {
  const blocks: Block[] = [];
  const [call, results] = make((dtype, values) => {
    const bytes = bytesOf({ dtype, values });
    const block = device.alloc(bytes.byteLength);
    device.write(block, 0, bytes);
    blocks.push(block);
    return block;
  });
  try {
    device.run(call);
    return results.map(([dtype, block]) =>
      valuesOf(dtype, device.readSync(block, 0, block.nbytes)!)
    );
  } finally {
    blocks.forEach((block) => device.free(block));
  }
}

function assertAgree(make: Parameters<typeof onDevice>[1]): void {
  assertEquals(onDevice(cpu, make), onDevice(reference, make));
}

/** Small values that every dtype holds; NaN where there is one. */
function values(dtype: DType, length: number, seed: number): Values {
  return Array.from({ length }, (_, j) => {
    const n = Math.imul(seed + j, 0x9e3779b1) >>> 28;
    if (dtype === "bool") return n & 1;
    return n === 5 && DTYPES[dtype].kind === "float" ? NaN : n;
  });
}

const SIZES = fc.record({
  outer: fc.integer({ min: 1, max: 3 }),
  n: fc.integer({ min: 1, max: 5 }),
  m: fc.integer({ min: 0, max: 6 }),
  inner: fc.integer({ min: 1, max: 5 }),
  seed: fc.nat(99),
});

for (const shared of [true, false]) {
  const how = shared ? "one index a row" : "an index each";

  Deno.test(`run() gathers as the reference does with ${how}`, () => {
    fc.assert(fc.property(DTYPE, SIZES, (dtype, { outer, n, m, inner, seed }) => {
      assertAgree((put) => {
        const out = put(dtype, values(dtype, outer * m * inner, 0));
        const at = values("uint8", outer * m * inner, seed).map((x) => Number(x) % n);
        const index = {
          block: put("int64", at),
          offset: 0,
          strides: (shared ? [m, 1, 0] : [m * inner, inner, 1]) as [number, number, number],
        };
        const src = put(dtype, values(dtype, outer * n * inner, seed));
        return [{ family: "gather", dtype, outer, n, m, inner, src, index, out }, [[dtype, out]]];
      });
    }));
  });

  Deno.test(`run() scatters as the reference does with ${how}`, () => {
    const mode = fc.constantFrom<"set" | "add">("set", "add");
    fc.assert(fc.property(DTYPE, mode, SIZES, (dtype, mode, { outer, n, m, inner, seed }) => {
      assertAgree((put) => {
        const out = put(dtype, values(dtype, outer * n * inner, 3));
        const at = values("uint8", outer * m * inner, seed).map((x) => Number(x) % n);
        const index = {
          block: put("int64", at),
          offset: 0,
          strides: (shared ? [m, 1, 0] : [m * inner, inner, 1]) as [number, number, number],
        };
        const src = {
          block: put(dtype, values(dtype, outer * m * inner + 1, seed)),
          offset: 1,
          strides: [m * inner, inner, 1] as [number, number, number],
        };
        return [
          { family: "scatter", mode, dtype, outer, n, m, inner, src, index, out },
          [[dtype, out]],
        ];
      });
    }));
  });
}

Deno.test("run() scans as the reference does", () => {
  const op = fc.constantFrom<"sum" | "prod">("sum", "prod");
  fc.assert(fc.property(DTYPE, op, SIZES, (dtype, op, { outer, n, inner, seed }) => {
    assertAgree((put) => {
      const x = put(dtype, values(dtype, outer * n * inner, seed));
      const out = put(dtype, values(dtype, outer * n * inner, 0));
      return [{ family: "scan", op, dtype, outer, n, inner, x, out }, [[dtype, out]]];
    });
  }));
});

Deno.test("run() sorts stably, NaN last, as the reference does", () => {
  const length = fc.integer({ min: 0, max: 70 });
  fc.assert(fc.property(DTYPE, length, fc.boolean(), fc.nat(99), (dtype, n, descending, seed) => {
    assertAgree((put) => {
      const x = put(dtype, values(dtype, 2 * n, seed));
      const sorted = put(dtype, values(dtype, 2 * n, 0));
      const indices = put("int64", values("int64", 2 * n, 0));
      return [
        { family: "sort", dtype, rows: 2, n, descending, x, values: sorted, indices },
        [[dtype, sorted], ["int64", indices]],
      ];
    });
  }));
});

for (const device of [cpu, reference]) {
  Deno.test(`a scatter with an index outside throws before it writes [${device.name}]`, () => {
    const put = (dtype: DType, list: Values): Block => {
      const bytes = bytesOf({ dtype, values: list });
      const block = device.alloc(bytes.byteLength);
      device.write(block, 0, bytes);
      return block;
    };
    for (const mode of ["set", "add"] as const) {
      for (const index of [3, -1, 2 ** 33]) {
        const out = put("float32", [1, 2, 3]);
        const call: FamilyCall = {
          family: "scatter",
          mode,
          dtype: "float32",
          outer: 1,
          n: 3,
          m: 2,
          inner: 1,
          src: { block: put("float32", [5, 5]), offset: 0, strides: [2, 1, 1] },
          index: { block: put("int64", [0, index]), offset: 0, strides: [2, 1, 1] },
          out,
        };
        assertThrows(() => device.run(call), IndexError, `Index ${index} is out of bounds`);
        assertEquals(valuesOf("float32", device.readSync(out, 0, 12)!), [1, 2, 3]);
      }
    }
  });
}
