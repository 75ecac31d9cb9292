import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ones, zeros } from "../core/mod.ts";
import {
  Dropout,
  Linear,
  type Module,
  ModuleDict,
  ModuleList,
  Parameter,
  ParameterDict,
  ParameterList,
  ReLU,
  Sequential,
} from "./mod.ts";

Deno.test("Sequential takes modules, an object or a map, and calls them in order", async () => {
  const a = new Linear(2, 2), b = new ReLU();
  const plain = new Sequential(a, b);
  assertEquals([plain.length, plain[0], plain.at(-1)], [2, a, b]);
  assertEquals([...plain], [a, b]);
  const named = new Sequential({ first: a, second: b });
  assertEquals([...named.stateDict().keys()], ["first.weight", "first.bias"]);
  const mapped = new Sequential(new Map<string, Module>([["2", a], ["1", b]]));
  assertEquals(mapped.namedChildren().map(([name]) => name), ["2", "1"]);
  const x = ones([1, 2]);
  const expected = await b.forward(a.forward(x)).tolist();
  for (const model of [plain, named, mapped]) {
    assertEquals(await model.forward(x).tolist(), expected);
  }
  assertStrictEquals(new Sequential().forward(x), x);
  assertEquals(plain.append(new Linear(2, 1)).forward(x).shape, [1, 1]);
});

Deno.test("Sequential calls a module that is in it twice twice", () => {
  const layer = new Linear(2, 2);
  const model = new Sequential(layer, layer);
  assertEquals([model.length, model.children().length, model.parameters().length], [2, 1, 2]);
  assertEquals([...model.stateDict().keys()], ["0.weight", "0.bias", "1.weight", "1.bias"]);
});

Deno.test("ModuleList indexes, replaces, appends, inserts and keeps twelve in order", () => {
  const list = new ModuleList(Array.from({ length: 12 }, () => new Linear(1, 1)));
  assertEquals(list.length, 12);
  assertEquals(list.namedChildren().map(([name]) => Number(name)), [...Array(12).keys()]);
  const other = new Linear(1, 1);
  list[3] = other;
  assertStrictEquals(list.at(3), other);
  assertStrictEquals([...list][3], other);
  const [first, second] = [list[0], list[1]];
  const put = new Linear(1, 1);
  list.insert(1, put);
  assertEquals([list.length, list[0] === first, list[1] === put, list[2] === second], [
    13,
    true,
    true,
    true,
  ]);
  assertStrictEquals(list.insert(-1, other)[12], other);
  assertThrows(() => list.append(3 as unknown as Linear), TypeError, "as child module '14'");
});

Deno.test("ModuleDict gets, sets, deletes, and refuses its own names", () => {
  const dict = new ModuleDict<Module>({ a: new Linear(1, 1), b: new Dropout() });
  assertEquals([dict.size, dict.has("a"), dict.has("c"), dict.get("c")], [
    2,
    true,
    false,
    undefined,
  ]);
  assertEquals([...dict.keys()], ["a", "b"]);
  assertEquals([...dict].map(([name]) => name), ["a", "b"]);
  assertEquals([...dict.values()].length, [...dict.entries()].length);
  const other = new ReLU();
  assertStrictEquals(dict.set("a", other).get("a"), other);
  assertEquals([...dict.keys()], ["a", "b"]);
  assertEquals([dict.delete("a"), dict.delete("a"), dict.delete("size")], [true, false, false]);
  assertEquals(dict.stateDict().size, 0);
  for (const name of ["get", "forward", "constructor", "", "a.b"]) {
    assertThrows(() => dict.set(name, other), TypeError);
  }
});

Deno.test("ParameterList and ParameterDict register parameters and make them of tensors", () => {
  const p = new Parameter(ones([2]));
  const list = new ParameterList([p, zeros([3])]);
  assertStrictEquals(list[0], p);
  assert(list.at(-1) instanceof Parameter);
  assertEquals([list.length, [...list].length], [2, 2]);
  assertEquals(list.namedParameters().map(([name]) => name), ["0", "1"]);
  const dict = new ParameterDict(new Map([["x", zeros([1])]]));
  dict.set("w", p);
  assertStrictEquals(dict.get("w"), p);
  assertEquals([dict.size, dict.has("x"), dict.delete("x"), dict.has("x")], [2, true, true, false]);
  assertEquals([...dict.keys()], ["w"]);
  assertEquals(dict.parameters(), [...dict.values()]);
});
