import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { CheckpointError, type Tensor, UnsafePickleError } from "../core/mod.ts";
import { StateDict } from "../nn/mod.ts";
import { portableCrc32 } from "./crc32.ts";
import type { Loaded } from "./decode_value.ts";
import { load } from "./load.ts";
import { describe } from "./testdata/describe.ts";
import { ZipWriter } from "./zip_writer.ts";

const testdata = new URL("testdata/", import.meta.url);
const file = (name: string): URL => new URL(name, testdata);
const expected: Record<string, unknown> = JSON.parse(
  await Deno.readTextFile(file("expected.json")),
);

for (const name of Object.keys(expected)) {
  Deno.test(`load() reads PyTorch's ${name} bit for bit`, async () => {
    assertEquals(await describe(await load<Loaded>(file(name))), expected[name]);
  });
}

Deno.test("load() keeps shared storages shared and one object one", async () => {
  const views = await load<Map<string, Tensor>>(file("views.pt"));
  const storages = new Set([...views.values()].map((view) => view.storage));
  // The base with its six views, and the four tensors that stand alone.
  assertEquals(storages.size, 5);
  assertStrictEquals(views.get("base"), views.get("same"));
  const parameters = await load<Map<string, Tensor>>(file("parameters.pt"));
  assertStrictEquals(parameters.get("weight"), parameters.get("again"));
});

Deno.test("load() gives a state dict as a StateDict with its metadata", async () => {
  const state = await load(file("batchnorm.pt"));
  assert(state instanceof StateDict);
  assertEquals(state.metadata.get("1"), new Map([["version", 2]]));
});

Deno.test("load() keeps cycles, which Python allows", async () => {
  const cycle = await load<Map<string, Loaded>>(file("cycle.pt"));
  assertStrictEquals(cycle.get("self"), cycle);
  const [first, second] = cycle.get("shared") as Loaded[];
  assertStrictEquals(first, second);
});

Deno.test("load() in strict mode accepts what PyTorch wrote", async () => {
  for (const name of ["dtypes.pt", "views.pt", "batchnorm.pt", "rezipped.pt"]) {
    assert(await load<Loaded>(file(name), { strict: true }));
  }
});

Deno.test("load() refuses by name what it does not support", async () => {
  const cases: [string, string][] = [
    ["refused_legacy.pth", "legacy format"],
    ["golden_legacy.pth", "legacy format"],
    ["refused_sparse.pt", "a sparse tensor: not supported yet"],
    ["refused_csr.pt", "a sparse tensor"],
    ["refused_quantized.pt", "a quantized tensor"],
    ["refused_meta.pt", "a meta tensor"],
    ["refused_complex128.pt", "a complex128 tensor"],
    ["refused_script.pt", "a TorchScript archive"],
    ["make_fixtures.py", "no known format"],
  ];
  for (const [name, message] of cases) {
    await assertRejects(() => load(file(name)), CheckpointError, message);
  }
  await assertRejects(
    () => load(file("refused_module.pt")),
    UnsafePickleError,
    "torch.nn.modules.linear.Linear at byte",
  );
});

Deno.test("load() names foreign formats by their first bytes", async () => {
  const text = (content: string): number[] => [...new TextEncoder().encode(content)];
  const cases: [number[], string][] = [
    [[], "is empty"],
    [[0x80, 2, 0x4b, 1, 0x2e], "a bare pickle"],
    [
      [0x80, 4, 0x95, 0x0d, 0, 0, 0, 0, 0, 0, 0, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]
        .concat([0x6a, 0xa8, 0x50, 0x19, 0x2e]),
      "legacy format",
    ],
    [text("L119547037146038801333356L\n."), "legacy format"],
    [[8, 0, 0, 0, 0, 0, 0, 0, ...text("{}      ")], "safetensors"],
    [[...new Array(257).fill(0), ...text("ustar")], "a tar archive"],
    [[0x93, ...text("NUMPY")], "npy"],
    [[0x1f, 0x8b, 8], "gzip"],
    [text("version https://git-lfs.github.com/spec/v1\n"), "Git LFS pointer"],
    [text("\n<!DOCTYPE html>"), "a web page"],
    [text("hello"), "starts with 68656c6c6f"],
  ];
  for (const [bytes, message] of cases) {
    await assertRejects(() => load(Uint8Array.from(bytes)), CheckpointError, message);
  }
});

const latin1 = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

