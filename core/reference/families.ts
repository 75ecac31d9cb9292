/**
 * The kernels that recipes can't express, written as their definitions.
 *
 * @module
 */
import type { FamilyCall, GatherCall, ScanCall, ScatterCall, SortCall, View3 } from "../device.ts";
import { IndexError } from "../errors.ts";
import { decode, encode, fit, stepValue, type Value } from "./evaluate.ts";
import type { ReferenceBlock } from "./device.ts";

/** Runs one family call. */
export function runFamily(call: FamilyCall): void {
  switch (call.family) {
    case "gather":
      return gather(call);
    case "scatter":
      return scatter(call);
    case "scan":
      return scan(call);
    case "sort":
      return sort(call);
  }
}

function at(view: View3, o: number, m: number, i: number): number {
  return view.offset + o * view.strides[0] + m * view.strides[1] + i * view.strides[2];
}

function elements(block: unknown, dtype: Parameters<ReferenceBlock["elements"]>[0]): Value[] {
  return (block as ReferenceBlock).elements(dtype) as unknown as Value[];
}

/** Throws for an index outside of `[0, n)`. */
function checked(index: Value, n: number): number {
  const i = Number(index);
  if (i < 0 || i >= n) {
    throw new IndexError(`Index ${i} is out of bounds for a dimension of size ${n}`);
  }
  return i;
}

function gather({ dtype, outer, n, m, inner, src, index, out }: GatherCall): void {
  const from = elements(src, dtype),
    to = elements(out, dtype),
    at64 = elements(index.block, "int64");
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++) {
      for (let i = 0; i < inner; i++) {
        const k = checked(at64[at(index, o, j, i)], n);
        to[(o * m + j) * inner + i] = from[(o * n + k) * inner + i];
      }
    }
  }
}

function scatter({ mode, dtype, outer, n, m, inner, src, index, out }: ScatterCall): void {
  const from = elements(src.block, dtype), to = elements(out, dtype);
  const at64 = elements(index.block, "int64");
  // All positions first: a bad index must leave everything as it was.
  const positions: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++) {
      for (let i = 0; i < inner; i++) {
        positions.push((o * n + checked(at64[at(index, o, j, i)], n)) * inner + i);
      }
    }
  }
  let next = 0;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++) {
      for (let i = 0; i < inner; i++) {
        const x = from[at(src, o, j, i)], position = positions[next++];
        to[position] = mode === "set" ? x : encode(
          stepValue("add", dtype, [decode(to[position], dtype), decode(x, dtype)]),
          dtype,
        );
      }
    }
  }
}

function scan({ op, dtype, outer, n, inner, x, out }: ScanCall): void {
  const from = elements(x, dtype), to = elements(out, dtype);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let value: Value | null = null;
      for (let j = 0; j < n; j++) {
        const position = (o * n + j) * inner + i;
        const next = decode(from[position], dtype);
        value = value === null
          ? next
          : stepValue(op === "sum" ? "add" : "mul", dtype, [value, next]);
        to[position] = encode(fit(value, dtype), dtype);
      }
    }
  }
}

function sort({ dtype, rows, n, descending, x, values, indices }: SortCall): void {
  const from = elements(x, dtype), to = elements(values, dtype), at64 = elements(indices, "int64");
  for (let row = 0; row < rows; row++) {
    const order = Array.from({ length: n }, (_, i) => i);
    const key = order.map((i) => decode(from[row * n + i], dtype));
    order.sort((i, j) => {
      const a = key[descending ? j : i], b = key[descending ? i : j];
      const nanA = Number.isNaN(a), nanB = Number.isNaN(b);
      if (nanA || nanB) return nanA === nanB ? i - j : nanA ? 1 : -1;
      return a < b ? -1 : a > b ? 1 : i - j;
    });
    order.forEach((i, j) => {
      to[row * n + j] = from[row * n + i];
      at64[row * n + j] = BigInt(i);
    });
  }
}
