import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { fromStorage, Storage } from "../core/mod.ts";
import { StateDict } from "../nn/mod.ts";
import { encodeValue } from "./encode_value.ts";
import { PickleDict, type PickleObject, type PickleTuple } from "./pickle_nodes.ts";

const ones = Storage.fromBytes("uint8", Uint8Array.of(1, 1));
const tensor = fromStorage(ones, { shape: [2], strides: [1], offset: 0 });

Deno.test("encodeValue() names the path to what cannot be saved", () => {
  class Config {}
  const inside: unknown[] = [];
  inside.push({ list: inside });
  const tooDeep: unknown[] = [];
  let deepest = tooDeep;
  for (let i = 0; i < 2000; i++) deepest.push(deepest = []);
  const cases: [unknown, string][] = [
    [() => 1, "Cannot save value: the function (anonymous)"],
    [{ a: [1, Math.max] }, "Cannot save value.a[1]: the function max"],
    [new Map([["optimizer", { x: Symbol("s") }]]), 'Cannot save value["optimizer"].x: a symbol'],
    [{ "two words": undefined }, 'Cannot save value["two words"]: it is undefined'],
    [[, 1], "Cannot save value[0]: it is undefined"], // deno-lint-ignore no-sparse-arrays
    [new Config(), "Cannot save value: an instance of Config"],
    [{ at: new Date() }, "Cannot save value.at: an instance of Date"],
    [[new Float32Array(2)], "value[0]: an instance of Float32Array; wrap it in tensor(...)"],
    [new Map([[{}, 1]]), "Cannot save value: a Map with the key [object Object]"],
    [new Map([[Symbol("k"), 1]]), "a Map with the key Symbol(k)"],
    [new Set([new Config()]), "Cannot save value.member(0): an instance of Config"],
    [{ [Symbol("k")]: 1 }, "Cannot save value: an object with a symbol for a key"],
    [2n ** 2040n, "Cannot save value: an integer of more than 255 bytes"],
    [inside, "Cannot save value[0].list: it contains itself"],
    [tooDeep, "nested 1000 deep"],
    [Object.create({}), "Cannot save value: an instance of Object"],
    [new (class extends Map {})(), "a class without a name"],
  ];
  for (const [value, message] of cases) {
    assertThrows(() => encodeValue(value), TypeError, message);
  }
});

Deno.test("encodeValue() lists each storage once, in order of first use", () => {
  const other = Storage.fromBytes("int16", new Uint8Array(4));
  const far = fromStorage(other, { shape: [], strides: [], offset: 1 });
  const view = fromStorage(ones, { shape: [1], strides: [1], offset: 1 });
  const { storages } = encodeValue({ view, far, tensor, again: tensor });
  assertEquals(storages.length, 2);
  assertStrictEquals(storages[0], ones);
  assertStrictEquals(storages[1], other);
});

Deno.test("encodeValue() makes one node of one object", () => {
  const list = [1];
  const { root } = encodeValue([list, list, tensor, tensor]);
  const [first, second, third, fourth] = root as unknown[];
  assertStrictEquals(first, second);
  assertStrictEquals(third, fourth);
});

Deno.test("encodeValue() puts a StateDict's metadata into its state, after its items", () => {
  const dict = new StateDict([["w", tensor]]);
  assertEquals((encodeValue(dict).root as PickleObject).state, undefined);
  dict.metadata.set("", new Map([["version", 1]]));
  const { state } = encodeValue(dict).root as PickleObject;
  assert(state instanceof PickleDict);
  const [[name, metadata]] = state.pairs;
  assertEquals(name, "_metadata");
  assertEquals((metadata as PickleObject).pairs, [["", new PickleDict([["version", 1]])]]);
});

Deno.test("encodeValue() saves a dtype without a storage class through _rebuild_tensor_v3", () => {
  const storage = Storage.fromBytes("uint32", new Uint8Array(12));
  const small = fromStorage(storage, { shape: [2], strides: [1], offset: 1 });
  const node = encodeValue(small).root as PickleObject;
  assertEquals(node.callable.path, "torch._utils._rebuild_tensor_v3");
  const [id, offset] = node.args.items;
  const { items } = (id as unknown as { id: PickleTuple }).id;
  assertEquals(items[4], 12, "the length of an untyped storage is in bytes");
  assertEquals(offset, 1, "the offset is in elements");
});
