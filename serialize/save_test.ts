import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  CheckpointError,
  type DType,
  DTYPES,
  fromStorage,
  Storage,
  type Tensor,
} from "../core/mod.ts";
import { StateDict } from "../nn/mod.ts";
import { Complex } from "./complex.ts";
import type { Loaded } from "./decode_value.ts";
import { load } from "./load.ts";
import { readPickle } from "./pickle_reader.ts";
import { writePickle } from "./pickle_writer.ts";
import { save, toBytes } from "./save.ts";
import { openSource } from "./source.ts";
import { describe } from "./testdata/describe.ts";
import { ZipReader } from "./zip_reader.ts";

const file = (name: string): URL => new URL(`testdata/${name}`, import.meta.url);

async function recordsOf(bytes: Uint8Array): Promise<[string, string][]> {
  const zip = await ZipReader.open(await openSource(bytes));
  return await Promise.all(
    zip.entries.map(async (entry): Promise<[string, string]> => [
      entry.name,
      (await zip.read(entry, { checkCrc: true })).toHex(),
    ]),
  );
}

Deno.test("toBytes() writes PyTorch's golden file byte for byte, but for its byte order", async () => {
  const golden = await Deno.readFile(file("golden_g.pt"));
  const bytes = await toBytes(await load(golden), { root: "g" });
  const records = await recordsOf(bytes);
  assertEquals(records.filter(([name]) => name !== "g/byteorder"), await recordsOf(golden));
  assertEquals(
    records.map(([name]) => name),
    ["g/data.pkl", "g/byteorder", "g/data/0", "g/version"],
  );
  // PyTorch's own first record: header, padding and pickle.
  assertEquals(bytes.subarray(0, 0xf9).toHex(), golden.subarray(0, 0xf9).toHex());
});

for (const name of ["dtypes.pt", "views.pt", "batchnorm.pt", "checkpoint.pt"]) {
  Deno.test(`toBytes() pickles ${name} as PyTorch did, byte for byte`, async () => {
    const [[, ours]] = await recordsOf(await toBytes(await load<Loaded>(file(name))));
    const [[, theirs]] = await recordsOf(await Deno.readFile(file(name)));
    // Python writes equal strings twice when they are two objects; written again, they are one.
    const once = writePickle(readPickle(Uint8Array.fromHex(theirs)).value).toHex();
    assert(ours === once);
  });
}

Deno.test("toBytes() gives the same bytes for the same value", async () => {
  const value = await load<Loaded>(file("checkpoint.pt"));
  assertEquals(await toBytes(value), await toBytes(value));
});