/** A checkpoint of hand-made records. */
async function archive(records: Record<string, string>): Promise<Uint8Array> {
  const parts: number[] = [];
  const sink = {
    write: (bytes: Uint8Array) => Promise.resolve(void parts.push(...bytes)),
  };
  const zip = new ZipWriter(sink, portableCrc32);
  for (const [name, content] of Object.entries(records)) {
    const bytes = latin1(content);
    await zip.record(name, bytes.length, [bytes]);
  }
  await zip.finish();
  return Uint8Array.from(parts);
}

/** A checkpoint with one pickle and one storage of 16 bytes: 0, 1, ... */
function withPickle(pickle: string, others: Record<string, string> = {}): Promise<Uint8Array> {
  const data = String.fromCharCode(...Array.from({ length: 16 }, (_, i) => i));
  return archive({ "r/data.pkl": pickle, "r/data/0": data, "r/version": "3\n", ...others });
}

/** Pieces of pickles. */
const str = (text: string): string => `X${String.fromCharCode(text.length)}\0\0\0${text}`;
const id = (cls: string, length: number, key = "0", place = "cpu"): string =>
  `(${str("storage")}c${cls}\n${str(key)}${str(place)}K${String.fromCharCode(length)}tQ`;
const ints = (values: number[]): string => `(${values.map((value) => `J${le32(value)}`).join("")}t`;
const le32 = (value: number): string =>
  String.fromCharCode(...[0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff));
