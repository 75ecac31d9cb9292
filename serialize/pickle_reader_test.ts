import { assert, assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, UnsafePickleError } from "../core/mod.ts";
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

/** A pickle given as text whose characters are its bytes. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function read(text: string): PickleNode {
  return readPickle(latin1(text)).value;
}

Deno.test("readPickle() reads every spelling of None, booleans, integers and floats", () => {
  const cases: [string, PickleNode][] = [
    ["N.", null],
    ["\x88.", true],
    ["\x89.", false],
    ["I01\n.", true],
    ["I00\n.", false],
    ["I-12\n.", -12],
    ["K\xff.", 255],
    ["M\x00\x01.", 256],
    ["J\xff\xff\xff\xff.", -1],
    ["L123456789012345678901234567890L\n.", 123456789012345678901234567890n],
    ["L-5L\n.", -5],
    ["\x8a\x00.", 0],
    ["\x8a\x01\x80.", -128],
    ["\x8a\x05\x00\x00\x00\x80\x00.", 2 ** 31],
    ["\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", 2n ** 63n],
    ["\x8b\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80.", -(2n ** 63n)],
    ["F1.5\n.", 1.5],
    ["F-inf\n.", -Infinity],
    ["Fnan\n.", NaN],
    ["F1e-05\n.", 1e-5],
    ["G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5],
    ["G\x80\x00\x00\x00\x00\x00\x00\x00.", -0],
  ];
  for (const [text, expected] of cases) assertEquals(read(text), expected, JSON.stringify(text));
});

Deno.test("readPickle() reads every spelling of text and bytes", () => {
  const cases: [string, PickleNode][] = [
    ["X\x02\x00\x00\x00\xc3\xa9.", "é"],
    ["X\x03\x00\x00\x00\xef\xbb\xbf.", "\ufeff"],
    ["X\x03\x00\x00\x00\xed\xa0\x80.", "\ud800"],
    ["\x80\x04\x8c\x01a.", "a"],
    ["\x8d\x01\x00\x00\x00\x00\x00\x00\x00a.", "a"],
    ["V\\u00e9 \\U0001f600 \\\\u0041 \xe9\n.", "é 😀 \\\\u0041 é"],
    ["S'it\\'s \\x41\\n\\101'\n.", "it's A\nA"],
    ['S"a"\n.', "a"],
    ["U\x02ab.", "ab"],
    ["U\x01\xff.", new Uint8Array([255])],
    ["T\x02\x00\x00\x00ab.", "ab"],
    ["C\x02\x00\xff.", new Uint8Array([0, 255])],
    ["B\x01\x00\x00\x00\x07.", new Uint8Array([7])],
    ["\x8e\x01\x00\x00\x00\x00\x00\x00\x00\x07.", new Uint8Array([7])],
    ["\x96\x01\x00\x00\x00\x00\x00\x00\x00\x07.", new Uint8Array([7])],
  ];
  for (const [text, expected] of cases) assertEquals(read(text), expected, JSON.stringify(text));
});

Deno.test("readPickle() reads containers, marks, the memo and calls", () => {
  const cases: [string, PickleNode][] = [
    ["]K\x01aK\x02a.", [1, 2]],
    ["](K\x01K\x02e.", [1, 2]],
    ["(K\x01K\x02l.", [1, 2]],
    [").", new PickleTuple([])],
    ["K\x01\x85.", new PickleTuple([1])],
    ["K\x01K\x02K\x03\x87.", new PickleTuple([1, 2, 3])],
    ["(K\x01K\x02t.", new PickleTuple([1, 2])],
    ["}K\x01K\x02s.", new PickleDict([[1, 2]])],
    ["}(K\x01K\x02K\x03K\x04u.", new PickleDict([[1, 2], [3, 4]])],
    ["(K\x01K\x02d.", new PickleDict([[1, 2]])],
    ["\x8f(K\x01K\x02\x90.", new PickleSet([1, 2])],
    ["(K\x01\x91.", new PickleSet([1])],
    ["K\x010K\x02.", 2],
    ["(K\x01K\x021K\x03.", 3],
    ["(0K\x03.", 3],
    ["](K\x012e.", [1, 1]],
    ["(K\x05q\x07h\x07g7\nj\x07\x00\x00\x00t.", new PickleTuple([5, 5, 5, 5])],
    ["K\x05\x940h\x00.", 5],
    ["c__builtin__\nlong\n.", new PickleGlobal("builtins", "int")],
    ["ccopy_reg\nx\n.", new PickleGlobal("copyreg", "x")],
    ["X\x01\x00\x00\x00mX\x01\x00\x00\x00n\x93.", new PickleGlobal("m", "n")],
    ["Pabc\n.", new PicklePersistent("abc")],
    ["K\x05Q.", new PicklePersistent(5)],
    ["\x95\xff\xff\xff\xff\xff\xff\xff\xffN.", null],
  ];
  for (const [text, expected] of cases) assertEquals(read(text), expected, JSON.stringify(text));

  const call = new PickleGlobal("m", "n");
  for (const text of ["cm\nn\nK\x01\x85R.", "cm\nn\nK\x01\x85\x81.", "(K\x01im\nn\n."]) {
    assertEquals(read(text), new PickleObject(call, new PickleTuple([1])));
  }
  assertEquals(read("(cm\nn\nK\x01o."), new PickleObject(call, new PickleTuple([1])));
  assertEquals(read("cm\nn\nK\x01\x85}\x92."), new PickleObject(call, new PickleTuple([1])));
  const filled = read("cm\nn\n)R(K\x01K\x02uK\x03a}b.") as PickleObject;
  assertEquals(filled.pairs, [[1, 2]]);
  assertEquals(filled.items, [3]);
  assertEquals(filled.state, new PickleDict());
});

Deno.test("readPickle() keeps shared and cyclic structure by reference", () => {
  const list = read("]q\x00h\x00a.") as PickleNode[];
  assert(list[0] === list);
  const pair = read("]q\x00h\x00\x86.") as PickleTuple;
  assert(pair.items[0] === pair.items[1]);
});

Deno.test("readPickle() reports where a pickle ended, so that pickles may follow each other", () => {
  const bytes = latin1("K\x01.K\x02.");
  const first = readPickle(bytes);
  assertEquals(first, { value: 1, end: 3 });
  assertEquals(readPickle(bytes, { start: first.end }), { value: 2, end: 6 });
});

Deno.test("readPickle() lets `admit` refuse a global where it is named", () => {
  const seen: string[] = [];
  const admit = (named: PickleGlobal, at: string) => {
    seen.push(`${named.path} ${at}`);
    if (named.module === "posix") throw new UnsafePickleError(named.path);
  };
  assertThrows(
    () => readPickle(latin1("cm\nn\n0cposix\nsystem\nX\x02\x00\x00\x00ls\x85R."), { admit }),
    UnsafePickleError,
    "posix.system",
  );
  assertEquals(seen, ["m.n at byte 0 of the pickle", "posix.system at byte 6 of the pickle"]);
});

Deno.test("readPickle() says what is wrong and at which byte", () => {
  const cases: [string, string][] = [
    ["", "truncated: 1 bytes are due, 0 left, at byte 0"],
    ["K", "truncated"],
    ["NX\xff\xff\xff\xff", "truncated: 4294967295 bytes are due, 0 left, at byte 1"],
    ["\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "truncated"],
    ["T\xff\xff\xff\xff.", "negative length -1"],
    ["\x8b\xff\xff\xff\xff.", "negative length"],
    ["\x8b\xff\xff\x00\x00.", "an integer of 65535 bytes"],
    ["L" + "9".repeat(5000) + "L\n.", "a bad integer"],
    ["Ix\n.", "a bad integer"],
    ["Fx\n.", "a bad float"],
    ["S'a\n.", "a string without quotes"],
    ["I1", "a line does not end"],
    ["V\\Uffffffff\n.", "escape"],
    ["X\x01\x00\x00\x00\xff.", "not UTF-8"],
    [".", "needs a value"],
    ["NN.", "stops with 1 values left"],
    ["e.", "needs a mark"],
    ["(.", "needs a value"],
    ["(2.", "needs a value"],
    ["NNa.", "appends to what is no list"],
    ["]NNs.", "sets items of what is no dict"],
    ["}(Nu.", "a key without a value"],
    ["](N\x90.", "no set"],
    ["}Nb.", "gives a state to what has none"],
    ["h\x05.", "recalls value 5"],
    ["g-1\n.", "bad memo index"],
    ["NNR.", "calls what is no named global"],
    ["cm\nn\nNR.", "without a tuple"],
    ["cm\nn\n)}NNs\x92.", "named arguments"],
    ["NN\x93.", "by what is no string"],
    ["\x80\x06N.", "unknown protocol 6"],
    ["\x82\x01.", "unsupported opcode 0x82"],
    ["\x97.", "unsupported opcode 0x97"],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => read(text), CheckpointError, message);
  }
});

Deno.test("readPickle() stays linear on bombs", () => {
  // A list of two references to a list of two references ..., 200 deep: 2^200 nodes when copied.
  const doubling = "]" + Array.from({ length: 200 }, (_, i) => {
    const index = String.fromCharCode(i);
    return `q${index}0](h${index}h${index}e`;
  }).join("") + ".";
  assert(Array.isArray(read(doubling)));
  const depth = 300_000;
  assert(Array.isArray(readPickle(latin1("]".repeat(depth) + "a".repeat(depth - 1) + ".")).value));
  assertThrows(() => read("(".repeat(depth)), CheckpointError, "truncated");
  assertThrows(() => read("N" + "2".repeat(depth) + "."), CheckpointError, "values left");
  assertEquals(read(`V${"\\".repeat(depth)}\n.`), "\\".repeat(depth));
});