Deno.test("save() writes a path, a file: URL and a stream alike, naming the root after the file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const value = { x: [1, 2.5, "three", null, true] };
    const cases: [string | URL, string][] = [
      [`${folder}/model.v2.pt`, "model.v2"],
      [new URL(`file://${folder}/net.pth`), "net"],
      [`${folder}/plain`, "plain"],
      [`${folder}/.pt`, "archive"],
      [`${folder}/modèle.pt`, "archive"],
    ];
    for (const [destination, root] of cases) {
      await save(value, destination);
      const bytes = await Deno.readFile(destination);
      assertEquals(bytes, await toBytes(value, { root }));
    }
    const parts: Uint8Array[] = [];
    let closed = false;
    const stream = new WritableStream<Uint8Array>({
      write: (part) => void parts.push(part),
      close: () => void (closed = true),
    });
    await save(value, stream);
    assert(closed);
    assertEquals(
      new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()),
      await toBytes(value),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("save() never holds the file as one array", async () => {
  const storage = Storage.fromBytes("uint8", new Uint8Array(1000));
  const view = () => fromStorage(storage, { shape: [1], strides: [1], offset: 0 });
  const sizes: number[] = [];
  await save(
    [view(), view()],
    new WritableStream<Uint8Array>({ write: (part) => void sizes.push(part.length) }),
  );
  assertEquals(Math.max(...sizes), 1000);
  assertEquals(sizes.filter((size) => size === 1000).length, 1, "a shared storage is saved once");
});

Deno.test("save() refuses other formats' extensions, and bad values before it makes a file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["m.safetensors", "m.NPZ", "m.npy"]) {
      await assertRejects(
        () => save({}, `${folder}/${name}`),
        CheckpointError,
        "not supported yet",
      );
    }
    await assertRejects(() => save({ f() {} }, `${folder}/m.pt`), TypeError, "value.f");
    let touched = false;
    const stream = new WritableStream({ write: () => void (touched = true) });
    await assertRejects(() => save({ f() {} }, stream), TypeError, "value.f");
    assert(!touched);
    assert(!stream.locked);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("save() aborts a stream when a storage cannot be read", async () => {
  const storage = Storage.fromBytes("uint8", new Uint8Array(4));
  const broken = fromStorage(storage, { shape: [4], strides: [1], offset: 0 });
  storage.bytes = () => Promise.reject(new Error("the device is gone"));
  let reason: unknown;
  const stream = new WritableStream<Uint8Array>({ abort: (why) => void (reason = why) });
  await assertRejects(() => save([broken], stream), Error, "the device is gone");
  assertEquals((reason as Error).message, "the device is gone");
});

const dtypes = fc.constantFrom(...Object.keys(DTYPES) as DType[]);

/** Storages with any bits, and views of them with any layout inside. */
const tensors: fc.Arbitrary<Tensor[]> = fc.array(
  fc.record({
    dtype: dtypes,
    length: fc.nat(40),
    seed: fc.integer({ min: 1 }),
    views: fc.array(
      fc.record({
        shape: fc.array(fc.nat(4), { maxLength: 4 }),
        strides: fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }),
        offset: fc.nat(8),
        grad: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 4 },
).map((storages) =>
  storages.flatMap(({ dtype, length, seed, views }) => {
    const { itemSize, kind } = DTYPES[dtype];
    const bytes = Uint8Array.from({ length: length * itemSize }, (_, i) => (i + 1) * seed);
    if (dtype === "bool") bytes.forEach((byte, i) => bytes[i] = byte & 1);
    const storage = Storage.fromBytes(dtype, bytes);
    const made: Tensor[] = [];
    for (const { shape, strides, offset, grad } of views) {
      const used = shape.map((_, dim) => strides[dim]);
      const last = shape.reduce((sum, size, dim) => sum + (size - 1) * used[dim], offset);
      if (!shape.includes(0) && last >= length) continue;
      made.push(fromStorage(storage, {
        shape,
        strides: used,
        offset,
        requiresGrad: grad && kind === "float",
      }));
    }
    return made;
  })
);

const plain = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt(2n ** 53n, 2n ** 900n),
  fc.bigInt(-(2n ** 900n), -(2n ** 53n)),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
  fc.tuple(fc.double(), fc.double()).map(([re, im]) => new Complex(re, im)),
);
const keys = fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));

/** Values as `load` gives them, with tensors in their places. */
function valuesOf(leaves: Tensor[]): fc.Arbitrary<unknown> {
  const leaf = leaves.length > 0 ? fc.oneof(plain, fc.constantFrom(...leaves)) : plain;
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("value")),
      fc.array(tie("value")).map((items) => Object.freeze(items)),
      fc.array(fc.tuple(keys, tie("value"))).map((pairs) => new Map(pairs)),
      fc.uniqueArray(fc.integer()).map((members) => new Set(members)),
      fc.array(fc.tuple(fc.string(), leaf)).map((pairs) => {
        const dict = new StateDict(pairs as [string, Tensor][]);
        dict.metadata.set("a.b", new Map([["version", 2]]));
        return dict;
      }),
    ),
  })).value;
}

Deno.test("load() gives back what save() was given: values, views and their sharing", async () => {
  await fc.assert(
    fc.asyncProperty(
      tensors.chain((leaves) => fc.tuple(fc.constant(leaves), valuesOf(leaves))),
      async ([leaves, value]) => {
        const [loaded, again] = await load<readonly Loaded[]>(
          await toBytes([leaves, value]),
          { strict: true },
        );
        assertEquals(await describe(again), await describe(value));
        assertEquals(await describe(loaded), await describe(leaves));
        const sharing = (views: readonly Tensor[]): number[] => {
          const storages = views.map((view) => view.storage);
          return storages.map((storage) => storages.indexOf(storage));
        };
        assertEquals(sharing(loaded as Tensor[]), sharing(leaves));
      },
    ),
    { numRuns: 200 },
  );
});
