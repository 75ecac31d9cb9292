import { assertEquals, assertThrows } from "@std/assert";
import type { Snapshot } from "../compare.ts";
import { FrameError } from "./frames.ts";
import { pack, unpack, unpackAll } from "./values.ts";

const NEGATIVE_ZERO: Snapshot = { shape: [], dtype: "float32", bytes: Uint8Array.of(0, 0, 0, 128) };
const EMPTY: Snapshot = { shape: [0, 3], dtype: "int64", bytes: new Uint8Array(0) };

Deno.test("pack() puts the elements of tensors into byte strings, however deep they are", () => {
  const bin: Uint8Array[] = [];
  const given = { args: [NEGATIVE_ZERO, [null, { x: EMPTY }], 2], file: Uint8Array.of(7) };
  assertEquals(pack(given, bin), {
    args: [{ shape: [], dtype: "float32", b: 0 }, [null, { x: { ...EMPTY, bytes: 0, b: 1 } }], 2]
      .map((each) => JSON.parse(JSON.stringify(each).replace('"bytes":0,', ""))),
    file: 2,
  });
  assertEquals(bin, [NEGATIVE_ZERO.bytes, EMPTY.bytes, Uint8Array.of(7)]);
});

Deno.test("unpackAll() reads what pack() wrote", () => {
  const values = new Map([["a", NEGATIVE_ZERO], ["b", EMPTY]]);
  const bin: Uint8Array[] = [];
  assertEquals(unpackAll(pack(values, bin), bin), values);
});

Deno.test("unpack() refuses a tensor of another size, of no bytes and of no dtype", () => {
  const four = [new Uint8Array(4)];
  for (
    const wrong of [
      { shape: [2], dtype: "float32", b: 0 },
      { shape: [1], dtype: "float32", b: 1 },
      { shape: [1], dtype: "complex64x", b: 0 },
    ]
  ) assertThrows(() => unpack(wrong, four), FrameError);
});
