import { assertEquals, assertStringIncludes } from "@std/assert";
import { DTYPES, fromStorage, Storage, type Tensor } from "../core/mod.ts";
import { StateDict } from "../nn/mod.ts";
import { Complex } from "./complex.ts";
import type { Loaded } from "./decode_value.ts";
import { load } from "./load.ts";
import { save } from "./save.ts";
import { describe } from "./testdata/describe.ts";

const PYTHON = "/usr/bin/python3";
const describer = new URL("testdata/describe.py", import.meta.url).pathname;

function hasTorch(): boolean {
  try {
    const { success } = new Deno.Command(PYTHON, { args: ["-c", "import torch"], stderr: "null" })
      .outputSync();
    if (success) return true;
  } catch {
    // no Python at all
  }
  console.log(`torch_oracle_test.ts: ${PYTHON} has no torch, so PyTorch does not read our files`);
  return false;
}

const BOTH = "both", FULL = "only without weights_only";

/** What PyTorch 1.13 reads, by name; `weights_only` has no floats, bytes, sets or complex there. */
async function values(): Promise<Record<string, [unknown, string]>> {
  const bytes = (length: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 0xff);
  const dtypes = new Map<string, Tensor>();
  for (const { name, itemSize, kind } of Object.values(DTYPES)) {
    if (kind === "storage" && name !== "complex64") continue; // newer than 1.13
    const data = name === "bool" ? Uint8Array.of(1, 0, 1) : bytes(3 * itemSize);
    dtypes.set(name, fromStorage(Storage.fromBytes(name, data), { shape: [3] }));
  }
  const base = Storage.fromBytes("float32", bytes(96));
  const look = (shape: number[], strides: number[], offset = 0): Tensor =>
    fromStorage(base, { shape, strides, offset });
  const views = {
    whole: look([24], [1]),
    transposed: look([6, 4], [1, 6]),
    inside: look([2, 2], [6, 1], 8),
    expanded: look([5, 2], [0, 3], 1),
    scalar: look([], [], 23),
    empty: fromStorage(Storage.fromBytes("int64", new Uint8Array(0)), { shape: [0, 3] }),
  };
  const dict = new StateDict(Object.entries(views));
  dict.metadata.set("", new Map([["version", 1]])).set("bn", new Map([["version", 2]]));
  const { whole } = views;
  const wanted = fromStorage(base, { shape: [2], requiresGrad: true });
  const many = Array.from({ length: 3000 }, (_, i): [string, number] => [`key${i}`, i]);
  return {
    dtypes: [dtypes, BOTH],
    views: [new Map(Object.entries(views)), BOTH],
    state: [dict, BOTH],
    twice: [[whole, whole, new Map([["again", whole], ["wanted", wanted]])], BOTH],
    ints: [[0, 255, 256, 65535, 65536, -1, 2 ** 31, -(2 ** 31), 2n ** 63n, -(2n ** 2000n)], BOTH],
    text: [["", "é😀", "\ufeff", "x".repeat(300), "\ud800"], BOTH],
    tuples: [[[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]].map((items) => Object.freeze(items)), BOTH],
    keys: [new Map<unknown, unknown>([["a", 1], [7, 2], [null, 3], [true, 4]]), BOTH],
    many: [new Map(many), BOTH],
    nothing: [null, BOTH],
    floats: [[1.5, -0, Infinity, -Infinity, NaN, 1e300, 2 ** 60], FULL],
    bytes: [[new Uint8Array(0), bytes(300)], FULL],
    others: [[new Set([1, 2]), new Complex(1.5, -2.5)], FULL],
    checkpoint: [await load<Loaded>(new URL("testdata/checkpoint.pt", import.meta.url)), FULL],
  };
}

Deno.test("save() writes what PyTorch loads, bit for bit, with weights_only too", {
  ignore: !hasTorch(),
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cases = Object.entries(await values());
    for (const [name, [value]] of cases) await save(value, `${folder}/${name}.pt`);
    const { success, stdout, stderr } = await new Deno.Command(PYTHON, {
      args: ["-B", "-W", "ignore", describer, ...cases.map(([name]) => `${folder}/${name}.pt`)],
    }).output();
    assertEquals(success, true, new TextDecoder().decode(stderr));
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    for (const [index, [name, [value, readers]]] of cases.entries()) {
      const plain = JSON.parse(lines[2 * index]), safe = JSON.parse(lines[2 * index + 1]);
      const ours = await describe(value);
      assertEquals(plain, ours, name);
      if (readers === BOTH) assertEquals(safe, ours, `${name} with weights_only`);
      else assertStringIncludes(safe.error, "Unsupported", name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
