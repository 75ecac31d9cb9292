import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  PickleDict,
  PickleGlobal,
  type PickleNode,
  PickleObject,
  PicklePersistent,
  PickleSet,
  PickleTuple,
} from "./pickle_nodes.ts";
import { readPickle } from "./pickle_reader.ts";
import { writePickle } from "./pickle_writer.ts";

/** The pickle's bytes as text, one character each. */
function written(node: PickleNode): string {
  return String.fromCharCode(...writePickle(node));
}

Deno.test("writePickle() re-creates a pickle of PyTorch's byte for byte", async () => {
  const golden = await Deno.readFile(new URL("testdata/golden_g.pt", import.meta.url));
  const pickle = golden.subarray(0x40, 0x40 + 169);
  assertEquals(writePickle(readPickle(pickle).value).toHex(), pickle.toHex());
});

Deno.test("writePickle() picks CPython's opcode for each number", () => {
  const cases: [PickleNode, string][] = [
    [0, "K\x00"],
    [255, "K\xff"],
    [256, "M\x00\x01"],
    [65536, "J\x00\x00\x01\x00"],
    [-1, "J\xff\xff\xff\xff"],
    [2 ** 31, "\x8a\x05\x00\x00\x00\x80\x00"],
    [2n ** 63n, "\x8a\x09" + "\x00".repeat(7) + "\x80\x00"],
    [-(2n ** 63n), "\x8a\x08" + "\x00".repeat(7) + "\x80"],
    [1.5, "G\x3f\xf8\x00\x00\x00\x00\x00\x00"],
    [-0, "G\x80\x00\x00\x00\x00\x00\x00\x00"],
    [2 ** 60, "G\x43\xb0\x00\x00\x00\x00\x00\x00"],
  ];
  for (const [value, expected] of cases) assertEquals(written(value), `\x80\x02${expected}.`);
  assertThrows(() => writePickle(2n ** 2040n), RangeError, "256 bytes");
});

Deno.test("writePickle() writes strings, globals and shared nodes once", () => {
  assertEquals(written(["a", "a"]), "\x80\x02]q\x00(X\x01\x00\x00\x00aq\x01h\x01e.");
  const shared: PickleNode[] = [];
  assertEquals(written(new PickleTuple([shared, shared])), "\x80\x02]q\x00h\x00\x86q\x01.");
  const named = () => new PickleGlobal("builtins", "set");
  assertEquals(
    written(new PickleTuple([named(), named()])),
    "\x80\x02c__builtin__\nset\nq\x00h\x00\x86q\x01.",
  );
});

Deno.test("writePickle() writes cycles through lists and refuses them through tuples", () => {
  const list: PickleNode[] = [];
  list.push(list);
  assertEquals(written(list), "\x80\x02]q\x00h\x00a.");
  const inner: PickleNode[] = [];
  const tuple = new PickleTuple([inner]);
  inner.push(tuple);
  assertThrows(() => writePickle(tuple), RangeError, "contains itself");
});

Deno.test("writePickle() batches items by a thousand", () => {
  const text = written(Array.from({ length: 2001 }, () => null));
  assertEquals([...text].filter((character) => character === "e").length, 2);
  assertEquals(text.slice(-3), "Na.");
});

const leaf: fc.Arbitrary<PickleNode> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt(-(2n ** 2000n), 2n ** 2000n)
    .filter((value) => !Number.isSafeInteger(Number(value))),
  fc.string({ unit: "binary" }),
  fc.constantFrom("\ud800", "a\udfff€", "\ufeff", ""),
);
const { node } = fc.letrec<{ node: PickleNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("node")),
    fc.array(tie("node")).map((items) => new PickleTuple(items)),
    fc.array(fc.tuple(leaf, tie("node"))).map((pairs) => new PickleDict(pairs)),
    tie("node").map((id) => new PicklePersistent(id)),
    fc.tuple(tie("node"), fc.array(tie("node"))).map(([state, items]) => {
      const made = new PickleObject(new PickleGlobal("m", "n"), new PickleTuple([]));
      made.items.push(...items);
      made.state = state;
      return made;
    }),
  ),
}));

Deno.test("readPickle() gives back what writePickle() was given", () => {
  fc.assert(fc.property(node, (value) => {
    assertEquals(readPickle(writePickle(value)).value, value);
  }));
});

Deno.test("writePickle() spells bytes and sets in protocol 2", () => {
  const bytes = readPickle(writePickle(Uint8Array.of(0, 200))).value;
  assertEquals(
    bytes,
    new PickleObject(new PickleGlobal("_codecs", "encode"), new PickleTuple(["\0È", "latin1"])),
  );
  const set = readPickle(writePickle(new PickleSet([1, 2]))).value;
  assertEquals(
    set,
    new PickleObject(new PickleGlobal("builtins", "set"), new PickleTuple([[1, 2]])),
  );
});