const FLOAT = "torch\nFloatStorage";
const UNTYPED = "torch.storage\nUntypedStorage";
const ORDERED = "ccollections\nOrderedDict\n)R";
const v2 = (shape: number[], strides: number[], offset = 0, tail = ""): string =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${id(FLOAT, 4)}J${le32(offset)}` +
  `${ints(shape)}${ints(strides)}\x89${ORDERED}${tail}tR`;
const v3 = (dtype: string, shape: number[], nbytes = 16): string =>
  `ctorch._utils\n_rebuild_tensor_v3\n(${id(UNTYPED, nbytes)}K\0${ints(shape)}` +
  `${ints(shape.map(() => 1))}\x89${ORDERED}ctorch\n${dtype}\ntR`;

async function bits(pickle: string, others?: Record<string, string>): Promise<unknown> {
  const loaded = await load<Tensor>(await withPickle(pickle + ".", others));
  return (await describe(loaded) as { bits: string }).bits;
}

Deno.test("load() reads the dtypes that PyTorch saves untyped", async () => {
  for (const [dtype, size] of [["uint16", 2], ["uint32", 4], ["uint64", 8]] as const) {
    const loaded = await load<Tensor>(await withPickle(v3(dtype, [16 / size]) + "."));
    assertEquals([loaded.dtype, loaded.storage.length], [dtype, 16 / size]);
  }
  for (const dtype of ["float8_e4m3fn", "float8_e5m2"]) {
    assertEquals(await bits(v3(dtype, [3])), "000102");
  }
  await assertRejects(
    () => bits(v3("float8_e8m0fnu", [3])),
    CheckpointError,
    "a float8_e8m0fnu tensor: not supported yet",
  );
});

Deno.test("load() reads the oldest rebuild function and storages on their own", async () => {
  const oldest = `ctorch._utils\n_rebuild_tensor\n(${id(FLOAT, 4)}K\x01${ints([1])}${ints([1])}tR`;
  assertEquals(await bits(oldest), "04050607");
  assertEquals(await bits(id("torch\nShortStorage", 2)), "00010203");
  assertEquals(await bits(id("torch.cuda\nShortStorage", 2, "0", "cuda:0")), "00010203");
  assertEquals(await bits(id(UNTYPED, 3)), "000102");
});

Deno.test("load() does the conjugations and negations that PyTorch left for later", async () => {
  const complex = (metadata: string) =>
    `ctorch._utils\n_rebuild_tensor_v2\n(${id("torch\nComplexFloatStorage", 2)}K\0` +
    `${ints([1])}${ints([1])}\x89${ORDERED}}(${metadata}utR`;
  assertEquals(await bits(complex(`${str("conj")}\x88`)), "0001020304050687");
  assertEquals(await bits(complex(`${str("neg")}\x88`)), "0001028304050687");
  assertEquals(await bits(complex(`${str("neg")}\x88${str("conj")}\x88`)), "0001028304050607");
  assertEquals(await bits(complex(`${str("conj")}\x89`)), "0001020304050607");
  assertEquals(await bits(v2([1], [1], 1, `}${str("neg")}\x88s`)), "04050687");
  await assertRejects(
    () => bits(v2([1], [1], 0, `}${str("conj")}\x88s`)),
    CheckpointError,
    "a float32 tensor is conjugated",
  );
  await assertRejects(
    () => bits(v2([1], [1], 0, `}${str("other")}\x88s`)),
    CheckpointError,
    '"other"',
  );
});

Deno.test("load() keeps the tensor of a subclass and of a parameter with attributes", async () => {
  const call = `ctorch._utils\n_rebuild_tensor_v2\n`;
  const args = `(${id(FLOAT, 4)}K\0${ints([1])}${ints([1])}\x89${ORDERED}t`;
  const subclass = `ctorch._tensor\n_rebuild_from_type_v2\n(${call}ctorch\nTensor\n${args}}tR`;
  assertEquals(await bits(subclass), "00010203");
  const parameter = `ctorch._utils\n_rebuild_parameter_with_state\n(${
    v2([1], [1])
  }\x88${ORDERED}}tR`;
  const loaded = await load<Tensor>(await withPickle(parameter + "."));
  assertEquals(loaded.requiresGrad, true);
});

Deno.test("load() holds every tensor against its storage", async () => {
  const huge = 0x7fffffff;
  const cases: [string, string][] = [
    [v2([5], [1]), "past the 4 elements"],
    [v2([2, 2], [3, 1]), "past the 4 elements"],
    [v2([1], [1], 4), "past the 4 elements"],
    [v2([2, 2], [huge, huge]), "past the 4 elements"],
    [v2([huge, huge, huge], [0, 0, 0]), "too large"],
    [v2([-1], [1]), "size is -1"],
    [v2([1], [-1]), "stride is -1"],
    [v2([1], [1], -1), "offset is -1"],
    [v2([1, 1], [1]), "2 sizes and 1 strides"],
    [v2(new Array(65).fill(1), new Array(65).fill(1)), "65 dimensions"],
    [v3("uint32", [1], 15), "no whole number of uint32"],
    [v3("uint32", [4], 20), "has 16 bytes"],
    [id(FLOAT, 5), "has 16 bytes, and its storage 20"],
    [id(FLOAT, 4, "1"), 'no record "r/data/1"'],
    [id(FLOAT, 4, "0", "meta"), "meta device"],
    [id("collections\nOrderedDict", 4), "is of the class collections.OrderedDict"],
    [`(${id(FLOAT, 4)}${id(FLOAT, 3)}t`, "is said to have 16 bytes, and elsewhere 12"],
    ["K\x01Q", "does not refer to a storage"],
    ["ctorch._utils\n_rebuild_tensor_v2\n)R", "requires_grad is no boolean"],
  ];
  for (const [pickle, message] of cases) {
    await assertRejects(() => bits(pickle), CheckpointError, message);
  }
  assertEquals(await bits(v2([0, huge, huge], [huge, huge, huge])), "");
  assertEquals((await load<Tensor>(await withPickle(v2([huge], [0]) + "."))).shape, [huge]);
  // A record longer than its storage is only wrong in strict mode.
  const short = await withPickle(id(FLOAT, 3) + ".");
  assertEquals((await load<Tensor>(short)).shape, [3]);
  await assertRejects(() => load(short, { strict: true }), CheckpointError, "has 16 bytes");
});

Deno.test("load() refuses calls with arguments that make no sense", async () => {
  const calls = [
    "cbuiltins\ncomplex\n)R",
    "ctorch\ndevice\n)R",
    "ctorch\ndevice\nN\x85R",
    "ctorch\nSize\nN\x85R",
    "c_codecs\nencode\n)R",
    `c_codecs\nencode\n${str("a")}${str("rot13")}\x86R`,
    "cbuiltins\nset\nN\x85R",
    "ccollections\nOrderedDict\n]K\x01a\x85R",
    "cbuiltins\nbytes\nK\x05\x85R",
    "ctorch\nFloatStorage\n)R",
    "cbuiltins\nlist\n",
    "cbuiltins\nset\n]\x85RK\x01a",
    "cbuiltins\nset\n]\x85RK\x01K\x02s",
    "cbuiltins\nset\n]\x85R}b",
    "ctorch._utils\n_rebuild_parameter\n)R",
    "ctorch._tensor\n_rebuild_from_type_v2\n)R",
  ];
  for (const pickle of calls) {
    await assertRejects(() => bits(pickle), CheckpointError);
  }
});

Deno.test("load() never runs what is outside of the allow-list", async () => {
  const attacks = [
    `cposix\nsystem\n${str("id")}\x85R.`,
    `c__builtin__\neval\n${str("1")}\x85R.`,
    `\x80\x04${str("os")}${str("system")}\x93.`,
    "(ios\nsystem\n.",
    "cbuiltins\ngetattr\n.",
    "ctorch\nload\n.",
    "ctorch\nconstructor\n.",
    "ctorch\n__proto__\n.",
    "c__proto__\ntoString\n.",
    "ctorch.hub\nload\n.",
  ];
  for (const pickle of attacks) {
    await assertRejects(
      async () => load(await withPickle(pickle)),
      UnsafePickleError,
      "is not one of the globals",
    );
  }
});

Deno.test("load() refuses a nesting that no program of Python's could write", async () => {
  const pickle = "]".repeat(5000) + "a".repeat(4999) + ".";
  const bytes = await withPickle(pickle);
  await assertRejects(() => load(bytes), CheckpointError, "more than 1000 deep");
});

Deno.test("load() shares what a memo bomb doubles", async () => {
  let pickle = ")";
  for (let i = 0; i < 200; i++) {
    pickle += `q${String.fromCharCode(i)}0h${String.fromCharCode(i)}2\x86`;
  }
  assert(Array.isArray(await load<Loaded[]>(await withPickle(pickle + "."))));
});

Deno.test("load() checks the version and the byte order as PyTorch does", async () => {
  for (const version of ["3\n", "1", "10", " 4 junk"]) {
    assertEquals(await load<null>(await withPickle("N.", { "r/version": version })), null);
    assertEquals(
      await load<null>(await archive({ "r/data.pkl": "N.", "r/.data/version": version })),
      null,
    );
  }
  for (const version of ["0", "11", "-1", "", "x", "3".repeat(100)]) {
    const bytes = await withPickle("N.", { "r/version": version });
    await assertRejects(() => load(bytes), CheckpointError, "version");
  }
  const none = await archive({ "r/data.pkl": "N." });
  await assertRejects(() => load(none), CheckpointError, 'no record "r/version"');
  const middle = await withPickle("N.", { "r/byteorder": "middle" });
  await assertRejects(() => load(middle), CheckpointError, '"middle"');

  const big = { "r/byteorder": "big" };
  assertEquals(await bits(v2([1], [1]), big), "03020100");
  await assertRejects(() => bits(v3("uint32", [1]), big), CheckpointError, "byteOrder");
  assertEquals(await bits(v3("float8_e5m2", [2]), big), "0001");
  const ambiguous = await withPickle(v3("uint16", [1]) + ".", big);
  for (const [byteOrder, result] of [["big", "0100"], ["little", "0001"]] as const) {
    const loaded = await load<Tensor>(ambiguous, { byteOrder });
    assertEquals((await describe(loaded) as { bits: string }).bits, result);
  }
});

Deno.test("load() finds the pickle in archives that were packed again", async () => {
  assertEquals(await load<null>(await archive({ "data.pkl": "N.", "version": "3" })), null);
  const deep = { "a/b/data.pkl": "N.", "a/b/version": "3", "__MACOSX/a/data.pkl": "x" };
  assertEquals(await load<null>(await archive(deep)), null);
  const cases: [Record<string, string>, string][] = [
    [{ "a/data.pkl": "N.", "b/data.pkl": "N." }, "holds 2 pickles"],
    [{ "a/data.pkl": "N.", "a/constants.pkl": ")." }, "TorchScript"],
    [{ "a.npy": "", "b.npy": "" }, "npz"],
    [{ "p/.data/extern_modules": "" }, "torch.package"],
    [{ "p/archive_format": "pt2" }, "torch.export"],
    [{ "readme.txt": "" }, "without data.pkl"],
    [{}, "empty zip"],
  ];
  for (const [records, message] of cases) {
    const bytes = await archive(records);
    // An archive without records starts with its end record; ours writes zip64's first.
    const given = Object.keys(records).length === 0 ? bytes.subarray(76) : bytes;
    await assertRejects(() => load(given), CheckpointError, message);
  }
});
